"""How imports are shown: what became of each source, and what a preview would store."""

from collections.abc import Iterable

from bot.cli.console import print_json, say, stderr
from bot.cli.library_output import print_article
from bot.operations.import_sources import Outcomes
from corpus import Article, UnreadableSource
from corpus.article_json import to_record

__all__ = ["print_outcomes", "print_preview"]

_CHANGES = ("added", "changed", "unchanged", "vanished", "removed")
_SKIPPED_LISTED = 200  # the rest is only counted


def print_outcomes(outcomes: Outcomes, *, as_json: bool) -> None:
    """Say how many articles were added, changed and so on, and why each source was skipped."""
    if as_json:
        for article, change in outcomes.stored:
            print_json({"outcome": change, "id": article.id, "title": article.title,
                        "source": article.source})  # fmt: skip
        for error in outcomes.skipped:
            _print_skipped(error)
    for error in outcomes.skipped[:_SKIPPED_LISTED]:
        say(f"skipped {error}")
    if len(outcomes.skipped) > _SKIPPED_LISTED:
        say(f"skipped {len(outcomes.skipped) - _SKIPPED_LISTED} more: --json names all")
    counts = {change: outcomes.count(change) for change in _CHANGES}
    counts["skipped"] = len(outcomes.skipped)
    _print_counts({what: count for what, count in counts.items() if count})
    if outcomes.copies:
        say(f"{outcomes.copies} of them say the same as other articles: linked, indexed once")


def print_preview(found: Iterable[Article | UnreadableSource], *, as_json: bool) -> bool:
    """Show what would be stored; True if there was any article."""
    any_article = False
    for item in found:
        if isinstance(item, UnreadableSource):
            say(f"skipped {item}")
            if as_json:
                _print_skipped(item)
            continue
        if as_json:
            print_json(to_record(item) | {"stripped": item.stripped})
        else:
            print_article(item, stripped=True)
        any_article = True
    return any_article


def _print_skipped(error: UnreadableSource) -> None:
    print_json({"outcome": "skipped", "source": error.source, "reason": str(error.reason)})


def _print_counts(counts: dict[str, int]) -> None:
    """A table on a terminal, one line elsewhere."""
    console = stderr()
    if not console.is_terminal or not counts:
        say(", ".join(f"{count} {what}" for what, count in counts.items()) or "nothing new")
        return
    from rich.table import Table

    table = Table(*counts, box=None, header_style="bold", pad_edge=False)
    table.add_row(*map(str, counts.values()))
    console.print(table)
