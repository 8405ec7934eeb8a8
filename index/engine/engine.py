"""The engine, which answers questions from the current generation."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from corpus import detect_language
from corpus.errors import IndexUnavailable
from index.answer import AlsoIn, Answer, Filters, Passage, Quote, Span
from index.embedding.base import Embedder
from index.engine.current_generation import CurrentGeneration
from index.engine.near_duplicates import NearDuplicates
from index.engine.quote_selection import select_quote
from index.error_codes import Code
from index.ranking.cross_encoder import Reranker
from index.ranking.features import CandidateFeatures, compute_features
from index.ranking.ranker import Ranking, rank, runner_up
from index.ranking.reader_rescoring import (
    READ,
    answer_span,
    reader_input,
    reading_cutoff,
    rescore,
)
from index.reading.ports import Reader, SpanScores
from index.search.candidates import Candidates, EncodedQuery
from index.storage.ports import GenerationStore, IndexReader

__all__ = ["ANSWER_THRESHOLD", "Engine", "Retrieval"]

ANSWER_THRESHOLD = 0.5
"""`Ranking.answer_score` from which a quote is offered as an answer.

At this value, one in 33 questions about something that is not in the index gets an answer.
"""
_CANDIDATES = 30  # from each search: enough for a recall of .99 (docs/quality.md)
_RERANKED = 20  # candidates that a reranker scores


@dataclass(frozen=True, slots=True)
class Retrieval:
    """A question, the candidates that were found for it, and their features."""

    query: EncodedQuery
    candidates: Candidates
    features: CandidateFeatures


class Engine(CurrentGeneration):
    """Answers questions from the current generation.

    Several threads may call `ask`. `refresh` switches to a newer generation; each answer is made
    from one generation.
    """

    def __init__(
        self,
        store: GenerationStore,
        embedder: Embedder,
        *,
        threshold: float = ANSWER_THRESHOLD,
        reranker: Reranker | None = None,
        reader: Reader | None = None,
    ) -> None:
        """Answer from `store`; call `refresh` to open its current generation.

        `threshold` is the `Ranking.answer_score` from which a quote is offered as an answer. With a
        `reranker`, the `reader` only marks answers: the order is that of the reranker.
        """
        super().__init__(store)
        self._threshold = threshold
        self._reranker = reranker
        self._reader = reader
        self._embedder = embedder

    def use(self, generation: IndexReader) -> None:
        """See `CurrentGeneration`. Raises IndexUnavailable when it was built with another model."""
        if generation.manifest.fingerprint != self._embedder.fingerprint:
            raise IndexUnavailable(
                Code.ANOTHER_MODEL(built=generation.manifest.model, configured=self._embedder.name)
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
        """Return the `k` best passages, and whether the first quote is an answer.

        Only articles that pass the `filters` are searched. `crowded` says that other questions
        wait: the reader is skipped then, so that all are answered sooner. A question without words
        gets an answer without passages. Raises IndexUnavailable when there is no generation.
        """
        found = self.retrieve(question, filters)
        if found is None:
            return Answer(question, False, 0.0, ())
        ranking = rank(found.features)
        if self._reranker:
            ranking = _reranked(self._reranker, found, ranking)
        duplicates = NearDuplicates(found.candidates)
        readings = {} if crowded else self.readings(found, ranking, duplicates)
        if readings and not self._reranker:
            ranking = rescore(found.features, ranking, readings)
        passages = tuple(
            _passage(found, ranking, places, readings)
            for places in duplicates.groups(ranking.order, k)
        )
        return Answer(question, self._is_answer(found, ranking), ranking.confidence, passages)

    def _is_answer(self, found: Retrieval, ranking: Ranking) -> bool:
        return not found.features.says_nothing and ranking.answer_score >= self._threshold

    def retrieve(self, question: str, filters: Filters | None = None) -> Retrieval | None:
        """Find the candidates for a question.

        Returns None when it has no words, or no article passes the filters. Raises IndexUnavailable
        when there is no generation.
        """
        generation = self.current()
        terms = generation.encode_query(question)
        if not terms:
            return None
        vector = self._embedder.embed_query(question)
        query = EncodedQuery(question, detect_language(question), vector, terms)
        candidates = generation.candidates(query, _CANDIDATES, filters)
        if candidates is None:
            return None
        return Retrieval(query, candidates, compute_features(query, candidates))

    def readings(
        self, found: Retrieval, ranking: Ranking, duplicates: NearDuplicates
    ) -> dict[int, SpanScores]:
        """Let the reader read the best candidates, without near copies; scores by candidate.

        Empty without a reader, when the reader does not know the language of the question or of the
        first candidate, and when there is no time to read.
        """
        if self._reader is None or not self._reader.reads(found.query.language):
            return {}
        chosen: list[int] = []
        for places in duplicates.groups(ranking.order[: reading_cutoff(ranking)], READ):
            candidate = int(ranking.order[places[0]])
            if not self._reader.reads(found.candidates.language_of(candidate)):
                break
            chosen.append(candidate)
        if not chosen:
            return {}
        passages = [reader_input(found.candidates, ranking, candidate) for candidate in chosen]
        readings = self._reader.read(found.query.text, passages)
        return dict(zip(chosen, readings or (), strict=False))


def _reranked(reranker: Reranker, found: Retrieval, ranking: Ranking) -> Ranking:
    """The ranking with the best candidates in the reranker's order, and the rest after them."""
    best, candidates = ranking.order[:_RERANKED], found.candidates
    texts = [
        f"{candidates.articles[place].title}. {candidates.text_of(place)}"
        for place in best.tolist()
    ]
    scores = reranker.scores(found.query.text, texts)
    rest = ranking.scores[len(best) :]
    if len(rest):  # the rest must score below all candidates that were reranked
        rest = rest - rest[0] + min(float(scores.min()), float(rest[0])) - 1e-3
    by_score = np.argsort(-scores, kind="stable")
    return replace(
        ranking,
        order=np.concatenate([best[by_score], ranking.order[len(best) :]]),
        scores=np.concatenate([scores[by_score], rest]),
    )


