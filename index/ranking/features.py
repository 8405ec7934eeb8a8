"""Computes the features of candidate paragraphs and of their sentences from `Candidates` alone.

Dense features are cosines on the common scale of `DenseScale`: 0 for unrelated texts, 1 for a
question and its answer. Lexical features are shares of the question's idf mass (the sum of idf of
its terms), or BM25 divided by it. So one set of coefficients fits every corpus size, language and
model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis.answer_types import AnswerType, expected_types
from index.search.bm25 import PARAMETERS, length_norm, saturated
from index.search.candidates import CONTEXT_SENTENCES, Candidates, EncodedQuery
from index.search.term_matching import LexicalQuery, count, match, ranges

__all__ = ["PARAGRAPH_FEATURES", "SENTENCE_FEATURES", "CandidateFeatures", "compute_features"]

SENTENCE_FEATURES = (
    "cosine",        # of the question with sentence and title, scaled
    "plain",         # of the question with the sentence alone, scaled
    "bm25",          # of the sentence, divided by the question's idf mass
    "coverage",      # share of the question's idf mass that the sentence has
    "bigrams",       # share of the question's word pairs that are side by side in the sentence
    "before",        # coverage of the sentence before, also when that is in another paragraph
    "after",         # coverage of the sentence after, in the same paragraph
    "with_before",   # coverage of the sentence and the one before
    "in_context",    # coverage of the sentence, the title and the three sentences before
    "in_article",    # the same, with the first sentences of the article
    "offers",        # whether it has the type of answer that the question asks for
    "lacks",         # whether it does not
    "length",        # log(1 + number of terms)
    "first",         # whether it is the first of its paragraph
    "leans",         # whether it begins with a reference to the sentence before; not if it is first
)  # fmt: skip
PARAGRAPH_FEATURES = (
    "cosine",        # of the question with paragraph and title, scaled
    "best_cosine",   # of the question with the nearest sentence and title, scaled
    "best_plain",    # of the question with the nearest sentence alone, scaled
    "bm25",          # of paragraph and title, divided by the question's idf mass
    "best_bm25",     # highest "bm25" of its sentences
    "coverage",      # share of the question's idf mass that paragraph and title have
    "text_coverage", # the same, without the title
    "best_coverage", # highest "coverage" of its sentences
    "in_context",    # coverage of the paragraph, the title and the three sentences before
    "in_article",    # the same, with the first sentences of the article
    "offers",        # whether a sentence has the type of answer that the question asks for
    "bigrams",       # share of the question's word pairs that are side by side in a sentence
    "best_bigrams",  # highest "bigrams" of its sentences
    "length",        # log(1 + number of terms), with the title
)  # fmt: skip

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Rows = Ints | slice
_ALL = slice(None)


@dataclass(frozen=True, slots=True)
class CandidateFeatures:
    """Features of C candidate paragraphs and their S sentences, in the order of `Candidates`.

    start          (C+1,) int64 where each paragraph's sentences begin
    of_sentences   (S, len(SENTENCE_FEATURES)) float32
    of_paragraphs  (C, len(PARAGRAPH_FEATURES)) float32
    trust          (C,) float32 how far the dense features count, 0..1
    introduces     (C,) int64 for a heading the candidate after it, else -1
    size           how many paragraphs the index has
    says_nothing   whether the question has nothing to search for (see `EncodedQuery`)
    """

    start: Ints
    of_sentences: Floats
    of_paragraphs: Floats
    trust: Floats
    introduces: Ints
    size: int
    says_nothing: bool


def compute_features(query: EncodedQuery, candidates: Candidates) -> CandidateFeatures:
    """Compute every feature of every candidate. There must be at least one candidate."""
    features = CandidateFeatures(
        candidates.start,
        np.zeros((len(candidates.spans), len(SENTENCE_FEATURES)), dtype=np.float32),
        np.zeros((len(candidates), len(PARAGRAPH_FEATURES)), dtype=np.float32),
        candidates.trust,
        candidates.introduces,
        candidates.corpus.paragraphs,
        query.says_nothing,
    )
    _set_cosines(features, candidates)
    _set_answer_types(features, candidates, expected_types(query.text, query.language))
    with np.errstate(invalid="ignore"):  # NumPy may warn of an operation of another thread in BLAS
        for code, language in enumerate(candidates.languages):
            chosen = np.flatnonzero(candidates.language == code)
            if language in query.terms and len(chosen):
                _set_lexical(features, query.terms[language], candidates, chosen)
    return features


def _set_cosines(features: CandidateFeatures, candidates: Candidates) -> None:
    starts = features.start[:-1]
    sentences, plain = candidates.sentence_cosines, candidates.plain_cosines
    _set_of_sentences(features, {"cosine": sentences, "plain": plain})
    _set_of_paragraphs(
        features,
        {
            "cosine": candidates.paragraph_cosines,
            "best_cosine": np.maximum.reduceat(sentences, starts),
            "best_plain": np.maximum.reduceat(plain, starts),
        },
    )


def _set_answer_types(
    features: CandidateFeatures, candidates: Candidates, wanted: AnswerType
) -> None:
    starts, has = features.start[:-1], candidates.answer_types
    if wanted:
        offers = (has & int(wanted)) > 0
        _set_of_sentences(features, {"offers": offers, "lacks": ~offers})
        _set_of_paragraphs(features, {"offers": np.logical_or.reduceat(offers, starts)})
    is_first = np.zeros(len(has), dtype=bool)
    is_first[starts] = True
    leans = ((has & AnswerType.ANAPHORIC) > 0) & ~is_first
    _set_of_sentences(features, {"first": is_first, "leans": leans})


def _set_lexical(
    features: CandidateFeatures, query: LexicalQuery, candidates: Candidates, chosen: Ints
) -> None:
    """Set the lexical features of the candidates at `chosen`, all in the query's language."""
    overlap = _overlap(query, candidates, chosen)
    mean = candidates.corpus.mean_paragraph_length[candidates.language[chosen[0]]]
    rows: Rows = _ALL
    places: Rows = _ALL
    if len(chosen) < len(candidates):  # else a slice of all is faster
        places = chosen
        rows = ranges(features.start[chosen], features.start[chosen + 1])
    _set_of_sentences(features, _of_sentences(overlap), rows)
    _set_of_paragraphs(features, _of_paragraphs(overlap, mean), places)


