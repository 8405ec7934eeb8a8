"""Examples to learn from: questions with their paragraphs, and others that don't answer them."""

import json
import random
import tempfile
from collections.abc import Collection as Some
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus import Article, Paragraph
from index.build import build
from index.collection import read_collection
from index.embedder import Embedder
from index.engine import Engine
from index.fusion import rank
from index.judging import holds_answer

__all__ = ["Example", "Passage", "hard_negatives", "read_examples"]

_HARD = 6  # other paragraphs kept for each question, nearest first


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph with its article's title."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A question, the paragraph it was asked of, and the answers in that.

    `answers` are spans (start, end) in code points of the paragraph's text, of which the first is
    to be learned; `group` is the article's title, for splits; `others` are paragraphs without the
    answer, found by the same question.
    """

    question: str
    passage: Passage
    answers: tuple[tuple[int, int], ...]
    group: str
    others: tuple[Passage, ...] = ()


def read_examples(path: Path) -> list[Example]:
    """Every answerable question of a SQuAD-format file. Raises UnreadableSource."""
    read_collection(path)  # says clearly what is wrong with a file
    examples = []
    for entry in json.loads(path.read_text("utf-8-sig"))["data"]:
        title = str(entry.get("title", "")).replace("_", " ")
        for paragraph in entry["paragraphs"]:
            passage = Passage(title, paragraph["context"])
            for question in paragraph["qas"]:
                answers = tuple(_span(passage.text, a) for a in question.get("answers", ()))
                spans = tuple(span for span in answers if span)
                if spans and not question.get("is_impossible"):
                    examples.append(Example(question["question"], passage, spans, title))
    return examples


def _span(text: str, answer: dict[str, object]) -> tuple[int, int] | None:
    """Where the answer is, moved to where it really stands if the file is wrong about that."""
    words, start = str(answer["text"]), int(str(answer["answer_start"]))
    if text[start : start + len(words)] != words:
        start = text.find(words)
    return (start, start + len(words)) if words and start >= 0 else None


def hard_negatives(
    examples: Sequence[Example], embedder: Embedder, seed: int, data: Path | None = None
) -> list[Example]:
    """The examples with `others`: what search finds for the question among their paragraphs.

    Searches the paragraphs of `examples` alone, so that a held-out article stays unseen. `data`
    keeps vectors between calls.
    """
    if data is None:
        with tempfile.TemporaryDirectory() as folder:
            return hard_negatives(examples, embedder, seed, Path(folder))
    passages = list(dict.fromkeys(example.passage for example in examples))
    articles = [
        Article(str(i), p.title, (Paragraph(p.text),), source=f"reader:{i}", language="en")
        for i, p in enumerate(passages)
    ]
    build(articles, "reader", embedder, data, forget=False)
    engine = Engine(data, embedder)
    engine.refresh()
    return [_with_others(engine, example, passages, seed) for example in examples]


def _with_others(
    engine: Engine, example: Example, passages: Sequence[Passage], seed: int
) -> Example:
    generation = engine.current()
    evidence = engine.evidence(generation, example.question)
    found: Some[Passage] = []
    if evidence is not None:
        order = evidence.paragraphs[rank(evidence).order[: 2 * _HARD]]
        found = [passages[int(generation.article_of(int(p)).id)] for p in order]
    else:
        found = random.Random(seed).sample(passages, min(_HARD, len(passages)))
    text = example.passage.text
    answers = [text[start:end] for start, end in example.answers]
    others = [p for p in found if p.text != text and not holds_answer(p.text, answers)]
    return Example(
        example.question, example.passage, example.answers, example.group, tuple(others[:_HARD])
    )
