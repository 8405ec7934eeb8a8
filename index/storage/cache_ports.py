"""Protocols of the two caches of a build.

Both hold what can be computed again: to lose one costs time only. Every method raises
QuotebotError when the cache cannot be read or written.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpus import Article
from index.analysis.analysed_article import AnalysedArticle
from index.arrays import Keys
from index.embedding.base import Embedder

__all__ = ["AnalysisCache", "CountProgress", "VectorCache"]

CountProgress = Callable[[int, int], None]
"""Called with (done, total)."""


class AnalysisCache(Protocol):
    """Analysed articles by `analysis_key`."""

    def analyse(
        self, articles: Sequence[Article], progress: CountProgress
    ) -> list[AnalysedArticle]:
        """The analysis of each article; only articles that are new or changed are analysed.

        New analyses are stored in batches, so that an interrupted build loses one batch.
        `progress` counts all articles.
        """

    def keep_only(self, articles: Collection[AnalysedArticle]) -> None:
        """Delete the analysis of every article that is not among `articles`, as they are now."""


class VectorCache(Protocol):
    """Vectors of texts, by model fingerprint and text."""

    def embed(
        self, embedder: Embedder, texts: Sequence[str], progress: CountProgress | None = None
    ) -> NDArray[np.float16]:
        """Vectors of `texts`, float16 (len(texts), dimension): see `look_up`."""

    def look_up(
        self,
        embedder: Embedder,
        keys: Keys,
        text: Callable[[int], str],
        progress: CountProgress | None = None,
    ) -> NDArray[np.float16]:
        """Vectors of texts given by their keys, float16 (len(keys), dimension).

        Only texts without a stored vector are embedded; `text` is called with the places of these
        alone. New vectors are stored in batches, so that an interrupted build loses one batch.
        `progress` counts the texts to embed.
        """

    def keep_only(self, texts: Iterable[str] | Keys) -> int:
        """Delete the vectors, of all models, of texts that are not among `texts`; how many.

        `texts` may be given as their keys.
        """
