"""Articles for the tests of the library."""

import dataclasses
from collections.abc import Iterable
from datetime import date

from corpus import Article, Paragraph
from corpus.library.ports import ArticleStore

__all__ = ["ARTICLE", "add_all", "other"]

ARTICLE = Article(
    id="abc123",
    title="The Bridge",
    paragraphs=(Paragraph("One. “Two.”"), Paragraph("Three\nfour.")),
    source="/news/bridge.txt",
    url="https://ex.org/a",
    author="Jane Doe",
    published=date(2021, 5, 4),
    updated=date(2021, 5, 5),
    language="en",
)


def other(number: int) -> Article:
    """Another article, with the id n1, n2, ..."""
    return dataclasses.replace(ARTICLE, id=f"n{number}", title=f"Title {number}")


def add_all(library: ArticleStore, articles: Iterable[Article]) -> list[str]:
    """Add articles in one transaction; what became of each."""
    with library.transaction():
        return [library.add(article) for article in articles]
