"""The engine: question in, answer out."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus import detect_language
from corpus.errors import IndexUnavailable
from index.answer import AlsoIn, Answer, Filters, Passage, Quote, Span
from index.embedding.base import Embedder
from index.engine.current_generation import CurrentGeneration
from index.engine.quote_selection import quote
from index.ranking.cross_encoder import Reranker
from index.ranking.features import CandidateFeatures, gather
from index.ranking.ranker import Ranking, rank, runner_up
from index.ranking.reader_rescoring import READ, answer_span, reader_input, reading_cutoff, rescore
from index.reading.ports import Reader, SpanScores
from index.search.bm25 import LexicalQuery
from index.storage.generation import Generation

__all__ = ["ANSWER_THRESHOLD", "Engine"]

ANSWER_THRESHOLD = 0.5
"""Of `Ranking.answer_score`: where one in 33 questions about nothing in the index is answered."""
_CANDIDATES = 30  # from each arm: enough for recall .99 (docs/quality.md)
_RERANKED = 20
_SAME = 0.8  # share of common terms (Jaccard) from which two paragraphs are the same story

Ids = NDArray[np.int64]


class Engine(CurrentGeneration):
    """Answers questions from the current generation.

    `ask` may be called from several threads. A generation is taken up by `refresh`; an answer is
    always made from one.
    """

    def __init__(
        self,
        data: Path,
        embedder: Embedder,
        *,
        threshold: float = ANSWER_THRESHOLD,
        reranker: Reranker | None = None,
        reader: Reader | None = None,
    ) -> None:
        """Prepare to answer from `data`; call `refresh` to take up its current generation.

        With a reranker, which brings scores of its own, the reader only marks answers.
        """
        super().__init__(data)
        self._threshold = threshold
        self._reranker = reranker
        self._reader = reader
        self._embedder = embedder

    def use(self, generation: Generation) -> None:
        """See `CurrentGeneration`. Raises IndexUnavailable when it was built with another model."""
        if generation.manifest.fingerprint != self._embedder.fingerprint:
            raise IndexUnavailable(
                f"the index was built with {generation.manifest.model}, but EMBEDDING_MODEL is "
                f"{self._embedder.name}: run `quotebot build`"
            )
        super().use(generation)

    def ask(
        self,
        question: str,
        *,
        k: int = 5,
        filters: Filters | None = None,
        crowded: bool = False,
    ) -> Answer:
        """The `k` best passages and whether the first one's quote is an answer.

        Only articles that pass the `filters` are looked at. Nothing is read when it is `crowded`:
        others wait, and all are answered sooner. A question without any word gets an answer
        without passages. Raises IndexUnavailable when there is no generation.
        """
        generation = self.current()
        evidence = self.evidence(generation, question, filters)
        if evidence is None:
            return Answer(question, False, 0.0, ())
        ranking = rank(evidence)
        if self._reranker:
            ranking = _reranked(self._reranker, generation, question, evidence, ranking)
        readings = {}
        if not crowded:
            readings = self.readings(generation, question, evidence, ranking)
        if readings and not self._reranker:
            ranking = rescore(evidence, ranking, readings)
        passages = tuple(
            _passage(generation, question, evidence, ranking, places, readings)
            for places in _distinct(generation, evidence, ranking, k)
        )
        return Answer(question, self._is_answer(evidence, ranking), ranking.confidence, passages)

    def _is_answer(self, evidence: CandidateFeatures, ranking: Ranking) -> bool:
        return not evidence.says_nothing and ranking.answer_score >= self._threshold

    def evidence(
        self, generation: Generation, question: str, filters: Filters | None = None
    ) -> CandidateFeatures | None:
        """What speaks for each candidate; None when there are no words or nothing to search."""
        queries = generation.lexical.query(question)
        allowed = generation.allowed(filters) if filters else None
        if (
            not queries
            or not len(generation.paragraphs)
            or (allowed is not None and not allowed.any())
        ):
            return None
        vector = self._embedder.embed_query(question)
        paragraphs = _candidates(generation, vector, queries, allowed)
        language = detect_language(question)
        return gather(generation, question, language, vector, queries, paragraphs)

    def readings(
        self, generation: Generation, question: str, evidence: CandidateFeatures, ranking: Ranking
    ) -> dict[int, SpanScores]:
        """What the reader found in the best candidates that differ, by candidate.

        Empty without a reader, when it doesn't know the language of the question or of the first
        candidate, and when there is no time to read.
        """
        if self._reader is None or not self._reader.reads(evidence.language):
            return {}
        lexical = generation.lexical
        candidates = []
        for places in _distinct(generation, evidence, ranking, READ, reading_cutoff(ranking)):
            candidate = int(ranking.order[places[0]])
            code = lexical.language[evidence.paragraphs[candidate]]
            if not self._reader.reads(lexical.languages[code]):
                break
            candidates.append(candidate)
        if not candidates:
            return {}
        passages = [reader_input(generation, evidence, ranking, c) for c in candidates]
        found = self._reader.read(question, passages)
        return dict(zip(candidates, found or (), strict=False))


def _candidates(
    generation: Generation,
    vector: NDArray[np.float32],
    queries: dict[int, LexicalQuery],
    allowed: NDArray[np.bool_] | None,
) -> Ids:
    """Ids of paragraphs worth a closer look, from each arm, in ascending order."""
    owner = generation.sentence_paragraph
    near = generation.paragraphs.search(vector, _CANDIDATES, allowed)
    by_sentence = generation.sentences.search(
        vector, 2 * _CANDIDATES, None if allowed is None else allowed[owner]
    )
    by_words = generation.lexical.search(queries, _CANDIDATES, allowed)
    found = np.unique(np.concatenate([near, owner[by_sentence], by_words])).astype(np.int64)
    return np.union1d(found, found[generation.is_heading(found)] + 1)


def _reranked(
    reranker: Reranker,
    generation: Generation,
    question: str,
    evidence: CandidateFeatures,
    ranking: Ranking,
) -> Ranking:
    """The best candidates in the reranker's order; the rest after them, as they were."""
    best = ranking.order[:_RERANKED]
    texts = []
    for paragraph in evidence.paragraphs[best]:
        title = generation.article_of(int(paragraph)).title
        texts.append(f"{title}. {generation.text(int(paragraph))}")
    scores = reranker.scores(question, texts)
    rest = ranking.scores[len(best) :]
    if len(rest):  # scores go on falling after the ones that were looked at again
        rest = rest - rest[0] + min(float(scores.min()), float(rest[0])) - 1e-3
    by_score = np.argsort(-scores, kind="stable")
    return replace(
        ranking,
        order=np.concatenate([best[by_score], ranking.order[len(best) :]]),
        scores=np.concatenate([scores[by_score], rest]),
    )


