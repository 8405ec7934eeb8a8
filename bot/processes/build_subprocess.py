"""Building the index in a process of its own, so that answers stay quick meanwhile.

The child prints one JSON list a line, [step, done, total], and at the end {"name": …} or
{"reason": …}, or {"error": …} of an error without one.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bot.data_paths import DataPaths
from corpus.errors import BuildInProgress, QuotebotError, Reason
from index.error_codes import Code
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
            except BuildInProgress:
                pass
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
    outcome: dict[str, Any] = {}
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
        raise _error(outcome, child.returncode)
    return str(outcome["name"])


def _report(error: QuotebotError) -> dict[str, Any]:
    """What the child says of an error: its reason, or the text of one that has none."""
    if isinstance(error.reason, Reason):
        return {"reason": error.reason.to_dict()}
    return {"error": str(error)}


def _error(outcome: dict[str, Any], status: int | None) -> QuotebotError:
    """The error that the child ended with."""
    if "reason" not in outcome:
        return QuotebotError(outcome.get("error", f"the build ended with {status}"))
    reason = Reason.from_dict(outcome["reason"])
    in_progress = reason.code is Code.BUILD_IN_PROGRESS
    return BuildInProgress(reason) if in_progress else QuotebotError(reason)


def main(data: Path, model: str) -> None:
    """What the child does."""
    os.nice(_NICER)
    try:
        from bot.operations.build import build_library
        from index.engine.load_embedder import load_embedder

        name, _ = build_library(
            DataPaths(data),
            lambda: load_embedder(model, data),
            lambda *step: _say([*step]),
        )
    except QuotebotError as error:
        _say(_report(error))
    else:
        _say({"name": name})


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
