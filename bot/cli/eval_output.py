"""How `quotebot eval` shows its figures on stdout."""

from collections.abc import Sequence

from rich.table import Table

from bot.cli.console import print_json, stdout
from index.evaluation.datasets import Collection
from index.evaluation.metrics import figure
from index.evaluation.results import Evaluation

__all__ = ["print_evaluations"]


def print_evaluations(
    collection: Collection, results: Sequence[Evaluation], *, as_json: bool
) -> None:
    """A table of metrics, a column for each system; or one JSON object."""
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
        table.add_row(name, *(figure(name, result.metrics.get(name)) for result in results))
    stdout().print(table)
