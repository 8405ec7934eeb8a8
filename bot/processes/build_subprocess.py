"""Building the index in a process of its own, so that answers stay quick meanwhile.

The child prints one JSON list a line, [step, done, total], and at the end {"name": …} or
{"error": …}.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.data_paths import DataPaths
from corpus.errors import QuotebotError
from index.progress import ProgressCallback

__all__ = ["Build", "build_in_child", "main"]

Build = Callable[[ProgressCallback], Awaitable[str]]
"""Builds the index of the library; reports its progress; gives the generation's name.

Raises QuotebotError.
"""

_BUSY_TRIES, _BUSY_PAUSE = 150, 2.0  # another process may be building: five minutes
_NICER = 10  # how much less of the processor than the bot


def build_in_child(data: Path, model: str) -> Build:
    """Builds by starting this module as a program."""

    async def build(step: ProgressCallback) -> str:
        for _ in range(_BUSY_TRIES):
            try:
                return await _run(data, model, step)
            except QuotebotError as error:
                if "is being built" not in str(error):
                    raise
            await asyncio.sleep(_BUSY_PAUSE)
        raise QuotebotError("another process has been building the index for minutes")

    return build


async def _run(data: Path, model: str, step: ProgressCallback) -> str:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "bot.processes.build_subprocess", str(data), model),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    outcome: dict[str, str] = {}
    try:
        assert child.stdout is not None  # noqa: S101  # it is a pipe
        async for line in child.stdout:
            said = json.loads(line)
            if isinstance(said, dict):
                outcome = said
            else:
                step(*said)
        await child.wait()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if "name" not in outcome:
        raise QuotebotError(outcome.get("error", f"the build ended with {child.returncode}"))
    return outcome["name"]


def main(data: Path, model: str) -> None:
    """What the child does."""
    os.nice(_NICER)
    try:
        from bot.operations.build import build_library
        from index.embedding.onnx_embedder import load_embedder

        name, _ = build_library(
            DataPaths(data),
            lambda: load_embedder(model, data),
            lambda *step: _say([*step]),
        )
    except QuotebotError as error:
        _say({"error": str(error)})
    else:
        _say({"name": name})


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
