"""The library: every article, in one SQLite file. It is the truth; the index is derived from it."""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from corpus.article import Article
from corpus.errors import ArticleNotFound, LibraryError
from corpus.rows import Entry, article_of, columns_of, content_hash, entry_of, has_surrogates
from corpus.schema import explained, prepare

__all__ = ["Change", "Entry", "Library"]

Change = Literal["added", "changed", "unchanged"]

BUSY_SECONDS = 10.0  # how long to wait for another process that is writing
PAGE = 100  # articles read at a time

_ENTRY = (
    "id, title, published, updated, source, url, language, paragraph_count, first_seen, changed_at"
)


class Library:
    """Articles on disk, in the order in which they first came.

    One object may be used from several threads, and several processes may open one file. A write
    is on disk when the method returns. Every method raises LibraryError, in one line, when the file
    cannot be read or written.
    """

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        """Take over an open, prepared connection; use `Library.open`."""
        self._connection = connection
        self._name = name
        self._lock = threading.RLock()
        self._in_batch = False

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open a library, making it (and its folder) when there is none."""
        path = Path(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"{path}: its folder cannot be made ({error.strerror})") from None
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            prepare(connection, str(path))
        except (sqlite3.Error, LibraryError) as error:
            if connection is not None:
                connection.close()
            raise explained(error, str(path)) from None
        return cls(connection, str(path))

    def close(self) -> None:
        """Close the file; the object is of no use afterwards."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        """Return the library itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    def __len__(self) -> int:
        """Count the articles."""
        with self._errors():
            return int(self._connection.execute("SELECT count(*) FROM articles").fetchone()[0])

    @property
    def revision(self) -> str:
        """A token that is another one after any change of content; never one of another library.

        Read it before reading articles: a change in between then shows as a stale revision.
        """
        with self._errors():
            row = self._connection.execute("SELECT library, changes FROM state").fetchone()
        return f"{row[0]}-{row[1]}"

    def add(self, article: Article) -> Change:
        """Keep an article; one with the same id is replaced. The same again changes nothing."""
        digest = content_hash(article)
        if has_surrogates(article):
            raise LibraryError(
                f"{self._name}: article {article.id!r} holds half a surrogate pair, which cannot be"
                " stored"
            )
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._writing():
            found = self._connection.execute(
                "SELECT content_hash FROM articles WHERE id = ?", (article.id,)
            ).fetchone()
            if found is not None and found[0] == digest:
                return "unchanged"
            # Only names from this package are put into the statement; values are bound.
            columns = columns_of(article) | {"content_hash": digest, "changed_at": now}
            if found is None:
                self._insert(columns | {"first_seen": now})
            else:
                changes = ", ".join(f"{name} = :{name}" for name in columns)
                self._connection.execute(
                    f"UPDATE articles SET {changes} WHERE id = :id",  # noqa: S608
                    columns,
                )
            self._count_change()
        return "added" if found is None else "changed"

    def add_all(self, articles: Iterable[Article]) -> list[Change]:
        """Keep many articles in one transaction: all of them or, after an error, none."""
        with self.batch():
            return [self.add(article) for article in articles]

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make every change inside one transaction: thousands of articles take seconds.

        An exception undoes the whole batch. Other threads wait until it ends.
        """
        with self._writing():
            yield

    def get(self, prefix: str) -> Article:
        """The article of an id, or of a beginning of an id that only one article has.

        Raises ArticleNotFound when there is none, or more than one.
        """
        with self._errors():
            article_id = self._resolve(prefix)
            row = self._connection.execute("SELECT * FROM articles WHERE id = ?", (article_id,))
            return article_of(row.fetchone())

    def articles(self) -> Iterator[Article]:
        """Every article, in the order in which they first came; read a page at a time."""
        last = 0
        while True:
            with self._errors():
                rows = self._connection.execute(
                    "SELECT * FROM articles WHERE position > ? ORDER BY position LIMIT ?",
                    (last, PAGE),
                ).fetchall()
            yield from map(article_of, rows)
            if len(rows) < PAGE:
                return
            last = rows[-1]["position"]

    def entries(self) -> list[Entry]:
        """What a listing shows of every article, without the texts."""
        with self._errors():
            rows = self._connection.execute(
                f"SELECT {_ENTRY} FROM articles ORDER BY position"  # noqa: S608 - constant names
            ).fetchall()
        return [entry_of(row) for row in rows]

    def remove(self, prefixes: Iterable[str]) -> list[Entry]:
        """Remove articles by id (or a beginning of one); all of them or, after an error, none.

        Returns what was removed. Raises ArticleNotFound as `get` does.
        """
        removed: dict[str, Entry] = {}
        with self._writing():
            for article_id in [self._resolve(prefix) for prefix in prefixes]:
                if article_id in removed:
                    continue
                row = self._connection.execute(
                    f"DELETE FROM articles WHERE id = ? RETURNING {_ENTRY}",  # noqa: S608
                    (article_id,),
                ).fetchall()[0]
                removed[article_id] = entry_of(row)
                self._count_change()
        return list(removed.values())

    def _resolve(self, prefix: str) -> str:
        rows = self._connection.execute(
            "SELECT id FROM articles WHERE id = ?1 OR substr(id, 1, length(?1)) = ?1"
            " ORDER BY id = ?1 DESC, id LIMIT 4",
            (prefix,),
        ).fetchall()
        found = [str(row[0]) for row in rows] if prefix else []
        if not found:
            raise ArticleNotFound(f"no article with id {prefix!r}: see quotebot list")
        if len(found) > 1 and found[0] != prefix:
            several = ", ".join(found[:3]) + (", …" if len(found) > 3 else "")
            raise ArticleNotFound(
                f"several articles have an id that begins with {prefix!r}: {several}"
            )
        return found[0]

    def _insert(self, columns: dict[str, str | int | None]) -> None:
        names, values = ", ".join(columns), ", ".join(f":{name}" for name in columns)
        self._connection.execute(
            f"INSERT INTO articles ({names}) VALUES ({values})",  # noqa: S608
            columns,
        )

    def _count_change(self) -> None:
        self._connection.execute("UPDATE state SET changes = changes + 1")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction, or the batch's when there is one."""
        with self._errors():
            if self._in_batch:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._in_batch = True
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._in_batch = False

    @contextmanager
    def _errors(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise explained(error, self._name) from error
