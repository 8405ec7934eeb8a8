"""The result of a run of the command line; the fixture `run` is in `tests/bot/cli/conftest.py`."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Ran", "Run"]


@dataclass(frozen=True)
class Ran:
    """The exit code, and what was printed on stdout and stderr."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]
