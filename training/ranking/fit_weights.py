"""Learns the coefficients of `weights.json` from questions with known answers.

\b
    python -m training.ranking.fit_weights FILE...          learn, and write weights.json
    python -m training.ranking.fit_weights --check FILE...  cross-validate by article, write nothing

The questions are asked of indexes of all articles, of random halves and of single articles; once
with the paragraphs of the articles, and once with short paragraphs as in news. Four small linear
models are learned, each in two sets (with and without the dense features): which sentence of the
right paragraph holds an answer, which candidate is the right paragraph (both conditional logits),
whether the answer is in the index, and if so, whether the first quote holds it (two logistic
regressions).
"""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from index.embedding.base import Embedder
from index.embedding.sentence_transformer import SentenceTransformerEmbedder
from index.engine.engine import Engine
from index.evaluation.datasets import Collection
from index.indexing.builder import build
from index.ranking.features import PARAGRAPH_FEATURES, SENTENCE_FEATURES, CandidateFeatures
from index.ranking.ranker import (
    COEFFICIENTS,
    CONFIDENCE_FEATURES,
    Coefficients,
    rank,
    read_coefficients,
)
from index.search.bm25 import PARAMETERS
from index.storage.generation_store import EmbeddedStore
from training.ranking.cross_validation import Judged, held_out_groups, judge, summary
from training.ranking.examples import Example, examples_of, gather, is_quote_correct
from training.ranking.solvers import (
    conditional_logit,
    logistic_regression,
    named,
    threshold_line,
)
from training.ranking.weights_file import write_blocks

__all__ = ["Plain", "check", "collect", "fit", "learn", "learn_sets", "main"]

Floats = NDArray[np.float64]
Plain = dict[str, dict[str, float]]
"""A set of coefficients as in weights.json: model → feature → weight."""

_DENSE = ("cosine", "plain", "best_cosine", "best_plain")
_NOT_IN_CONFIDENCE = ("paragraph_length", "sentence_length", "sentence_first")
_TRUSTED = 0.5  # mean trust of an example, from which it is used for the set `full`


def collect(
    collection: Collection, embedder: Embedder, data: Path, left_out: frozenset[int] = frozenset()
) -> list[Example]:
    """Make an example of each question, with an index without the articles at `left_out`.

    The index and the vectors are stored below `data`. Raises QuotebotError.
    """
    build(collection.without(left_out), "learning", embedder, data, forget=False)
    engine = Engine(EmbeddedStore(data), embedder)
    engine.refresh()
    return [example for _, _, example in examples_of(engine, collection)]


def learn(whole: Sequence[Example], parts: Sequence[Example], *, dense: bool) -> Plain:
    """Learn one set of coefficients from examples of whole indexes and of parts of them.

    `dense` says whether dense features may be used.
    """
    known = [x for x in whole if x.right.any()]
    sentence = conditional_logit(
        [(x.features.of_sentences[x.rows()], x.holds[x.rows()]) for x in known],
        np.array([dense or name not in _DENSE for name in SENTENCE_FEATURES]),
    )
    names = (*PARAGRAPH_FEATURES, "best_sentence")
    paragraph = conditional_logit(
        [(_with_best(x.features, sentence), x.right) for x in known],
        np.array([dense or name not in _DENSE for name in names]),
    )
    nothing = np.zeros(len(CONFIDENCE_FEATURES), dtype=np.float32)
    draft = Coefficients(
        sentence.astype(np.float32),
        paragraph[:-1].astype(np.float32),
        float(paragraph[-1]),
        nothing,
        nothing,
        (0.0, 0.0),
    )
    mixed = [*whole, *parts]
    rankings = [rank(x.features, {"full": draft, "words": draft}) for x in mixed]
    rows = np.array([ranking.confidence_features for ranking in rankings], dtype=np.float64)
    usable = np.array([_in_confidence(name, dense) for name in CONFIDENCE_FEATURES])
    is_in = np.array([x.answerable for x in mixed])
    is_correct = np.array([is_quote_correct(x, r) for x, r in zip(mixed, rankings, strict=True)])
    answerable = logistic_regression(rows, is_in, usable)
    quote_correct = logistic_regression(rows[is_in], is_correct[is_in], usable)
    sizes = rows[~is_in, CONFIDENCE_FEATURES.index("size")]
    return {
        "sentence": named(SENTENCE_FEATURES, sentence),
        "paragraph": named(names, paragraph),
        "answerable": named(CONFIDENCE_FEATURES, answerable),
        "quote_correct": named(CONFIDENCE_FEATURES, quote_correct),
        "threshold_line": threshold_line(sizes, rows[~is_in] @ answerable),
    }


def _in_confidence(name: str, dense: bool) -> bool:
    is_dense = name.removeprefix("paragraph_").removeprefix("sentence_") in _DENSE
    return name not in _NOT_IN_CONFIDENCE and (dense or not is_dense)


def _with_best(features: CandidateFeatures, sentence: Floats) -> Floats:
    """(C, F + 1) features of paragraphs, and the score of the best sentence of each."""
    best = np.maximum.reduceat(features.of_sentences @ sentence, features.start[:-1])
    return np.column_stack([features.of_paragraphs, best])


def learn_sets(whole: Sequence[Example], parts: Sequence[Example]) -> dict[str, Plain]:
    """Learn both sets: `full` from languages that the model knows, `words` from all."""

    def trusted(examples: Sequence[Example]) -> list[Example]:
        return [x for x in examples if x.features.trust.mean() > _TRUSTED]

    return {
        "full": learn(trusted(whole), trusted(parts), dense=True),
        "words": learn(whole, parts, dense=False),
    }


def check(whole: Sequence[Example], parts: Sequence[Example], console: Console) -> None:
    """Print figures of each collection, with coefficients learned from other articles."""
    judged: dict[str, tuple[list[Judged], list[Judged]]] = {}
    for held_out in held_out_groups({x.group for x in whole}):
        plain = learn_sets(
            [x for x in whole if x.group not in held_out],
            [x for x in parts if x.group not in held_out],
        )
        sets = {name: read_coefficients(values) for name, values in plain.items()}
        for place, examples in enumerate((whole, parts)):
            for x in examples:
                if x.group in held_out:
                    row = judge(x, rank(x.features, sets))
                    judged.setdefault(x.collection, ([], []))[place].append(row)
    for name, rows in judged.items():
        console.print(f"{name}: {summary(*rows)}", soft_wrap=True)


def fit(
    files: Sequence[Path], embedder: Embedder, data: Path, out: Path | None, console: Console
) -> None:
    """Learn from SQuAD-format files and write `out`; without `out`, only cross-validate.

    Indexes and vectors are stored below `data`. Raises UnreadableSource.
    """
    whole, parts = gather(
        files, lambda collection, left_out: collect(collection, embedder, data, left_out), console
    )
    if out is None:
        check(whole, parts, Console())
    else:
        write_blocks(out, {**learn_sets(whole, parts), "bm25": asdict(PARAMETERS)})


@click.command(help=__doc__)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--check", "is_check", is_flag=True, help="Only cross-validate.")
@click.option(
    "--out",
    default=COEFFICIENTS,
    show_default="the weights of this installation",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; other blocks in it stay.",
)
def main(files: tuple[Path, ...], is_check: bool, out: Path) -> None:
    """Run the command."""
    with tempfile.TemporaryDirectory() as folder:
        target = None if is_check else out
        fit(files, SentenceTransformerEmbedder(), Path(folder), target, Console(stderr=True))


if __name__ == "__main__":
    main()
