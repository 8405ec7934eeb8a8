"""Article JSONL: one JSON object a line, the lossless way in.

    {"title": str, "paragraphs": [str, ...] | "text": str,
     "id"?, "url"?, "author"?, "published"?, "updated"?, "language"?, "source"?,
     "pages"?: [int | null, ...], one for each of `paragraphs`}

`paragraphs` are kept exactly as given; `text` is cut into paragraphs like a text file. Unknown keys
are ignored; null counts as absent.
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import PurePath
from typing import Any

from corpus.article import Article
from corpus.errors import UnreadableSource
from corpus.reader_output import NO_HINTS, Hints
from corpus.structure.draft import Draft, finish
from corpus.text.dates import parse_iso_date
from corpus.text.decoding import decode
from corpus.text.paragraphs import normalise, paragraphs_of, split_blocks

__all__ = ["SUFFIXES", "accepts", "read"]

SUFFIXES = frozenset({".jsonl", ".ndjson"})
LONGEST_ID = 200  # characters

_OBJECT = re.compile(rb'\s*\{\s*"(?:title|paragraphs|text|id|url|source)"\s*:')
_SURROGATE = re.compile("[\ud800-\udfff]")


def accepts(head: bytes, name: str) -> bool:
    """A file by its name, or one that begins with an object that looks like an article."""
    start = head.removeprefix(b"\xef\xbb\xbf")
    named = PurePath(name).suffix.lower() in SUFFIXES
    return named or (_OBJECT.match(start) is not None and b'"title"' in start)


def read(data: bytes, source: str, hints: Hints = NO_HINTS) -> Iterator[Article | UnreadableSource]:
    """Read the articles of a file; a broken line yields its error and the rest goes on."""
    seen: dict[str, int] = {}
    position = 0
    lines = _text(data, source, hints.encoding).split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"{source} line {number}"
        try:
            article = finish(_draft(_parse(line)), source, position)
        except UnreadableSource as error:
            yield UnreadableSource(place, error.reason)
        except ValueError as error:
            yield UnreadableSource(place, str(error))
        else:
            if article.id in seen:
                reason = f"its id {article.id!r} is taken by line {seen[article.id]}"
                yield UnreadableSource(place, reason)
            else:
                seen[article.id] = number
                yield article
        position += 1
    if not position:
        raise UnreadableSource(source, "no articles in it")


def _text(data: bytes, source: str, encoding: str | None) -> str:
    # JSON is UTF-8, and its strings may hold what would look like a binary file elsewhere.
    try:
        text = data.decode(encoding or "utf-8-sig")
    except (UnicodeDecodeError, LookupError):
        return decode(data, source, encoding)
    if not text.strip():
        raise UnreadableSource(source, "the file is empty")
    return text


def _parse(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON: {error.msg} at column {error.colno}") from None
    except ValueError:
        raise ValueError("not valid JSON: a number is too long") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object but " + _kind(value))
    return value


def _draft(record: dict[str, Any]) -> Draft:
    if record.get("title") is None:
        raise ValueError('no "title"')
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
        raise ValueError('neither "paragraphs" nor "text"')
    if given is None:
        return paragraphs_of(split_blocks(normalise(text or "")))
    if text is not None:
        raise ValueError('both "paragraphs" and "text": give one')
    if not isinstance(given, list):
        raise ValueError('"paragraphs" must be a list of strings, not ' + _kind(given))
    return [_checked(value, f'"paragraphs" item {number}') for number, value in enumerate(given, 1)]


def _pages(record: dict[str, Any]) -> list[int | None] | None:
    given = record.get("pages")
    if given is None:
        return None
    paragraphs = record.get("paragraphs")
    if not isinstance(given, list) or not isinstance(paragraphs, list):
        raise ValueError('"pages" must be a list, beside "paragraphs"')
    if len(given) != len(paragraphs):
        raise ValueError('"pages" must have one entry for each of "paragraphs"')
    if not all(page is None or (type(page) is int and page > 0) for page in given):
        raise ValueError('"pages" must hold page numbers or null')
    return given


def _string(record: dict[str, Any], key: str) -> str | None:
    value = record.get(key)
    return None if value is None else _checked(value, f'"{key}"') or None


def _checked(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{what} must be a string, not {_kind(value)}")
    if _SURROGATE.search(value):
        raise ValueError(f"{what} holds half a surrogate pair, which is no character")
    return value


def _id(record: dict[str, Any]) -> str | None:
    value = _string(record, "id")
    if value is None:
        return None
    if len(value) > LONGEST_ID or not value.isprintable() or value != value.strip():
        raise ValueError(f'"id" must be a printable string of at most {LONGEST_ID} characters')
    return value


def _date(record: dict[str, Any], key: str) -> date | None:
    value = _string(record, key)
    if value is None:
        return None
    found = parse_iso_date(value)
    if found is None:
        raise ValueError(f'"{key}" is no ISO date (like 2021-05-04): {value[:40]!r}')
    return found


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "a boolean"}
    return "null" if value is None else kinds.get(type(value), "a number")
