"""The protocols of the two caches of a build.

Everything in them can be computed again, so losing a cache only costs time. Every method raises
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
    """Stores analysed articles under their `analysis_key`."""

    def analyse(
        self, articles: Sequence[Article], progress: CountProgress
    ) -> list[AnalysedArticle]:
        """Return the analysis of each article; only new and changed articles are analysed.

        New analyses are stored in batches: an interrupted build loses one batch at most. `progress`
        counts all articles.
        """

    def keep_only(self, articles: Collection[AnalysedArticle]) -> None:
        """Delete every analysis except those in `articles`."""


class VectorCache(Protocol):
    """Stores vectors of texts under the model's fingerprint and the `text_key`."""

    def embed(
        self, embedder: Embedder, texts: Sequence[str], progress: CountProgress | None = None
    ) -> NDArray[np.float16]:
        """Return the vectors of `texts`: float16 (len(texts), dimension). See `look_up`."""

    def look_up(
        self,
        embedder: Embedder,
        keys: Keys,
        text: Callable[[int], str],
        progress: CountProgress | None = None,
    ) -> NDArray[np.float16]:
        """Return the vectors of texts, given by their keys: float16 (len(keys), dimension).

        Only texts without a stored vector are embedded: `text` is called with their positions in
        `keys`. New vectors are stored in batches: an interrupted build loses one batch at most.
        `progress` counts the texts to embed. Raises what `embedder` raises.
        """

    def keep_only(self, texts: Iterable[str] | Keys) -> int:
        """Delete the vectors of all other texts, for all models; return how many.

        `texts` may be given as their keys.
        """
