"""Makes training examples: asks questions of indexes of all articles and of parts of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from corpus import Article, Paragraph, sentence_spans
from index.engine.engine import Engine, Retrieval
from index.engine.quote_selection import select_quote
from index.evaluation.datasets import Collection, JudgedQuestion, read_collection
from index.evaluation.metrics import holds_answer
from index.ranking.features import CandidateFeatures
from index.ranking.ranker import Ranking, runner_up

__all__ = ["Example", "examples_of", "gather", "is_quote_correct", "layouts", "parts_of"]

Bools = NDArray[np.bool_]
T = TypeVar("T")
Collect = Callable[[Collection, frozenset[int]], list[T]]
"""Asks the questions of a collection of an index without the articles at some positions."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question with the features of its C candidates with S sentences, and what is right.

    features    of the candidates
    collection  name of the collection
    group       title of the question's article, for splits by article
    right       (C,) whether a candidate is relevant
    holds       (S,) whether a sentence of a relevant candidate holds an answer
    shows       (S,) whether the quote around a sentence holds an answer; all false when the
                relevant paragraph is not in the index
    answerable  whether the relevant paragraph is in the index
    """

    features: CandidateFeatures
    collection: str
    group: str
    right: Bools
    holds: Bools
    shows: Bools
    answerable: bool

    def rows(self) -> Bools:
        """Return for each sentence whether it belongs to a right candidate: (S,)."""
        return np.repeat(self.right, np.diff(self.features.start))


def examples_of(
    engine: Engine, collection: Collection
) -> Iterator[tuple[JudgedQuestion, Retrieval, Example]]:
    """Give each question for which the engine finds candidates, with these and the example."""
    indexed = {article.id for article in engine.articles()}
    for question in collection.questions:
        found = engine.retrieve(question.text)
        if found is not None:
            relevant = {key for key in question.relevant if key[0] in indexed}
            group = collection.articles[question.article].title
            places = [
                (article.id, int(number))
                for article, number in zip(
                    found.candidates.articles, found.candidates.numbers, strict=True
                )
            ]
            right = np.array([place in relevant for place in places])
            holds, shows = _answers_in(question, found, right, answerable=bool(relevant))
            yield (
                question,
                found,
                Example(
                    found.features, collection.name, group, right, holds, shows, bool(relevant)
                ),
            )


def _answers_in(
    question: JudgedQuestion, found: Retrieval, right: Bools, *, answerable: bool
) -> tuple[Bools, Bools]:
    """The fields `holds` and `shows` of an example."""
    candidates = found.candidates
    holds = np.zeros(len(candidates.spans), dtype=bool)
    shows = np.zeros(len(candidates.spans), dtype=bool)
    for candidate in range(len(candidates)):
        text = candidates.text_of(candidate)
        if not holds_answer(text, question.answers):
            continue
        for row in candidates.rows(candidate):
            in_sentence = holds_answer(text[slice(*candidates.span(row))], question.answers)
            holds[row] = in_sentence and right[candidate]
            shown = select_quote(found.query, candidates, candidate, row).text
            shows[row] = answerable and holds_answer(shown, question.answers)
    return holds, shows


def is_quote_correct(example: Example, ranking: Ranking) -> bool:
    """Whether the quote of the first candidate, of one or two sentences, holds an answer."""
    first = int(ranking.order[0])
    other = runner_up(example.features, ranking, first)
    shows = example.shows
    return bool(shows[ranking.best[first]] or (other is not None and shows[other]))


def gather(
    paths: Sequence[Path], collect: Collect[T], console: Console, count_as: int = 480
) -> tuple[list[T], list[T]]:
    """Collect examples of whole indexes, and of indexes of parts, from SQuAD-format files.

    Each file is used in both `layouts`. The examples of a collection of fewer than `count_as`
    questions are repeated until they are about as many: people ask about news, but there are few
    collections of questions about news. Raises UnreadableSource.
    """
    whole: list[T] = []
    parts: list[T] = []
    for path in paths:
        for collection in layouts(read_collection(path)):
            console.print(f"{collection.name}: {len(collection.questions)} questions")
            times = max(1, round(count_as / len(collection.questions)))
            whole += times * collect(collection, frozenset())
            for left_out, asked in parts_of(collection):
                parts += times * collect(asked, left_out)
    return whole, parts


def layouts(collection: Collection) -> Iterator[Collection]:
    """Give the collection as it is, and with paragraphs of one or two sentences, as in news."""
    yield collection
    articles: list[Article] = []
    moved: dict[tuple[str, int], list[int]] = {}
    for article in collection.articles:
        pieces: list[Paragraph] = []
        for number, paragraph in enumerate(article.paragraphs):
            spans = sentence_spans(paragraph.text, article.language)
            bounds = [0, *(spans[i][0] for i in range(1 + number % 2, len(spans), 2))]
            ends = [*bounds[1:], len(paragraph.text)]
            for start, end in zip(bounds, ends, strict=True):
                moved.setdefault((article.id, number), []).append(len(pieces))
                pieces.append(Paragraph(paragraph.text[start:end].strip()))
        articles.append(replace(article, paragraphs=tuple(pieces)))
    texts = {article.id: article.paragraphs for article in articles}
    questions = [
        replace(question, relevant={
            (id_, piece): 1
            for id_, number in question.relevant
            for piece in moved[id_, number]
            if holds_answer(texts[id_][piece].text, question.answers)
        })
        for question in collection.questions
    ]  # fmt: skip
    kept = tuple(question for question in questions if question.relevant)
    yield Collection(f"{collection.name} as news", tuple(articles), kept)


def parts_of(collection: Collection) -> Iterator[tuple[frozenset[int], Collection]]:
    """Give the positions of articles to leave out of an index, and the questions to ask of it.

    The indexes are of two halves, and of each article alone.
    """
    random = np.random.default_rng(0)
    everything = frozenset(range(len(collection.articles)))
    order = random.permutation(len(everything))
    for half in (order[::2], order[1::2]):
        yield frozenset(int(i) for i in half), collection
    for one in sorted(everything):
        yield everything - {one}, _with_others(collection, one, random)


def _with_others(collection: Collection, one: int, random: np.random.Generator) -> Collection:
    """The questions of article `one`, and as many of other articles."""
    own = [q for q in collection.questions if q.article == one]
    others = [q for q in collection.questions if q.article != one]
    chosen = random.choice(len(others), min(len(own), len(others)), replace=False)
    return replace(collection, questions=(*own, *(others[i] for i in chosen)))
