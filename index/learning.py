"""Learn the coefficients of `fusion.json` from questions with known answers.

    python -m index.learning FILE...           SQuAD-format files; writes index/fusion.json
    python -m index.learning --check FILE...   cross-validated by article; writes nothing

Three small linear models, each in two sets (with and without the dense features): which sentence
of the right paragraph holds an answer, which candidate is the right paragraph (both conditional
logits), and whether the quote shown first answers (a logistic regression; half of its examples
come from indexes from which half of the articles are left out).
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.optimize import minimize

from index.build import build
from index.collection import Collection, JudgedQuestion, read_collection
from index.embedder import Embedder, SentenceTransformerEmbedder
from index.engine import Engine
from index.evidence import PARAGRAPH_FEATURES, SENTENCE_FEATURES, Evidence
from index.fusion import COEFFICIENTS, CONFIDENCE_FEATURES, Coefficients, Ranking, rank
from index.generation import Generation
from index.quote import quote

__all__ = ["Example", "collect", "holds_answer", "learn"]

Floats = NDArray[np.float64]
Plain = dict[str, dict[str, float]]

_DENSE = ("cosine", "best_cosine")
_NOT_IN_CONFIDENCE = ("trust", "paragraph_length", "sentence_length", "sentence_first")
_L2 = 1e-3
_HALVES = 4  # random halves of the articles left out, for the confidence


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its evidence and what is right.

    `group` is the article's title, for splits; `right` the place of the relevant paragraph among
    the candidates, -1 when it isn't there; `holds` (S,) which of that paragraph's sentences hold
    an answer; `shows` (S,) which sentences would make a quote that holds one, wherever they are.
    """

    evidence: Evidence
    group: str
    right: int
    holds: NDArray[np.bool_]
    shows: NDArray[np.bool_]

    def rows(self) -> slice:
        """Rows of the right paragraph's sentences."""
        return slice(int(self.evidence.start[self.right]), int(self.evidence.start[self.right + 1]))


def holds_answer(text: str, answers: Sequence[str]) -> bool:
    """Whether a text has one of the accepted answers in it, whatever the case."""
    folded = text.casefold()
    return any(answer.casefold() in folded for answer in answers)


def collect(
    collection: Collection, embedder: Embedder, data: Path, left_out: frozenset[int] = frozenset()
) -> list[Example]:
    """Evidence for every question, from an index without the articles at places `left_out`.

    `data` keeps the index and the vectors.
    """
    build(collection.without(left_out), "learning", embedder, data)
    engine = Engine(data, embedder)
    engine.refresh()
    return list(_examples(engine, engine.current(), collection))


def _examples(
    engine: Engine, generation: Generation, collection: Collection
) -> Iterator[Example]:
    ids = {
        (generation.article_of(p).id, int(generation.layout.number[p])): p
        for p in range(len(generation.paragraphs))
    }
    for question in collection.questions:
        evidence = engine.evidence(generation, question.text)
        if evidence is not None:
            relevant = next((ids[key] for key in question.relevant if key in ids), -1)
            group = collection.articles[question.article].title
            yield _example(generation, question, evidence, relevant, group)


def _example(
    generation: Generation,
    question: JudgedQuestion,
    evidence: Evidence,
    relevant: int,
    group: str,
) -> Example:
    holds = np.zeros(len(evidence.sentences), dtype=bool)
    shows = np.zeros(len(evidence.sentences), dtype=bool)
    for place, paragraph in enumerate(evidence.paragraphs):
        text = generation.text(int(paragraph))
        if holds_answer(text, question.answers):
            for row in range(evidence.start[place], evidence.start[place + 1]):
                start, end = generation.layout.span[evidence.sentences[row]]
                held = holds_answer(text[start:end], question.answers)
                holds[row] = held and paragraph == relevant
                shown = quote(generation, int(paragraph), int(evidence.sentences[row])).text
                shows[row] = holds_answer(shown, question.answers)
    places = np.flatnonzero(evidence.paragraphs == relevant)
    return Example(evidence, group, int(places[0]) if len(places) else -1, holds, shows)


def learn(examples: Sequence[Example], halves: Sequence[Example], *, dense: bool) -> Plain:
    """One set of coefficients by name, from `examples` of whole indexes and of `halves` of them.

    `dense` says whether the dense features may be used.
    """
    known = [x for x in examples if x.right >= 0]
    sentence = _conditional(
        [(x.evidence.of_sentences[x.rows()], x.holds[x.rows()]) for x in known],
        np.array([dense or name not in _DENSE for name in SENTENCE_FEATURES]),
    )
    names = (*PARAGRAPH_FEATURES, "best_sentence")
    paragraph = _conditional(
        [(_with_best(x.evidence, sentence), _only(x)) for x in known],
        np.array([dense or name not in _DENSE for name in names]),
    )
    draft = Coefficients(
        sentence.astype(np.float32),
        paragraph[:-1].astype(np.float32),
        float(paragraph[-1]),
        np.zeros(len(CONFIDENCE_FEATURES), dtype=np.float32),
    )
    mixed = [*examples, *halves]
    rankings = [rank(x.evidence, {"full": draft, "words": draft}) for x in mixed]
    confidence = _logistic(
        np.array([ranking.confidence_features for ranking in rankings], dtype=np.float64),
        np.array([_is_shown(x, r) for x, r in zip(mixed, rankings, strict=True)], dtype=np.float64),
        np.array([_in_confidence(name, dense) for name in CONFIDENCE_FEATURES]),
    )
    return {
        "sentence": _named(SENTENCE_FEATURES, sentence),
        "paragraph": _named(names, paragraph),
        "confidence": _named(CONFIDENCE_FEATURES, confidence),
    }


