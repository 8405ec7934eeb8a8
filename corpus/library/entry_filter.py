"""Which articles of a library are meant, and in which order."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

__all__ = ["ANY_ARTICLE", "ArticleFilter", "Sort"]

Sort = Literal["added", "changed", "published", "title", "source", "language", "paragraphs"]


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Conditions that all must hold; those that are None or False are left out.

    `source` is the name of a remembered source, or a part of where an article is from: of its path,
    URL or source name. `title` is a part of the title. For both, upper and lower case are equal.
    `since` and `until` are days of publication, both included. `vanished`: its source no longer has
    it; `copies`: it is a near copy of another article. `ids` (whole ones), `source_name` and
    `place` must be equal.
    """

    source: str | None = None
    title: str | None = None
    language: str | None = None
    since: date | None = None
    until: date | None = None
    vanished: bool = False
    copies: bool = False
    ids: Collection[str] | None = None
    source_name: str | None = None
    place: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every article is meant."""
        return self == ANY_ARTICLE


ANY_ARTICLE = ArticleFilter()