@dataclass(frozen=True, slots=True)
class _Overlap:
    """Where a question's T terms and B word pairs are in N candidates of one language.

    The W sentences are the candidates' own S sentences and those just before them.

    share                    (T,) share of each term in the question's idf mass
    counts                   (W, T) how often each sentence has each term
    pairs                    (W, B) whether each sentence has each word pair
    lengths                  (W,) terms of each sentence
    coverage, bm25, bigrams  (W,) features of each sentence
    own                      (S,) positions of the candidates' own sentences among the W
    depth                    (W,) how many of the W sentences are before it in its candidate's run
    sizes                    (N,) own sentences of each candidate
    context_sizes            (N,) own sentences of each candidate and those before
    title                    (N, T) how often each title has each term
    title_lengths            (N,) terms of each title
    lead                     (N, T) whether the first sentences of the article have each term
    """

    share: Floats
    counts: Floats
    pairs: Flags
    lengths: Floats
    coverage: Floats
    bm25: Floats
    bigrams: NDArray[np.floating]
    own: Ints
    depth: Ints
    sizes: Ints
    context_sizes: Ints
    title: Floats
    title_lengths: Floats
    lead: Flags

    @property
    def starts(self) -> Ints:
        """(N,) where each candidate's sentences begin among the S."""
        return np.cumsum(self.sizes) - self.sizes

    @property
    def context_starts(self) -> Ints:
        """(N,) where each candidate's sentences begin among the W."""
        return np.cumsum(self.context_sizes) - self.context_sizes


def _overlap(query: LexicalQuery, candidates: Candidates, chosen: Ints) -> _Overlap:
    sizes, context_sizes = np.diff(candidates.start), np.diff(candidates.context_start)
    context, titles, leads = candidates.context, candidates.titles, candidates.leads
    if len(chosen) < len(candidates):
        sizes, context_sizes = sizes[chosen], context_sizes[chosen]
        first, last = candidates.context_start[chosen], candidates.context_start[chosen + 1]
        context = context.select(ranges(first, last))
        titles, leads = titles.select(chosen), leads.select(chosen)
    ends = np.cumsum(context_sizes)
    counts, pairs = match(query, context)
    lengths = context.lengths.astype(np.float32)
    share = query.idf / max(query.mass, 1e-6)
    relative = lengths / candidates.corpus.mean_sentence_length
    return _Overlap(
        share=share,
        counts=counts,
        pairs=pairs,
        lengths=lengths,
        coverage=_weigh(counts > 0, share),
        bm25=_weigh(_bm25(counts, relative, PARAMETERS.b_of_sentences), share),
        bigrams=pairs.mean(axis=1) if pairs.shape[1] else np.zeros(len(context)),
        own=ranges(ends - sizes, ends),
        depth=np.arange(len(context)) - np.repeat(ends - context_sizes, context_sizes),
        sizes=sizes,
        context_sizes=context_sizes,
        title=count(query, titles),
        title_lengths=titles.lengths.astype(np.float32),
        lead=count(query, leads) > 0,
    )


