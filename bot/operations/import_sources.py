"""Reading sources into the library, with an outcome for each article."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import corpus
from bot.backend import Backend
from corpus import Article, Entry, UnreadableSource

if TYPE_CHECKING:
    from corpus.ingest.ingest import Outcome
    from corpus.library.ports import ArticleStore
    from corpus.place_result import ReadOptions
    from corpus.sandbox.worker_pool import WorkerPool
    from index.progress import ProgressCallback

__all__ = ["SAMPLE", "Outcomes", "import_sources", "sync_sources"]

SAMPLE = Path(corpus.__file__).parent / "sample"


@dataclass(slots=True)
class Outcomes:
    """The results of an import.

    `stored` pairs each article with its change: `added`, `changed`, `unchanged`, `vanished` or
    `removed`. `skipped` are the places that could not be read, with the reasons. `copies` counts
    the added and changed articles that are near copies of others.
    """

    stored: list[tuple[Article | Entry, str]] = field(default_factory=list)
    skipped: list[UnreadableSource] = field(default_factory=list)
    copies: int = 0

    @property
    def any_readable(self) -> bool:
        """Whether anything could be read at all."""
        return bool(self.stored)

    def count(self, change: str) -> int:
        """How many articles have that change."""
        return sum(found == change for _, found in self.stored)

    def add(self, outcome: "Outcome") -> None:
        """Add one outcome."""
        if outcome.article is None and outcome.reason is not None:
            self.skipped.append(UnreadableSource(outcome.source, outcome.reason))
        elif outcome.article is not None:
            self.stored.append((outcome.article, outcome.change))


def import_sources(
    backend: Backend,
    sources: Sequence[str],
    options: "ReadOptions | None" = None,
    workers: "WorkerPool | None" = None,
    progress: "ProgressCallback | None" = None,
) -> Outcomes:
    """Read the sources and store their articles; a source that fails does not stop the others.

    Raises LibraryError when the library cannot be written.
    """
    from corpus.ingest.ingest import ingest
    from corpus.place_result import ReadOptions

    with backend.open_library() as library:
        found = ingest(library, sources, options or ReadOptions(), workers=workers)
        total = _count_files(sources) if progress else None
        return _collect(library, found, total, progress)


def sync_sources(
    backend: Backend,
    sources: Sequence[str],
    *,
    prune: bool,
    allow_private: bool,
    pause: float,
    progress: "ProgressCallback | None" = None,
) -> Outcomes:
    """Visit remembered sources again: all, or those named; `pause` is in seconds.

    Raises LibraryError when the library cannot be written.
    """
    from corpus.ingest.ingest import synchronise

    with backend.open_library() as library:
        found = synchronise(library, sources, prune=prune, allow_private=allow_private, pause=pause)
        return _collect(library, found, None, progress)


def _collect(
    library: "ArticleStore",
    found: Iterable["Outcome"],
    total: int | None,
    progress: "ProgressCallback | None",
) -> Outcomes:
    outcomes = Outcomes()
    files: set[str] = set()
    for outcome in found:
        outcomes.add(outcome)
        # What an archive or a file of many articles holds counts as one file.
        files.add(outcome.source.partition("!/")[0].partition(" line ")[0])
        if progress:
            progress(f"Reading, {len(outcomes.stored)} articles", len(files), total)
    fresh = {article.id for article, change in outcomes.stored if change in {"added", "changed"}}
    outcomes.copies = len(fresh & library.copy_ids()) if fresh else 0
    return outcomes


def _count_files(sources: Sequence[str]) -> int | None:
    """How many files there are to read; None when a source is an address or stdin."""
    from corpus.ingest.walk_folder import files_under
    from corpus.source_name import is_address

    if any(is_address(name) or name == "-" for name in sources):
        return None
    count = 0
    for name in sources:
        path = Path(name)
        count += sum(1 for _ in files_under(path.resolve())) if path.is_dir() else 1
    return count
