"""Learn what a reader's scores are worth beside the rest: the block `reader` of `weights.json`.

    python -m training.ranking.fit_reader_weights --readers DIR FILE...           and writes
    index/ranking/weights.json python -m training.ranking.fit_reader_weights --readers DIR --check
    FILE...   only cross-validates by article

DIR is what `python -m training.reader check FILE... --out DIR` has left: readers that were each
trained without some of the articles. Every question is read by one that hasn't seen its article.
The other coefficients in `weights.json` stay as they are.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from sklearn.metrics import roc_auc_score

from index.embedding.sentence_transformer import Embedder, SentenceTransformerEmbedder
from index.engine.engine import Engine
from index.engine.near_duplicates import NearDuplicates
from index.evaluation.datasets import Collection, read_collection
from index.evaluation.metrics import calibration_error, exact_match, f1
from index.indexing.builder import build
from index.ranking.ranker import COEFFICIENTS, Coefficients, Ranking, coefficients, rank
from index.ranking.ranker import read_coefficients as read_set
from index.ranking.reader_rescoring import (
    ANSWERABLE_FEATURES,
    QUOTE_CORRECT_FEATURES,
    ReaderCoefficients,
    answer_span,
    bounded,
    confidence_features,
    highest,
    read_coefficients,
    reorder,
    rescore,
)
from index.reading.onnx_reader import OnnxReader, Reading, Unread, read_card
from index.storage.generation_store import EmbeddedStore
from training.ranking.fit_weights import (
    COUNT_AS,
    Example,
    bar_line,
    conditional,
    examples_of,
    is_shown,
    layouts,
    learn_sets,
    logistic,
    parts_of,
)

__all__ = ["OutOfFold", "Read", "collect", "learn"]

_SAMPLED = 4  # one question in so many is asked of parts of the articles
_FOLDS = 4

Plain = dict[str, dict[str, float]]
Sets = dict[str, Coefficients]


class OutOfFold:
    """Reads with the reader that was trained without the article `title`."""

    def __init__(self, folder: Path) -> None:
        """Of the readers in the folders of `folder`."""
        self.title = ""
        self._readers: dict[str, OnnxReader] = {}
        for path in sorted(folder.glob("*/reader.json")):
            reader = OnnxReader(path.parent)
            self._readers |= dict.fromkeys(read_card(path.parent)["held_out"], reader)

    def reads(self, language: str | None) -> bool:
        """See `Reader`."""
        return self.title in self._readers and self._readers[self.title].reads(language)

    def read(self, question: str, passages: Sequence[Unread]) -> list[Reading] | None:
        """See `Reader`."""
        return self._readers[self.title].read(question, passages)


@dataclass(frozen=True, slots=True)
class Read:
    """An example with the readings of its best candidates, as they come before reading.

    `said` are the readings' answers by candidate, one a sentence; `answers` the accepted ones.
    """

    example: Example
    readings: dict[int, Reading]
    said: dict[int, tuple[str, ...]]
    answers: tuple[str, ...]


def collect(
    collection: Collection,
    reader: OutOfFold,
    embedder: Embedder,
    data: Path,
    left_out: frozenset[int] = frozenset(),
    every: int = 1,
) -> list[Read]:
    """One question in `every`, asked of an index without the articles at places `left_out`."""
    build(collection.without(left_out), "learning", embedder, data, forget=False)
    engine = Engine(EmbeddedStore(data), embedder, reader=reader)
    engine.refresh()
    asked = replace(collection, questions=collection.questions[::every])
    examples = []
    for question, found, example in examples_of(engine, asked):
        reader.title = example.group
        ranking = rank(found.features)
        readings = engine.readings(found, ranking, NearDuplicates(found.candidates))
        said = {}
        for candidate, reading in readings.items():
            text = found.candidates.text_of(candidate)
            said[candidate] = tuple(text[start:end] for start, end in reading.spans)
        examples.append(Read(example, readings, said, question.answers))
    return examples


def gather(
    paths: Sequence[str], reader: OutOfFold, embedder: Embedder, data: Path, console: Console
) -> tuple[list[Read], list[Read]]:
    """Examples of indexes of everything, and of parts, from all collections in both layouts."""
    whole: list[Read] = []
    parts: list[Read] = []
    for path in paths:
        for collection in layouts(read_collection(Path(path))):
            times = max(1, round(COUNT_AS / len(collection.questions)))
            console.print(f"{collection.name}: {len(collection.questions)} questions")
            whole += times * collect(collection, reader, embedder, data)
            for left_out, asked in parts_of(collection):
                parts += times * collect(asked, reader, embedder, data, left_out, _SAMPLED)
    return whole, parts


def learn(whole: Sequence[Read], parts: Sequence[Read], sets: Sets | None = None) -> Plain:
    """The block `reader`, beside the coefficients `sets`."""
    known = list(_ranked(whole, sets))
    mixed = [*known, *_ranked(parts, sets)]
    sentence = conditional([rows for pair in known for rows in _sentences(*pair)], np.ones(3, bool))
    paragraph = conditional([_paragraphs(*pair) for pair in known], np.ones(2, bool))
    scores = {
        "sentence": float(sentence[1] / sentence[0]),
        "unread": float(sentence[2] / sentence[1]),
        "paragraph": float(paragraph[1] / paragraph[0]),
    }
    draft = ReaderCoefficients(
        **scores, answerable=_NONE, quote_correct=_NONE, threshold_line=(0.0, 0.0)
    )
    ordered = [(x, reorder(x.example.evidence, r, x.readings, draft)) for x, r in mixed]
    rows = [confidence_features(x.example.evidence, r, x.readings, draft) for x, r in ordered]
    found_rows = np.array([found for found, _ in rows], dtype=np.float64)
    told_rows = np.array([told for _, told in rows], dtype=np.float64)
    is_in = np.array([x.example.answerable for x, _ in ordered])
    is_told = np.array([is_shown(x.example, r) for x, r in ordered])
    found = logistic(found_rows, is_in.astype(np.float64), np.ones(len(ANSWERABLE_FEATURES), bool))
    told = logistic(
        told_rows[is_in],
        is_told[is_in].astype(np.float64),
        np.ones(len(QUOTE_CORRECT_FEATURES), bool),
    )
    sizes = found_rows[~is_in, ANSWERABLE_FEATURES.index("size")]
    bar = bar_line(sizes, found_rows[~is_in] @ found)
    return {
        "scores": {name: round(value, 4) for name, value in scores.items()},
        "answerable": _named(ANSWERABLE_FEATURES, found),
        "quote_correct": _named(QUOTE_CORRECT_FEATURES, told),
        "threshold_line": _named(("bias", "size"), bar),
    }


def _ranked(examples: Sequence[Read], sets: Sets | None) -> Iterator[tuple[Read, Ranking]]:
    """Examples whose first candidate was read, with their ranking before that."""
    for x in examples:
        ranking = rank(x.example.evidence, sets)
        if int(ranking.order[0]) in x.readings:
            yield x, ranking


_NONE = np.zeros(0, dtype=np.float32)
Rows = tuple[NDArray[np.float64], NDArray[np.bool_]]


def _sentences(x: Read, ranking: Ranking) -> Iterator[Rows]:
    """Score before reading, the reader's, and whether unread, of right candidates' sentences."""
    start = x.example.evidence.start
    for candidate, reading in x.readings.items():
        if x.example.right[candidate]:
            rows = slice(start[candidate], start[candidate + 1])
            is_unread = ~np.isfinite(reading.scores)
            columns = ranking.sentence_scores[rows], bounded(reading.scores, 0.0), is_unread
            yield np.column_stack(columns).astype(np.float64), x.example.holds[rows]


def _paragraphs(x: Read, ranking: Ranking) -> Rows:
    """Score before reading and the reader's best, of the candidates that were read."""
    place = {int(candidate): i for i, candidate in enumerate(ranking.order)}
    pairs = [(ranking.scores[place[c]], highest(r)) for c, r in x.readings.items()]
    return np.array(pairs, dtype=np.float64), x.example.right[list(x.readings)]


