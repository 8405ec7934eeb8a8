"""Which articles of the library are meant, and in which order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from corpus.ingest.sources import root_of
from corpus.library.row_mapping import Entry

__all__ = ["SORTS", "Filter", "select"]

_NEVER = date.min
SORTS = ("added", "changed", "published", "title", "source", "language", "paragraphs")


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that all must hold; None and False ask for nothing.

    `source` is a remembered source or a part of where an article is from, `title` a part of the
    title, both whatever the case; `since` and `until` are days of publication, both included.
    """

    source: str | None = None
    title: str | None = None
    language: str | None = None
    since: date | None = None
    until: date | None = None
    vanished: bool = False
    copies: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return self == Filter()

    def accepts(self, entry: Entry) -> bool:
        """Whether an article is meant."""
        if self.source is not None and not self._comes_from(entry, self.source):
            return False
        if self.title is not None and self.title.casefold() not in entry.title.casefold():
            return False
        if self.language is not None and entry.language != self.language.lower():
            return False
        if self.since is not None and (entry.published or _NEVER) < self.since:
            return False
        if self.until is not None and (entry.published or date.max) > self.until:
            return False
        if self.vanished and entry.vanished_at is None:
            return False
        return not (self.copies and entry.copy_of is None)

    def _comes_from(self, entry: Entry, source: str) -> bool:
        places = f"{entry.source}\n{entry.url or ''}\n{entry.root or ''}".casefold()
        return source.casefold() in places or entry.root == root_of(source)


def select(
    entries: Iterable[Entry], wanted: Filter, sort: str = "added", *, reverse: bool = False
) -> list[Entry]:
    """The articles that are meant, in order; those without what they are sorted by come last."""
    chosen = [entry for entry in entries if wanted.accepts(entry)]
    if sort != "added":
        missing = [entry for entry in chosen if _value(entry, sort) is None]
        known = [entry for entry in chosen if _value(entry, sort) is not None]
        known.sort(key=lambda entry: _key(entry, sort), reverse=reverse)
        return known + missing
    return chosen[::-1] if reverse else chosen


def _value(entry: Entry, sort: str) -> object:
    return getattr(entry, "changed_at" if sort == "changed" else sort)


def _key(entry: Entry, sort: str) -> tuple[str, int]:
    value = _value(entry, sort)
    return (str(value).casefold(), 0) if not isinstance(value, int) else ("", value)
