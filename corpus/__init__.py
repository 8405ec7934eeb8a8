"""The corpus room: articles, where they come from, and the library that keeps them."""

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