def _of_sentences(overlap: _Overlap) -> dict[str, NDArray[Any]]:
    """(S,) values of each lexical feature of sentences."""
    own, depth, share, has = overlap.own, overlap.depth, overlap.share, overlap.counts > 0
    with_before = has | _shifted(has, depth, 1)
    context = np.repeat(overlap.title > 0, overlap.context_sizes, axis=0) | with_before
    for back in range(2, CONTEXT_SENTENCES + 1):
        context |= _shifted(has, depth, back)
    article = context | np.repeat(overlap.lead, overlap.context_sizes, axis=0)
    coverage = overlap.coverage[own]
    is_last = np.zeros(len(own), dtype=bool)
    is_last[np.cumsum(overlap.sizes) - 1] = True
    return {
        "bm25": overlap.bm25[own],
        "coverage": coverage,
        "bigrams": overlap.bigrams[own],
        "before": _shifted(overlap.coverage, depth, 1)[own],
        "after": np.where(is_last, 0, np.roll(coverage, -1)),
        "with_before": _weigh(with_before, share)[own],
        "in_context": _weigh(context, share)[own],
        "in_article": _weigh(article, share)[own],
        "length": np.log1p(overlap.lengths[own]),
    }


def _of_paragraphs(overlap: _Overlap, mean_length: np.float32) -> dict[str, NDArray[Any]]:
    """(N,) values of each lexical feature of paragraphs; the title counts as a part of each."""
    own, starts, share = overlap.own, overlap.starts, overlap.share
    has, in_title = overlap.counts > 0, overlap.title > 0
    in_text = np.logical_or.reduceat(has[own], starts)
    in_context = np.logical_or.reduceat(has, overlap.context_starts) | in_title
    counts = np.add.reduceat(overlap.counts[own], starts) + overlap.title
    lengths = np.add.reduceat(overlap.lengths[own], starts) + overlap.title_lengths
    pairs = np.logical_or.reduceat(overlap.pairs[own], starts)
    return {
        "bm25": _weigh(_bm25(counts, lengths / mean_length, PARAMETERS.b), share),
        "best_bm25": np.maximum.reduceat(overlap.bm25[own], starts),
        "coverage": _weigh(in_text | in_title, share),
        "text_coverage": _weigh(in_text, share),
        "best_coverage": np.maximum.reduceat(overlap.coverage[own], starts),
        "in_context": _weigh(in_context, share),
        "in_article": _weigh(in_context | overlap.lead, share),
        "bigrams": pairs.mean(axis=1) if pairs.shape[1] else np.zeros(len(starts)),
        "best_bigrams": np.maximum.reduceat(overlap.bigrams[own], starts),
        "length": np.log1p(lengths),
    }


def _weigh(presence: NDArray[Any], share: Floats) -> Floats:
    """(N,) sums of `share` (T,) by `presence` (N, T)."""
    return np.asarray(np.dot(presence.astype(np.float32), share), dtype=np.float32)


def _shifted(values: NDArray[Any], depth: Ints, back: int) -> NDArray[Any]:
    """The value `back` rows before each row, in the same run; zero before the run's first row."""
    moved = np.zeros_like(values)
    moved[back:] = values[:-back]
    moved[depth < back] = 0
    return moved


def _bm25(counts: Floats, relative_length: Floats, b: float) -> Floats:
    return saturated(counts, length_norm(relative_length, b)[:, None])


def _set_of_sentences(
    features: CandidateFeatures, values: Mapping[str, NDArray[Any]], rows: Rows = _ALL
) -> None:
    for name, column in values.items():
        features.of_sentences[rows, SENTENCE_FEATURES.index(name)] = column


def _set_of_paragraphs(
    features: CandidateFeatures, values: Mapping[str, NDArray[Any]], rows: Rows = _ALL
) -> None:
    for name, column in values.items():
        features.of_paragraphs[rows, PARAGRAPH_FEATURES.index(name)] = column
