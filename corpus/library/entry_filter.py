"""Selects and sorts the articles of a library."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

__all__ = ["ANY_ARTICLE", "ArticleFilter", "Sort"]

Sort = Literal["added", "changed", "published", "title", "source", "language", "paragraphs"]


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Conditions on an article, which must all hold. None and False are no condition.

    source       name of a remembered source, or a part of the article's path, URL or source name;
                 upper and lower case are equal
    title        a part of the title; upper and lower case are equal
    language     ISO 639-1 code
    since        first day of publication; articles without a date do not fit
    until        last day of publication; articles without a date do not fit
    vanished     the source no longer has the article
    copies       the article is a near copy of another one
    ids          the article has one of these whole ids
    source_name  exactly this remembered source
    place        exactly this place
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
        """Whether there is no condition: every article fits."""
        return self == ANY_ARTICLE


ANY_ARTICLE = ArticleFilter()
