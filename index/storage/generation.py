"""The embedded `IndexReader`: one built, immutable index in a directory of its own.

    generations/20261124T101500Z-000-3f9a1c2b/    time, number, checksum of the manifest
        manifest.json      format, time, model, counts, parameters, size and SHA-256 of each file
        articles.jsonl     one `ArticleInfo` on each line
        text.bin           UTF-8 of all paragraphs, end to end
        layout.*.npy       see `Layout`: positions of paragraphs and sentences
        lexical.*.npy      see `LexicalIndex`
        paragraphs.faiss   vectors of paragraphs with their article's title; see `DenseIndex`
        sentences.faiss    vectors of sentences with the title
        plain.faiss        vectors of sentences alone
        *.scan.faiss       in a large index, the scans of paragraphs and sentences
    CURRENT                the name of the generation in use

The directory has everything that an answer needs, so that a reader never mixes two generations.
`open_generation` first compares every file with the manifest, and the manifest with the name of the
directory.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.errors import IndexUnavailable
from index.analysis.answer_types import AnswerType
from index.answer import Filters
from index.article_text import ArticleInfo, ArticleText, article_hash, passes
from index.error_codes import Code
from index.search.bm25 import LexicalIndex
from index.search.candidates import (
    CONTEXT_SENTENCES,
    LEAD_SENTENCES,
    NOT_A_HEADING,
    Candidates,
    CorpusStatistics,
    EncodedQuery,
)
from index.search.faiss_index import DenseIndex
from index.search.term_matching import LexicalQuery, TokenRuns, ranges, starts_of
from index.storage.generation_files import (
    GenerationArrays,
    Layout,
    TextFile,
    read_arrays,
    read_articles,
)
from index.storage.manifest import Manifest, damaged_files, read_manifest

__all__ = ["Generation", "collect_candidates", "open_generation"]

Ints = NDArray[np.int64]


class Generation:
    """An open generation: the embedded `IndexReader`. Read-only; several threads may use it.

    A paragraph and a sentence are known by their numbers in the index. `layout`, `lexical`,
    `paragraphs`, `sentences` and `plain` are the arrays and the three groups of vectors (see the
    module); only this sub-package and the baselines of the evaluation use them.
    """

    def __init__(
        self,
        name: str,
        manifest: Manifest,
        articles: Sequence[ArticleInfo],
        arrays: GenerationArrays,
        text: TextFile,
    ) -> None:
        """Take over the parts; `open_generation` reads them."""
        self.name = name
        self.manifest = manifest
        self.layout = arrays.layout
        self.lexical = arrays.lexical
        self.paragraphs = arrays.paragraphs
        self.sentences = arrays.sentences
        self.plain = arrays.plain
        self._articles = articles
        self._text = text

    def articles(
        self, filters: Filters | None = None, *, limit: int | None = None, offset: int = 0
    ) -> Sequence[ArticleInfo]:
        """See `IndexReader`."""
        passing = self._articles
        if filters is not None:
            passing = [article for article in self._articles if passes(article, filters)]
        if limit is None and not offset:
            return passing
        return passing[offset : None if limit is None else offset + limit]

    def article(self, article_id: str) -> ArticleText | None:
        """See `IndexReader`."""
        place = self._place_of.get(article_id)
        if place is None:
            return None
        rows = np.flatnonzero(self.layout.article == place)
        texts = {int(self.layout.number[row]): self.text(int(row)) for row in rows}
        pages = {
            int(self.layout.number[row]): page for row in rows if (page := self.page(int(row)))
        }
        return ArticleText(self._articles[place], dict(sorted(texts.items())), pages)

    def article_by_hash(self, digest: str) -> ArticleText | None:
        """See `IndexReader`."""
        article_id = self._id_by_hash.get(digest)
        return None if article_id is None else self.article(article_id)

    def encode_query(self, question: str) -> dict[str, LexicalQuery]:
        """See `IndexReader`."""
        return self.lexical.query(question)

    def candidates(
        self, query: EncodedQuery, k: int, filters: Filters | None = None
    ) -> Candidates | None:
        """See `IndexReader`."""
        allowed = None if filters is None else self.allowed(filters)
        if not len(self.paragraphs) or (allowed is not None and not allowed.any()):
            return None
        return collect_candidates(self, query, self._search(query, k, allowed))

    def _search(self, query: EncodedQuery, k: int, allowed: NDArray[np.bool_] | None) -> Ints:
        """Numbers of the paragraphs that a search finds, and of those after headings; ascending."""
        owner = self.sentence_paragraph
        near = self.paragraphs.search(query.vector, k, allowed)
        by_sentence = self.sentences.search(
            query.vector, 2 * k, None if allowed is None else allowed[owner]
        )
        by_words = self.lexical.search(query.terms, k, allowed)
        ids = np.unique(np.concatenate([near, owner[by_sentence], by_words])).astype(np.int64)
        return np.union1d(ids, ids[self.is_heading(ids)] + 1)

    def text(self, paragraph: int) -> str:
        """Return the text of a paragraph. Raises OSError."""
        start, end = self.layout.text_start[paragraph : paragraph + 2]
        return self._text.read(int(start), int(end)).decode()

    def page(self, paragraph: int) -> int | None:
        """Return the page on which a paragraph begins, from 1; None without pages."""
        return int(self.layout.page[paragraph]) or None

    def article_of(self, paragraph: int) -> ArticleInfo:
        """Return the article of a paragraph."""
        return self._articles[int(self.layout.article[paragraph])]

    def articles_of(self, paragraphs: Ints) -> list[ArticleInfo]:
        """Return the article of each paragraph."""
        return [self._articles[place] for place in self.layout.article[paragraphs].tolist()]

    def sentence_range(self, paragraph: int) -> range:
        """Return the numbers of a paragraph's sentences."""
        start, end = self.lexical.sentence_start[paragraph : paragraph + 2]
        return range(int(start), int(end))

    def first_sentence_of_article(self, paragraphs: Ints) -> Ints:
        """Return the number of the first sentence of each paragraph's article: (N,)."""
        start = paragraphs - self._before[paragraphs]
        return np.asarray(self.lexical.sentence_start[start], dtype=np.int64)

    def is_heading(self, paragraphs: Ints) -> NDArray[np.bool_]:
        """Return for each paragraph whether it is the heading of the one after it: (N,)."""
        first = self.lexical.sentence_start[paragraphs]
        return np.asarray(self.layout.cues[first] & AnswerType.HEADING > 0)

    def allowed(self, filters: Filters) -> NDArray[np.bool_]:
        """Return for each paragraph whether its article passes the filters: (P,)."""
        places = range(len(self._articles))
        if filters.article is not None:  # for follow-up questions: only one article is checked
            place = self._place_of.get(filters.article)
            places = range(0) if place is None else range(place, place + 1)
        passing = np.zeros(len(self._articles), dtype=bool)
        passing[places] = [passes(self._articles[place], filters) for place in places]
        return passing[self.layout.article]

    @cached_property
    def _before(self) -> Ints:
        """(P,) how many paragraphs of the same article are before each in the index."""
        _, first = np.unique(self.layout.article, return_index=True)
        sizes = np.diff(np.append(first, len(self.layout.article)))
        return np.arange(len(self.layout.article)) - np.repeat(first, sizes)

    @cached_property
    def _place_of(self) -> dict[str, int]:
        """Position of each article, by its id."""
        return {article.id: place for place, article in enumerate(self._articles)}

    @cached_property
    def _id_by_hash(self) -> dict[str, str]:
        return {article_hash(article.id): article.id for article in reversed(self._articles)}

    @cached_property
    def sentence_paragraph(self) -> NDArray[np.int32]:
        """(S,) number of each sentence's paragraph."""
        counts = np.diff(self.lexical.sentence_start)
        return np.repeat(np.arange(len(counts), dtype=np.int32), counts)

    @cached_property
    def trust(self) -> NDArray[np.float32]:
        """(L,) how far the dense scores count for paragraphs of each language, 0..1."""
        known = self.manifest.trust
        return np.array(
            [known[code].dense if code in known else 0.0 for code in self.lexical.languages],
            dtype=np.float32,
        )

    @cached_property
    def statistics(self) -> CorpusStatistics:
        """Figures of the whole index."""
        return CorpusStatistics(
            len(self.paragraphs), self.lexical.mean_length, self.lexical.mean_sentence_length
        )


