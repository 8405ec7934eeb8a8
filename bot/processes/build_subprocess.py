"""Building the index in a child process, so that answers stay quick meanwhile.

The child prints one JSON value a line: a list [step, done, total] for each step, and at the end
{"name": the new generation} or {"error": a reason as `Reason.to_dict` gives it}.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import corpus.error_codes  # noqa: F401  # so that `Reason.from_dict` knows the codes
from bot.backend import backend_for
from bot.error_codes import Code
from corpus.errors import QuotebotError, Reason
from index.error_codes import Code as IndexCode
from index.progress import ProgressCallback

__all__ = ["Build", "build_in_child", "main"]

Build = Callable[[ProgressCallback], Awaitable[str]]
"""Builds the index of the library and gives the generation's name. Raises QuotebotError."""

_BUSY_TRIES, _BUSY_SECONDS = 150, 2.0  # another process may be building: five minutes
_NICENESS = 10  # a lower priority than the bot's, which is 0
_PROGRAM = (sys.executable, "-P", "-m", "bot.processes.build_subprocess")


def build_in_child(
    data: Path, model: str, program: Sequence[str] = _PROGRAM, pause: float = _BUSY_SECONDS
) -> Build:
    """A function that builds in a child process of `program` (by default, this module).

    While another process builds, it tries again every `pause` seconds, for five minutes at most.
    """

    async def build(step: ProgressCallback) -> str:
        for _ in range(_BUSY_TRIES):
            try:
                return await _run((*program, str(data), model), step)
            except QuotebotError as error:
                if error.reason.code is not IndexCode.BUILD_IN_PROGRESS:
                    raise
            await asyncio.sleep(pause)
        raise QuotebotError(Code.BUILD_STAYS_BUSY())

    return build


async def _run(command: Sequence[str], step: ProgressCallback) -> str:
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    outcome: dict[str, Any] = {}
    try:
        assert child.stdout is not None  # noqa: S101  # it is a pipe
        async for line in child.stdout:
            message = json.loads(line)
            if isinstance(message, dict):
                outcome = message
            else:
                step(*message)
        await child.wait()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if "error" in outcome:
        raise QuotebotError(Reason.from_dict(outcome["error"]))
    if "name" not in outcome:
        raise QuotebotError(Code.BUILD_ENDED(status=child.returncode))
    return str(outcome["name"])


def main(data: Path, model: str) -> None:
    """Build the index, and print the lines that the module's docstring describes."""
    os.nice(_NICENESS)
    try:
        # Imported here, so that the bot does not load torch when it imports this module.
        from bot.operations.build import build_library
        from index.engine.load_embedder import embedder_for

        backend = backend_for(data)
        name, _ = build_library(
            backend,
            lambda: embedder_for(model, backend.generations, backend.paths.exports),
            lambda *step: _print([*step]),
        )
    except QuotebotError as error:
        _print({"error": error.reason.to_dict()})
    else:
        _print({"name": name})


def _print(message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
