"""Learns the block `reader` of `weights.json`: the weights of the reader's scores in the ranking.

\b
    python -m training.ranking.fit_reader_weights --readers DIR FILE...
        learn, and write weights.json
    python -m training.ranking.fit_reader_weights --readers DIR --check FILE...
        cross-validate by article, write nothing

DIR is the output of `python -m training.reader check FILE... --out DIR`: several readers, each
trained without some of the articles. Each question is read by the reader that was trained without
its article. The other blocks of weights.json stay as they are.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from index.embedding.base import Embedder
from index.embedding.sentence_transformer import SentenceTransformerEmbedder
from index.engine.engine import Engine
from index.engine.near_duplicates import NearDuplicates
from index.evaluation.datasets import Collection
from index.evaluation.metrics import exact_match, f1
from index.indexing.builder import build
from index.ranking.ranker import (
    COEFFICIENTS,
    Coefficients,
    Ranking,
    coefficients,
    rank,
    read_coefficients,
)
from index.ranking.reader_rescoring import (
    ANSWERABLE_FEATURES,
    QUOTE_CORRECT_FEATURES,
    ReaderCoefficients,
    answer_span,
    bounded,
    confidence_features,
    highest,
    reorder,
    rescore,
)
from index.ranking.reader_rescoring import read_coefficients as read_reader_coefficients
from index.reading.onnx_reader import OnnxReader, read_card
from index.reading.ports import ReaderInput, SpanScores
from index.storage.generation_store import EmbeddedStore
from training.ranking.cross_validation import Judged, held_out_groups, judge, summary
from training.ranking.examples import Example, examples_of, gather, is_quote_correct
from training.ranking.fit_weights import learn_sets
from training.ranking.solvers import conditional_logit, logistic_regression, named, threshold_line
from training.ranking.weights_file import start_from, write_blocks

__all__ = ["OutOfFold", "ReadExample", "check", "collect", "fit", "learn", "main"]

_SAMPLED = 4  # every fourth question is asked of indexes of parts of the articles
_NO_WEIGHTS = np.zeros(0, dtype=np.float32)

Floats = NDArray[np.float64]
Rows = tuple[Floats, NDArray[np.bool_]]
"""Features (N, F), and which rows are right (N,)."""


class OutOfFold:
    """A `Reader` that uses, for each article, the reader that was trained without it.

    Set `title` to the article's title before each question. Only one thread may use it.
    """

    def __init__(self, folder: Path) -> None:
        """Use the readers in the sub-folders of `folder`. Raises ModelUnavailable."""
        self.title = ""
        self._readers: dict[str, OnnxReader] = {}
        for path in sorted(folder.glob("*/reader.json")):
            reader = OnnxReader(path.parent)
            self._readers |= dict.fromkeys(read_card(path.parent).held_out, reader)

    def reads(self, language: str | None) -> bool:
        """See `Reader`."""
        return self.title in self._readers and self._readers[self.title].reads(language)

    def read(self, question: str, passages: Sequence[ReaderInput]) -> list[SpanScores] | None:
        """See `Reader`."""
        return self._readers[self.title].read(question, passages)


@dataclass(frozen=True, slots=True)
class ReadExample:
    """An example with the reader's scores of the candidates that are best without the reader.

    example   the example without the reader
    readings  the scores by candidate
    spans     by candidate, the text of the likeliest answer in each sentence
    answers   the accepted answers
    """

    example: Example
    readings: dict[int, SpanScores]
    spans: dict[int, tuple[str, ...]]
    answers: tuple[str, ...]


def collect(
    collection: Collection,
    reader: OutOfFold,
    embedder: Embedder,
    data: Path,
    left_out: frozenset[int] = frozenset(),
) -> list[ReadExample]:
    """Make an example of each question, with an index without the articles at `left_out`.

    When articles are left out, only every fourth question is asked. The index and the vectors are
    stored below `data`. Raises QuotebotError.
    """
    build(collection.without(left_out), "learning", embedder, data, forget=False)
    engine = Engine(EmbeddedStore(data), embedder, reader=reader)
    engine.refresh()
    every = _SAMPLED if left_out else 1
    asked = replace(collection, questions=collection.questions[::every])
    examples = []
    for question, found, example in examples_of(engine, asked):
        reader.title = example.group
        ranking = rank(found.features)
        readings = engine.readings(found, ranking, NearDuplicates(found.candidates))
        spans = {}
        for candidate, reading in readings.items():
            text = found.candidates.text_of(candidate)
            spans[candidate] = tuple(text[start:end] for start, end in reading.spans)
        examples.append(ReadExample(example, readings, spans, question.answers))
    return examples


def learn(
    whole: Sequence[ReadExample],
    parts: Sequence[ReadExample],
    sets: Mapping[str, Coefficients] | None = None,
) -> dict[str, dict[str, float]]:
    """Learn the block `reader` from examples of whole indexes and of parts of them.

    It fits the coefficients `sets`, which are those of the installation by default.
    """
    known = list(_ranked(whole, sets))
    mixed = [*known, *_ranked(parts, sets)]
    scores = _score_weights(known)
    draft = ReaderCoefficients(
        **scores, answerable=_NO_WEIGHTS, quote_correct=_NO_WEIGHTS, threshold_line=(0.0, 0.0)
    )
    ordered = [(x, reorder(x.example.features, r, x.readings, draft)) for x, r in mixed]
    rows = [confidence_features(x.example.features, r, x.readings, draft) for x, r in ordered]
    answerable_rows = np.array([row for row, _ in rows], dtype=np.float64)
    correct_rows = np.array([row for _, row in rows], dtype=np.float64)
    is_in = np.array([x.example.answerable for x, _ in ordered])
    is_correct = np.array([is_quote_correct(x.example, r) for x, r in ordered])
    answerable = logistic_regression(answerable_rows, is_in, _all(ANSWERABLE_FEATURES))
    quote_correct = logistic_regression(
        correct_rows[is_in], is_correct[is_in], _all(QUOTE_CORRECT_FEATURES)
    )
    sizes = answerable_rows[~is_in, ANSWERABLE_FEATURES.index("size")]
    return {
        "scores": {name: round(value, 4) for name, value in scores.items()},
        "answerable": named(ANSWERABLE_FEATURES, answerable),
        "quote_correct": named(QUOTE_CORRECT_FEATURES, quote_correct),
        "threshold_line": threshold_line(sizes, answerable_rows[~is_in] @ answerable),
    }


def _all(features: Sequence[str]) -> NDArray[np.bool_]:
    return np.ones(len(features), dtype=bool)


def _score_weights(known: Sequence[tuple[ReadExample, Ranking]]) -> dict[str, float]:
    """The weights of the reader's scores, relative to those of the ranking."""
    sentence = conditional_logit(
        [rows for pair in known for rows in _sentences(*pair)], _all("abc")
    )
    paragraph = conditional_logit([_paragraphs(*pair) for pair in known], np.ones(2, bool))
    return {
        "sentence": float(sentence[1] / sentence[0]),
        "unread": float(sentence[2] / sentence[1]),
        "paragraph": float(paragraph[1] / paragraph[0]),
    }


