"""The protocols of a store of indexes.

A **generation** is one built, immutable index. The embedded implementation stores generations in
directories (`generation_store`, `generation_writer`, `generation`). Another store implements the
same protocols; every implementation passes `tests/index/storage/test_store_contract.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpus import Article
from corpus.errors import Reason
from index.analysis.analysed_article import AnalysedArticle
from index.answer import Filters
from index.arrays import Vectors
from index.article_text import ArticleInfo, ArticleText
from index.search.candidates import Candidates, EncodedQuery
from index.search.score_scale import DenseScale, Trust
from index.search.term_matching import LexicalQuery
from index.storage.manifest import Manifest

__all__ = [
    "GenerationContent",
    "GenerationStore",
    "GenerationWriter",
    "IndexReader",
    "MeasureTrust",
]

MeasureTrust = Callable[[Callable[[NDArray[np.int64]], Vectors]], dict[str, Trust]]
"""Gives the trust by language, in the order of the languages' first articles.

It is called with a function that takes the numbers of N sentences and gives the vectors of these
sentences alone, as the index stores them: float32 (N, dimension).
"""


class IndexReader(Protocol):
    """An open generation. Read-only; several threads may use it.

    It still works after other generations were published, and after its own was removed.
    """

    @property
    def name(self) -> str:
        """Name of the generation."""

    @property
    def manifest(self) -> Manifest:
        """The facts of the generation."""

    def articles(
        self, filters: Filters | None = None, *, limit: int | None = None, offset: int = 0
    ) -> Sequence[ArticleInfo]:
        """Return the articles that pass the filters, in the order of the library.

        They are those from `offset` on, at most `limit`.
        """

    def article(self, article_id: str) -> ArticleText | None:
        """Return the article with exactly this id, or None."""

    def article_by_hash(self, digest: str) -> ArticleText | None:
        """Return the article whose id has this `article_hash`, or None."""

    def encode_query(self, question: str) -> Mapping[str, LexicalQuery]:
        """Return the question's terms by language of the corpus; empty when it has no words.

        The numbers of terms are the same as in the `Candidates` of this reader.
        """

    def candidates(
        self, query: EncodedQuery, k: int, filters: Filters | None = None
    ) -> Candidates | None:
        """Find paragraphs to rank, `k` with each search; None when there are none to search.

        The searches are by cosine of paragraphs, by cosine of sentences (2 `k` of these) and by
        BM25. All are exact, or miss few. Only articles that pass the filters are searched. If a
        heading is found, the paragraph after it is returned, too.
        """


@dataclass(frozen=True, slots=True)
class GenerationContent:
    """Everything that is stored in a generation: A articles, P paragraphs, S sentences.

    The vectors have unit length and are in the order of the analysed articles.

    articles          (A)
    analysed          (A) the analysis of each article
    paragraph_vectors (P, dimension) float16 of paragraphs with their title
    sentence_vectors  (S, dimension) float16 of sentences with their title
    plain_vectors     (S, dimension) float16 of sentences alone
    scale             scale of the model's cosines
    measure_trust     measures how far cosines count in each language
    library_revision  revision of the library
    model             name of the embedding model in the settings
    fingerprint       of the model; see `Embedder`
    dimension         length of a vector
    """

    articles: Sequence[Article]
    analysed: Sequence[AnalysedArticle]
    paragraph_vectors: NDArray[np.float16]
    sentence_vectors: NDArray[np.float16]
    plain_vectors: NDArray[np.float16]
    scale: DenseScale
    measure_trust: MeasureTrust
    library_revision: str
    model: str
    fingerprint: str
    dimension: int


class GenerationWriter(Protocol):
    """Writes a generation; readers do not see it before it is published."""

    def write(self, content: GenerationContent) -> None:
        """Write all of the content. Called once. Raises OSError when the disk is full."""

    def check(self, content: GenerationContent) -> None:
        """Read back what was written. Raises IndexUnavailable when it differs."""

    def publish(self) -> str:
        """Make it the current generation, in one step; return its name."""


class GenerationStore(Protocol):
    """Stores generations, for any number of readers and one writer at a time."""

    def current_name(self) -> str | None:
        """Return the name of the current generation; None when there is none.

        This is cheap: readers call it often, to notice a new generation.
        """

    def names(self) -> Sequence[str]:
        """Return the names of whole generations, oldest first.

        Raises IndexUnavailable when they cannot be listed.
        """

    def require_any(self) -> None:
        """Raise IndexUnavailable when no generation was built yet."""

    def manifest(self, name: str) -> Manifest:
        """Return the manifest of a generation. Raises IndexUnavailable when it has none."""

    def open(self, name: str, *, verify: bool = True) -> IndexReader:
        """Open a generation by name; with `verify`, compare its checksums first.

        Raises IndexUnavailable when it is missing, damaged or of another version.
        """

    def open_current(self) -> tuple[IndexReader, Reason | None]:
        """Open the current generation or, if it is damaged, the newest other one that is whole.

        The second value says why the current one could not be opened. Raises IndexUnavailable when
        none can be opened.
        """

    def building(self) -> AbstractContextManager[GenerationWriter]:
        """Give a writer, only one at a time among all processes.

        Without `publish`, everything that was written is deleted at the end. Raises BuildInProgress
        when another process is building, QuotebotError when the store cannot be written.
        """

    def rollback(self) -> str:
        """Make the newest whole generation before the current one current; return its name.

        Raises IndexUnavailable when there is none, and what `building` raises.
        """

    def damage(self) -> Sequence[str]:
        """Return names of parts of the store that are damaged; empty when there are none."""
