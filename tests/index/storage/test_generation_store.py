"""Generations on disk, seen through what an engine answers."""

import json
import os
import threading
from pathlib import Path

import pytest

from corpus.errors import IndexUnavailable, QuotebotError
from index.article_text import article_hash
from index.engine.engine import Engine
from index.indexing.builder import build
from index.storage.generation import Generation, open_generation
from index.storage.generation_store import EmbeddedStore
from index.storage.manifest import FORMAT, Manifest, read_manifest
from tests.fake_index import FakeEmbedder, an_article

FOX = an_article("Fox", "The red fox sleeps in the barn. It wakes at noon.")
LAKE = an_article("Lake", "The quiet lake froze in January.")


def engine_of(data: Path, embedder: FakeEmbedder | None = None) -> Engine:
    engine = Engine(EmbeddedStore(data), embedder or FakeEmbedder())
    engine.refresh()
    return engine


def top(engine: Engine, question: str) -> str:
    return engine.ask(question).passages[0].title


def test_without_an_index_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable, match="quotebot build"):
        engine_of(tmp_path)


def test_a_running_engine_takes_up_the_next_generation(tmp_path: Path) -> None:
    build([FOX], "1", FakeEmbedder(), tmp_path)
    engine = engine_of(tmp_path)
    assert engine.refresh() is False
    name = build([FOX, LAKE], "2", FakeEmbedder(), tmp_path)
    assert engine.refresh() is True
    assert engine.generation == name
    assert top(engine, "When did the lake freeze?") == "Lake"


def test_another_model_is_refused_by_name(tmp_path: Path) -> None:
    build([FOX], "1", FakeEmbedder("one"), tmp_path)
    with pytest.raises(IndexUnavailable, match=r"fake.*quotebot build"):
        engine_of(tmp_path, FakeEmbedder("two"))


def test_a_failed_build_leaves_the_last_one(tmp_path: Path) -> None:
    build([FOX], "1", FakeEmbedder(), tmp_path)

    class Broken(FakeEmbedder):
        def embed_passages(self, texts):  # type: ignore[no-untyped-def]
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError):
        build([FOX, LAKE], "2", Broken(), tmp_path)
    assert top(engine_of(tmp_path), "fox") == "Fox"
    assert (
        sorted(p.name for p in (tmp_path / "generations").iterdir())
        == EmbeddedStore(tmp_path).names()
    )


@pytest.mark.parametrize(
    "file", ["text.bin", "sentences.faiss", "lexical.tokens.npy", "articles.jsonl"]
)
def test_a_damaged_current_generation_is_noticed_and_the_one_before_serves(
    tmp_path: Path, file: str
) -> None:
    first = build([FOX], "1", FakeEmbedder(), tmp_path)
    second = build([FOX, LAKE], "2", FakeEmbedder(), tmp_path)
    path = tmp_path / "generations" / second / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    engine = engine_of(tmp_path)
    assert engine.generation == first
    assert engine.problem is not None
    assert file in str(engine.problem)


@pytest.mark.parametrize("content", [b"", b"nowhere", b"../../etc", b"\xff\xfe", b".building-1"])
def test_a_broken_pointer_is_no_dead_end(tmp_path: Path, content: bytes) -> None:
    name = build([FOX], "1", FakeEmbedder(), tmp_path)
    (tmp_path / "CURRENT").write_bytes(content)
    assert engine_of(tmp_path).generation == name


def test_two_generations_are_kept_and_rollback_swaps_them(tmp_path: Path) -> None:
    names = [build([FOX], str(i), FakeEmbedder(), tmp_path) for i in range(4)]
    store = EmbeddedStore(tmp_path)
    assert store.names() == names[-2:] == sorted(names)[-2:]
    assert store.rollback() == names[-2]
    assert engine_of(tmp_path).generation == names[-2]
    with pytest.raises(IndexUnavailable, match="no earlier"):
        store.rollback()


def test_what_was_gone_back_to_stays_and_what_was_left_goes(tmp_path: Path) -> None:
    good = build([FOX], "1", FakeEmbedder(), tmp_path)
    build([FOX, LAKE], "2", FakeEmbedder(), tmp_path)
    store = EmbeddedStore(tmp_path)
    store.rollback()
    last = build([FOX], "3", FakeEmbedder(), tmp_path)
    assert store.names() == [good, last]
    assert store.rollback() == good


def test_rollback_tells_when_the_one_before_is_damaged(tmp_path: Path) -> None:
    first, second = (build([FOX], str(i), FakeEmbedder(), tmp_path) for i in range(2))
    (tmp_path / "generations" / first / "text.bin").write_bytes(b"something else")
    store = EmbeddedStore(tmp_path)
    with pytest.raises(IndexUnavailable, match=rf"{first}.*text\.bin"):
        store.rollback()
    assert store.current_name() == second


