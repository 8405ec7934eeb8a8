"""Terms and word pairs of a question in runs of text."""

import numpy as np

from index.analysis.term_hashes import terms_of
from index.search.bm25 import LexicalIndex
from index.search.term_matching import TokenRuns, count, match, ranges, starts_of
from tests.hand_made import numbers_of, some_terms


def index_of(*paragraphs: str) -> LexicalIndex:
    return LexicalIndex.build([terms_of("en", "", [p.split("|") for p in paragraphs])])


def test_match_counts_terms_and_neighbouring_pairs_within_runs() -> None:
    index = index_of("new york city|york is old|new and york")
    (query,) = index.query("new york").values()
    runs = TokenRuns(index.tokens, index.token_start)
    counts, pairs = match(query, runs)
    assert count(query, runs).tolist() == counts.tolist()
    assert counts.tolist() == [[1, 1], [0, 1], [1, 1]]
    assert pairs[:, 0].tolist() == [True, False, False]


def runs_of(*texts: str) -> TokenRuns:
    return TokenRuns.of(map(numbers_of, texts))


def test_pairs_are_those_of_the_question_in_its_order() -> None:
    query = some_terms({"old": 1.0, "harbour": 1.0, "wall": 1.0})
    counts, pairs = match(
        query, runs_of("old harbour wall", "wall harbour old", "", "harbour wall")
    )
    assert counts.tolist() == [[1, 1, 1], [1, 1, 1], [0, 0, 0], [0, 1, 1]]
    assert pairs.tolist() == [[True, True], [False, False], [False, False], [False, True]]


def test_an_unknown_term_matches_nothing() -> None:
    query = some_terms({"old": 1.0, "unheard": 1.0})
    query.terms[1] = -1
    assert count(query, runs_of("old unheard old")).tolist() == [[2, 0]]


def test_no_runs_and_no_tokens_are_fine() -> None:
    query = some_terms({"old": 1.0, "wall": 1.0})
    assert count(query, runs_of()).shape == (0, 2)
    assert match(query, runs_of("", ""))[1].tolist() == [[False], [False]]


def test_runs_are_selected_and_cut() -> None:
    runs = TokenRuns.of([[1, 2], [], [3], [4, 5, 6]])
    assert len(runs) == 4
    assert runs.lengths.tolist() == [2, 0, 1, 3]
    chosen = runs.select(np.array([3, 1, 0]))
    assert chosen.tokens.tolist() == [4, 5, 6, 1, 2]
    assert chosen.start.tolist() == [0, 3, 3, 5]
    cut = TokenRuns.cut(runs.tokens, np.array([1, 4]), np.array([3, 5]))
    assert (cut.tokens.tolist(), cut.start.tolist()) == ([2, 3, 5], [0, 2, 3])


def test_ranges_and_starts() -> None:
    assert ranges(np.array([5, 0, 2]), np.array([7, 0, 3])).tolist() == [5, 6, 2]
    assert starts_of(np.array([2, 0, 3])).tolist() == [0, 2, 2, 5]
    assert starts_of(np.array([], dtype=np.int64)).tolist() == [0]


def test_the_weights_of_a_question_are_by_its_words() -> None:
    assert some_terms({"old": 0.5, "wall": 2.0}).weights == {"old": 0.5, "wall": 2.0}
    assert some_terms({"old": 0.5, "wall": 2.0}).mass == 2.5
