"""The library in one SQLite file: every article, its source and its history.

The index is derived from it and can be built again at any time.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from corpus.article import Article
from corpus.error_codes import Code
from corpus.errors import LibraryError, QuotebotError
from corpus.library import article_table, history, near_duplicates, source_table
from corpus.library.entry import Change, Entry, Event, Origin, Source
from corpus.library.entry_filter import ANY_ARTICLE, ArticleFilter, Sort
from corpus.library.row_mapping import columns_of, content_hash, has_surrogates
from corpus.library.schema import LIBRARY
from corpus.place_result import Stamp
from corpus.sqlite import Database

__all__ = ["Library"]

BUSY_SECONDS = 10.0  # how long to wait for another process that is writing
PAGE = 100  # articles read at a time
WITHOUT_CLUSTERS = 1  # version of the schema in which near copies were not clustered


class Library:
    """An open library file: an `IngestStore`. `corpus.library.ports` describes the methods.

    Several processes may open one file.
    """

    def __init__(self, database: Database) -> None:
        """Take over an open database with current tables; callers use `open`."""
        self._database = database
        self._reading = database.reading
        self._writing = database.writing

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open a library; create the file and its folder if missing. Raises LibraryError."""
        database = Database(Path(path), LIBRARY, BUSY_SECONDS)
        try:
            article_table.add_functions(database.connection)
            if database.version == WITHOUT_CLUSTERS:
                with database.writing() as connection:
                    near_duplicates.cluster_all(connection)
        except QuotebotError:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Close the file; no other method may be called afterwards."""
        self._database.close()

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

    # The article store

    @property
    def revision(self) -> str:
        """A text that differs after any change of content."""
        with self._reading() as connection:
            return article_table.revision(connection)

    def __len__(self) -> int:
        """Count the articles."""
        with self._reading() as connection:
            return article_table.count(connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all changes of the block at once, or none."""
        with self._writing():
            yield

    def add(self, article: Article, origin: Origin | None = None) -> Change:
        """Store an article; it replaces an article with the same id."""
        columns = columns_of(article)
        digest = content_hash(columns)
        if has_surrogates(columns):
            path = self._database.path
            raise LibraryError(Code.HALF_A_SURROGATE_PAIR(path=path, id=repr(article.id)))
        with self._writing() as connection:
            stored = article_table.find_stored(connection, article.id)
            if stored is not None and stored["content_hash"] == digest:
                _keep(connection, article.id, stored, origin)
                return "unchanged"
            history.allow_again(connection, article.id)
            reached = {"root": origin.source_name, "place": origin.place} if origin else {}
            values = reached | columns | {
                "stripped": json.dumps(article.stripped, ensure_ascii=False),
                "content_hash": digest,
                "changed_at": history.now(),
                "vanished_at": None,
            }  # fmt: skip
            if stored is None:
                values = values | {"first_seen": values["changed_at"]}
                position = article_table.insert(connection, values)
            else:
                position = int(stored["position"])
                near_duplicates.remove_from_cluster(connection, position)
                article_table.update(connection, values)
            near_duplicates.add_signature(connection, position, article)
            near_duplicates.recluster(connection, position)
            change: Literal["added", "changed"] = "added" if stored is None else "changed"
            history.add_event(connection, article.id, change)
            article_table.count_change(connection)
        return change

    def get(self, id_prefix: str) -> Article:
        """Return the article whose id is, or begins with, `id_prefix`. Raises ArticleNotFound."""
        with self._reading() as connection:
            return article_table.get(connection, article_table.resolve(connection, id_prefix))

    def entry(self, id_prefix: str) -> Entry:
        """Return one article as a listing shows it. Raises ArticleNotFound."""
        with self._reading() as connection:
            return article_table.get_entry(connection, article_table.resolve(connection, id_prefix))

    def articles(self, *, copies: bool = False) -> Iterator[Article]:
        """Give all articles in order, read 100 at a time; near copies only with `copies`."""
        after = 0
        while True:
            with self._reading() as connection:
                articles, after = article_table.read_page(connection, after, PAGE, copies=copies)
            yield from articles
            if len(articles) < PAGE:
                return

    def find(
        self,
        where: ArticleFilter = ANY_ARTICLE,
        sort: Sort = "added",
        *,
        reverse: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Entry]:
        """Return the entries that fit, in order."""
        with self._reading() as connection:
            return article_table.find(
                connection, where, sort, reverse=reverse, limit=limit, offset=offset
            )

    def near_copies(self, id_prefix: str) -> list[Entry]:
        """Return the other articles of the cluster of an article. Raises ArticleNotFound."""
        with self._reading() as connection:
            return article_table.near_copies(
                connection, article_table.resolve(connection, id_prefix)
            )

    def copy_ids(self) -> set[str]:
        """Return the ids of all near copies, without canonical articles."""
        with self._reading() as connection:
            return article_table.copy_ids(connection)

    def remove(self, id_prefixes: Iterable[str], *, for_good: bool = True) -> list[Entry]:
        """Remove all of these articles, or none; their text is overwritten on the disk."""
        removed: dict[str, Entry] = {}
        with self._writing() as connection:
            for article_id in [article_table.resolve(connection, one) for one in id_prefixes]:
                if article_id not in removed:
                    removed[article_id] = _remove(connection, article_id, for_good=for_good)
        self._database.truncate_log()
        return list(removed.values())

    def history(self, article_id: str) -> list[Event]:
        """Return what happened to an article, oldest first."""
        with self._reading() as connection:
            return history.history_of(connection, article_id)

    def was_removed(self, article_id: str) -> bool:
        """Whether an admin removed the article for good."""
        with self._reading() as connection:
            return history.is_forbidden(connection, article_id)

    def mark_vanished(self, place: str, keep: Iterable[str] = ()) -> list[Entry]:
        """Mark the articles of a place as vanished, except those to keep."""
        kept = set(keep)
        with self._writing() as connection:
            gone = [one for one in article_table.present_at(connection, place) if one not in kept]
            for article_id in gone:
                history.add_event(connection, article_id, "vanished")
                article_table.set_vanished(connection, article_id)
            if gone and not kept:
                source_table.delete_visit(connection, place)
            return [article_table.get_entry(connection, article_id) for article_id in gone]

    def places_of(self, source_name: str) -> set[str]:
        """Return the places of a source with articles that have not vanished."""
        with self._reading() as connection:
            return article_table.places_of(connection, source_name)

    # The source log

    def remember_source(self, name: str, columns: Mapping[str, str], encoding: str | None) -> None:
        """Remember a source and how it is read, for the next sync."""
        with self._writing() as connection:
            source_table.put_source(connection, name, columns, encoding)

    def forget_source(self, name: str) -> bool:
        """Forget a source and its visits; return whether it was remembered."""
        with self._writing() as connection:
            return source_table.delete_source(connection, name)

    def sources(self) -> list[Source]:
        """Return the remembered sources, in order."""
        with self._reading() as connection:
            return source_table.sources(connection)

    def record_source_visit(self, name: str, problem: str | None) -> None:
        """Record that a source was visited now, and what went wrong, if anything."""
        with self._writing() as connection:
            source_table.set_visited(connection, name, problem)

    def last_visit(self, place: str) -> Stamp | None:
        """Return the stamp of a place at its last visit."""
        with self._reading() as connection:
            return source_table.get_stamp(connection, place)

    def record_visit(self, source_name: str, place: str, stamp: Stamp) -> None:
        """Record the stamp of a place for the next visit."""
        with self._writing() as connection:
            source_table.put_stamp(connection, source_name, place, stamp)


def _keep(
    connection: sqlite3.Connection, article_id: str, stored: sqlite3.Row, origin: Origin | None
) -> None:
    """Update the origin of an article with unchanged content, and that it has not vanished."""
    if stored["vanished_at"]:
        history.add_event(connection, article_id, "back")
    before = Origin(stored["root"], stored["place"])
    if stored["vanished_at"] or (origin is not None and origin != before):
        now = origin or before
        article_table.set_present(connection, article_id, now.source_name, now.place)


def _remove(connection: sqlite3.Connection, article_id: str, *, for_good: bool) -> Entry:
    entry = article_table.get_entry(connection, article_id)
    stored = article_table.find_stored(connection, article_id)
    if stored is not None:
        history.add_event(connection, article_id, "removed")
        near_duplicates.remove_from_cluster(connection, stored["position"])
        article_table.delete(connection, article_id)
        source_table.delete_visit(connection, stored["place"])
        if for_good:
            history.forbid(connection, article_id)
        article_table.count_change(connection)
    return entry
