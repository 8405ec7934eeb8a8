"""Reads sources into the library: stores new and changed articles, marks vanished ones.

The articles of a place and its visit are stored in one transaction. So an interruption leaves each
place stored whole or not at all, and the same command, run again, does the rest.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from corpus.article import Article
from corpus.error_codes import Code
from corpus.errors import Reason
from corpus.ingest.sources import visit
from corpus.library.entry import Entry, Origin
from corpus.library.entry_filter import ArticleFilter
from corpus.library.ports import IngestStore
from corpus.place_result import PAUSE, PlaceResult, ReadOptions, Stamp
from corpus.sandbox.worker_pool import WorkerPool
from corpus.source_name import STDIN, is_address, source_name
from corpus.web.fetcher import Fetcher

__all__ = ["Outcome", "ingest", "synchronise"]

BATCH = 100  # articles and places, from which a transaction is made
SECONDS = 2.0  # between transactions, when articles come slowly


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to an article, or to a source that could not be read.

    "removed" happens only with `prune`. "skipped" has a `reason` and no `article`.
    """

    change: Literal["added", "changed", "unchanged", "vanished", "removed", "skipped"]
    source: str
    article: Article | Entry | None = None
    reason: Reason | None = None


def ingest(
    library: IngestStore,
    names: Iterable[str],
    options: ReadOptions,
    *,
    syncing: bool = False,
    fetcher: Fetcher | None = None,
    workers: WorkerPool | None = None,
) -> Iterator[Outcome]:
    """Read sources and store their articles; a bad source never stops the rest.

    Sources in which something was found are remembered. With `syncing`, files with the stamp of the
    last visit are not read, and articles that an admin removed are not added again. Raises
    LibraryError.
    """
    run = _Ingestion(library, options, syncing)
    try:
        for result in visit(names, options, run.last_visit, fetcher, workers):
            yield from run.take(result)
    except (KeyboardInterrupt, GeneratorExit):
        run.store()  # keeps what has been read
        raise
    yield from run.store()
    for name in run.finish():
        yield from _mark_vanished(library, library.places_of(name) - run.visited[name])


def synchronise(
    library: IngestStore,
    names: Iterable[str] = (),
    *,
    allow_private: bool = False,
    pause: float = PAUSE,
    prune: bool = False,
    fetcher: Fetcher | None = None,
) -> Iterator[Outcome]:
    """Visit remembered sources again: all of them, or those of `names`.

    `pause` is in seconds. With `prune`, articles that have vanished from their source are removed.
    Raises LibraryError.
    """
    wanted = {source_name(name) for name in names}
    known = {source.name: source for source in library.sources()}
    for name in wanted - set(known):
        yield Outcome("skipped", name, reason=Code.SOURCE_NOT_REMEMBERED())
    for source in known.values():
        if wanted and source.name not in wanted:
            continue
        options = ReadOptions(
            encoding=source.encoding,
            columns=source.columns,
            allow_private=allow_private,
            pause=pause,
        )
        yield from ingest(library, [source.name], options, syncing=True, fetcher=fetcher)
        if prune:
            gone = library.find(ArticleFilter(source_name=source.name, vanished=True))
            for entry in library.remove((entry.id for entry in gone), for_good=False):
                yield Outcome("removed", entry.source, entry)


@dataclass(slots=True)
class _Ingestion:
    """One run: the results that are not stored yet, and the places seen in each source."""

    library: IngestStore
    options: ReadOptions
    syncing: bool
    visited: dict[str, set[str]] = field(default_factory=dict)  # source → its places
    incomplete: set[str] = field(default_factory=set)  # sources with places that were not seen
    problems: dict[str, str] = field(default_factory=dict)  # source → its first error
    remembered: set[str] = field(default_factory=set)
    waiting: list[PlaceResult] = field(default_factory=list)
    count: int = 0  # articles and places in `waiting`
    stored_at: float = field(default_factory=time.monotonic)

    def last_visit(self, place: str) -> Stamp | None:
        """The stamp of a place at its last visit. None for a file that is added: it is read."""
        return self.library.last_visit(place) if self.syncing or is_address(place) else None

    def take(self, result: PlaceResult) -> list[Outcome]:
        """Add the result of a place to those that wait; store them when they are enough."""
        name = result.source_name
        self.visited.setdefault(name, set()).add(result.place)
        if result.rolling or name == STDIN:
            self.incomplete.add(name)
        if result.errors and result.place == name:
            self.incomplete.add(name)
        for error in result.errors:
            self.problems.setdefault(name, str(error))
        self.waiting.append(result)
        self.count += len(result.articles) + 1
        if self.count >= BATCH or time.monotonic() - self.stored_at > SECONDS:
            return self.store()
        return []

    def store(self) -> list[Outcome]:
        """Store all results that wait, in one transaction."""
        outcomes: list[Outcome] = []
        with self.library.transaction():
            for result in self.waiting:
                outcomes += self._store(result)
        self.waiting.clear()
        self.count = 0
        self.stored_at = time.monotonic()
        return outcomes

    def finish(self) -> list[str]:
        """Record the visit of every source; return the sources of which every place was seen."""
        with self.library.transaction():
            for name in self.visited:
                self.library.record_source_visit(name, self.problems.get(name))
        return [name for name in self.visited if name not in self.incomplete]

    def _store(self, result: PlaceResult) -> Iterator[Outcome]:
        library, name, place = self.library, result.source_name, result.place
        lasting = name != STDIN
        if lasting and (result.articles or result.unchanged or result.pointers):
            self._remember(name)
        for article in result.articles:
            if self.syncing and library.was_removed(article.id):
                continue
            change = library.add(article, Origin(name, place) if lasting else None)
            yield Outcome(change, article.source, article)
        for entry in library.find(ArticleFilter(place=place)) if result.unchanged else ():
            yield Outcome("unchanged", entry.source, entry)
        for error in result.errors:
            yield Outcome("skipped", error.source, reason=error.reason)
        if result.gone:
            yield from _mark_vanished(library, [place])
        elif not (result.errors or result.rolling or result.unchanged or result.pointers):
            kept = [article.id for article in result.articles]
            yield from _mark_vanished(library, [place], kept)
        if lasting and result.stamp is not None and not result.errors:
            library.record_visit(name, place, result.stamp)

    def _remember(self, name: str) -> None:
        if name not in self.remembered:
            self.remembered.add(name)
            self.library.remember_source(name, self.options.columns, self.options.encoding)


def _mark_vanished(
    library: IngestStore, places: Iterable[str], keep: Iterable[str] = ()
) -> Iterator[Outcome]:
    for place in sorted(places):
        for entry in library.mark_vanished(place, keep):
            yield Outcome("vanished", entry.source, entry)
