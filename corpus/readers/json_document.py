"""JSON documents: a list of articles, a JSON Feed, or a Telegram channel's export."""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from corpus.article import Article
from corpus.error_codes import Code
from corpus.errors import UnreadableSource
from corpus.html.blocks import blocks_of
from corpus.html.parse import parse_page
from corpus.reader_output import NO_HINTS, Hints
from corpus.readers import jsonl
from corpus.structure.column_mapping import draft_of, map_columns
from corpus.structure.draft import Draft, article_id, to_article
from corpus.text.dates import parse_iso_date
from corpus.text.decoding import decode

__all__ = ["accepts", "read"]

_LISTS = ("articles", "items", "posts", "entries", "documents", "data", "results", "messages")

_LIST = re.compile(rb"\s*\[\s*\{")
_EXPORT = re.compile(rb'\s*\{\s*"(?:name|about|version)"\s*:')
_SERVICE = "service"


def accepts(head: bytes, named: bool) -> bool:
    """Whether the file has the suffix, or begins like a list of objects or like an export."""
    if named:
        return True
    start = head.removeprefix(b"\xef\xbb\xbf")
    return bool(_LIST.match(start)) or (b'"messages"' in start and bool(_EXPORT.match(start)))


def read(data: bytes, source: str, hints: Hints = NO_HINTS) -> Iterator[Article | UnreadableSource]:
    """Read the articles of a document; a bad one yields its error and the rest goes on.

    Raises UnreadableSource when the file is not valid JSON or holds no articles.
    """
    text = decode(data, source, hints.encoding).removeprefix("\ufeff")
    try:
        value = json.loads(text)
    except RecursionError:
        raise UnreadableSource(source, Code.JSON_TOO_DEEP()) from None
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError) and error.msg == "Extra data":
            yield from jsonl.read(
                data, source, hints
            )  # one object on each line, though named .json
            return
        raise UnreadableSource(source, Code.JSON_INVALID(error=error)) from None
    if isinstance(value, dict) and isinstance(value.get("messages"), list) and "type" in value:
        yield from _channel(value, source, hints)
        return
    records = _records(value)
    if not records:
        raise UnreadableSource(source, Code.NO_LIST_OF_ARTICLES())
    yield from _articles(records, source, hints)


def _records(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return []
    found = next((value[key] for key in _LISTS if isinstance(value.get(key), list)), None)
    return found if found is not None else [value]


def _articles(
    records: list[Any], source: str, hints: Hints
) -> Iterator[Article | UnreadableSource]:
    for position, record in enumerate(records):
        place = f"{source} item {position + 1}"
        try:
            if not isinstance(record, dict):
                raise UnreadableSource(place, Code.NOT_AN_OBJECT())
            yield to_article(_draft(record, source, hints), source, position)
        except UnreadableSource as error:
            yield UnreadableSource(place, error.reason)


def _draft(record: dict[str, Any], source: str, hints: Hints) -> Draft:
    columns = map_columns(record, hints.columns)
    if "text" not in columns:
        raise UnreadableSource(source, Code.NO_TEXT_KEY(keys=", ".join(record)[:200]))
    values = {field: _flat(record[column]) for field, column in columns.items()}
    draft = draft_of(values, source)
    text = record[columns["text"]]
    if isinstance(text, list):
        draft.paragraphs = [one for one in text if isinstance(one, str)]
    elif columns["text"].endswith("html") and values["text"].strip():
        page = parse_page(values["text"].encode("utf-8", "replace"), source, "utf-8")
        draft.paragraphs = [block.text for block in blocks_of(page)]
    return draft


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return _flat(value.get("name") or value.get("text") or "")
    if isinstance(value, list):
        return ", ".join(filter(None, map(_flat, value)))
    text = "" if value is None or isinstance(value, bool) else str(value)
    return text.encode("utf-8", "replace").decode("utf-8")


def _channel(
    export: dict[str, Any], source: str, hints: Hints
) -> Iterator[Article | UnreadableSource]:
    """An article for each post that has text."""
    channel = export.get("id")
    username = hints.columns.get("channel") or export.get("username")
    base = f"https://t.me/{username}" if username else f"https://t.me/c/{channel}"
    found = False
    for message in export["messages"]:
        if not isinstance(message, dict) or message.get("type") == _SERVICE:
            continue
        text = _message_text(message.get("text"))
        number = message.get("id")
        if not text.strip() or not isinstance(number, int):
            continue
        found = True
        values = {"text": text}
        draft = draft_of(values, source)
        draft.id = article_id(f"{base}/{number}")
        draft.url = f"{base}/{number}" if username or channel else None
        draft.author = _flat(message.get("author") or message.get("from") or export.get("name"))
        draft.author = draft.author or None
        draft.published = _day(message.get("date"))
        edited = _day(message.get("edited"))
        draft.updated = edited if edited != draft.published else None
        try:
            yield to_article(draft, source, number)
        except UnreadableSource as error:
            yield UnreadableSource(f"{source} message {number}", error.reason)
    if not found:
        raise UnreadableSource(source, Code.NO_POSTS())


def _message_text(value: object) -> str:
    """The text of a post: a string, or a list of strings and objects (links, bold and so on)."""
    if isinstance(value, list):
        return "".join(map(_message_text, value))
    if isinstance(value, dict):
        return _message_text(value.get("text"))
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def _day(value: object) -> date | None:
    return parse_iso_date(value) if isinstance(value, str) else None