def _named(names: Sequence[str], weights: NDArray[np.float64]) -> dict[str, float]:
    return {name: round(float(w), 4) for name, w in zip(names, weights, strict=True)}


@dataclass(frozen=True, slots=True)
class _Judged:
    """What an answer was like: right paragraph first, quote tells, answered, and so on."""

    first: bool
    told: bool
    answerable: bool
    confidence: float
    answered: bool
    exact: float = np.nan
    f1: float = np.nan


def check(whole: Sequence[Read], parts: Sequence[Read], console: Console) -> None:
    """Print what questions get with and without reading, from coefficients of other articles."""
    groups = sorted({x.example.group for x in whole})
    groups = [groups[i] for i in np.random.default_rng(0).permutation(len(groups))]
    table: dict[str, list[tuple[bool, tuple[_Judged, _Judged]]]] = {}
    for fold in range(_FOLDS):
        held = set(groups[fold::_FOLDS])
        rest, rest_parts = (
            [x for x in some if x.example.group not in held] for some in (whole, parts)
        )
        plain = learn_sets([x.example for x in rest], [x.example for x in rest_parts])
        sets = {name: read_set(values) for name, values in plain.items()}
        weights = read_coefficients(learn(rest, rest_parts, sets))
        for is_whole, some in ((True, whole), (False, parts)):
            for x in some:
                if x.example.group in held:
                    row = is_whole, _judge(x, sets, weights)
                    table.setdefault(x.example.collection, []).append(row)
    for name, rows in table.items():
        for place, label in enumerate(("without reader", "with")):
            all_in = [pair[place] for is_whole, pair in rows if is_whole]
            some_in = [pair[place] for is_whole, pair in rows if not is_whole]
            console.print(f"{name}, {label}: {_summary(all_in, some_in)}", soft_wrap=True)


