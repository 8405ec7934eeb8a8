"""The command `eval`: it measures quality, prints the figures and writes a report."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.context import CliContext

if TYPE_CHECKING:
    from index.evaluation.datasets import Collection
    from index.evaluation.results import Evaluation

__all__ = ["evaluate"]


@click.command("eval")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@click.option("--baseline", is_flag=True, help="Also evaluate the naive bot and BM25 alone.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N",
              help="Evaluate this many questions, drawn at random.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the random draw.")
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Write a self-contained HTML page to this folder.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
@click.pass_obj
def evaluate(
    context: CliContext,
    files: tuple[Path, ...],
    baseline: bool,
    limit: int | None,
    seed: int,
    report: Path | None,
    as_json: bool,
) -> None:
    """Measure quality on SQuAD-format JSON files or BEIR folders."""
    from bot.cli.console import progress
    from bot.cli.eval_output import print_evaluations
    from bot.operations.engine_factory import reader_of
    from index.evaluation import evaluate as evaluation
    from index.evaluation.datasets import read_collection

    collections = [read_collection(file) for file in files]
    embedder, reader = context.embedder(), reader_of(context.settings)
    results: list[tuple[Collection, list[Evaluation]]] = []
    for number, collection in enumerate(collections):
        with progress(collection.name) as step:
            evaluations = evaluation.evaluate(
                collection,
                embedder,
                context.backend.paths.evaluation / f"{number}",
                baseline=baseline,
                limit=limit,
                seed=seed,
                progress=step,
                reader=reader,
            )
        print_evaluations(collection, evaluations, as_json=as_json)
        results.append((collection, evaluations))
    if report is not None:
        from bot.cli.eval_report import write_report  # matplotlib takes long to load

        click.echo(f"report: {write_report(report, results)}", err=True)
