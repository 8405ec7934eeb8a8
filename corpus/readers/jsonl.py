"""Article JSONL: one JSON object on each line. It is the only format that loses nothing.

    {"title": str, "paragraphs": [str, ...] | "text": str,
     "id"?, "url"?, "author"?, "published"?, "updated"?, "language"?, "source"?,
     "pages"?: [int | null, ...], one for each of `paragraphs`}

`paragraphs` are kept exactly as they are; `text` is cut into paragraphs like a text file. Unknown
keys are ignored; null means that there is no value.
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from corpus.article import Article
from corpus.error_codes import Code
from corpus.errors import QuotebotError, Reason, UnreadableSource
from corpus.reader_output import NO_HINTS, Hints
from corpus.structure.draft import Draft, to_article
from corpus.text.dates import parse_iso_date
from corpus.text.decoding import decode
from corpus.text.paragraphs import normalise, paragraphs_of, split_blocks

__all__ = ["accepts", "read"]

LONGEST_ID = 200  # characters

_OBJECT = re.compile(rb'\s*\{\s*"(?:title|paragraphs|text|id|url|source)"\s*:')
_KINDS = {
    dict: Code.JSON_OBJECT, list: Code.JSON_LIST, str: Code.JSON_STRING, bool: Code.JSON_BOOLEAN,
}  # fmt: skip
_SURROGATE = re.compile("[\ud800-\udfff]")


class _InvalidRecord(QuotebotError):
    """A line is not an article in the form above."""


def accepts(head: bytes, named: bool) -> bool:
    """Whether the file has the suffix, or begins with an object that looks like an article."""
    start = head.removeprefix(b"\xef\xbb\xbf")
    return named or (_OBJECT.match(start) is not None and b'"title"' in start)


def read(data: bytes, source: str, hints: Hints = NO_HINTS) -> Iterator[Article | UnreadableSource]:
    """Read the articles of a file; a bad line yields its error and the rest goes on.

    Raises UnreadableSource when the file cannot be decoded or holds no articles.
    """
    seen: dict[str, int] = {}
    position = 0
    lines = _text(data, source, hints.encoding).split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"{source} line {number}"
        try:
            article = to_article(_draft(_parse(line)), source, position)
        except (UnreadableSource, _InvalidRecord) as error:
            yield UnreadableSource(place, error.reason)
        else:
            if article.id in seen:
                taken = Code.ID_TAKEN(id=repr(article.id), line=seen[article.id])
                yield UnreadableSource(place, taken)
            else:
                seen[article.id] = number
                yield article
        position += 1
    if not position:
        raise UnreadableSource(source, Code.NO_ARTICLES())


def _text(data: bytes, source: str, encoding: str | None) -> str:
    # Not `decode` at first: strings in JSON may have characters that it takes for a binary file.
    try:
        text = data.decode(encoding or "utf-8-sig")
    except (UnicodeDecodeError, LookupError):
        return decode(data, source, encoding)
    if not text.strip():
        raise UnreadableSource(source, Code.EMPTY_FILE())
    return text


def _parse(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except RecursionError:
        raise _InvalidRecord(Code.NESTED_TOO_DEEPLY()) from None
    except json.JSONDecodeError as error:
        raise _InvalidRecord(Code.JSON_INVALID_AT(error=error.msg, column=error.colno)) from None
    except ValueError:
        raise _InvalidRecord(Code.JSON_NUMBER_TOO_LONG()) from None
    if not isinstance(value, dict):
        raise _InvalidRecord(Code.NOT_A_JSON_OBJECT(kind=_kind(value)))
    return value


def _draft(record: dict[str, Any]) -> Draft:
    if record.get("title") is None:
        raise _InvalidRecord(Code.NO_TITLE())
    return Draft(
        paragraphs=_paragraphs(record),
        title=_string(record, "title") or "",
        id=_id(record),
        source=_string(record, "source"),
        url=_string(record, "url"),
        author=_string(record, "author"),
        published=_date(record, "published"),
        updated=_date(record, "updated"),
        language=_string(record, "language"),
        pages=_pages(record),
    )


def _paragraphs(record: dict[str, Any]) -> list[str]:
    given, text = record.get("paragraphs"), _string(record, "text")
    if given is None and text is None:
        raise _InvalidRecord(Code.NO_PARAGRAPHS_OR_TEXT())
    if given is None:
        return paragraphs_of(split_blocks(normalise(text or "")))
    if text is not None:
        raise _InvalidRecord(Code.PARAGRAPHS_AND_TEXT())
    if not isinstance(given, list):
        raise _InvalidRecord(Code.PARAGRAPHS_NOT_A_LIST(kind=_kind(given)))
    return [
        _checked(value, Code.PARAGRAPHS_ITEM(number=number))
        for number, value in enumerate(given, 1)
    ]


def _pages(record: dict[str, Any]) -> list[int | None] | None:
    given = record.get("pages")
    if given is None:
        return None
    paragraphs = record.get("paragraphs")
    if not isinstance(given, list) or not isinstance(paragraphs, list):
        raise _InvalidRecord(Code.PAGES_NOT_A_LIST())
    if len(given) != len(paragraphs):
        raise _InvalidRecord(Code.PAGES_OF_ANOTHER_LENGTH())
    if not all(page is None or (type(page) is int and page > 0) for page in given):
        raise _InvalidRecord(Code.PAGES_NOT_NUMBERS())
    return given


def _string(record: dict[str, Any], key: str) -> str | None:
    value = record.get(key)
    return None if value is None else _checked(value, f'"{key}"') or None


def _checked(value: object, what: Reason | str) -> str:
    if not isinstance(value, str):
        raise _InvalidRecord(Code.NOT_A_STRING(value=what, kind=_kind(value)))
    if _SURROGATE.search(value):
        raise _InvalidRecord(Code.HALF_SURROGATE(value=what))
    return value


def _id(record: dict[str, Any]) -> str | None:
    value = _string(record, "id")
    if value is None:
        return None
    if len(value) > LONGEST_ID or not value.isprintable() or value != value.strip():
        raise _InvalidRecord(Code.ID_NOT_PRINTABLE(length=LONGEST_ID))
    return value


def _date(record: dict[str, Any], key: str) -> date | None:
    value = _string(record, key)
    if value is None:
        return None
    found = parse_iso_date(value)
    if found is None:
        raise _InvalidRecord(Code.NOT_AN_ISO_DATE(key=key, value=repr(value[:40])))
    return found


def _kind(value: object) -> Reason:
    return (Code.JSON_NULL if value is None else _KINDS.get(type(value), Code.JSON_NUMBER))()
