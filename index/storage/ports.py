"""What the rest of quotebot needs of a place that keeps indexes.

A **generation** is one built, immutable index. The embedded implementation keeps generations as
directories (`generation_store`, `generation_writer`, `generation`); another store implements the
same protocols, and `tests/index/storage/test_store_contract.py` runs against each.
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

Called with a function that gives the vectors of sentences alone by their numbers, float32
(N, dimension), as the index keeps them.
"""


class IndexReader(Protocol):
    """An open generation. Read-only, safe to use from several threads.

    It goes on working after other generations were published and after its own was removed.
    """

    @property
    def name(self) -> str:
        """Name of the generation."""

    @property
    def manifest(self) -> Manifest:
        """What it was built from, and how."""

    def articles(
        self, filters: Filters | None = None, *, limit: int | None = None, offset: int = 0
    ) -> Sequence[ArticleInfo]:
        """Articles that pass the filters, in the order of the library."""

    def article(self, article_id: str) -> ArticleText | None:
        """The article with exactly that id, or None."""

    def article_by_hash(self, digest: str) -> ArticleText | None:
        """The article whose id has that `article_hash`, or None."""

    def encode_query(self, question: str) -> Mapping[str, LexicalQuery]:
        """The question's terms by language of the corpus; empty when it has no words.

        Term numbers are those of the `Candidates` that this reader returns.
        """

    def candidates(
        self, query: EncodedQuery, k: int, filters: Filters | None = None
    ) -> Candidates | None:
        """Paragraphs worth ranking, `k` from each search; None when there are none to search.

        Searches are by cosine of paragraphs, by cosine of sentences (2 `k` of these) and by BM25,
        all exact or nearly so. Only articles that pass the filters are searched. For each heading,
        the paragraph under it is returned as well.
        """


@dataclass(frozen=True, slots=True)
class GenerationContent:
    """Everything that goes into a generation. A articles, P paragraphs, S sentences.

    `articles` and `analysed` (A) belong together; the vectors are float16 (…, dimension) of unit
    length, in the order of the analysed articles: of paragraphs with their title (P), of sentences
    with it (S), of sentences alone (S). `model`, `fingerprint` and `dimension` are the embedder's.
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
    """A generation that is being built; readers see nothing of it until it is published."""

    def write(self, content: GenerationContent) -> None:
        """Write all of it. Called once. Raises OSError when the disk is full."""

    def check(self, content: GenerationContent) -> None:
        """Read back what was written. Raises IndexUnavailable when it differs."""

    def publish(self) -> str:
        """Make it the current generation, in one step; its name."""


class GenerationStore(Protocol):
    """Where generations are kept. Any number of readers, one writer at a time."""

    def current_name(self) -> str | None:
        """Name of the current generation, None when there is none. Cheap: poll it for changes."""

    def names(self) -> Sequence[str]:
        """Whole generations, oldest first. Raises IndexUnavailable when they cannot be listed."""

    def require_any(self) -> None:
        """Raise IndexUnavailable when no generation was ever built."""

    def manifest(self, name: str) -> Manifest:
        """The manifest of a generation. Raises IndexUnavailable when it has none."""

    def open(self, name: str, *, verify: bool = True) -> IndexReader:
        """Open a generation by name; with `verify`, compare its checksums first.

        Raises IndexUnavailable when it is missing, damaged or of another version.
        """

    def open_current(self) -> tuple[IndexReader, Reason | None]:
        """The current generation, or the newest other one that is whole.

        The second value says what is wrong when the current one could not be used. Raises
        IndexUnavailable when none can be opened.
        """

    def building(self) -> AbstractContextManager[GenerationWriter]:
        """A writer; what isn't published goes away. One at a time, among all processes.

        Raises BuildInProgress when another process is building, QuotebotError when the store cannot
        be written.
        """

    def rollback(self) -> str:
        """Make the newest whole generation before the current one current again; its name.

        Raises IndexUnavailable when there is none, and what `building` raises.
        """

    def damage(self) -> Sequence[str]:
        """Parts of the store that differ from what was written; empty when it is whole."""
