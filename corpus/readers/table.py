"""Tables (CSV, TSV): each row is an article.

Columns are recognised by their names, or an admin says which they are.
"""

import csv
import io
from collections.abc import Iterator

from corpus.article import Article
from corpus.error_codes import Code
from corpus.errors import UnreadableSource
from corpus.reader_output import NO_HINTS, Hints
from corpus.structure.column_mapping import draft_of, map_columns
from corpus.structure.draft import to_article
from corpus.text.decoding import decode

__all__ = ["accepts", "read"]

LARGEST_FIELD = 16 * 1024 * 1024  # characters

# The limit holds for the whole process; its default is 128 KiB. Only this module reads tables.
csv.field_size_limit(LARGEST_FIELD)


def accepts(head: bytes, named: bool) -> bool:
    """Whether the file has the suffix; the content does not distinguish a table from text."""
    return named


def read(data: bytes, source: str, hints: Hints = NO_HINTS) -> Iterator[Article | UnreadableSource]:
    """Read an article from each row; a bad row yields its error and the rest goes on.

    Raises UnreadableSource when no column is known to hold the text, or there are no rows.
    """
    text = decode(data, source, hints.encoding).removeprefix("\ufeff")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
    names = [name.strip() for name in _next(rows, source) or []]
    columns = map_columns(names, hints.columns)
    if "text" not in columns:
        raise UnreadableSource(source, Code.NO_TEXT_COLUMN(columns=", ".join(names)[:200]))
    places = {field: names.index(column) for field, column in columns.items()}
    position = 0
    while (row := _next(rows, source)) is not None:
        place = f"{source} line {rows.line_num}"
        if not any(cell.strip() for cell in row):
            continue
        values = {field: row[at] for field, at in places.items() if at < len(row)}
        try:
            article = to_article(draft_of(values, source), source, position)
        except UnreadableSource as error:
            yield UnreadableSource(place, error.reason)
        else:
            yield article
        position += 1
    if not position:
        raise UnreadableSource(source, Code.NO_ROWS())


def _next(rows: Iterator[list[str]], source: str) -> list[str] | None:
    try:
        return next(rows, None)
    except csv.Error as error:
        raise UnreadableSource(source, Code.CSV_DAMAGED(error=error)) from None


def _delimiter(text: str) -> str:
    """The separator that is most frequent in the first line."""
    heading = text.split("\n", 1)[0]
    return max(",;\t|", key=heading.count)
