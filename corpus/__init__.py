"""The corpus room: articles, where they come from, and the library that keeps them."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus.article import Article, Paragraph
    from corpus.errors import (
        ArticleNotFound,
        LibraryError,
        QuotebotError,
        UnreadableSource,
    )
    from corpus.language import detect_language
    from corpus.library import Entry, Library
    from corpus.segmentation import sentence_spans
    from corpus.sources import read_source, read_sources

__all__ = [
    "Article",
    "ArticleNotFound",
    "Entry",
    "Library",
    "LibraryError",
    "Paragraph",
    "QuotebotError",
    "UnreadableSource",
    "detect_language",
    "read_source",
    "read_sources",
    "sentence_spans",
]

_HOMES = {
    "article": {"Article", "Paragraph"},
    "errors": {"ArticleNotFound", "LibraryError", "QuotebotError", "UnreadableSource"},
    "language": {"detect_language"},
    "library": {"Entry", "Library"},
    "segmentation": {"sentence_spans"},
    "sources": {"read_source", "read_sources"},
}


def __getattr__(name: str) -> object:
    """Load what is asked for: a child process that reads pages needs little of this room."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"corpus.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
