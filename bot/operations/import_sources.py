"""Sources → library, with progress and an outcome for each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import corpus
from bot.cli.console import err, print_article, print_json, progress, say
from corpus import Article, Entry, Library, UnreadableSource

if TYPE_CHECKING:
    from corpus.ingest.ingest import Outcome
    from corpus.place_result import ReadOptions
    from corpus.sandbox.worker_pool import WorkerPool

__all__ = [
    "SAMPLE", "Outcomes", "import_sources", "preview_sources", "print_outcomes", "sync_sources",
]  # fmt: skip

SAMPLE = Path(corpus.__file__).parent / "sample"
_CHANGES = ("added", "changed", "unchanged", "vanished", "removed")
_NAMED = 200  # skipped sources that are listed; the rest is counted


@dataclass(slots=True)
class Outcomes:
    """What became of each source: (article, change), and what could not be read."""

    stored: list[tuple[Article | Entry, str]] = field(default_factory=list)
    skipped: list[UnreadableSource] = field(default_factory=list)
    copies: int = 0

    @property
    def good(self) -> bool:
        """Whether anything could be read at all."""
        return bool(self.stored)

    def count(self, change: str) -> int:
        """How many articles were `added`, `changed`, `unchanged`, `vanished` or `removed`."""
        return sum(found == change for _, found in self.stored)

    def note(self, outcome: "Outcome") -> None:
        """Count one outcome in."""
        if outcome.article is None:
            self.skipped.append(UnreadableSource(outcome.source, outcome.reason))
        else:
            self.stored.append((outcome.article, outcome.change))


def import_sources(
    library_path: Path,
    sources: Sequence[str],
    options: "ReadOptions | None" = None,
    workers: "WorkerPool | None" = None,
) -> Outcomes:
    """Read the sources and keep what they hold; a bad one never stops the rest.

    Raises LibraryError when the library cannot be written.
    """
    from corpus.ingest.ingest import ingest
    from corpus.place_result import ReadOptions

    with Library.open(library_path) as library:
        found = ingest(library, sources, options or ReadOptions(), workers=workers)
        return _collect(library, found, _count_files(sources))


def sync_sources(
    library_path: Path, sources: Sequence[str], *, prune: bool, allow_private: bool, pause: float
) -> Outcomes:
    """Visit remembered sources again: all, or those named. Raises LibraryError."""
    from corpus.ingest.ingest import synchronise

    with Library.open(library_path) as library:
        found = synchronise(library, sources, prune=prune, allow_private=allow_private, pause=pause)
        return _collect(library, found, None)


def preview_sources(sources: Sequence[str], options: "ReadOptions", *, as_json: bool) -> bool:
    """Show what would be stored, and store nothing. Whether there was anything."""
    from corpus.article_json import to_record
    from corpus.ingest.sources import read_sources

    good = False
    for found in read_sources(sources, options):
        if isinstance(found, UnreadableSource):
            say(f"skipped {found}")
            if as_json:
                print_json({"outcome": "skipped", "source": found.source, "reason": found.reason})
            continue
        if as_json:
            print_json(to_record(found) | {"stripped": found.stripped})
        else:
            print_article(found, stripped=True)
        good = True
    return good


def print_outcomes(outcomes: Outcomes, *, as_json: bool) -> None:
    """Say what was added, changed, unchanged, and each source that was skipped with the reason."""
    if as_json:
        for article, change in outcomes.stored:
            print_json({"outcome": change, "id": article.id, "title": article.title,
                        "source": article.source})  # fmt: skip
        for error in outcomes.skipped:
            print_json({"outcome": "skipped", "source": error.source, "reason": error.reason})
    for error in outcomes.skipped[:_NAMED]:
        say(f"skipped {error}")
    if len(outcomes.skipped) > _NAMED:
        say(f"skipped {len(outcomes.skipped) - _NAMED} more: --json names all")
    counts = {change: outcomes.count(change) for change in _CHANGES}
    counts["skipped"] = len(outcomes.skipped)
    _print_counts({what: count for what, count in counts.items() if count})
    if outcomes.copies:
        say(f"{outcomes.copies} of them say the same as other articles: linked, indexed once")


def _print_counts(counts: dict[str, int]) -> None:
    """A table on a terminal, one line elsewhere."""
    if not err.is_terminal or not counts:
        say(", ".join(f"{count} {what}" for what, count in counts.items()) or "nothing new")
        return
    from rich.table import Table

    table = Table(*counts, box=None, header_style="bold", pad_edge=False)
    table.add_row(*map(str, counts.values()))
    err.print(table)


def _collect(library: Library, found: Iterable["Outcome"], total: int | None) -> Outcomes:
    outcomes = Outcomes()
    places: set[str] = set()
    with progress("Reading") as show:
        for outcome in found:
            outcomes.note(outcome)
            places.add(outcome.source.partition("!/")[0].partition(" line ")[0])
            show(f"Reading, {len(outcomes.stored)} articles", len(places), total)
    fresh = {article.id for article, change in outcomes.stored if change in {"added", "changed"}}
    outcomes.copies = len(fresh & library.copy_ids()) if fresh else 0
    return outcomes


def _count_files(sources: Sequence[str]) -> int | None:
    """How many files there are to read; None when nobody can tell, and off a terminal."""
    from corpus.ingest.walk_folder import files_under
    from corpus.source_name import is_address

    if not err.is_terminal or any(is_address(name) or name == "-" for name in sources):
        return None
    count = 0
    for name in sources:
        path = Path(name)
        count += sum(1 for _ in files_under(path.resolve())) if path.is_dir() else 1
    return count