def _ranked(
    examples: Sequence[ReadExample], sets: Mapping[str, Coefficients] | None
) -> Iterator[tuple[ReadExample, Ranking]]:
    """The examples whose first candidate was read, with their ranking without the reader."""
    for x in examples:
        ranking = rank(x.example.features, dict(sets) if sets else None)
        if int(ranking.order[0]) in x.readings:
            yield x, ranking


def _sentences(x: ReadExample, ranking: Ranking) -> Iterator[Rows]:
    """For each right candidate, three features of its sentences, and which hold an answer.

    The features are the score without the reader, the reader's score, and whether it was not read.
    """
    start = x.example.features.start
    for candidate, reading in x.readings.items():
        if x.example.right[candidate]:
            rows = slice(start[candidate], start[candidate + 1])
            is_unread = ~np.isfinite(reading.scores)
            columns = ranking.sentence_scores[rows], bounded(reading.scores, 0.0), is_unread
            yield np.column_stack(columns).astype(np.float64), x.example.holds[rows]


def _paragraphs(x: ReadExample, ranking: Ranking) -> Rows:
    """Two features of the candidates that were read, and which of these are right.

    The features are the score without the reader, and the reader's highest score.
    """
    place = {int(candidate): i for i, candidate in enumerate(ranking.order)}
    pairs = [(ranking.scores[place[c]], highest(r)) for c, r in x.readings.items()]
    return np.array(pairs, dtype=np.float64), x.example.right[list(x.readings)]


