"""`quotebot eval`: evaluate, print, report."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.table import Table

from bot.cli.console import out, print_json, progress
from index.embedding.base import Embedder
from index.evaluation.datasets import Collection
from index.evaluation.evaluate import evaluate
from index.evaluation.metrics import METRICS, MetricKind
from index.evaluation.results import Evaluation
from index.reading.ports import Reader

__all__ = ["evaluate_all", "print_evaluations"]


def evaluate_all(
    collections: Sequence[Collection],
    embedder: Embedder,
    data: Path,
    *,
    baseline: bool,
    limit: int | None,
    seed: int,
    reader: Reader | None,
    each: Callable[[Collection, list[Evaluation]], None],
) -> None:
    """Evaluate each collection with progress on stderr, and hand `each` its results."""
    for number, collection in enumerate(collections):
        with progress(collection.name) as step:
            results = evaluate(
                collection,
                embedder,
                data / "evaluation" / f"{number}",
                baseline=baseline,
                limit=limit,
                seed=seed,
                progress=step,
                reader=reader,
            )
        each(collection, results)


def print_evaluations(
    collection: Collection, results: Sequence[Evaluation], *, as_json: bool
) -> None:
    """A table of metrics, a column a system; or one JSON object."""
    questions = len(results[0].shown)
    if as_json:
        print_json({
            "collection": collection.name,
            "articles": len(collection.articles),
            "questions": questions,
            "systems": {result.system: result.metrics for result in results},
        })  # fmt: skip
        return
    table = Table(
        "", *(result.system for result in results),
        title=f"{collection.name}: {len(collection.articles)} articles, {questions} questions",
        box=None, title_justify="left", header_style="bold",
    )  # fmt: skip
    names = list(dict.fromkeys(name for result in results for name in result.metrics))
    for name in names:
        table.add_row(name, *(_figure(name, result.metrics.get(name)) for result in results))
    out.print(table)


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1f}" if METRICS[name] is MetricKind.MILLISECONDS else f"{value:.3f}"
