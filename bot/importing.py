"""Sources → library, with progress and an outcome for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import corpus
from bot.console import err, print_json, say
from corpus import Article, Library, UnreadableSource, read_sources

__all__ = ["SAMPLE", "Outcomes", "import_sources", "print_outcomes"]

SAMPLE = Path(corpus.__file__).parent / "sample"
_BATCH = 100  # articles in one transaction: what an interruption loses at most


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of each source: (article, change), and what could not be read."""

    stored: list[tuple[Article, str]]
    skipped: list[UnreadableSource]

    @property
    def good(self) -> bool:
        """Whether anything could be read at all."""
        return bool(self.stored)

    def count(self, change: str) -> int:
        """How many articles were `added`, `changed` or `unchanged`."""
        return sum(found == change for _, found in self.stored)


def import_sources(library_path: Path, sources: Sequence[str]) -> Outcomes:
    """Read the sources and keep what they hold; a bad one never stops the rest.

    Raises LibraryError when the library cannot be written.
    """
    outcomes = Outcomes([], [])
    batch: list[Article] = []
    with Library.open(library_path) as library, err.status("Reading") as progress:

        def store() -> None:
            changes = library.add_all(batch)
            outcomes.stored.extend(zip(batch, changes, strict=True))
            batch.clear()

        for found in read_sources(sources):
            if isinstance(found, UnreadableSource):
                outcomes.skipped.append(found)
                continue
            batch.append(found)
            if len(batch) >= _BATCH:
                store()
            progress.update(f"Reading: {len(outcomes.stored) + len(batch)} articles")
        store()
    return outcomes


def print_outcomes(outcomes: Outcomes, *, as_json: bool) -> None:
    """Say what was added, changed, unchanged, and each source that was skipped with the reason."""
    if as_json:
        for article, change in outcomes.stored:
            print_json({"outcome": change, "id": article.id, "title": article.title,
                        "source": article.source})  # fmt: skip
        for error in outcomes.skipped:
            print_json({"outcome": "skipped", "source": error.source, "reason": error.reason})
    for error in outcomes.skipped:
        say(f"skipped {error}")
    counts = {change: outcomes.count(change) for change in ("added", "changed", "unchanged")}
    counts["skipped"] = len(outcomes.skipped)
    say(", ".join(f"{count} {what}" for what, count in counts.items() if count))
