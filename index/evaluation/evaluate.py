"""How good are the answers: retrieval, quotes, silence and confidence on a test collection.

Retrieval metrics come from ir-measures (MacAvaney et al. 2022), AUROC from scikit-learn. Silence is
measured by leaving half of the articles out of the index, then the other half: questions about
what was left out should not be answered.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.arrays import Vectors
from index.embedding.sentence_transformer import Embedder
from index.engine.engine import Engine
from index.evaluation.datasets import Collection, JudgedQuestion
from index.evaluation.metrics import calibration_error, exact_match, f1, holds_answer
from index.indexing.builder import build
from index.reading.onnx_reader import Reader
from index.search.term_matching import LexicalQuery
from index.storage.generation import Generation
from index.storage.generation_store import EmbeddedStore
from index.storage.vector_cache import VectorCache

__all__ = ["Evaluation", "Shown", "evaluate"]

DEPTH = 10
ANSWERED_SHARE = 0.95  # of the answerable questions, for the share of false answers

Progress = Callable[[str, int, int], None]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a system did with a question: ranked documents, the first quote, how sure, how fast.

    `answer` is what it marked in the quote, if anything.
    """

    documents: list[str]
    scores: list[float]
    quote: str
    sureness: float
    answered: bool
    seconds: float
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Results of one system: `metrics` by name, arrays for plots and calibration.

    `questions` their ids, `shown` one for each; `right` whether its quote held an answer (all
    false when the collection has none); `confidence` and `is_right` pool the silence runs,
    `is_answerable` says whether the article was in the index.
    """

    system: str
    metrics: dict[str, float | None]
    questions: list[str]
    shown: list[Shown]
    right: NDArray[np.bool_]
    confidence: Floats = field(default_factory=lambda: np.empty(0))
    is_right: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    is_answerable: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))


class System(Protocol):
    """Something that answers from the generation that an engine has open."""

    name: str

    def show(self, engine: Engine, question: str) -> Shown:
        """The ranking and the quote."""


class Quotebot:
    """The product, as people use it."""

    name = "quotebot"

    def show(self, engine: Engine, question: str) -> Shown:
        """See `System`."""
        started = time.perf_counter()
        answer = engine.ask(question, k=DEPTH)
        seconds = time.perf_counter() - started
        passages = answer.passages
        marked = passages[0].answer if passages else None
        return Shown(
            [_document(p.article_id, p.paragraph) for p in passages],
            [p.score for p in passages],
            passages[0].quote.text if passages else "",
            answer.confidence,
            answer.answered,
            seconds,
            marked.text if marked else None,
        )


class Naive:
    """The naive bot: flat search over paragraph embeddings, the nearest sentence as quote."""

    name = "naive"

    def __init__(self, embedder: Embedder, data: Path) -> None:
        """Embed with `embedder`; `data` keeps the vectors."""
        self._embedder = embedder
        self._cache = VectorCache(data / "vectors.db")
        self._generation = ""

    def show(self, engine: Engine, question: str) -> Shown:
        """See `System`."""
        import faiss

        generation = _embedded(engine)
        if generation.name != self._generation:
            texts = [generation.text(p) for p in range(len(generation.paragraphs))]
            self._index = faiss.IndexFlatIP(self._embedder.dimension)
            self._index.add(self._cache.embed(self._embedder, texts).astype(np.float32))
            self._generation = generation.name
        started = time.perf_counter()
        vector = self._embedder.embed_query(question)
        scores, ids = self._index.search(vector[None, :], DEPTH)
        found = ids[0][ids[0] >= 0]
        quote = _nearest_sentence(generation, vector, int(found[0])) if len(found) else ""
        seconds = time.perf_counter() - started
        return _shown(generation, found, scores[0][: len(found)], quote, seconds)


class Words:
    """BM25 alone; the sentence that covers most of the question as quote."""

    name = "bm25"

    def show(self, engine: Engine, question: str) -> Shown:
        """See `System`."""
        generation = _embedded(engine)
        started = time.perf_counter()
        lexical = generation.lexical
        queries = lexical.query(question)
        every = lexical.scores(queries)
        ids = np.argsort(-every, kind="stable")[:DEPTH].astype(np.int64)
        quote = ""
        if len(ids):
            sentences = generation.sentence_range(int(ids[0]))
            query = queries.get(lexical.languages[int(lexical.language[ids[0]])])
            held = [_mass(query, _terms(generation, s)) for s in sentences]
            quote = _sentence_text(generation, int(ids[0]), sentences[int(np.argmax(held))])
        return _shown(generation, ids, every[ids], quote, time.perf_counter() - started)


def evaluate(
    collection: Collection,
    embedder: Embedder,
    data: Path,
    *,
    baseline: bool = False,
    limit: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    reader: Reader | None = None,
) -> list[Evaluation]:
    """Evaluate quotebot, and with `baseline` also the naive bot and BM25 alone, on one collection.

    `data` keeps the index and the vectors; `limit` draws so many questions; `seed` fixes the draw
    and the halves.
    """
    report = progress or (lambda what, done, total: None)
    random = np.random.default_rng(seed)
    questions = list(collection.questions)
    if limit and limit < len(questions):
        chosen = np.sort(random.choice(len(questions), limit, replace=False))
        questions = [questions[i] for i in chosen]
    systems: list[System] = [Quotebot()]
    if baseline:
        systems += [Naive(embedder, data), Words()]
    halves = _halves(len(collection.articles), random)
    engine = _index(collection, frozenset(), embedder, data, report, reader)
    shown = {}
    for system in systems:
        embedder.forget_recent()  # each system's time counts the encoding
        shown[system.name] = _ask_all(system, engine, questions, report)
    silent: dict[str, list[list[Shown]]] = {s.name: [] for s in systems}
    for half in halves:
        engine = _index(collection, half, embedder, data, report, reader)
        for system in systems:
            silent[system.name].append(_ask_all(system, engine, questions, report))
    return [_evaluation(s.name, questions, shown[s.name], halves, silent[s.name]) for s in systems]


def _halves(count: int, random: np.random.Generator) -> list[frozenset[int]]:
    """Articles to leave out: one half, then the other; nothing when there is only one article."""
    order = [int(i) for i in random.permutation(count)]
    middle = count // 2
    return [frozenset(order[:middle]), frozenset(order[middle:])] if count > 1 else []


def _index(
    collection: Collection,
    left_out: frozenset[int],
    embedder: Embedder,
    data: Path,
    report: Progress,
    reader: Reader | None,
) -> Engine:
    build(collection.without(left_out), "evaluation", embedder, data, report, forget=False)
    engine = Engine(EmbeddedStore(data), embedder, reader=reader)
    engine.refresh()
    return engine


def _ask_all(
    system: System, engine: Engine, questions: Sequence[JudgedQuestion], report: Progress
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
    right = _held(questions, shown)
    ids = [question.id for question in questions]
    metrics = _retrieval(questions, shown)
    has_answers = any(question.answers for question in questions)
    metrics["answer-in-quote@1"] = float(right.mean()) if has_answers else None
    metrics |= _marks(questions, shown)
    seconds = np.array([s.seconds for s in shown])
    for percent in (50, 95):
        metrics[f"p{percent} ms"] = float(np.percentile(seconds, percent)) * 1e3
    answerable = [np.array([q.article not in half for q in questions]) for half in halves]
    sureness = [np.array([s.sureness for s in run]) for run in silent]
    answered = [np.array([s.answered for s in run]) for run in silent]
    metrics |= _silence(answerable, sureness, answered)
    if not halves:
        return Evaluation(name, metrics, ids, shown, right)
    is_right = [_held(questions, run) & can for run, can in zip(silent, answerable, strict=True)]
    pooled, truth = np.concatenate(sureness), np.concatenate(is_right)
    if name == Quotebot.name and has_answers:
        metrics["calibration error"] = calibration_error(pooled, truth)
    return Evaluation(name, metrics, ids, shown, right, pooled, truth, np.concatenate(answerable))


def _marks(questions: Sequence[JudgedQuestion], shown: Sequence[Shown]) -> dict[str, float | None]:
    """How many answers were marked in a quote, and how good those are, as SQuAD measures it."""
    marks = [(s.answer, q.answers) for q, s in zip(questions, shown, strict=True) if s.answer]
    if not marks:
        return {}
    return {
        "marked": len(marks) / len(shown),
        "exact match of marked": _mean_of_best(exact_match, marks),
        "F1 of marked": _mean_of_best(f1, marks),
    }


def _mean_of_best(
    measure: Callable[[str, str], float], marks: Sequence[tuple[str, Sequence[str]]]
) -> float | None:
    judged = [
        max(measure(said, answer) for answer in answers) for said, answers in marks if answers
    ]
    return float(np.mean(judged)) if judged else None


def _held(questions: Sequence[JudgedQuestion], shown: Sequence[Shown]) -> NDArray[np.bool_]:
    return np.array(
        [holds_answer(s.quote, q.answers) for q, s in zip(questions, shown, strict=True)]
    )


def _retrieval(
    questions: Sequence[JudgedQuestion], shown: Sequence[Shown]
) -> dict[str, float | None]:
    import ir_measures
    from ir_measures import RR, Success, nDCG

    names = {
        "R@1": Success @ 1, "R@5": Success @ 5, "R@10": Success @ 10,
        "MRR@10": RR @ 10, "nDCG@10": nDCG @ 10,
    }  # fmt: skip
    qrels = [
        ir_measures.Qrel(str(i), _document(*key), grade)
        for i, question in enumerate(questions)
        for key, grade in question.relevant.items()
    ]
    run = [
        ir_measures.ScoredDoc(str(i), document, float(len(s.documents) - place))
        for i, s in enumerate(shown)
        for place, document in enumerate(s.documents)
    ]
    found: dict[Any, float] = ir_measures.calc_aggregate(list(names.values()), qrels, run)
    return {name: float(found[measure]) for name, measure in names.items()}


def _silence(
    answerable: Sequence[NDArray[np.bool_]],
    sureness: Sequence[Floats],
    answered: Sequence[NDArray[np.bool_]],
) -> dict[str, float | None]:
    """Means over the halves; each half's scores are only compared among themselves."""
    from sklearn.metrics import roc_auc_score

    rows = []
    for can, sure, did in zip(answerable, sureness, answered, strict=True):
        if can.all() or not can.any():
            continue
        threshold = np.quantile(sure[can], 1 - ANSWERED_SHARE)
        false = float((sure[~can] >= threshold).mean())
        rows.append((roc_auc_score(can, sure), false, did[can].mean(), did[~can].mean()))
    names = (
        "silence AUROC", "false answers at 95 %", "answered when in the index",
        "answered when not",
    )  # fmt: skip
    means = np.mean(rows, axis=0) if rows else [None] * len(names)
    return {n: None if m is None else float(m) for n, m in zip(names, means, strict=True)}


