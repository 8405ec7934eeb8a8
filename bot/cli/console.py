"""Writing to the terminal: results on stdout, everything else on stderr."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from index.progress import ProgressCallback

__all__ = ["print_json", "print_table", "progress", "say", "stderr", "stdout", "waiting"]


def stdout() -> Console:
    """The console that results go to, with the environment and the stream as they are now."""
    return Console(highlight=False)


def stderr() -> Console:
    """The console that everything but results goes to, as it is now."""
    return Console(stderr=True, highlight=False)


def say(line: str) -> None:
    """Print a line on stderr: something to know that is not part of the result."""
    stderr().print(Text(line), style="dim", soft_wrap=True)


@contextmanager
def progress(what: str) -> Iterator["ProgressCallback | None"]:
    """A progress bar on stderr, moved by the callback; None when stderr is not a terminal."""
    console = stderr()
    if not console.is_terminal:
        yield None
        return
    from rich.progress import (  # many modules, needed on a terminal only
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda what, done, total: bar.update(
            task, description=what, completed=done, total=total
        )


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show a spinner with these words on stderr, when that is a terminal."""
    console = stderr()
    if console.is_terminal:
        with console.status(what):
            yield
    else:
        yield


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table for people; for a pipe, one tab-separated line for each row, without a heading."""
    console = stdout()
    if not console.is_terminal:
        console.file.writelines("\t".join(_one_line(cell) for cell in row) + "\n" for row in rows)
        return
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(Text(_one_line(cell)) for cell in row))
    console.print(table)


def print_json(value: object) -> None:
    """One JSON object on one line, never wrapped or coloured.

    Dates become ISO 8601, other objects (reasons, paths) their text.
    """
    file = stdout().file
    file.write(json.dumps(value, ensure_ascii=False, default=_to_json) + "\n")
    file.flush()


def _to_json(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def _one_line(cell: object) -> str:
    return " ".join(str(cell).split())
