"""What `status` finds in a data folder, as a value and as JSON."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.backend import EmbeddedBackend
from bot.cli.status_output import print_status, to_json
from bot.error_codes import Code
from bot.operations.build import build_library
from bot.operations.status import Status, collect_status
from corpus.errors import Reason
from index.error_codes import Code as IndexCode
from tests.fake_index import FakeEmbedder, an_article


@pytest.fixture
def backend(tmp_path: Path) -> EmbeddedBackend:
    return EmbeddedBackend(tmp_path)


def add(backend: EmbeddedBackend, title: str) -> None:
    with backend.open_library() as library:
        library.add(an_article(title, f"{title} opened in 1907.", "People danced."))


@pytest.fixture
def built(backend: EmbeddedBackend) -> Status:
    add(backend, "The bridge")
    build_library(backend, FakeEmbedder)
    return collect_status(backend, verify=False)


def test_an_empty_folder(backend: EmbeddedBackend) -> None:
    status = collect_status(backend, verify=True)
    assert (status.articles, status.current, status.generations) == (0, None, ())
    assert (status.index, status.damaged) == (None, ())
    assert status.problem == IndexCode.NO_INDEX()


def test_an_index_of_the_library(backend: EmbeddedBackend, built: Status) -> None:
    assert built.problem is None
    assert built.reader_problem is None
    assert built.generations == (built.current,)
    index = built.index
    assert index is not None
    assert (index.model, index.fingerprint, index.dimension) == ("fake", "fake-1", 64)
    assert (index.articles, index.paragraphs, index.sentences) == (1, 2, 2)
    assert index.size == sum(
        path.stat().st_size
        for path in (backend.paths.root / "generations" / str(built.current)).iterdir()
        if path.name != "manifest.json"
    )
    assert set(index.languages) == {"en"}
    assert str(index.encoder_problem) == "not exported yet: run `quotebot build`"


def test_a_library_that_has_changed(backend: EmbeddedBackend, built: Status) -> None:
    add(backend, "The lake")
    status = collect_status(backend, verify=False)
    assert status.problem == Code.LIBRARY_CHANGED_SINCE_BUILD()
    assert status.index == built.index


def test_a_current_that_is_lost(backend: EmbeddedBackend, built: Status) -> None:
    (backend.paths.root / "CURRENT").unlink()
    status = collect_status(backend, verify=False)
    assert (status.current, status.index) == (None, None)
    assert status.problem == IndexCode.CURRENT_DAMAGED()
    assert status.generations == built.generations


def test_a_manifest_that_is_damaged(backend: EmbeddedBackend, built: Status) -> None:
    (backend.paths.root / "generations" / str(built.current) / "manifest.json").write_text("{")
    status = collect_status(backend, verify=True)
    assert status.index is None
    assert str(built.current) in str(status.problem)
    assert status.damaged == (f"{built.current}/manifest.json",)


def test_a_new_generation_keeps_the_one_before(backend: EmbeddedBackend, built: Status) -> None:
    add(backend, "The lake")
    build_library(backend, FakeEmbedder)
    assert collect_status(backend, verify=False).generations[0] == built.current


def test_the_json_of_a_status(built: Status, capsys: pytest.CaptureFixture[str]) -> None:
    assert built.index is not None
    print_status(built, reader_is_off=False, as_json=True)
    (line,) = capsys.readouterr().out.splitlines()
    plain = json.loads(line)
    assert list(plain) == [
        *("data", "library", "current", "generations", "reader", "index", "problem", "damaged"),
        "encoder",
    ]
    assert plain["library"] == {"articles": 1, "revision": built.revision}
    assert list(plain["index"]) == [
        *("created", "model", "fingerprint", "dimension", "articles", "paragraphs", "sentences"),
        *("bytes", "languages"),
    ]
    assert plain["reader"] == "marks answers in English articles"
    assert plain["encoder"] == "sentence-transformers (not exported yet: run `quotebot build`)"
    assert (plain["problem"], plain["damaged"]) == (None, [])
    assert to_json(built, reader_is_off=True)["reader"] == "off (READER)"


def test_the_json_without_an_index(backend: EmbeddedBackend) -> None:
    plain = to_json(collect_status(backend, verify=False), reader_is_off=False)
    assert (plain["current"], plain["index"], plain["generations"]) == (None, None, [])
    assert plain["problem"] == "there is no index yet: run `quotebot build`"
    assert "encoder" not in plain


def test_the_table_of_a_status(built: Status, capsys: pytest.CaptureFixture[str]) -> None:
    assert built.index is not None
    index = replace(
        built.index,
        languages={"en": 1.0, "ru": 0.0, "no": 0.4, "xx": 1.0},
        encoder_problem=None,
        size=1_250_000,
    )
    status = replace(
        built,
        index=index,
        generations=("a", "b"),
        reader_problem=Reason(Code.NOTHING_READ),
        damaged=("a/text.bin",),
        problem=Code.LIBRARY_CHANGED_SINCE_BUILD(),
    )
    print_status(status, reader_is_off=False, as_json=False)
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert ["index", "1 articles, 2 paragraphs, 2 sentences, 1.2 MB"] in rows
    assert ["questions", "encoded by ONNX Runtime, without torch"] in rows
    assert ["reader", "nothing could be read"] in rows
    assert [text for name, text in rows if name == "language"] == [
        "English: the embedding model speaks it",
        "Russian: the embedding model does not speak it; answers rest on words alone; "
        "set EMBEDDING_MODEL to a model that does",
        "Norwegian: the embedding model speaks it a little; answers rest mostly on words",
        "xx: the embedding model speaks it",
    ]
    assert rows[-3:] == [
        ["kept", "a, b"],
        ["problem", "the library has changed since: run `quotebot build`"],
        ["damaged", "a/text.bin"],
    ]