def _embedded(engine: Engine) -> Generation:
    """The generation in use, whose arrays the baselines look at."""
    generation = engine.current()
    if not isinstance(generation, Generation):
        raise TypeError("the baselines need an embedded index")
    return generation


def _document(article: str, paragraph: int) -> str:
    return f"{article}#{paragraph}"


def _shown(
    generation: Generation, ids: NDArray[np.int64], scores: Vectors, quote: str, seconds: float
) -> Shown:
    documents = [
        _document(generation.article_of(int(i)).id, int(generation.layout.number[i])) for i in ids
    ]
    best = float(scores[0]) if len(scores) else 0.0
    return Shown(documents, [float(s) for s in scores], quote, best, True, seconds)


def _nearest_sentence(generation: Generation, vector: Vectors, paragraph: int) -> str:
    sentences = generation.sentence_range(paragraph)
    near = generation.plain.similarities(vector, np.array(sentences, dtype=np.int64))
    return _sentence_text(generation, paragraph, sentences[int(near.argmax())])


def _sentence_text(generation: Generation, paragraph: int, sentence: int) -> str:
    start, end = generation.layout.span[sentence]
    return generation.text(paragraph)[start:end]


def _mass(query: LexicalQuery | None, terms: NDArray[np.int32]) -> float:
    """Sum of idf of the question's terms that are among `terms`."""
    return 0.0 if query is None else float(query.idf[np.isin(query.terms, terms)].sum())


def _terms(generation: Generation, sentence: int) -> NDArray[np.int32]:
    start, end = generation.lexical.token_start[sentence : sentence + 2]
    return generation.lexical.tokens[start:end]