def collect_candidates(generation: Generation, query: EncodedQuery, ids: Ints) -> Candidates:
    """Return the paragraphs `ids` (ascending) as candidates.

    If a heading is among them, the paragraph after it must be, too.
    """
    lexical, layout, scale = generation.lexical, generation.layout, generation.manifest.scale
    first, last = lexical.sentence_start[ids], lexical.sentence_start[ids + 1]
    sentences = ranges(first, last)
    opening = generation.first_sentence_of_article(ids)
    begin = np.maximum(first - CONTEXT_SENTENCES, opening)
    lead_end = np.minimum(opening + LEAD_SENTENCES, last)
    heading = generation.is_heading(ids)
    introduces = np.full(len(ids), NOT_A_HEADING)
    introduces[heading] = np.searchsorted(ids, ids[heading] + 1)
    token_start, title_start = lexical.token_start, lexical.title_start
    language = lexical.language[ids]
    return Candidates(
        articles=generation.articles_of(ids),
        numbers=layout.number[ids],
        pages=layout.page[ids],
        languages=lexical.languages,
        language=language,
        trust=generation.trust[language],
        introduces=introduces,
        start=starts_of(last - first),
        spans=layout.span[sentences],
        answer_types=layout.cues[sentences],
        paragraph_cosines=scale.apply(generation.paragraphs.similarities(query.vector, ids)),
        sentence_cosines=scale.apply(generation.sentences.similarities(query.vector, sentences)),
        plain_cosines=scale.apply(generation.plain.similarities(query.vector, sentences)),
        context=_sentence_runs(lexical, begin, last),
        context_start=starts_of(last - begin),
        titles=TokenRuns.cut(lexical.title_tokens, title_start[ids], title_start[ids + 1]),
        leads=TokenRuns.cut(lexical.tokens, token_start[opening], token_start[lead_end]),
        corpus=generation.statistics,
        text_of=lambda place: generation.text(int(ids[place])),
    )


