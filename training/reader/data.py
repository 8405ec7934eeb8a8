"""Reads training examples: questions with their paragraph, and paragraphs without the answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from index.evaluation.datasets import read_collection
from index.evaluation.metrics import f1, holds_answer

__all__ = ["Example", "Passage", "hard_negatives", "read_examples"]

_MOST_OTHERS = 6  # paragraphs without the answer for each question, nearest first


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph with its article's title."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A question, its paragraph, and the answers in it.

    passage  the paragraph with the answer
    answers  (start, end) of the answers, in code points of the paragraph's text; the first agrees
             most with the others and is the target of the training
    group    title of the article, for splits by article
    others   paragraphs without the answer that a search for the question finds
    """

    question: str
    passage: Passage
    answers: tuple[tuple[int, int], ...]
    group: str
    others: tuple[Passage, ...] = ()


def read_examples(path: Path) -> list[Example]:
    """Read every answerable question of a SQuAD-format file. Raises UnreadableSource."""
    read_collection(path)  # raises a clear error when something is wrong with the file
    examples = []
    for entry in json.loads(path.read_text("utf-8-sig"))["data"]:
        title = str(entry.get("title", "")).replace("_", " ")
        for paragraph in entry["paragraphs"]:
            passage = Passage(title, paragraph["context"])
            for question in paragraph["qas"]:
                answers = tuple(_span(passage.text, a) for a in question.get("answers", ()))
                spans = _agreed_first(passage.text, [span for span in answers if span])
                if spans and not question.get("is_impossible"):
                    examples.append(Example(question["question"], passage, spans, title))
    return examples


def _agreed_first(text: str, spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The spans, sorted by how much their words agree with those of the others."""
    words = [text[start:end] for start, end in spans]
    agreement = [sum(f1(one, other) for other in words) for one in words]
    return tuple(spans[i] for i in sorted(range(len(spans)), key=lambda i: -agreement[i]))


def _span(text: str, answer: dict[str, object]) -> tuple[int, int] | None:
    """Span of an answer, corrected if the file's offset is wrong; None if it is not in the text."""
    words, start = str(answer["text"]), int(str(answer["answer_start"]))
    if text[start : start + len(words)] != words:
        start = text.find(words)
    return (start, start + len(words)) if words and start >= 0 else None


def hard_negatives(examples: Sequence[Example]) -> list[Example]:
    """Add `others` to the examples: paragraphs that a search by words (TF-IDF) finds.

    Only the paragraphs of `examples` are searched, so that a held-out article stays unseen.
    Paragraphs with an answer are left out.
    """
    passages = list(dict.fromkeys(example.passage for example in examples))
    words = TfidfVectorizer(sublinear_tf=True)
    indexed = words.fit_transform(f"{p.title} {p.text}" for p in passages)
    found = (words.transform(example.question for example in examples) @ indexed.T).tocsr()
    return [
        _with_others(example, [passages[i] for i in _nearest(found.getrow(row))])
        for row, example in enumerate(examples)
    ]


def _nearest(scores: csr_matrix) -> NDArray[np.int64]:
    """Columns of the highest scores of a single row, best first."""
    order = np.argsort(-scores.data, kind="stable")[: 3 * _MOST_OTHERS]
    return np.asarray(scores.indices[order], dtype=np.int64)


def _with_others(example: Example, found: Sequence[Passage]) -> Example:
    text = example.passage.text
    answers = [text[start:end] for start, end in example.answers]
    others = [p for p in found if p.text != text and not holds_answer(p.text, answers)]
    return replace(example, others=tuple(others[:_MOST_OTHERS]))
