"""Looking things up in a generation: its articles, and the paragraphs of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from index.answer import Passage, Quote
from index.storage.generation import ArticleInfo, Generation

__all__ = ["ArticleText", "article_text", "passage_of"]


@dataclass(frozen=True, slots=True)
class ArticleText:
    """An article with its paragraphs by their 0-based place; empty places are left out.

    `pages` says which page a paragraph begins on, where there are pages.
    """

    info: ArticleInfo
    paragraphs: Mapping[int, str]
    pages: Mapping[int, int] = field(default_factory=dict)


def article_text(generation: Generation, article_id: str) -> ArticleText | None:
    """The article with exactly that id, or None when this generation has none."""
    place = generation.place_of.get(article_id)
    if place is None:
        return None
    rows = np.flatnonzero(generation.layout.article == place)
    texts = {int(generation.layout.number[row]): generation.text(int(row)) for row in rows}
    pages = {
        int(generation.layout.number[row]): page
        for row in rows
        if (page := generation.page(int(row)))
    }
    return ArticleText(generation.articles[place], dict(sorted(texts.items())), pages)


def passage_of(article: ArticleText, paragraph: int, start: int = 0, end: int = 0) -> Passage:
    """A paragraph of the article as a passage, its quote at [start, end). Raises KeyError."""
    text = article.paragraphs[paragraph]
    info = article.info
    return Passage(
        article_id=info.id,
        title=info.title,
        url=info.url,
        source=info.source,
        published=info.published,
        updated=info.updated,
        language=info.language,
        paragraph=paragraph,
        text=text,
        quote=Quote(start, end, text[start:end]),
        score=0.0,
        page=article.pages.get(paragraph),
    )
