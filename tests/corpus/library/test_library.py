import dataclasses
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import Article, ArticleNotFound, Library, LibraryError, Paragraph
from corpus.library.schema import APPLICATION_ID
from tests.source import ROOT

ARTICLE = Article(
    id="abc123",
    title="The Bridge",
    paragraphs=(Paragraph("One. “Two.”"), Paragraph("Three\nfour.")),
    source="/news/bridge.txt",
    url="https://ex.org/a",
    author="Jane Doe",
    published=date(2021, 5, 4),
    updated=date(2021, 5, 5),
    language="en",
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def other(number: int) -> Article:
    return dataclasses.replace(ARTICLE, id=f"n{number}", title=f"Title {number}")


def add_all(library: Library, articles: Iterable[Article]) -> list[str]:
    with library.transaction():
        return [library.add(article) for article in articles]


def test_what_goes_in_comes_out_after_closing(tmp_path: Path) -> None:
    with Library.open(tmp_path / "new" / "library.db") as library:
        assert library.add(ARTICLE) == "added"
    with Library.open(tmp_path / "new" / "library.db") as library:
        assert library.get("abc123") == ARTICLE
        assert list(library.articles()) == [ARTICLE]
        assert len(library) == 1


@given(st.lists(TEXT, min_size=1), TEXT, TEXT)
def test_any_text_is_stored_verbatim(texts: list[str], title: str, source: str) -> None:
    article = Article("x", title, tuple(map(Paragraph, texts)), source)
    with Library.open(":memory:") as library:
        library.add(article)
        assert library.get("x") == article
        assert library.add(article) == "unchanged"


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    with Library.open(tmp_path / "l.db") as library:
        library.add(ARTICLE)
        revision, entries = library.revision, library.find()
        assert library.add(ARTICLE) == "unchanged"
        assert add_all(library, [ARTICLE, ARTICLE]) == ["unchanged", "unchanged"]
        assert (library.revision, library.find()) == (revision, entries)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"paragraphs": (Paragraph("One."),)},
        {"paragraphs": (Paragraph("One. “Two.”\nThree\nfour."),)},
        {"url": None},
        {"published": None},
        {"updated": date(2021, 5, 6)},
        {"language": "de"},
        {"author": "John Roe"},
        {"source": "/elsewhere"},
    ],
)
def test_any_change_is_seen(tmp_path: Path, change: dict[str, object]) -> None:
    changed = dataclasses.replace(ARTICLE, **change)  # type: ignore[arg-type]
    with Library.open(tmp_path / "l.db") as library:
        library.add(ARTICLE)
        revision = library.revision
        assert library.add(changed) == "changed"
        assert library.get("abc123") == changed
        assert library.revision != revision
        assert len(library) == 1


def test_order_is_that_of_first_coming_and_survives_changes(tmp_path: Path) -> None:
    with Library.open(tmp_path / "l.db") as library:
        add_all(library, map(other, range(250, 0, -1)))
        library.add(dataclasses.replace(other(250), title="Changed"))
        assert [article.id for article in library.articles()] == [
            f"n{n}" for n in range(250, 0, -1)
        ]


