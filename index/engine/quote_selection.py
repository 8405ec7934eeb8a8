"""Selects the span of a paragraph that is shown as the quote."""

from collections.abc import Iterator, Mapping

import regex

from index.analysis.answer_types import AnswerType
from index.analysis.tokenizer import analyse
from index.answer import Quote
from index.search.candidates import Candidates, EncodedQuery

__all__ = ["LONGEST", "clause_window", "select_quote"]

LONGEST = 420
"""Characters of a quote, at most; only a part of a longer sentence is shown."""
_LONGEST_PAIR = 520
"""Characters of a quote of two sentences that are almost equally good."""

Span = tuple[int, int]

_CLAUSE_END = regex.compile(r"[,;:—–、，；：](?=\s|\p{Han}|\p{Hiragana}|\p{Katakana})|\s(?=[—–])")
_SPACE = regex.compile(r"\s")


def select_quote(
    query: EncodedQuery,
    candidates: Candidates,
    candidate: int,
    sentence: int,
    answer: Span | None = None,
    second: int | None = None,
) -> Quote:
    """Return the quote of a candidate.

    It has the `sentence`; the one before it, if the sentence refers back to that; and the `second`
    one. Both are numbers of rows of the candidate's sentences; the quote has what fits. Of a
    sentence of more than LONGEST characters, it has the clauses with most words of the question,
    and with the `answer` (start, end in code points) where one is known.
    """
    text = candidates.text_of(candidate)
    whole = start, end = candidates.span(sentence)
    if end - start > LONGEST:
        language = candidates.language_of(candidate)
        weights = query.terms[language].weights if language in query.terms else {}
        start, end = clause_window(text, whole, weights, language, answer)
    elif sentence > candidates.rows(candidate).start and _refers_back(candidates, sentence):
        earlier, _ = candidates.span(sentence - 1)
        if end - earlier <= LONGEST:
            start = earlier
    if second is not None:
        beside = candidates.span(second)
        first, last = min(start, beside[0]), max(end, beside[1])
        if last - first <= _LONGEST_PAIR:
            start, end = first, last
    return Quote(start, end, text[start:end], cut_before=start > whole[0], cut_after=end < whole[1])


def _refers_back(candidates: Candidates, sentence: int) -> bool:
    return bool(candidates.answer_types[sentence] & AnswerType.ANAPHORIC)


def clause_window(
    text: str,
    sentence: Span,
    weights: Mapping[str, float],
    language: str,
    answer: Span | None = None,
) -> Span:
    """Return the clauses of a sentence, of at most LONGEST characters, with most of the question.

    `weights` has the weight of each term of the question, in `language`. A window with the `answer`
    is preferred. Of equally good windows, the middle one is taken, so that there is as much text
    before the match as after it. A clause that is too long is cut at white space, or anywhere if
    it has none. Spans are (start, end) in code points.
    """
    pieces = list(_clauses(text, sentence))
    terms = [set(analyse(text[start:end], language)) & weights.keys() for start, end in pieces]
    best, windows = (False, -1.0), [sentence]
    last = 0
    for first in range(len(pieces)):
        while last < len(pieces) and pieces[last][1] - pieces[first][0] <= LONGEST:
            last += 1
        window = pieces[first][0], pieces[last - 1][1]
        has_answer = answer is not None and window[0] <= answer[0] and answer[1] <= window[1]
        covered = has_answer, sum(weights[term] for term in sorted(set().union(*terms[first:last])))
        if covered > best:
            best, windows = covered, []
        if covered == best:
            windows.append(window)
        if last == len(pieces):
            break
    return _trimmed(text, windows[len(windows) // 2 if best > (False, 0.0) else 0])


def _clauses(text: str, sentence: Span) -> Iterator[Span]:
    """The clauses of a sentence, end to end; a clause longer than LONGEST is given in parts."""
    start, end = sentence
    while start < end:
        reach = min(end, start + LONGEST)
        clause = _CLAUSE_END.search(text, start, reach)
        if clause is not None:
            stop = clause.end()
        elif reach == end:
            stop = end
        else:
            spaces = [space.end() for space in _SPACE.finditer(text, start, reach)]
            stop = spaces[len(spaces) // 2] if spaces else reach
        yield start, stop
        start = stop


def _trimmed(text: str, span: Span) -> Span:
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
