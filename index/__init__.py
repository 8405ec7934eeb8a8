"""The index room: builds indexes from the library, and answers questions from them."""

from index.answer import Answer, Passage, Quote

__all__ = ["Answer", "Passage", "Quote"]
