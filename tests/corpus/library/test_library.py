"""What holds for the library in an SQLite file alone; `test_store_contract.py` has the rest."""

import dataclasses
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from corpus import Library, LibraryError, Paragraph
from corpus.library.schema import APPLICATION_ID
from tests.corpus.library.articles import ARTICLE, add_all, other
from tests.source import ROOT


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


def test_thousands_take_seconds(tmp_path: Path) -> None:
    started = time.perf_counter()
    with Library.open(tmp_path / "l.db") as library:
        add_all(library, map(other, range(5000)))
        assert sum(1 for _ in library.articles()) == 5000
    assert time.perf_counter() - started < 5


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
