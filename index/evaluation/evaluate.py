"""Evaluates the answers on a test collection: retrieval, quotes, silence and confidence.

Silence is measured in two more runs. In each, one half of the articles is left out of the index,
and questions about these should not be answered.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from index.embedding.base import Embedder
from index.engine.engine import Engine
from index.evaluation.baselines import Naive, Words
from index.evaluation.datasets import Collection, JudgedQuestion
from index.evaluation.metrics import (
    calibration_error,
    figures,
    quotes_with_answer,
    silence,
)
from index.evaluation.results import DEPTH, Evaluation, Shown, document_name
from index.indexing.builder import build
from index.progress import ProgressCallback
from index.reading.ports import Reader
from index.storage.generation_store import EmbeddedStore
from index.storage.vector_cache import SqliteVectorCache

__all__ = ["Quotebot", "System", "evaluate"]


class System(Protocol):
    """A system to evaluate: it answers questions from the generation that an engine has open."""

    name: str

    def show(self, engine: Engine, question: str) -> Shown:
        """Answer one question. Raises IndexUnavailable."""


class Quotebot:
    """quotebot itself."""

    name = "quotebot"

    def show(self, engine: Engine, question: str) -> Shown:
        """See `System`."""
        started = time.perf_counter()
        answer = engine.ask(question, k=DEPTH)
        seconds = time.perf_counter() - started
        passages = answer.passages
        marked = passages[0].answer if passages else None
        return Shown(
            [document_name(p.article_id, p.paragraph) for p in passages],
            [p.score for p in passages],
            passages[0].quote.text if passages else "",
            answer.confidence,
            answer.answered,
            seconds,
            marked.text if marked else None,
        )


def evaluate(
    collection: Collection,
    embedder: Embedder,
    data: Path,
    *,
    baseline: bool = False,
    limit: int | None = None,
    seed: int = 0,
    progress: ProgressCallback | None = None,
    reader: Reader | None = None,
) -> list[Evaluation]:
    """Evaluate quotebot, and with `baseline` also the naive bot and BM25 alone, on one collection.

    The index and the vectors are stored below `data`. `limit` is how many questions are drawn; all
    by default. `seed` decides the draw and the halves. Raises QuotebotError.
    """
    report = progress or (lambda what, done, total: None)
    random = np.random.default_rng(seed)
    questions = list(collection.questions)
    if limit and limit < len(questions):
        chosen = np.sort(random.choice(len(questions), limit, replace=False))
        questions = [questions[i] for i in chosen]
    systems: list[System] = [Quotebot()]
    if baseline:
        systems += [Naive(embedder, SqliteVectorCache(data / "vectors.db")), Words()]
    halves = _halves(len(collection.articles), random)
    engine = _index(collection, frozenset(), embedder, data, report, reader)
    shown = {}
    for system in systems:
        embedder.forget_recent()  # so that each system's time includes the embedding
        shown[system.name] = _ask_all(system, engine, questions, report)
    silent: dict[str, list[list[Shown]]] = {s.name: [] for s in systems}
    for half in halves:
        engine = _index(collection, half, embedder, data, report, reader)
        for system in systems:
            silent[system.name].append(_ask_all(system, engine, questions, report))
    return [_evaluation(s.name, questions, shown[s.name], halves, silent[s.name]) for s in systems]


def _halves(count: int, random: np.random.Generator) -> list[frozenset[int]]:
    """The positions of the articles of each half; no halves when there is only one article."""
    order = [int(i) for i in random.permutation(count)]
    middle = count // 2
    return [frozenset(order[:middle]), frozenset(order[middle:])] if count > 1 else []


def _index(
    collection: Collection,
    left_out: frozenset[int],
    embedder: Embedder,
    data: Path,
    report: ProgressCallback,
    reader: Reader | None,
) -> Engine:
    build(collection.without(left_out), "evaluation", embedder, data, report, forget=False)
    engine = Engine(EmbeddedStore(data), embedder, reader=reader)
    engine.refresh()
    return engine


def _ask_all(
    system: System, engine: Engine, questions: Sequence[JudgedQuestion], report: ProgressCallback
) -> list[Shown]:
    shown = []
    for i, question in enumerate(questions, 1):
        shown.append(system.show(engine, question.text))
        report(f"Asking {system.name}", i, len(questions))
    return shown


def _evaluation(
    name: str,
    questions: Sequence[JudgedQuestion],
    shown: list[Shown],
    halves: Sequence[frozenset[int]],
    silent: Sequence[list[Shown]],
) -> Evaluation:
    right = quotes_with_answer(questions, shown)
    ids = [question.id for question in questions]
    metrics = figures(questions, shown, right)
    answerable = [np.array([q.article not in half for q in questions]) for half in halves]
    confidence = [np.array([s.confidence for s in run]) for run in silent]
    answered = [np.array([s.answered for s in run]) for run in silent]
    metrics |= silence(answerable, confidence, answered)
    if not halves:
        return Evaluation(name, metrics, ids, shown, right)
    is_right = [
        quotes_with_answer(questions, run) & can
        for run, can in zip(silent, answerable, strict=True)
    ]
    pooled, truth = np.concatenate(confidence), np.concatenate(is_right)
    if name == Quotebot.name and any(question.answers for question in questions):
        metrics["calibration error"] = calibration_error(pooled, truth)
    return Evaluation(name, metrics, ids, shown, right, pooled, truth, np.concatenate(answerable))
