"""Articles and helpers for the tests of `AnalysisCache`."""

import numpy as np

from index.analysis.analysed_article import AnalysedArticle
from index.storage.cache_ports import AnalysisCache
from tests.fake_index import an_article

FOX = an_article("Fox", "The red fox sleeps in 1907. It wakes at noon.", "…", "A farmer feeds it.")
MOST = an_article("Мост", "Красный мост построили. Его любят.", language="ru")


def analyse(cache: AnalysisCache, *articles) -> list[AnalysedArticle]:
    return cache.analyse(articles, lambda done, total: None)


def same(one: AnalysedArticle, other: AnalysedArticle) -> bool:
    arrays = ("title", "paragraphs", "sentences", "terms")
    pairs = [(getattr(one.terms, name), getattr(other.terms, name)) for name in arrays]
    names = ("number", "span", "types", "texts")
    pairs += [(getattr(one, name), getattr(other, name)) for name in names]
    return (one.key, one.terms.language) == (other.key, other.terms.language) and all(
        a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs
    )
