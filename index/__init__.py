"""The index room: from a library of articles to answers."""

from index.answer import Answer, Passage, Quote

__all__ = ["Answer", "Passage", "Quote"]