def _sentence_runs(lexical: LexicalIndex, first: Ints, last: Ints) -> TokenRuns:
    """The terms of the sentences first[i]:last[i], for each i: one run for each sentence."""
    start, sentences = lexical.token_start, ranges(first, last)
    tokens = lexical.tokens[ranges(start[first], start[last])]
    return TokenRuns(tokens, starts_of(start[sentences + 1] - start[sentences]))


def open_generation(directory: Path, *, verify: bool = True) -> Generation:
    """Open a generation; the large arrays are mapped from disk.

    With `verify`, the checksum of every file is compared first. Raises IndexUnavailable when a file
    is missing, damaged or of another version.
    """
    manifest = read_manifest(directory)
    if verify and (damaged := next(damaged_files(directory, manifest), None)):
        raise IndexUnavailable(Code.GENERATION_DAMAGED(name=directory.name, file=damaged))
    try:
        return Generation(
            directory.name,
            manifest,
            read_articles(directory),
            GenerationArrays(
                Layout(**read_arrays(directory, "layout", Layout.ARRAYS)),
                LexicalIndex(
                    languages=tuple(manifest.trust),
                    **read_arrays(directory, "lexical", LexicalIndex.ARRAYS),
                ),
                *(
                    DenseIndex.load(directory / f"{name}.faiss", manifest.dense[name])
                    for name in ("paragraphs", "sentences", "plain")
                ),
            ),
            TextFile(directory / "text.bin"),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexUnavailable(Code.GENERATION_NOT_READ(name=directory.name)) from error