def check(whole: Sequence[ReadExample], parts: Sequence[ReadExample], console: Console) -> None:
    """Print figures with and without the reader, with coefficients learned from other articles."""
    table: dict[str, list[tuple[bool, tuple[Judged, Judged]]]] = {}
    for held_out in held_out_groups({x.example.group for x in whole}):
        rest, rest_parts = (
            [x for x in some if x.example.group not in held_out] for some in (whole, parts)
        )
        plain = learn_sets([x.example for x in rest], [x.example for x in rest_parts])
        sets = {name: read_coefficients(values) for name, values in plain.items()}
        weights = read_reader_coefficients(learn(rest, rest_parts, sets))
        for is_whole, some in ((True, whole), (False, parts)):
            for x in some:
                if x.example.group in held_out:
                    row = is_whole, _judge(x, sets, weights)
                    table.setdefault(x.example.collection, []).append(row)
    for name, rows in table.items():
        for place, label in enumerate(("without reader", "with")):
            of_whole = [pair[place] for is_whole, pair in rows if is_whole]
            of_parts = [pair[place] for is_whole, pair in rows if not is_whole]
            console.print(f"{name}, {label}: {summary(of_whole, of_parts)}", soft_wrap=True)


def _judge(
    x: ReadExample, sets: dict[str, Coefficients], weights: ReaderCoefficients
) -> tuple[Judged, Judged]:
    """Judge an example without the reader, and with it."""
    features = x.example.features
    before = rank(features, sets)
    if int(before.order[0]) not in x.readings:
        plain = judge(x.example, before)
        return plain, plain
    after = rescore(features, before, x.readings, weights)
    exact, share = _compare_marked(x, after)
    return judge(x.example, before), judge(x.example, after, exact=exact, f1=share)


def _compare_marked(x: ReadExample, ranking: Ranking) -> tuple[float, float]:
    """Exact match and F1 of the marked answer; NaN when none is marked."""
    first = int(ranking.order[0])
    features = x.example.features
    if not answer_span(features, ranking, first, x.readings[first]):
        return np.nan, np.nan
    text = x.spans[first][int(ranking.best[first] - features.start[first])]
    exact = max(exact_match(text, answer) for answer in x.answers)
    return exact, max(f1(text, answer) for answer in x.answers)


def fit(
    files: Sequence[Path],
    reader: OutOfFold,
    embedder: Embedder,
    data: Path,
    out: Path | None,
    console: Console,
) -> None:
    """Cross-validate with SQuAD-format files; with `out`, also learn from all and write the file.

    Indexes and vectors are stored below `data`. Raises UnreadableSource.
    """
    whole, parts = gather(
        files,
        lambda collection, left_out: collect(collection, reader, embedder, data, left_out),
        console,
    )
    check(whole, parts, Console())
    if out is not None:
        block: dict[str, Any] = learn(whole, parts, coefficients(start_from(out)))
        write_blocks(out, {"reader": block})


@click.command(help=__doc__)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--readers",
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="Folder of the readers, DIR above.",
)
@click.option("--check", "is_check", is_flag=True, help="Only cross-validate.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder to keep vectors in.")
@click.option(
    "--out",
    default=COEFFICIENTS,
    show_default="the weights of this installation",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; other blocks in it stay.",
)
def main(
    files: tuple[Path, ...], readers: Path, is_check: bool, data: Path | None, out: Path
) -> None:
    """Run the command."""
    with tempfile.TemporaryDirectory() as folder:
        fit(
            files,
            OutOfFold(readers),
            SentenceTransformerEmbedder(),
            data or Path(folder),
            None if is_check else out,
            Console(stderr=True),
        )


if __name__ == "__main__":
    main()
