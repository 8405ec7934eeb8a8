"""Evidence: what speaks for each candidate paragraph and each of its sentences.

Dense features are cosines on the model's own scale (`DenseScale`: 0 unrelated, 1 a question and
its answer), lexical ones are shares of the question's idf mass or BM25 divided by it, so that one
set of coefficients serves any corpus size, language and model.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis.answer_types import AnswerType, expected_types
from index.arrays import Vectors
from index.search.bm25 import K1, B, LexicalQuery, count, match, ranges
from index.storage.generation import Generation

__all__ = ["PARAGRAPH_FEATURES", "SENTENCE_FEATURES", "CandidateFeatures", "gather"]

SENTENCE_FEATURES = (
    "cosine",        # of sentence and title with the question, scaled
    "plain",         # of the sentence alone
    "bm25",          # of the sentence, as a share of the question's idf mass
    "coverage",      # share of the idf mass of the question that the sentence has
    "bigrams",       # share of the question's word pairs that stand in it side by side
    "before",        # coverage of the sentence before, be it of another paragraph
    "after",         # coverage of the sentence after
    "with_before",   # coverage together with the sentence before
    "in_context",    # coverage together with its title and the three sentences before
    "in_article",    # and with the first sentences of its article
    "offers",        # has what the question asks for (year, number, name)
    "lacks",         # hasn't
    "length",        # log of its number of terms
    "first",         # first of its paragraph
    "leans",         # starts by pointing back
)  # fmt: skip
PARAGRAPH_FEATURES = (
    "cosine",        # of paragraph and title with the question, scaled
    "best_cosine",   # of its nearest sentence and title
    "best_plain",    # of its nearest sentence alone
    "bm25",          # with its title, as a share of the question's idf mass
    "best_bm25",     # of its best sentence
    "coverage",      # share of the idf mass that paragraph and title have
    "text_coverage", # the same, without the title
    "best_coverage", # of its best sentence
    "in_context",    # share that it has together with its title and the three sentences before it
    "in_article",    # and with the first sentences of its article
    "offers",        # has, anywhere, what the question asks for
    "bigrams",       # word pairs of the question anywhere in it
    "best_bigrams",  # in its best sentence
    "length",        # log of its number of terms
)  # fmt: skip

_CONTEXT = 3  # sentences before: a paragraph of news is one or two
_LEAD = 3  # first sentences of an article: they name what it is about
_SENTENCE_B = 0.5  # length matters less among sentences

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CandidateFeatures:
    """Features of C candidate paragraphs and their S sentences.

    paragraphs (C,) ids; sentences (S,) ids, paragraph by paragraph; start (C+1,) where each
    paragraph's sentences begin; of_sentences (S, len(SENTENCE_FEATURES)) and of_paragraphs
    (C, len(PARAGRAPH_FEATURES)) float32; trust (C,) how far the dense features count, 0..1; heading
    (C,) whether each is one; size how many paragraphs there are in all; language the question's;
    says_nothing whether the question is empty in the languages of the corpus that know its words.
    """

    paragraphs: Ids
    sentences: Ids
    start: Ids
    of_sentences: Floats
    of_paragraphs: Floats
    trust: Floats
    heading: NDArray[np.bool_]
    size: int
    language: str | None
    says_nothing: bool


def gather(
    generation: Generation,
    question: str,
    language: str | None,
    vector: Vectors,
    queries: dict[int, LexicalQuery],
    paragraphs: Ids,
) -> CandidateFeatures:
    """Every feature of every candidate, exactly, whichever search found it.

    `language` is the question's, `vector` its embedding (dimension,), `queries` its terms by
    language, `paragraphs` (C,) the candidates' ids, at least one.
    """
    lexical = generation.lexical
    first, last = lexical.sentence_start[paragraphs], lexical.sentence_start[paragraphs + 1]
    sentences = ranges(first, last)
    start = np.concatenate([[0], np.cumsum(last - first)])
    scale = generation.manifest.scale
    evidence = CandidateFeatures(
        paragraphs,
        sentences,
        start,
        np.zeros((len(sentences), len(SENTENCE_FEATURES)), dtype=np.float32),
        np.zeros((len(paragraphs), len(PARAGRAPH_FEATURES)), dtype=np.float32),
        generation.trust[lexical.language[paragraphs]],
        generation.is_heading(paragraphs),
        len(generation.paragraphs),
        language,
        _says_nothing(queries.values()),
    )
    _dense(
        evidence,
        scale.apply(generation.paragraphs.similarities(vector, paragraphs)),
        scale.apply(generation.sentences.similarities(vector, sentences)),
        scale.apply(generation.plain.similarities(vector, sentences)),
    )
    _cues(evidence, generation.layout.cues[sentences], expected_types(question, language))
    codes = lexical.language[paragraphs]
    with np.errstate(invalid="ignore"):  # products warn of what BLAS did in another thread
        for code, query in queries.items():
            chosen = np.flatnonzero(codes == code)
            if len(chosen):
                _words(evidence, generation, query, chosen)
    return evidence


def _says_nothing(queries: Collection[LexicalQuery]) -> bool:
    """Empty in a language, and not a word of it known in another."""
    return any(query.is_empty for query in queries) and not any(
        query.is_known and not query.is_empty for query in queries
    )


def _dense(
    evidence: CandidateFeatures, paragraphs: Floats, sentences: Floats, plain: Floats
) -> None:
    starts = evidence.start[:-1]
    _put(evidence.of_sentences, SENTENCE_FEATURES, "cosine", sentences)
    _put(evidence.of_sentences, SENTENCE_FEATURES, "plain", plain)
    _put(evidence.of_paragraphs, PARAGRAPH_FEATURES, "cosine", paragraphs)
    for name, values in {"best_cosine": sentences, "best_plain": plain}.items():
        best = np.maximum.reduceat(values, starts)
        _put(evidence.of_paragraphs, PARAGRAPH_FEATURES, name, best)


def _cues(evidence: CandidateFeatures, offered: NDArray[np.uint16], wanted: AnswerType) -> None:
    put = evidence.of_sentences
    if wanted:
        offers = (offered & int(wanted)) > 0
        _put(put, SENTENCE_FEATURES, "offers", offers)
        _put(put, SENTENCE_FEATURES, "lacks", ~offers)
        anywhere = np.logical_or.reduceat(offers, evidence.start[:-1])
        _put(evidence.of_paragraphs, PARAGRAPH_FEATURES, "offers", anywhere)
    is_first = np.zeros(len(offered), dtype=bool)
    is_first[evidence.start[:-1]] = True
    _put(put, SENTENCE_FEATURES, "first", is_first)
    _put(put, SENTENCE_FEATURES, "leans", ((offered & AnswerType.ANAPHORIC) > 0) & ~is_first)


def _words(
    evidence: CandidateFeatures, generation: Generation, query: LexicalQuery, chosen: Ids
) -> None:
    """Lexical features of the candidates at places `chosen`, all of the query's language."""
    lexical = generation.lexical
    paragraphs = evidence.paragraphs[chosen]
    rows = ranges(evidence.start[chosen], evidence.start[chosen + 1])
    first, last = lexical.sentence_start[paragraphs], lexical.sentence_start[paragraphs + 1]
    opening = generation.first_sentence_of_article(paragraphs)
    begin = np.maximum(first - _CONTEXT, opening)
    widened = ranges(begin, last)  # the paragraphs' sentences and those just before
    own = np.repeat(first, last - begin) <= widened  # which are not the ones before
    edges = np.cumsum(last - begin) - (last - begin)
    depth = widened - np.repeat(begin, last - begin)  # how many stand before each, in its run

    begins, ends = lexical.token_start[widened], lexical.token_start[widened + 1]
    counts, pairs = match(query, lexical.tokens, begins, ends)
    lengths = (ends - begins).astype(np.float32)
    begins, ends = lexical.title_start[paragraphs], lexical.title_start[paragraphs + 1]
    title = count(query, lexical.title_tokens, begins, ends)
    title_lengths = (ends - begins).astype(np.float32)
    led = lexical.token_start[np.minimum(opening + _LEAD, last)]
    lead = count(query, lexical.tokens, lexical.token_start[opening], led) > 0
    share = query.idf / max(query.mass, 1e-6)
    has = counts > 0
    coverage = _weigh(has, share)
    starts = np.cumsum(last - first) - (last - first)  # of each paragraph among its own sentences
    is_last = np.zeros(len(rows), dtype=bool)
    is_last[starts - 1] = True  # the last one's end wraps around to -1
    in_title = np.repeat(title > 0, last - begin, axis=0)
    with_before = has | _shifted(has, depth, 1)
    context = in_title | with_before
    for back in range(2, _CONTEXT + 1):
        context |= _shifted(has, depth, back)
    article = context | np.repeat(lead, last - begin, axis=0)
    bm25 = _weigh(_bm25(counts, lengths / lexical.mean_sentence_length, _SENTENCE_B), share)
    bigrams = pairs.mean(axis=1) if pairs.shape[1] else np.zeros(len(widened))
    covered = coverage[own]
    for name, values in {
        "bm25": bm25[own],
        "coverage": covered,
        "bigrams": bigrams[own],
        "before": _shifted(coverage, depth, 1)[own],
        "after": np.where(is_last, 0, np.roll(covered, -1)),
        "with_before": _weigh(with_before, share)[own],
        "in_context": _weigh(context, share)[own],
        "in_article": _weigh(article, share)[own],
        "length": np.log1p(lengths[own]),
    }.items():
        _put(evidence.of_sentences, SENTENCE_FEATURES, name, values, rows)

    in_text = np.logical_or.reduceat(has[own], starts)
    in_context = np.logical_or.reduceat(has, edges) | (title > 0)
    total = np.add.reduceat(counts[own], starts) + title
    length = np.add.reduceat(lengths[own], starts) + title_lengths
    relative = length / lexical.mean_length[lexical.language[paragraphs[0]]]
    pair_anywhere = np.logical_or.reduceat(pairs[own], starts)
    for name, values in {
        "bm25": _weigh(_bm25(total, relative, B), share),
        "best_bm25": np.maximum.reduceat(bm25[own], starts),
        "coverage": _weigh(in_text | (title > 0), share),
        "text_coverage": _weigh(in_text, share),
        "best_coverage": np.maximum.reduceat(covered, starts),
        "in_context": _weigh(in_context, share),
        "in_article": _weigh(in_context | lead, share),
        "bigrams": pair_anywhere.mean(axis=1) if pairs.shape[1] else np.zeros(len(chosen)),
        "best_bigrams": np.maximum.reduceat(bigrams[own], starts),
        "length": np.log1p(length),
    }.items():
        _put(evidence.of_paragraphs, PARAGRAPH_FEATURES, name, values, chosen)


def _weigh(presence: NDArray[Any], share: Floats) -> Floats:
    """(N,) sums of `share` (T,) by `presence` (N, T)."""
    return np.asarray(np.dot(presence.astype(np.float32), share), dtype=np.float32)


def _shifted(values: NDArray[Any], depth: Ids, back: int) -> NDArray[Any]:
    """What stands `back` rows before each row of its run, zero where the run doesn't reach."""
    moved = np.zeros_like(values)
    moved[back:] = values[:-back]
    moved[depth < back] = 0
    return moved


def _bm25(counts: Floats, relative_length: Floats, b: float) -> Floats:
    norm = K1 * (1 - b + b * relative_length)[:, None]
    return np.asarray(counts * (K1 + 1) / (counts + norm), dtype=np.float32)


def _put(
    table: Floats,
    names: tuple[str, ...],
    name: str,
    values: NDArray[np.generic],
    rows: Ids | slice = slice(None),
) -> None:
    table[rows, names.index(name)] = values