def _distinct(
    generation: Generation,
    evidence: CandidateFeatures,
    ranking: Ranking,
    k: int,
    count: int | None = None,
) -> list[list[int]]:
    """Places in the ranking of the `k` best different passages, each before its near-copies.

    Among the first `count` places, or all.
    """
    order = ranking.order[:count]
    owner, terms = generation.distinct_terms(evidence.paragraphs[order])
    count = len(order)
    sizes = np.bincount(owner, minlength=count)
    starts = np.cumsum(sizes) - sizes
    own = np.zeros(int(terms.max(initial=0)) + 1, dtype=bool)  # by term
    group_of = np.full(count, -1)
    groups: list[list[int]] = []
    for place in range(count):
        if group_of[place] < 0 and len(groups) < k:
            mine = terms[starts[place] : starts[place] + sizes[place]]
            own[mine] = True
            shared = np.bincount(owner[own[terms]], minlength=count)
            own[mine] = False
            same = (shared > 0) & (shared >= _SAME * (sizes + sizes[place] - shared))
            same[place] = True
            group_of[same & (group_of < 0)] = len(groups)
            groups.append([])
        if group_of[place] >= 0:
            groups[group_of[place]].append(place)
    return groups


def _passage(
    generation: Generation,
    question: str,
    evidence: CandidateFeatures,
    ranking: Ranking,
    places: list[int],
    readings: Mapping[int, SpanScores],
) -> Passage:
    """The passage ranked at the first of `places`, with its near-copies at the others."""
    candidate = int(ranking.order[places[0]])
    paragraph = int(evidence.paragraphs[candidate])
    sentence = int(evidence.sentences[ranking.best[candidate]])
    article, text = generation.article_of(paragraph), generation.text(paragraph)
    reading = readings.get(candidate)
    answer = answer_span(evidence, ranking, candidate, reading) if reading else None
    other = runner_up(evidence, ranking, candidate)
    beside = None if other is None else int(evidence.sentences[other])
    shown = quote(generation, paragraph, sentence, question, answer, beside)
    copies = [int(evidence.paragraphs[ranking.order[place]]) for place in places[1:]]
    return Passage(
        article_id=article.id,
        title=article.title,
        url=article.url,
        source=article.source,
        published=article.published,
        updated=article.updated,
        language=article.language,
        paragraph=int(generation.layout.number[paragraph]),
        text=text,
        quote=shown,
        score=float(ranking.scores[places[0]]),
        also_in=tuple(_also_in(generation, copy) for copy in copies),
        page=generation.page(paragraph),
        answer=_inside(shown, text, answer),
    )


def _inside(shown: Quote, text: str, answer: tuple[int, int] | None) -> Span | None:
    """The answer, if the quote shows all of it."""
    if answer is None or answer[0] < shown.start or answer[1] > shown.end:
        return None
    return Span(*answer, text[answer[0] : answer[1]])


def _also_in(generation: Generation, paragraph: int) -> AlsoIn:
    article = generation.article_of(paragraph)
    number = int(generation.layout.number[paragraph])
    return AlsoIn(article.id, article.title, article.url, article.source, number)