def _is_shown(example: Example, ranking: Ranking) -> bool:
    return bool(example.shows[ranking.best[ranking.order[0]]])


def _in_confidence(name: str, dense: bool) -> bool:
    is_dense = name.removeprefix("paragraph_").removeprefix("sentence_") in _DENSE
    return name not in _NOT_IN_CONFIDENCE and (dense or not is_dense)


def _with_best(evidence: Evidence, sentence: Floats) -> Floats:
    best = np.maximum.reduceat(evidence.of_sentences @ sentence, evidence.start[:-1])
    return np.column_stack([evidence.of_paragraphs, best])


def _only(example: Example) -> NDArray[np.bool_]:
    right = np.zeros(len(example.evidence.paragraphs), dtype=bool)
    right[example.right] = True
    return right


def _named(names: Sequence[str], weights: Floats) -> dict[str, float]:
    return {n: round(float(w), 4) for n, w in zip(names, weights, strict=True) if w != 0}


def _conditional(
    groups: Sequence[tuple[NDArray[np.floating], NDArray[np.bool_]]], usable: NDArray[np.bool_]
) -> Floats:
    """Weights that put the right rows of each group first: a conditional logit, L2 on unit scale.

    Minimises the mean of -log(sum of softmax over the right rows); McFadden 1974.
    """
    groups = [(rows, right) for rows, right in groups if right.any() and not right.all()]
    sizes = [len(rows) for rows, _ in groups]
    rows = np.concatenate([rows for rows, _ in groups]).astype(np.float64)
    right = np.concatenate([right for _, right in groups])
    start = np.cumsum([0, *sizes[:-1]])
    owner = np.repeat(np.arange(len(groups)), sizes)
    spread = np.where(usable, rows.std(axis=0), 0.0)
    scaled = rows * np.divide(1, spread, out=np.zeros_like(spread), where=spread > 0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = scaled @ weights
        scores = np.exp(scores - np.maximum.reduceat(scores, start)[owner])
        share = scores / np.add.reduceat(scores, start)[owner]
        mass = np.add.reduceat(share * right, start)
        residual = share - share * right / mass[owner]
        value = -np.log(mass).mean() + _L2 * weights @ weights
        return float(value), scaled.T @ residual / len(groups) + 2 * _L2 * weights

    return _minimise(loss, spread)


def _logistic(rows: Floats, labels: Floats, usable: NDArray[np.bool_]) -> Floats:
    """Weights of a logistic regression; the first column is the bias."""
    spread = np.where(usable, rows.std(axis=0), 0.0)
    spread[0] = 1.0
    scaled = rows * np.divide(1, spread, out=np.zeros_like(spread), where=spread > 0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        logits = scaled @ weights
        value = np.logaddexp(0, logits).mean() - (labels * logits).mean()
        penalty = np.r_[0.0, weights[1:]]
        residual = 1 / (1 + np.exp(-logits)) - labels
        gradient = scaled.T @ residual / len(labels) + 2e-1 * _L2 * penalty
        return float(value + 1e-1 * _L2 * penalty @ penalty), gradient

    return _minimise(loss, spread)


def _minimise(loss, spread: Floats) -> Floats:  # type: ignore[no-untyped-def]
    result = minimize(loss, np.zeros(len(spread)), jac=True, method="L-BFGS-B")
    weights = np.divide(result.x, spread, out=np.zeros_like(spread), where=spread > 0)
    return np.asarray(weights, dtype=np.float64)


def gather_examples(
    paths: Sequence[str], embedder: Embedder, data: Path, console: Console
) -> tuple[list[Example], list[Example]]:
    """Examples of whole indexes and of halves, of all collections."""
    whole: list[Example] = []
    halves: list[Example] = []
    for path in paths:
        collection = read_collection(Path(path))
        console.print(f"{collection.name}: {len(collection.questions)} questions")
        whole += collect(collection, embedder, data)
        random = np.random.default_rng(0)
        for _ in range(_HALVES // 2):
            order = random.permutation(len(collection.articles))
            for half in (order[::2], order[1::2]):
                halves += collect(collection, embedder, data, frozenset(int(i) for i in half))
    return whole, halves


def main(arguments: Sequence[str]) -> None:
    """Run the command."""
    console = Console(stderr=True)
    paths = [a for a in arguments if a != "--check"]
    embedder = SentenceTransformerEmbedder()
    with tempfile.TemporaryDirectory() as folder:
        whole, halves = gather_examples(paths, embedder, Path(folder), console)
    sets = {
        "full": learn(whole, halves, dense=True),
        "words": learn(whole, halves, dense=False),
    }
    COEFFICIENTS.write_text(json.dumps(sets, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
