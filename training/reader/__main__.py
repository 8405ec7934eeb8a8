"""The commands that train a reader, cross-validate the training, and test a reader.

    python -m training.reader train FILE... --out DIR     train on all files, write DIR/reader.onnx
    python -m training.reader check FILE... --out DIR     cross-validate by article
    python -m training.reader test FILE... --reader DIR   read files without training

`train` and `check` continue after an interruption. FILE is in SQuAD format.
"""

from pathlib import Path

import click
import torch
from rich.console import Console
from rich.progress import Progress
from tokenizers import Tokenizer

from index.embedding.model_sources import bundled_model_path
from index.reading.onnx_reader import OnnxReader, read_card
from index.reading.token_windows import open_tokenizer
from training.reader.data import Example, hard_negatives, read_examples
from training.reader.export import export
from training.reader.folds import folds
from training.reader.report import Row, figures, read_all
from training.reader.train import Recipe, train

DEFAULT = Recipe()


def tokenizer() -> Tokenizer:
    """Open the tokenizer of the bundled model."""
    return open_tokenizer(bundled_model_path() / "tokenizer.json")


def examples_of(paths: tuple[str, ...]) -> list[Example]:
    """Read the examples of all files, in order."""
    return [example for path in paths for example in read_examples(Path(path))]


files = click.argument("files", nargs=-1, required=True, type=click.Path(exists=True))
base = click.option(
    "--base", type=click.Path(exists=True, path_type=Path), help="a trained reader to start from"
)
out = click.option("--out", required=True, type=click.Path(path_type=Path), help="folder to write")
epochs = click.option("--epochs", default=DEFAULT.epochs, show_default=True)
negatives = click.option("--negatives", default=DEFAULT.negatives, show_default=True)
seed = click.option("--seed", default=DEFAULT.seed, show_default=True)


@click.group()
@click.option("--threads", default=1, show_default=True, help="of the CPU")
def main(threads: int) -> None:
    """Train a reader from SQuAD-format files."""
    torch.set_num_threads(threads)


@main.command("train")
@files
@out
@base
@epochs
@negatives
@seed
def train_command(
    files: tuple[str, ...], out: Path, base: Path | None, epochs: int, negatives: int, seed: int
) -> None:
    """Train on all of the FILES."""
    console = Console(stderr=True)
    examples = examples_of(files)
    console.print(f"{len(examples)} questions")
    examples = hard_negatives(examples)
    recipe = Recipe(epochs=epochs, negatives=negatives, seed=seed)
    weights = train(examples, tokenizer(), recipe, out, console, base and base / "weights.pt")
    export(weights, out, trained_on=_sources(files, base))


@main.command("check")
@files
@out
@base
@epochs
@negatives
@seed
@click.option("--folds", "count", default=3, show_default=True)
def check_command(
    files: tuple[str, ...],
    out: Path,
    base: Path | None,
    epochs: int,
    negatives: int,
    seed: int,
    count: int,
) -> None:
    """Cross-validate by article: train without the articles of a fold, then read these."""
    console = Console(stderr=True)
    examples = examples_of(files)
    recipe = Recipe(epochs=epochs, negatives=negatives, seed=seed)
    rows: list[Row] = []
    for number, held in enumerate(folds(examples, count, seed)):
        folder = out / f"fold{number}"
        console.print(f"fold {number}: without {len(held)} articles")
        rest = [example for example in examples if example.group not in held]
        if not (folder / "weights.pt").exists():
            rest = hard_negatives(rest)
            train(rest, tokenizer(), recipe, folder, console, base and base / "weights.pt")
        sources = _sources(files, base)
        export(folder / "weights.pt", folder, trained_on=sources, held_out=sorted(held))
        own = hard_negatives([example for example in examples if example.group in held])
        rows += read(OnnxReader(folder), own, console)
    show(rows)


@main.command("test")
@files
@click.option("--reader", "folder", required=True, type=click.Path(exists=True, path_type=Path))
def test_command(files: tuple[str, ...], folder: Path) -> None:
    """Read the FILES with a trained reader, which must not have been trained on them."""
    examples = hard_negatives(examples_of(files))
    show(read(OnnxReader(folder), examples, Console(stderr=True)))


def _sources(files: tuple[str, ...], base: Path | None) -> list[str]:
    """Names of the files that the weights were trained on, those of the `base` reader first."""
    before = read_card(base).trained_on if base else ()
    return [*before, *(Path(file).name for file in files)]


def read(reader: OnnxReader, examples: list[Example], console: Console) -> list[Row]:
    """Read the examples with a progress bar; return a row for each."""
    with Progress(console=console) as progress:
        task = progress.add_task("reading", total=len(examples))
        return read_all(reader, examples, lambda: progress.advance(task))


def show(rows: list[Row]) -> None:
    """Print the figures to stdout."""
    console = Console()
    articles = len({row.group for row in rows})
    console.print(f"{len(rows)} questions of {articles} articles; 95 % intervals by article")
    for name, (value, low, high) in figures(rows).items():
        console.print(f"{name}: {value:.3f} ({low:.3f} to {high:.3f})")


if __name__ == "__main__":
    main()
