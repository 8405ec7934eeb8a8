"""The corpus room: articles, where they come from, and the library that keeps them."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus.article import Article, Paragraph
    from corpus.errors import ArticleNotFound, LibraryError, UnreadableSource
    from corpus.ingest.sources import read_source, read_sources
    from corpus.library.entry import Entry
    from corpus.library.library import Library
    from corpus.text.language import detect_language
    from corpus.text.sentences import sentence_spans

__all__ = [
    "Article",
    "ArticleNotFound",
    "Entry",
    "Library",
    "LibraryError",
    "Paragraph",
    "UnreadableSource",
    "detect_language",
    "read_source",
    "read_sources",
    "sentence_spans",
]

_NAMES_BY_MODULE = {
    "article": {"Article", "Paragraph"},
    "errors": {"ArticleNotFound", "LibraryError", "UnreadableSource"},
    "text.language": {"detect_language"},
    "library.entry": {"Entry"},
    "library.library": {"Library"},
    "text.sentences": {"sentence_spans"},
    "ingest.sources": {"read_source", "read_sources"},
}


def __getattr__(name: str) -> object:
    """Load the module of a name when it is first used: a child process needs only a few of them."""
    for module, names in _NAMES_BY_MODULE.items():
        if name in names:
            return getattr(import_module(f"corpus.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
