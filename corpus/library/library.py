"""The library: every article, in one SQLite file. It is the truth; the index is derived from it."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal

from corpus.article import Article
from corpus.errors import ArticleNotFound, LibraryError
from corpus.library import history as journal
from corpus.library import near_duplicates as duplicates
from corpus.library.history import Event, Source
from corpus.library.memory import Memory
from corpus.library.row_mapping import (
    Entry,
    article_of,
    columns_of,
    content_hash,
    entry_of,
    has_surrogates,
)

__all__ = ["Change", "Entry", "Event", "Library", "Source"]

Change = Literal["added", "changed", "unchanged"]

PAGE = 100  # articles read at a time

_ENTRY = (
    "id, title, published, updated, source, url, language, paragraph_count, first_seen, changed_at,"
    " author, root, vanished_at,"
    " (SELECT id FROM articles AS s WHERE s.position = articles.copy_of) AS speaker"
)


class Library(Memory):
    """Articles on disk, in the order in which they first came.

    One object may be used from several threads, and several processes may open one file. A write
    is on disk when the method returns. Every method raises LibraryError, in one line, when the file
    cannot be read or written.
    """

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

    def add(self, article: Article, root: str | None = None, place: str | None = None) -> Change:
        """Keep an article; one with the same id is replaced. The same again changes nothing.

        `root` is the remembered source through which it came, `place` the file or page it is in.
        """
        columns = columns_of(article)
        digest = content_hash(columns)
        if has_surrogates(columns):
            raise LibraryError(
                f"{self._name}: article {article.id!r} holds half a surrogate pair, which cannot be"
                " stored"
            )
        with self._writing():
            found = self._connection.execute(
                "SELECT position, content_hash, root, place, vanished_at FROM articles"
                " WHERE id = ?",
                (article.id,),
            ).fetchone()
            reached = {"root": root, "place": place} if root is not None else {}
            if found is not None and found["content_hash"] == digest:
                self._keep_reached(article.id, found, reached)
                return "unchanged"
            self._connection.execute("DELETE FROM removed WHERE id = ?", (article.id,))
            values = reached | columns | {
                "stripped": json.dumps(article.stripped, ensure_ascii=False),
                "content_hash": digest,
                "changed_at": journal.now(),
                "vanished_at": None,
            }  # fmt: skip
            self._write(article, values, None if found is None else int(found["position"]))
        return "added" if found is None else "changed"

    def add_all(
        self, articles: Iterable[Article], root: str | None = None, place: str | None = None
    ) -> list[Change]:
        """Keep many articles in one transaction: all of them or, after an error, none."""
        with self.batch():
            return [self.add(article, root, place) for article in articles]

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

    def articles(self, *, copies: bool = False) -> Iterator[Article]:
        """The articles, in the order in which they first came; read a page at a time.

        Of articles that say the same, only the one that speaks for them, unless `copies`.
        """
        last = 0
        speaking = "" if copies else " AND copy_of IS NULL"
        while True:
            with self._errors():
                rows = self._connection.execute(
                    f"SELECT * FROM articles WHERE position > ?{speaking}"  # noqa: S608 - ours
                    " ORDER BY position LIMIT ?",
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

    def entry(self, prefix: str) -> Entry:
        """What a listing shows of one article. Raises ArticleNotFound as `get` does."""
        with self._errors():
            article_id = self._resolve(prefix)
            row = self._connection.execute(
                f"SELECT {_ENTRY} FROM articles WHERE id = ?",  # noqa: S608 - constant names
                (article_id,),
            )
            return entry_of(row.fetchone())

    def entries_at(self, place: str) -> list[Entry]:
        """What a listing shows of the articles of one file or page."""
        with self._errors():
            rows = self._connection.execute(
                f"SELECT {_ENTRY} FROM articles WHERE place = ? ORDER BY position",  # noqa: S608
                (place,),
            ).fetchall()
        return [entry_of(row) for row in rows]

    def copies(self) -> set[str]:
        """The ids of the articles for which others speak."""
        with self._errors():
            rows = self._connection.execute("SELECT id FROM articles WHERE copy_of IS NOT NULL")
            return {str(row[0]) for row in rows}

    def also_in(self, prefix: str) -> list[Entry]:
        """The copies of an article: what else says the same. Raises ArticleNotFound as `get`."""
        with self._errors():
            article_id = self._resolve(prefix)
            rows = self._connection.execute(
                f"SELECT {_ENTRY} FROM articles WHERE id != ?1 AND coalesce(copy_of, position) ="  # noqa: S608
                " (SELECT coalesce(copy_of, position) FROM articles WHERE id = ?1)"
                " ORDER BY position",
                (article_id,),
            ).fetchall()
        return [entry_of(row) for row in rows]

    def remove(self, prefixes: Iterable[str], *, for_good: bool = True) -> list[Entry]:
        """Remove articles by id (or a beginning of one); all of them or, after an error, none.

        Returns what was removed; nothing but its title stays on the disk, in the history. With
        `for_good` a sync doesn't bring them back, an `add` does. Raises ArticleNotFound as `get`
        does.
        """
        removed: dict[str, Entry] = {}
        with self._writing():
            for article_id in [self._resolve(prefix) for prefix in prefixes]:
                if article_id in removed:
                    continue
                row = self._connection.execute(
                    f"SELECT position, place, {_ENTRY} FROM articles WHERE id = ?",  # noqa: S608
                    (article_id,),
                ).fetchone()
                journal.note(self._connection, article_id, "removed")
                duplicates.unlink(self._connection, row["position"])
                self._connection.execute("DELETE FROM articles WHERE id = ?", (article_id,))
                self._connection.execute("DELETE FROM visits WHERE place = ?", (row["place"],))
                if for_good:
                    self._connection.execute(
                        "INSERT OR REPLACE INTO removed VALUES (?, ?)", (article_id, journal.now())
                    )
                removed[article_id] = entry_of(row)
                self._count_change()
        self._empty_log()
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

    def _write(
        self, article: Article, values: dict[str, str | int | None], position: int | None
    ) -> None:
        """Insert an article, or replace the one at `position`; then find its copies."""
        # Only names from this package are put into the statements; values are bound.
        if position is None:
            values = values | {"first_seen": values["changed_at"]}
            names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
            statement = f"INSERT INTO articles ({names}) VALUES ({places})"  # noqa: S608
            position = self._connection.execute(statement, values).lastrowid or 0
            what = "added"
        else:
            duplicates.unlink(self._connection, position)
            changes = ", ".join(f"{name} = :{name}" for name in values)
            self._connection.execute(
                f"UPDATE articles SET {changes} WHERE id = :id",  # noqa: S608
                values,
            )
            what = "changed"
        duplicates.index(self._connection, position, article)
        duplicates.relink(self._connection, position)
        journal.note(self._connection, article.id, what)
        self._count_change()

    def _keep_reached(
        self, article_id: str, row: sqlite3.Row, reached: dict[str, str | None]
    ) -> None:
        """An unchanged article may be reached in another way now, or be back."""
        if row["vanished_at"]:
            journal.note(self._connection, article_id, "back")
        if row["vanished_at"] or (
            reached and (row["root"], row["place"]) != tuple(reached.values())
        ):
            reached = reached or {"root": row["root"], "place": row["place"]}
            self._connection.execute(
                "UPDATE articles SET root = ?, place = ?, vanished_at = NULL WHERE id = ?",
                (reached["root"], reached["place"], article_id),
            )

    def _count_change(self) -> None:
        self._connection.execute("UPDATE state SET changes = changes + 1")