def _judge(x: Read, sets: Sets, weights: ReaderCoefficients) -> tuple[_Judged, _Judged]:
    evidence = x.example.evidence
    before = rank(evidence, sets)
    if not x.readings or int(before.order[0]) not in x.readings:
        plain = _judged(x, before)
        return plain, plain
    after = rescore(evidence, before, x.readings, weights)
    return _judged(x, before), _judged(x, after, marks=True)


def _judged(x: Read, ranking: Ranking, *, marks: bool = False) -> _Judged:
    first = int(ranking.order[0])
    evidence = x.example.evidence
    exact = f = np.nan
    if marks and answer_span(evidence, ranking, first, x.readings[first]):
        own = int(ranking.best[first] - evidence.start[first])
        exact = max(exact_match(x.said[first][own], answer) for answer in x.answers)
        f = max(f1(x.said[first][own], answer) for answer in x.answers)
    return _Judged(
        bool(x.example.right[first]),
        is_shown(x.example, ranking),
        x.example.answerable,
        ranking.confidence,
        ranking.answer_score >= 0.5 and not evidence.says_nothing,
        exact,
        f,
    )


def _summary(all_in: Sequence[_Judged], some_in: Sequence[_Judged]) -> str:
    def mean(values: list[float]) -> str:
        return f"{np.mean(values):.3f}" if values else "–"

    marks = [row for row in all_in if not np.isnan(row.exact)]
    exact, f = [row.exact for row in marks], [row.f1 for row in marks]
    auroc = roc_auc_score([r.answerable for r in some_in], [r.confidence for r in some_in])
    error = calibration_error(
        np.array([r.confidence for r in all_in]), np.array([r.told for r in all_in])
    )
    return (
        f"{len(all_in)} questions, R@1 {mean([r.first for r in all_in])}, "
        f"answer-in-quote@1 {mean([r.told for r in all_in])}, calibration error {error:.3f}, "
        f"marked {len(marks) / len(all_in):.3f}, of these exact {mean(exact)}, F1 {mean(f)}, "
        f"of all {sum(exact) / len(all_in):.3f}, {sum(f) / len(all_in):.3f}; "
        f"in parts, silence AUROC {auroc:.3f}, "
        f"answered {mean([r.answered for r in some_in if r.answerable])} of the answerable, "
        f"{mean([r.answered for r in some_in if not r.answerable])} of the rest"
    )


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("--readers", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--check", "is_check", is_flag=True, help="only cross-validate")
@click.option("--data", type=click.Path(path_type=Path), help="where to keep vectors for later")
def main(files: tuple[str, ...], readers: Path, is_check: bool, data: Path | None) -> None:
    """Cross-validate on SQuAD-format FILES, and learn from them."""
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory() as folder:
        embedder = SentenceTransformerEmbedder()
        whole, parts = gather(files, OutOfFold(readers), embedder, data or Path(folder), console)
    check(whole, parts, Console())
    if not is_check:
        plain = json.loads(COEFFICIENTS.read_text("utf-8"))
        plain["reader"] = learn(whole, parts, coefficients())
        COEFFICIENTS.write_text(json.dumps(plain, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