def test_a_damaged_generation_is_not_kept_for_rollback(tmp_path: Path) -> None:
    names = [build([FOX], str(i), FakeEmbedder(), tmp_path) for i in range(2)]
    (tmp_path / "generations" / names[1] / "text.bin").unlink()
    names.append(build([FOX], "2", FakeEmbedder(), tmp_path))
    assert EmbeddedStore(tmp_path).names() == [names[0], names[2]]


def test_a_reader_that_is_overtaken_by_builds_takes_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two builds end while the current generation is being opened, and take it away."""
    build([FOX], "1", FakeEmbedder(), tmp_path)
    build([FOX], "2", FakeEmbedder(), tmp_path)
    pending = ["3", "4"]

    def overtaken(directory: Path, **options: bool) -> Generation:
        builds = pending.copy()
        pending.clear()  # the builds open generations too
        for revision in builds:
            build([LAKE, FOX], revision, FakeEmbedder(), tmp_path)
        return open_generation(directory, **options)

    with monkeypatch.context() as patched:
        patched.setattr("index.storage.generation_store.open_generation", overtaken)
        engine = engine_of(tmp_path)
    assert engine.generation == EmbeddedStore(tmp_path).current_name()
    assert engine.problem is None


def test_an_engine_answers_on_from_a_generation_that_was_cleaned_up(tmp_path: Path) -> None:
    build([FOX], "1", FakeEmbedder(), tmp_path)
    engine = engine_of(tmp_path)
    for revision in "234":
        build([LAKE], revision, FakeEmbedder(), tmp_path)
    assert top(engine, "fox") == "Fox"


def test_a_second_builder_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path)
    with (
        store.building(),
        pytest.raises(QuotebotError, match=f"process {os.getpid()}"),
        store.building(),
    ):
        pass


def test_names_sort_by_age_even_when_the_clock_goes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime

    first = build([FOX], "1", FakeEmbedder(), tmp_path)
    monkeypatch.setattr(
        "index.storage.generation_store._now", lambda: datetime(2001, 1, 1, tzinfo=UTC)
    )
    second = build([FOX], "2", FakeEmbedder(), tmp_path)
    assert EmbeddedStore(tmp_path).names() == [first, second]


def test_what_a_crashed_build_left_is_swept_away(tmp_path: Path) -> None:
    left_over = tmp_path / "generations" / ".building-dead"
    left_over.mkdir(parents=True)
    (left_over / "text.bin").write_text("half")
    build([FOX], "1", FakeEmbedder(), tmp_path)
    assert not left_over.exists()


def test_the_manifest_describes_every_file(tmp_path: Path) -> None:
    name = build([FOX, LAKE], "rev-7", FakeEmbedder(), tmp_path)
    directory = tmp_path / "generations" / name
    manifest = read_manifest(directory)
    assert {f.name for f in directory.iterdir()} == {*manifest.files, "manifest.json"}
    assert (manifest.articles, manifest.paragraphs, manifest.sentences) == (2, 2, 3)
    assert manifest.library_revision == "rev-7"
    assert json.loads((directory / "manifest.json").read_text())["format"] == FORMAT


def test_answers_are_never_mixed_while_generations_swap(tmp_path: Path) -> None:
    """Every build has one article whose title, text and id carry the build's number."""

    def article(number: int):  # type: ignore[no-untyped-def]
        return an_article(
            f"Story {number}", f"Number {number} is the fox's number.", id=f"a{number}"
        )

    build([article(0)], "0", FakeEmbedder(), tmp_path)
    engine = engine_of(tmp_path)
    stop, wrong = threading.Event(), []

    def ask() -> None:
        while not stop.is_set():
            engine.refresh()
            passage = engine.ask("the fox's number").passages[0]
            number = passage.article_id[1:]
            if number not in passage.text or number not in passage.title:
                wrong.append(passage)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 8):
        build([article(number)], str(number), FakeEmbedder(), tmp_path)
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_manifest_of_an_earlier_version_is_read_with_what_it_said_besides(tmp_path: Path) -> None:
    name = build([FOX], "1", FakeEmbedder(), tmp_path)
    text = (tmp_path / "generations" / name / "manifest.json").read_text()
    plain = json.loads(text)
    plain["trust"]["en"]["lexical_found"] = 0.9
    plain["trust"]["en"]["measured_long_ago"] = True
    found, expected = Manifest.from_json(json.dumps(plain)), Manifest.from_json(text)
    assert found.trust["en"].dense == expected.trust["en"].dense
    assert found.files == expected.files


def test_ids_are_hashed_once_for_each_generation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build([FOX], "1", FakeEmbedder(), tmp_path)
    hashed: list[str] = []

    def counting(article_id: str) -> str:
        hashed.append(article_id)
        return article_hash(article_id)

    monkeypatch.setattr("index.storage.generation.article_hash", counting)
    generation, _ = EmbeddedStore(tmp_path).open_current()
    for _ in range(3):
        found = generation.article_by_hash(article_hash(FOX.id))
        assert found is not None
        assert found.info.id == FOX.id
        assert generation.article_by_hash("0" * 16) is None
    assert hashed == [FOX.id]
