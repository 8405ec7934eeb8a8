"""The type of the functions that long operations report their progress to."""

from collections.abc import Callable

__all__ = ["ProgressCallback"]

ProgressCallback = Callable[[str, int, int | None], None]
"""Called with (what is being done, how many are done, how many there are: None when unknown)."""