def test_entries_tell_what_a_listing_needs(tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    with Library.open(tmp_path / "l.db") as library:
        library.add(ARTICLE)
        library.add(dataclasses.replace(ARTICLE, title="Changed"))
        (entry,) = library.find()
    assert (entry.id, entry.title, entry.paragraphs) == ("abc123", "Changed", 2)
    assert (entry.published, entry.updated) == (ARTICLE.published, ARTICLE.updated)
    assert (entry.source, entry.url, entry.language) == (ARTICLE.source, ARTICLE.url, "en")
    assert before <= entry.first_seen <= entry.changed_at <= datetime.now(UTC)


def test_articles_are_found_by_a_beginning_of_their_id(tmp_path: Path) -> None:
    with Library.open(tmp_path / "l.db") as library:
        add_all(library, [ARTICLE, other(1), other(12), dataclasses.replace(ARTICLE, id="%_'")])
        assert library.get("abc").id == "abc123"
        assert library.get("n1").id == "n1", "a whole id wins over a beginning"
        assert library.get("%").id == "%_'"
        with pytest.raises(ArticleNotFound, match=r"several .*'n': n1, n12"):
            library.get("n")
        for missing in ("", "zzz", "ABC", "_"):
            with pytest.raises(ArticleNotFound, match="no article"):
                library.get(missing)


def test_removed_text_leaves_the_disk_at_once(tmp_path: Path) -> None:
    secret = b"Nobody may read this again."
    with Library.open(tmp_path / "library.db") as library:
        paragraphs = tuple(Paragraph(f"{secret.decode()} {n}") for n in range(500))
        add_all(library, [ARTICLE, dataclasses.replace(other(1), paragraphs=paragraphs)])
        assert any(secret in file.read_bytes() for file in tmp_path.iterdir())
        library.remove(["n1"])
        assert not any(secret in file.read_bytes() for file in tmp_path.iterdir())
        with library.transaction():  # of a sync: the log is emptied when the file is closed
            library.add(dataclasses.replace(other(2), paragraphs=paragraphs))
            library.remove(["n2"])
    assert not any(secret in file.read_bytes() for file in tmp_path.iterdir())


def test_removing_is_all_or_nothing(tmp_path: Path) -> None:
    with Library.open(tmp_path / "l.db") as library:
        add_all(library, [ARTICLE, other(1)])
        revision = library.revision
        with pytest.raises(ArticleNotFound):
            library.remove(["abc", "zzz"])
        assert (len(library), library.revision) == (2, revision)
        assert [entry.id for entry in library.remove(["abc", "abc123"])] == ["abc123"]
        assert [article.id for article in library.articles()] == ["n1"]
        assert library.revision != revision


def test_a_failing_batch_leaves_nothing(tmp_path: Path) -> None:
    def fail_half_way(library: Library) -> None:
        with library.transaction():
            library.add(ARTICLE)
            raise RuntimeError

    with Library.open(tmp_path / "l.db") as library:
        revision = library.revision
        with pytest.raises(RuntimeError):
            fail_half_way(library)
        assert (len(library), library.revision) == (0, revision)
        assert library.add(ARTICLE) == "added"


def test_two_libraries_never_share_a_revision(tmp_path: Path) -> None:
    with Library.open(tmp_path / "a.db") as one, Library.open(tmp_path / "b.db") as two:
        assert one.revision != two.revision


def test_thousands_take_seconds(tmp_path: Path) -> None:
    started = time.perf_counter()
    with Library.open(tmp_path / "l.db") as library:
        add_all(library, map(other, range(5000)))
        assert sum(1 for _ in library.articles()) == 5000
    assert time.perf_counter() - started < 5


def test_threads_share_one_library(tmp_path: Path) -> None:
    with Library.open(tmp_path / "l.db") as library:

        def work(worker: int) -> None:
            for number in range(20):
                library.add(other(worker * 100 + number))
                assert len(list(library.articles())) > 0

        threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(library) == 80


def test_processes_share_one_file(tmp_path: Path) -> None:
    code = """
import sys
from corpus import Article, Library, Paragraph
with Library.open(sys.argv[1]) as library:
    for number in range(20):
        library.add(Article(f"{sys.argv[2]}-{number}", "T", (Paragraph("x"),), "s"))
"""
    root = ROOT
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "l.db"), str(number)], cwd=root
        )
        for number in range(4)
    ]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0, 0]
    with Library.open(tmp_path / "l.db") as library:
        assert len(library) == 80


def test_a_library_is_durable_and_does_not_block_readers(tmp_path: Path) -> None:
    with Library.open(tmp_path / "l.db") as writer, Library.open(tmp_path / "l.db") as reader:
        writer.add(ARTICLE)
        with writer.transaction():
            writer.add(other(1))
            assert [article.id for article in reader.articles()] == ["abc123"]
        assert len(reader) == 2
        assert writer._database.connection.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_what_is_no_library_is_refused_and_left_alone(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"not a database at all " * 100)
    foreign = tmp_path / "foreign.db"
    newer = tmp_path / "newer.db"
    for path, statements in [
        (foreign, ["CREATE TABLE x (a)"]),
        (newer, [f"PRAGMA application_id = {APPLICATION_ID}", "PRAGMA user_version = 99"]),
    ]:
        connection = sqlite3.connect(path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()
    for path, reason in [
        (garbage, "not a library"),
        (foreign, "not a library"),
        (newer, "newer quotebot .*upgrade"),
        (tmp_path, "cannot be opened"),
        (garbage / "l.db", "folder cannot be made"),
    ]:
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(LibraryError, match=reason) as caught:
            Library.open(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)
        assert path.is_dir() or not before or path.read_bytes() == before


def test_failures_are_explained_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpus.library.library.BUSY_SECONDS", 0.05)
    path = tmp_path / "l.db"
    with Library.open(path) as library, Library.open(path) as busy:
        with busy.transaction(), pytest.raises(LibraryError, match="locked by another"):
            library.add(ARTICLE)
        library._database.connection.execute("PRAGMA query_only = ON")
        with pytest.raises(LibraryError, match="read-only"):
            library.add(ARTICLE)
        library._database.connection.execute("PRAGMA query_only = OFF")
        (pages,) = library._database.connection.execute("PRAGMA page_count").fetchone()
        library._database.connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(LibraryError, match="disk is full"):
            library.add(dataclasses.replace(ARTICLE, title="long " * 10_000))
        with pytest.raises(LibraryError, match="surrogate"):
            library.add(dataclasses.replace(ARTICLE, title="\ud800"))
        assert len(library) == 0
    with pytest.raises(LibraryError, match="closed"):
        len(library)
