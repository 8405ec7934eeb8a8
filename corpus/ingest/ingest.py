"""Sources into the library: what is new or changed is stored, what vanished is marked.

Everything that one place gave is stored in one transaction with the note of the visit, so that an
interruption, whatever it is, leaves whole places, and the same command again does the rest.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from corpus.article import Article
from corpus.errors import Reason
from corpus.ingest.files import STDIN
from corpus.ingest.sources import is_address, root_of, visit
from corpus.library.library import Library
from corpus.library.row_mapping import Entry
from corpus.place_result import PlaceResult, ReadOptions, Stamp
from corpus.sandbox.worker_pool import WorkerPool
from corpus.web.fetcher import PAUSE, Fetcher

__all__ = ["Outcome", "ingest", "synchronise"]

BATCH = 100  # articles in one transaction
SECONDS = 2.0  # between transactions, when articles come slowly


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an article or a source.

    `change` is added, changed, unchanged, vanished, removed (by --prune), or skipped, for `reason`.
    """

    change: str
    source: str
    article: Article | Entry | None = None
    reason: Reason | str = ""


def ingest(
    library: Library,
    names: Iterable[str],
    options: ReadOptions,
    *,
    syncing: bool = False,
    fetcher: Fetcher | None = None,
    workers: WorkerPool | None = None,
) -> Iterator[Outcome]:
    """Read sources and keep what they hold; a bad one never stops the rest.

    The sources that gave something are remembered. With `syncing`, files that look the same are
    not read and articles that an admin removed stay away. Raises LibraryError.
    """
    intake = _Intake(library, options, syncing)
    try:
        for reading in visit(names, options, intake.recall, fetcher, workers):
            yield from intake.take(reading)
    except (KeyboardInterrupt, GeneratorExit):
        intake.store()  # what has been read is not lost
        raise
    yield from intake.store()
    for root in intake.complete():
        yield from _vanished(library, library.places_of(root) - intake.visited[root])


def synchronise(
    library: Library,
    names: Iterable[str] = (),
    *,
    allow_private: bool = False,
    pause: float = PAUSE,
    prune: bool = False,
    fetcher: Fetcher | None = None,
) -> Iterator[Outcome]:
    """Visit remembered sources again, all or the named ones."""
    wanted = {root_of(name) for name in names}
    known = {source.name: source for source in library.sources()}
    for name in wanted - set(known):
        yield Outcome("skipped", name, reason="not a remembered source: add it first")
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
            gone = [e for e in library.entries() if e.vanished_at and e.root == source.name]
            for entry in library.remove((entry.id for entry in gone), for_good=False):
                yield Outcome("removed", entry.source, entry)


@dataclass(slots=True)
class _Intake:
    library: Library
    options: ReadOptions
    syncing: bool
    visited: dict[str, set[str]] = field(default_factory=dict)
    partial: set[str] = field(default_factory=set)  # roots of which not everything was seen
    problems: dict[str, str] = field(default_factory=dict)
    remembered: set[str] = field(default_factory=set)
    waiting: list[PlaceResult] = field(default_factory=list)
    count: int = 0  # of articles and places that wait
    stored_at: float = field(default_factory=time.monotonic)

    def recall(self, place: str) -> Stamp | None:
        """Pages are asked for politely at every visit; files are read again unless syncing."""
        return self.library.recall(place) if self.syncing or is_address(place) else None

    def take(self, reading: PlaceResult) -> list[Outcome]:
        """Take in one place; it is stored now or a little later."""
        self.visited.setdefault(reading.root, set()).add(reading.place)
        if reading.rolling or reading.root == STDIN:
            self.partial.add(reading.root)
        if reading.errors and reading.place == reading.root:
            self.partial.add(reading.root)
        for error in reading.errors:
            self.problems.setdefault(reading.root, str(error))
        self.waiting.append(reading)
        self.count += len(reading.articles) + 1
        if self.count >= BATCH or time.monotonic() - self.stored_at > SECONDS:
            return self.store()
        return []

    def store(self) -> list[Outcome]:
        """Store what waits, in one transaction."""
        outcomes: list[Outcome] = []
        with self.library.batch():
            for reading in self.waiting:
                outcomes += self._store(reading)
        self.waiting.clear()
        self.count = 0
        self.stored_at = time.monotonic()
        return outcomes

    def complete(self) -> list[str]:
        """Note the visit of every source; return those of which all was seen."""
        with self.library.batch():
            for root in self.visited:
                self.library.record_source(root, self.problems.get(root))
        return [root for root in self.visited if root not in self.partial]

    def _store(self, reading: PlaceResult) -> Iterator[Outcome]:
        library, root, place = self.library, reading.root, reading.place
        lasting = root != STDIN
        if lasting and (reading.articles or reading.unchanged or reading.pointers):
            self._remember(root)
        for article in reading.articles:
            if self.syncing and library.was_removed(article.id):
                continue
            change = library.add(article, root if lasting else None, place if lasting else None)
            yield Outcome(change, article.source, article)
        for entry in library.entries_at(place) if reading.unchanged else ():
            yield Outcome("unchanged", entry.source, entry)
        for error in reading.errors:
            yield Outcome("skipped", error.source, reason=error.reason)
        if reading.gone:
            yield from _vanished(library, [place])
        elif not (reading.errors or reading.rolling or reading.unchanged or reading.pointers):
            kept = [article.id for article in reading.articles]
            yield from _vanished(library, [place], kept)
        if lasting and reading.stamp is not None and not reading.errors:
            library.record_visit(root, place, reading.stamp)

    def _remember(self, root: str) -> None:
        if root not in self.remembered:
            self.remembered.add(root)
            self.library.remember(root, dict(self.options.columns), self.options.encoding)


def _vanished(
    library: Library, places: Iterable[str], keep: Iterable[str] = ()
) -> Iterator[Outcome]:
    for place in sorted(places):
        for article_id in library.vanish(place, keep):
            entry = library.entry(article_id)
            yield Outcome("vanished", entry.source, entry)
