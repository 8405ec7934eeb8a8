"""What the command line shows: results on stdout, everything else on stderr."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from corpus import Article, Entry
    from corpus.library.entry import Event, Source

__all__ = [
    "err", "out", "print_article", "print_entries", "print_json", "print_past", "print_sources",
    "print_table", "progress", "say", "waiting",
]  # fmt: skip

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(line: str) -> None:
    """One line to the person at the terminal, never part of the result."""
    err.print(Text(line), style="dim", soft_wrap=True)


@contextmanager
def progress(what: str) -> Iterator[Callable[[str, int, int | None], None]]:
    """A bar on a terminal, nothing elsewhere.

    It is moved by calling it with (what, done, total); a total of None is one that nobody knows.
    """
    if not err.is_terminal:
        yield lambda what, done, total: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda what, done, total: bar.update(
            task, description=what, completed=done, total=total
        )


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show that something takes a while."""
    if err.is_terminal:
        with err.status(what):
            yield
    else:
        yield


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table for people; for a pipe, one tab-separated line a row without a heading."""
    if not out.is_terminal:
        out.file.writelines("\t".join(_flat(cell) for cell in row) + "\n" for row in rows)
        return
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(Text(_flat(cell)) for cell in row))
    out.print(table)


def print_entries(entries: Sequence["Entry"], *, as_json: bool) -> None:
    """The articles of the library."""
    if as_json:
        for entry in entries:
            print_json(entry.to_dict())
        return
    if not entries and out.is_terminal:
        say("The library is empty: add articles with `quotebot add`.")
    columns = ("id", "title", "published", "updated", "language", "paragraphs", "source")
    print_table(
        columns,
        [
            tuple(getattr(entry, name) or "" for name in columns)
            for entry in entries
        ],
    )  # fmt: skip


def print_sources(sources: Sequence["Source"], *, as_json: bool) -> None:
    """The sources that a sync visits."""
    if as_json:
        for source in sources:
            print_json(asdict(source))
        return
    columns = ("name", "articles", "visited_at", "problem")
    print_table(
        columns, [tuple(getattr(source, name) or "" for name in columns) for source in sources]
    )


def print_past(entry: "Entry", copies: Sequence["Entry"], history: Sequence["Event"]) -> None:
    """What happened to an article, and where else it is."""
    for event in history:
        line = f"{event.at:%Y-%m-%d %H:%M} {event.what}, from {event.source}"
        out.print(Text(line, style="dim"), soft_wrap=True)
    for copy in copies:
        speaks = ", which speaks for it" if copy.id == entry.copy_of else ""
        line = f"also in {copy.id}  {copy.title}  {copy.source}{speaks}"
        out.print(Text(line, style="dim"), soft_wrap=True)


def print_article(article: "Article", *, stripped: bool = False) -> None:
    """An article with its paragraphs numbered from 1, as in the bot's answers."""
    out.print(Text(article.title, style="bold"), soft_wrap=True)
    for name in ("id", "url", "author", "published", "updated", "language", "source"):
        value = getattr(article, name)
        if value is not None:
            out.print(Text(f"{name}: {value}", style="dim"), soft_wrap=True)
    for number, paragraph in enumerate(article.paragraphs, 1):
        out.print()
        out.print(
            Text.assemble((f"¶ {number}{_page(paragraph.page)}  ", "dim"), paragraph.text),
            soft_wrap=not out.is_terminal,
        )
    if stripped and article.stripped:
        out.print()
        for text in article.stripped:
            out.print(Text(f"stripped: {text}", style="dim"), soft_wrap=True)


def _page(page: int | None) -> str:
    return "" if page is None else f" (page {page})"


def print_json(value: object) -> None:
    """One JSON object on one line, never wrapped or coloured."""
    out.file.write(json.dumps(value, ensure_ascii=False, default=_plain) + "\n")
    out.file.flush()


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def _flat(cell: object) -> str:
    return " ".join(str(cell).split())
