"""What reading a source gives besides articles, and what helps to read one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from corpus.article import Article
from corpus.article_json import to_record
from corpus.errors import Reason, UnreadableSource

__all__ = ["NO_HINTS", "Hints", "Pointer", "ReaderOutput", "from_line", "to_line"]


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of a source before it is read.

    `address` is the URL that it was fetched from, `charset` and `media_type` are what the server
    said; `encoding` is the admin's word and overrides everything; `columns` maps an article's field
    to a column of a table or a key of a record.
    """

    address: str | None = None
    charset: str | None = None
    media_type: str | None = None
    encoding: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The fields, which `Hints(**…)` takes back."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


NO_HINTS = Hints()


@dataclass(frozen=True, slots=True)
class Pointer:
    """A place where an article is: an entry of a sitemap, or of a feed that gives a summary only.

    `changed` is what the list says of its last change; `fallback` is what the list itself holds.
    """

    url: str
    changed: str | None = None
    fallback: Article | None = None


ReaderOutput = Article | Pointer | UnreadableSource


def to_line(found: ReaderOutput) -> str:
    """One line of JSON that `from_line` takes back, without loss."""
    if isinstance(found, UnreadableSource):
        reason = found.reason
        plain = reason.to_dict() if isinstance(reason, Reason) else reason
        return json.dumps({"source": found.source, "reason": plain})
    if isinstance(found, Pointer):
        fallback = found.fallback and to_line(found.fallback)
        return json.dumps({"pointer": found.url, "changed": found.changed, "fallback": fallback})
    return json.dumps({"article": to_record(found), "stripped": found.stripped})


def from_line(line: str | bytes) -> ReaderOutput:
    """Take back what `to_line` wrote."""
    from corpus.readers.jsonl import from_record  # lazy: the readers import this module

    value: dict[str, Any] = json.loads(line)
    if "reason" in value:
        reason = value["reason"]
        return UnreadableSource(
            value["source"], Reason.from_dict(reason) if isinstance(reason, dict) else reason
        )
    if "pointer" in value:
        inner = from_line(value["fallback"]) if value["fallback"] else None
        fallback = inner if isinstance(inner, Article) else None
        return Pointer(value["pointer"], value["changed"], fallback)
    return replace(from_record(value["article"]), stripped=tuple(value["stripped"]))
