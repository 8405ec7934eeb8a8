"""How the library is shown on stdout: articles, their history, and the remembered sources."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.text import Text

from bot.cli.console import print_json, print_table, say, stdout

if TYPE_CHECKING:
    from corpus import Article, Entry
    from corpus.library.entry import Event, Source

__all__ = ["print_article", "print_entries", "print_past", "print_sources"]


_ENTRY_COLUMNS = ("id", "title", "published", "updated", "language", "paragraphs", "source")
_SOURCE_COLUMNS = ("name", "articles", "visited_at", "problem")
_ARTICLE_FIELDS = ("id", "url", "author", "published", "updated", "language", "source")


def print_entries(entries: Sequence["Entry"], *, as_json: bool) -> None:
    """The articles of the library, without their text."""
    if as_json:
        for entry in entries:
            print_json(entry.to_dict())
        return
    if not entries and stdout().is_terminal:
        say("The library is empty: add articles with `quotebot add`.")
    print_table(_ENTRY_COLUMNS, [_cells(entry, _ENTRY_COLUMNS) for entry in entries])


def print_sources(sources: Sequence["Source"], *, as_json: bool) -> None:
    """The sources that a sync visits."""
    if as_json:
        for source in sources:
            print_json(asdict(source))
        return
    print_table(_SOURCE_COLUMNS, [_cells(source, _SOURCE_COLUMNS) for source in sources])


def print_past(entry: "Entry", copies: Sequence["Entry"], history: Sequence["Event"]) -> None:
    """What happened to an article, and its copies."""
    console = stdout()
    for event in history:
        line = f"{event.at:%Y-%m-%d %H:%M} {event.what}, from {event.source}"
        console.print(Text(line, style="dim"), soft_wrap=True)
    for copy in copies:
        canonical = ", the copy that is indexed" if copy.id == entry.copy_of else ""
        line = f"also in {copy.id}  {copy.title}  {copy.source}{canonical}"
        console.print(Text(line, style="dim"), soft_wrap=True)


def print_article(article: "Article", *, stripped: bool = False) -> None:
    """An article with its paragraphs numbered from 1, as in the bot's answers.

    With `stripped`, also the pieces of its source that were left out.
    """
    console = stdout()
    console.print(Text(article.title, style="bold"), soft_wrap=True)
    for name in _ARTICLE_FIELDS:
        value = getattr(article, name)
        if value is not None:
            console.print(Text(f"{name}: {value}", style="dim"), soft_wrap=True)
    for number, paragraph in enumerate(article.paragraphs, 1):
        page = "" if paragraph.page is None else f" (page {paragraph.page})"
        console.print()
        console.print(
            Text.assemble((f"¶ {number}{page}  ", "dim"), paragraph.text),
            soft_wrap=not console.is_terminal,
        )
    if stripped and article.stripped:
        console.print()
        for text in article.stripped:
            console.print(Text(f"stripped: {text}", style="dim"), soft_wrap=True)


def _cells(row: object, columns: Sequence[str]) -> list[object]:
    return [getattr(row, name) or "" for name in columns]
