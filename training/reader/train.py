"""The training loop: it is seeded, and continues from its last checkpoint."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from tokenizers import Tokenizer

from training.reader.data import Example
from training.reader.features import Batch, Featurizer, epoch
from training.reader.model import Reader, loss, new_reader

__all__ = ["Recipe", "device", "train"]

_SAVE_EVERY = 100  # steps


@dataclass(frozen=True, slots=True)
class Recipe:
    """Hyperparameters of a training.

    epochs     passes over the examples
    batch      sequences in a batch
    negatives  paragraphs without the answer that are added for each question in an epoch
    rate       highest learning rate; it rises for a tenth of the steps, then falls linearly to 0
    decay      weight decay
    seed       of all random numbers
    """

    epochs: int = 3
    batch: int = 16
    negatives: int = 1
    rate: float = 1.5e-4
    decay: float = 0.01
    seed: int = 0


def device() -> torch.device:
    """Return the GPU, or the CPU if there is none."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def train(
    examples: Sequence[Example],
    tokenizer: Tokenizer,
    recipe: Recipe,
    out: Path,
    console: Console,
    base: Path | None = None,
) -> Path:
    """Train on the examples and return the file of weights, `out/weights.pt`.

    Starts from the bundled MiniLM, or from the weights in the file `base`. After an interruption,
    it continues from the last checkpoint in `out`, if that has the same recipe. Does nothing when
    `out` already has weights. Raises OSError.
    """
    out.mkdir(parents=True, exist_ok=True)
    weights = out / "weights.pt"
    if weights.exists():
        console.print(f"{weights} is there already")
        return weights
    torch.manual_seed(recipe.seed)
    featurizer = Featurizer(tokenizer)
    batches = [
        batch
        for number in range(recipe.epochs)
        for batch in epoch(
            examples, featurizer, recipe.batch, recipe.negatives, recipe.seed * 1000 + number
        )
    ]
    reader = _run(new_reader(base), batches, recipe, out / "checkpoint.pt", console)
    torch.save(reader.state_dict(), weights)
    (out / "checkpoint.pt").unlink(missing_ok=True)
    return weights


def _run(
    reader: Reader, batches: list[Batch], recipe: Recipe, checkpoint: Path, console: Console
) -> Reader:
    where = device()
    reader.to(where).train()
    optimizer = torch.optim.AdamW(
        reader.parameters(), lr=recipe.rate, weight_decay=recipe.decay, fused=True
    )
    total = len(batches)
    warm = max(1, total // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, (total - step) / max(1, total - warm))
    )
    signature = json.dumps({**asdict(recipe), "steps": total})
    done = _resume(checkpoint, signature, reader, optimizer, schedule)
    recent: list[float] = []
    with _progress(console) as progress:
        task = progress.add_task("training", total=total, completed=done, loss="")
        for step in range(done, total):
            recent = [*recent[-49:], _step(reader, batches[step], optimizer, where)]
            schedule.step()
            progress.update(task, advance=1, loss=f"loss {np.mean(recent):.3f}")
            if (step + 1) % _SAVE_EVERY == 0:
                if not console.is_terminal:  # a log shows no progress bar
                    console.print(f"step {step + 1} of {total}, loss {np.mean(recent):.3f}")
                _save(checkpoint, signature, step + 1, reader, optimizer, schedule)
    return reader.eval().cpu()


def _step(
    reader: Reader, batch: Batch, optimizer: torch.optim.Optimizer, where: torch.device
) -> float:
    sequences = batch.sequences
    tensors = [
        torch.from_numpy(a).to(where) for a in (sequences.ids, sequences.kinds, sequences.mask)
    ]
    # bfloat16 is twice as fast as float32 on a CPU that has it; on others it was not slower.
    with torch.autocast(where.type, dtype=torch.bfloat16):
        start, end = reader(*tensors)
    wanted = torch.from_numpy(batch.start), torch.from_numpy(batch.end)
    value = loss(start, end, wanted, sequences)
    torch.autograd.backward(value)
    torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return value.item()


def _save(
    path: Path,
    signature: str,
    step: int,
    reader: Reader,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> None:
    """Write to another file and rename it, so that an interruption leaves the last one whole."""
    fresh = path.with_suffix(".new")
    state = {
        "signature": signature,
        "step": step,
        "reader": reader.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "random": torch.get_rng_state(),
    }
    torch.save(state, fresh)
    fresh.replace(path)


def _resume(
    path: Path,
    signature: str,
    reader: Reader,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> int:
    """Load the last checkpoint; return how many steps were done, 0 without a checkpoint."""
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    if state["signature"] != signature:
        return 0
    reader.load_state_dict(state["reader"])
    optimizer.load_state_dict(state["optimizer"])
    schedule.load_state_dict(state["schedule"])
    torch.set_rng_state(state["random"])
    return int(state["step"])


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[loss]}"), TimeElapsedColumn(), TimeRemainingColumn(),
        console=console,
    )  # fmt: skip
