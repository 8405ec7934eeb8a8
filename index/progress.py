"""The type of a function to which a long operation reports its progress."""

from collections.abc import Callable

__all__ = ["ProgressCallback"]

ProgressCallback = Callable[[str, int, int | None], None]
"""Called with (name of the step, how many are done, how many there are or None if unknown)."""