def _passage(
    found: Retrieval, ranking: Ranking, places: list[int], readings: Mapping[int, SpanScores]
) -> Passage:
    """The passage at the first of `places` in the ranking; near copies of it are at the others."""
    candidates, features = found.candidates, found.features
    candidate = int(ranking.order[places[0]])
    article, text = candidates.articles[candidate], candidates.text_of(candidate)
    reading = readings.get(candidate)
    answer = answer_span(features, ranking, candidate, reading) if reading else None
    sentence, second = int(ranking.best[candidate]), runner_up(features, ranking, candidate)
    quote = select_quote(found.query, candidates, candidate, sentence, answer, second)
    copies = [int(ranking.order[place]) for place in places[1:]]
    return Passage(
        article_id=article.id,
        title=article.title,
        url=article.url,
        source=article.source,
        published=article.published,
        updated=article.updated,
        language=article.language,
        paragraph=int(candidates.numbers[candidate]),
        text=text,
        quote=quote,
        score=float(ranking.scores[places[0]]),
        also_in=tuple(_also_in(candidates, copy) for copy in copies),
        page=candidates.page_of(candidate),
        answer=_answer_in_quote(quote, text, answer),
    )


def _answer_in_quote(quote: Quote, text: str, answer: tuple[int, int] | None) -> Span | None:
    """The answer, if all of it is in the quote."""
    if answer is None or answer[0] < quote.start or answer[1] > quote.end:
        return None
    return Span(*answer, text[answer[0] : answer[1]])


def _also_in(candidates: Candidates, copy: int) -> AlsoIn:
    article = candidates.articles[copy]
    return AlsoIn(
        article.id, article.title, article.url, article.source, int(candidates.numbers[copy])
    )
