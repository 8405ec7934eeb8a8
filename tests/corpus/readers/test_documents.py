"""Every document of tests/documents, read by the program in one command."""

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import corpus.readers
from bot.backend import EmbeddedBackend
from bot.cli.library_commands import add
from bot.operations.import_sources import import_sources
from corpus import Article, Library, read_source
from corpus.article_json import to_record
from corpus.library.entry_filter import ArticleFilter
from corpus.readers import KNOWN_SUFFIXES, READERS, UNREAD, Reader, is_readable
from tests.source import ROOT

HERE = ROOT / "tests" / "documents"
EXPECTED: dict[str, list[dict[str, Any]]] = json.loads((HERE / "expected.json").read_text())
REFUSED: dict[str, str] = json.loads((HERE / "refused.json").read_text())


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Any:
    backend = EmbeddedBackend(tmp_path_factory.mktemp("documents"))
    outcomes = import_sources(backend, [str(HERE / "good"), str(HERE / "hostile")])
    with backend.open_library() as library:
        yield library, outcomes


def records(library: Library, name: str) -> list[dict[str, Any]]:
    place = str(HERE / "good" / name)
    return [to_record(library.get(entry.id)) for entry in library.find(ArticleFilter(place=place))]


def test_there_are_enough_of_every_kind() -> None:
    assert len(EXPECTED) + len(REFUSED) >= 60
    suffixes = {Path(name).suffix for name in EXPECTED}
    assert {".pdf", ".docx", ".epub", ".html", ".csv", ".json", ".mbox", ".zip"} <= suffixes


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_text_is_exactly_what_the_document_says(library: Any, name: str) -> None:
    found = records(library[0], name)
    assert [one["title"] for one in found] == [one["title"] for one in EXPECTED[name]]
    for one, wanted in zip(found, EXPECTED[name], strict=True):
        assert one["paragraphs"] == wanted["paragraphs"]
        first_page = wanted.pop("first_page", None)
        if first_page is not None:
            assert one["pages"][0] == first_page
            assert one["pages"] == sorted(one["pages"])
        assert one == one | wanted


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_hostile_is_refused_by_name(library: Any, name: str) -> None:
    place = str(HERE / "hostile" / name)
    reasons = [str(error) for error in library[1].skipped if error.source.startswith(place)]
    assert len(reasons) >= 1
    assert REFUSED[name] in reasons[0]
    assert "\n" not in reasons[0]
    assert not library[0].find(ArticleFilter(place=place))


def test_nothing_else_came_in(library: Any) -> None:
    assert len(library[0]) == sum(map(len, EXPECTED.values()))
    assert len({error.source.partition("!/")[0] for error in library[1].skipped}) == len(REFUSED)


def test_the_documents_by_hand_give_the_same(tmp_path: Path) -> None:
    (article,) = read_source(str(HERE / "good" / "news.html"))
    assert isinstance(article, Article)
    assert "We use cookies to improve your experience." in article.stripped
    assert "A goat is mayor" in article.stripped


def test_known_suffixes_are_those_of_the_readers() -> None:
    suffixes = [reader.suffixes for reader in READERS.values()]
    assert frozenset({""}).union(*suffixes) == KNOWN_SUFFIXES
    assert sum(map(len, suffixes)) == len(KNOWN_SUFFIXES - {""}), "two readers for one suffix"
    assert not KNOWN_SUFFIXES & UNREAD.keys(), "a format that is read now"


def test_every_module_that_reads_is_in_the_table() -> None:
    found = set()
    for path in Path(corpus.readers.__file__).parent.glob("*.py"):
        if path.stem != "__init__":
            module = import_module(f"corpus.readers.{path.stem}")
            found |= {path.stem} if hasattr(module, "accepts") else set()
    assert found == set(READERS)


@pytest.mark.parametrize("reader", READERS.values(), ids=lambda reader: reader.name)
def test_every_format_is_told_to_people(reader: Reader) -> None:
    words = {reader.name, *(suffix[1:] for suffix in reader.suffixes)}
    page = (ROOT / "docs" / "sources.md").read_text("utf-8")
    assert any(f"`.{word}`" in page for word in words), "docs/sources.md"
    assert any(word in (add.help or "").lower() for word in words), "quotebot add --help"


def test_every_format_has_a_document() -> None:
    suffixes = {Path(name).suffix for name in EXPECTED}
    without = {name for name, reader in READERS.items() if not reader.suffixes & suffixes}
    assert not without


def test_what_unpacks_or_parses_markup_runs_in_a_child_process() -> None:
    folder = Path(corpus.readers.__file__).parent
    for name, reader in READERS.items():
        parses = re.search(
            r"safe_zip|safe_xml|pdfminer|feedparser|email",
            (folder / f"{name}.py").read_text("utf-8"),
        )
        assert reader.risky or not parses, name


@pytest.mark.parametrize(
    ("media_type", "readable"),
    [
        *((name, True) for reader in READERS.values() for name in sorted(reader.media_types)),
        *(("text/plain", True), ("application/xml", True), ("application/octet-stream", True)),
        *(("application/ld+json", True), ("application/soap+xml", True)),
        *(("image/png", False), ("video/mp4", False), ("application/msword", False)),
    ],
)
def test_what_a_server_may_call_an_article(media_type: str, readable: bool) -> None:
    assert is_readable(media_type) is readable
