"""The protocols of a library of articles.

Words used here: a *source* is a file, folder or address that an admin names; it is remembered for
a sync under its source name. A *place* is one file or web page of a source. A *near copy* is an
article with almost the same text as another. Near copies form a cluster; its best article is
*canonical*, and only that one is indexed.

Several threads may call every method. A write is lasting when the method returns or, inside
`transaction`, when that ends. Every method raises LibraryError when the library cannot be read or
written. Every implementation passes `tests/corpus/library/test_store_contract.py` and
`test_source_log_contract.py`.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from corpus.article import Article
from corpus.library.entry import Change, Entry, Event, Origin, Source
from corpus.library.entry_filter import ANY_ARTICLE, ArticleFilter, Sort
from corpus.place_result import Stamp

__all__ = ["ArticleStore", "IngestStore", "SourceLog"]


class ArticleStore(Protocol):
    """Articles, in the order in which they were first added, with their history."""

    @property
    def revision(self) -> str:
        """A text that differs after any change of content, and between any two libraries.

        Read it before the articles: if they change in between, the revision is then outdated.
        """
        ...

    def __len__(self) -> int:
        """Count the articles, including near copies."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Make all changes of the block at once, or none when an exception leaves it.

        Other threads that call this object wait until the block ends. Other readers of the library
        see none of its changes before. A transaction inside another one is a part of that one.
        """
        ...

    def add(self, article: Article, origin: Origin | None = None) -> Change:
        """Store an article; it replaces an article with the same id.

        Storing an unchanged article changes nothing. Without `origin`, the stored origin stays.
        `was_removed` is false afterwards. Raises LibraryError for text with half a surrogate pair.
        """
        ...

    def get(self, id_prefix: str) -> Article:
        """Return the article whose id is `id_prefix`, else the only one whose id begins with it.

        Raises ArticleNotFound when no id begins with it, or several do.
        """
        ...

    def entry(self, id_prefix: str) -> Entry:
        """Return one article as a listing shows it. Raises ArticleNotFound as `get` does."""
        ...

    def articles(self, *, copies: bool = False) -> Iterator[Article]:
        """Give all articles, in the order in which they were first added.

        Of a cluster of near copies, it gives only the canonical article, unless `copies` is true.
        Changes during the iteration may or may not show.
        """
        ...

    def find(
        self,
        where: ArticleFilter = ANY_ARTICLE,
        sort: Sort = "added",
        *,
        reverse: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Entry]:
        """Return the entries that fit, in order, from `offset` on, at most `limit`.

        Articles without the field of `sort` come last, also with `reverse`. Articles with equal
        fields stay in the order in which they were added. "added" with `reverse` is newest first.
        """
        ...

    def near_copies(self, id_prefix: str) -> list[Entry]:
        """Return the other articles of the cluster. Raises ArticleNotFound as `get` does."""
        ...

    def copy_ids(self) -> set[str]:
        """Return the ids of all near copies, without canonical articles."""
        ...

    def remove(self, id_prefixes: Iterable[str], *, for_good: bool = True) -> list[Entry]:
        """Remove articles and return them. After an error, none is removed.

        Only titles and sources stay, in the history. After a removal `for_good`, `was_removed` is
        true until the article is added again. Raises ArticleNotFound as `get` does.
        """
        ...

    def history(self, article_id: str) -> list[Event]:
        """Return what happened to an article, oldest first, also after it was removed."""
        ...

    def was_removed(self, article_id: str) -> bool:
        """Whether an admin removed the article for good. A sync must not add it again."""
        ...

    def mark_vanished(self, place: str, keep: Iterable[str] = ()) -> list[Entry]:
        """Mark the articles of a place as vanished from their source, except the ids in `keep`.

        They stay in the library until they are removed. Returns those that were not marked before.
        With nothing to keep, the visit of the place is forgotten: if it comes back, it is read.
        """
        ...

    def places_of(self, source_name: str) -> set[str]:
        """Return the places of a source with articles that have not vanished."""
        ...


class SourceLog(Protocol):
    """The remembered sources, and when and how their places were visited."""

    def remember_source(self, name: str, columns: Mapping[str, str], encoding: str | None) -> None:
        """Remember a source for the next sync; if it is remembered, change only how it is read.

        `columns` and `encoding` are those of `Source`.
        """
        ...

    def forget_source(self, name: str) -> bool:
        """Forget a source and its visits; its articles stay. Return whether it was remembered."""
        ...

    def sources(self) -> list[Source]:
        """Return the remembered sources, in the order in which they were first remembered."""
        ...

    def record_source_visit(self, name: str, problem: str | None) -> None:
        """Record that a source was visited now, and what went wrong (in English), if anything."""
        ...

    def last_visit(self, place: str) -> Stamp | None:
        """Return the stamp of a place at its last visit; None when it was never visited."""
        ...

    def record_visit(self, source_name: str, place: str, stamp: Stamp) -> None:
        """Record the stamp of a place for the next visit."""
        ...


class IngestStore(ArticleStore, SourceLog, Protocol):
    """An article store and a source log of one library; a `transaction` covers both."""
