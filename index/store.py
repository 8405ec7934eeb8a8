"""Generations on disk: which one is current, and how a new one takes its place."""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from corpus.errors import IndexUnavailable, QuotebotError
from index.generation import Generation, open_generation

__all__ = ["GenerationStore"]

_BUILDING = ".building-"
_NAME = re.compile(r"\d{8}T\d{6}Z-\d{3,}-[0-9a-f]{4}", re.ASCII)


class GenerationStore:
    """The folder of generations and the file CURRENT that names the one in use."""

    def __init__(self, root: Path) -> None:
        """Look at (or later make) the generations under `root`."""
        self._folder = root / "generations"
        self._current = root / "CURRENT"
        self._lock = root / "build.lock"
        self._root = root

    def current_name(self) -> str | None:
        """What CURRENT says; None when nothing was ever built or it is unreadable."""
        try:
            name = self._current.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return name if _NAME.fullmatch(name) else None

    def names(self) -> list[str]:
        """Whole generations, oldest first."""
        try:
            entries = list(self._folder.iterdir())
        except OSError:
            return []
        return sorted(e.name for e in entries if _NAME.fullmatch(e.name) and e.is_dir())

    def path(self, name: str) -> Path:
        """Directory of a generation."""
        return self._folder / name

    def require_any(self) -> None:
        """Raise IndexUnavailable when no generation was ever built."""
        if self.current_name() is None and not self.names():
            raise IndexUnavailable(
                "there is no index yet: add articles with `quotebot add`, then `quotebot build`"
            )

    def open_current(self) -> tuple[Generation, str | None]:
        """The current generation, or the newest other one that is whole.

        The second value says what is wrong when the current one could not be used. Raises
        IndexUnavailable when none can be opened.
        """
        self.require_any()
        current = self.current_name()
        names = [name for name in reversed(self.names()) if name != current]
        problem = None if current else "CURRENT is missing or unreadable"
        for name in [current, *names] if current else names:
            try:
                return open_generation(self.path(name)), problem
            except IndexUnavailable as error:
                problem = problem or str(error)
        raise IndexUnavailable(problem or "no generation can be opened: run `quotebot build`")

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A fresh directory to build in, under a lock; what is left in it goes away afterwards.

        Raises QuotebotError when another process is building.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._lock.open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                lock.seek(0)
                holder = lock.read().strip() or "another process"
                raise QuotebotError(
                    f"the index is being built by {holder}: wait until it has finished"
                ) from error
            lock.truncate(0)
            lock.write(f"process {os.getpid()} since {_now():%H:%M:%S} UTC")
            lock.flush()
            for left_over in self._folder.glob(f"{_BUILDING}*"):
                shutil.rmtree(left_over, ignore_errors=True)
            directory = self._folder / f"{_BUILDING}{secrets.token_hex(4)}"
            directory.mkdir()
            try:
                yield directory
            finally:
                shutil.rmtree(directory, ignore_errors=True)

    def publish(self, directory: Path) -> str:
        """Make a finished, checked directory of `building` the current generation; its name."""
        for file in directory.iterdir():
            _sync(file)
        _sync(directory)
        name = self._new_name()
        directory.rename(self._folder / name)
        _sync(self._folder)
        self._point_to(name)
        return name

    def rollback(self) -> str:
        """Make the newest generation before the current one current again; its name.

        Raises IndexUnavailable when there is none that is whole.
        """
        current = self.current_name()
        for name in reversed([n for n in self.names() if current is None or n < current]):
            open_generation(self.path(name))
            self._point_to(name)
            return name
        raise IndexUnavailable("there is no earlier generation to go back to")

    def prune(self, keep: int = 2) -> None:
        """Remove all but the current generation and the newest others, `keep` in all.

        A reader that has one open keeps its maps: on POSIX a file lives until it is closed.
        """
        current = self.current_name()
        others = [name for name in self.names() if name != current]
        for name in others[: max(0, len(others) - (keep - 1))]:
            shutil.rmtree(self.path(name), ignore_errors=True)

    def _new_name(self) -> str:
        """A name that sorts after every other, even when the clock was set back."""
        stamp, number = f"{_now():%Y%m%dT%H%M%SZ}", 0
        newest = max(self.names(), default="")
        if newest[: len(stamp)] >= stamp:
            stamp, number = (
                newest[: len(stamp)],
                int(newest[len(stamp) + 1 :].partition("-")[0]) + 1,
            )
        return f"{stamp}-{number:03d}-{secrets.token_hex(2)}"

    def _point_to(self, name: str) -> None:
        draft = self._root / ".CURRENT.draft"
        draft.write_text(name + "\n", "utf-8")
        _sync(draft)
        draft.replace(self._current)
        _sync(self._root)


def _now() -> datetime:
    return datetime.now(UTC)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
