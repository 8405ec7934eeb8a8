"""The backends that every contract test runs against: another one is a line in BACKENDS."""

from collections.abc import Callable
from pathlib import Path

from bot.backend import Backend, EmbeddedBackend

__all__ = ["BACKENDS"]

BACKENDS: dict[str, Callable[[Path], Backend]] = {"embedded": EmbeddedBackend}
"""From an empty folder to a backend; called again with the folder, it holds what it held."""
