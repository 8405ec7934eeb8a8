"""What a library of articles offers, whatever keeps it.

Words used here: a *source* is what an admin names (a file, folder or address) and what is
remembered for a sync, under its source name; a *place* is one file or web page of a source; a
*near copy* is an article with almost the same text as another. Near copies form a cluster; its
best article is *canonical*, and only that one is indexed.

Every method may be called from several threads. A write is lasting when the method returns or,
within `transaction`, when that ends. Every method raises LibraryError, in one line, when the
library cannot be read or written. `tests/corpus/library/test_store_contract.py` and
`test_source_log_contract.py` say what holds for every implementation.
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
        """A token that differs after any change of content, and between any two libraries.

        Read it before the articles: a change in between then shows as an outdated revision.
        """
        ...

    def __len__(self) -> int:
        """Count the articles, near copies included."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Make every change within it at once, or none when an exception leaves it.

        Other threads that call this object wait until it ends; within another transaction it is a
        part of that. Others that read the library see nothing of it before its end.
        """
        ...

    def add(self, article: Article, origin: Origin | None = None) -> Change:
        """Store an article; one with the same id is replaced. The same again changes nothing.

        Without an `origin` a stored one stays. Lifts a removal for good. Raises LibraryError for
        text with half a surrogate pair.
        """
        ...

    def get(self, id_prefix: str) -> Article:
        """The article of an id, or of the beginning of an id that only one article has.

        An id wins over a beginning of others. Raises ArticleNotFound when there is none, or when
        there are several.
        """
        ...

    def entry(self, id_prefix: str) -> Entry:
        """What a listing shows of one article. Raises ArticleNotFound as `get` does."""
        ...

    def articles(self, *, copies: bool = False) -> Iterator[Article]:
        """All articles, in the order in which they were first added.

        Of a cluster of near copies only the canonical one, unless `copies`. What is changed
        meanwhile may or may not show.
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
        """The entries that fit, in order, from `offset` on, at most `limit`.

        Articles without the field that they are sorted by come last, also when reversed. Equal ones
        stay in the order in which they were added, except that "added" reversed is newest first.
        """
        ...

    def near_copies(self, id_prefix: str) -> list[Entry]:
        """The other articles of its cluster. Raises ArticleNotFound as `get` does."""
        ...

    def copy_ids(self) -> set[str]:
        """The ids of all near copies, canonical articles left out."""
        ...

    def remove(self, id_prefixes: Iterable[str], *, for_good: bool = True) -> list[Entry]:
        """Remove articles; return what was removed. All of them or, after an error, none.

        Only the titles and sources stay, in the history. After a removal `for_good`, `was_removed`
        is true until the article is added again. Raises ArticleNotFound as `get` does.
        """
        ...

    def history(self, article_id: str) -> list[Event]:
        """What happened to an article, oldest first, also after it was removed."""
        ...

    def was_removed(self, article_id: str) -> bool:
        """Whether an admin removed it for good: a sync must not add it again."""
        ...

    def mark_vanished(self, place: str, keep: Iterable[str] = ()) -> list[Entry]:
        """Mark the articles of a place, but for the ids in `keep`, as gone from their source.

        They stay until they are removed. Returns those that were not marked before. When nothing is
        kept, the visit of the place is forgotten, so that it is read again if it comes back.
        """
        ...

    def places_of(self, source_name: str) -> set[str]:
        """The places that hold the articles of a source, vanished articles left out."""
        ...


class SourceLog(Protocol):
    """The remembered sources, and when and how their places were visited."""

    def remember_source(self, name: str, columns: Mapping[str, str], encoding: str | None) -> None:
        """Remember a source for a sync, with how it is read; again only changes the latter."""
        ...

    def forget_source(self, name: str) -> bool:
        """Forget a source and its visits; its articles stay. Whether it was remembered."""
        ...

    def sources(self) -> list[Source]:
        """The remembered sources, in the order in which they were first remembered."""
        ...

    def record_source_visit(self, name: str, problem: str | None) -> None:
        """Record that a source was visited now, and what went wrong, in English."""
        ...

    def last_visit(self, place: str) -> Stamp | None:
        """The stamp of a place at its last visit, None when it was never visited."""
        ...

    def record_visit(self, source_name: str, place: str, stamp: Stamp) -> None:
        """Record the stamp of a place for the next visit."""
        ...


class IngestStore(ArticleStore, SourceLog, Protocol):
    """Both, of one library: `transaction` covers articles and visits together."""
