"""Generations on disk: which one is current, and how a new one takes its place.

Only a whole generation ever bears a generation's name, whenever the power fails: its files are
synced before it is named, the name before CURRENT points to it, and what is removed loses its name
first.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from corpus.errors import IndexUnavailable, QuotebotError
from index.storage.generation import (
    Generation,
    damaged_files,
    manifest_digest,
    open_generation,
    read_manifest,
)

__all__ = ["GenerationStore"]

_BUILDING = ".building-"
_REMOVED = ".removed-"
_NAME = re.compile(r"(\d{8}T\d{6}Z)-(\d{3,})-[0-9a-f]+", re.ASCII)
"""When it was built, a number that orders what the clock doesn't, `manifest_digest`."""


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
            content = self._current.read_bytes().decode("ascii")
        except (OSError, UnicodeDecodeError):
            return None
        name = content.removesuffix("\n")
        return name if name != content and _NAME.fullmatch(name) else None

    def names(self) -> list[str]:
        """Whole generations, oldest first. Raises IndexUnavailable when they cannot be listed."""
        try:
            entries = [entry.name for entry in self._folder.iterdir() if entry.is_dir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise IndexUnavailable(f"{self._folder}: cannot be read ({error.strerror})") from error
        return sorted((name for name in entries if _NAME.fullmatch(name)), key=_age)

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
        while True:
            self.require_any()
            current = self.current_name()
            try:
                return self._open(current)
            except IndexUnavailable:
                if self.current_name() == current:
                    raise

    def _open(self, current: str | None) -> tuple[Generation, str | None]:
        others = [name for name in reversed(self.names()) if name != current]
        problem = None if current else "CURRENT is missing or damaged: run `quotebot build`"
        for name in [current, *others] if current else others:
            try:
                return open_generation(self.path(name)), problem
            except IndexUnavailable as error:
                if self.current_name() != current:  # it was cleaned up: a newer one is there
                    raise
                problem = problem or str(error)
        raise IndexUnavailable(problem or "no generation can be opened: run `quotebot build`")

    def damage(self) -> list[str]:
        """What doesn't stand as it was written, by its path under the data folder's generations.

        Compares every byte of every generation, and CURRENT.
        """
        names = self.names()
        damaged = []
        if (names or self._current.exists()) and self.current_name() not in names:
            damaged.append("CURRENT")
        for name in names:
            directory = self.path(name)
            try:
                files = damaged_files(directory, read_manifest(directory))
                damaged += [f"{name}/{file}" for file in files]
            except IndexUnavailable:
                damaged.append(f"{name}/manifest.json")
        return damaged

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A fresh directory to build in, under a lock; what is left in it goes away afterwards.

        Raises QuotebotError when another process is building, or when the disk is full or may not
        be written.
        """
        with self._writing():
            directory = self._folder / f"{_BUILDING}{secrets.token_hex(4)}"
            directory.mkdir()
            try:
                yield directory
            finally:
                shutil.rmtree(directory, ignore_errors=True)

    def publish(self, directory: Path) -> str:
        """Make a finished, checked directory of `building` the current generation; its name.

        One earlier generation stays for `rollback`: the newest that is whole and holds no article
        that the new one lacks, so that what was removed from the library is nowhere. Every other
        goes; a reader that has one open keeps its maps: on POSIX a file lives until it is closed.
        """
        for path in directory.rglob("*"):
            _sync(path)
        _sync(directory)
        current = self.current_name()
        earlier = [*([current] if current else []), *self._earlier(current)]
        name = self._new_name(manifest_digest(directory))
        directory.rename(self._folder / name)
        _sync(self._folder)
        self._point_to(name)
        self._clean_up(name, earlier)
        return name

    def rollback(self) -> str:
        """Make the newest whole generation before the current one current again; its name.

        Raises IndexUnavailable when there is none, QuotebotError as `building` does.
        """
        with self._writing():
            problem = (
                "there is no earlier generation to go back to: none was built, or it held an"
                " article that was removed since, and went with it"
            )
            for name in self._earlier(self.current_name()):
                try:
                    open_generation(self.path(name))
                except IndexUnavailable as error:
                    problem = str(error)
                else:
                    self._point_to(name)
                    return name
        raise IndexUnavailable(problem)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Be the only one to change the generations; sweep away what crashes have left."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _sync(self._root)
            with self._lock.open("a+", encoding="utf-8") as lock:
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
                self._sweep()
                yield
        except OSError as error:
            raise QuotebotError(
                f"{error.filename or self._folder}: the index cannot be written "
                f"({error.strerror or error}); the one in use goes on answering"
            ) from error

    def _earlier(self, name: str | None) -> list[str]:
        """Generations before a name, newest first; all of them when there is no name."""
        names = self.names()[::-1]
        return names if name is None else [n for n in names if _age(n) < _age(name)]

    def _clean_up(self, name: str, earlier: Iterable[str]) -> None:
        """Remove all generations but `name` and the first of `earlier` that may be returned to."""
        articles = _article_ids(open_generation(self.path(name), verify=False))
        kept = {name, next((e for e in earlier if self._may_return(e, articles)), name)}
        for other in set(self.names()) - kept:
            self.path(other).rename(self._folder / f"{_REMOVED}{other}")
        _sync(self._folder)  # its name goes before its files do
        self._sweep()

    def _may_return(self, name: str, articles: Set[str]) -> bool:
        try:
            return _article_ids(open_generation(self.path(name))) <= articles
        except IndexUnavailable:
            return False

    def _sweep(self) -> None:
        for pattern in (f"{_BUILDING}*", f"{_REMOVED}*"):
            for left_over in self._folder.glob(pattern):
                shutil.rmtree(left_over)
        _sync(self._folder)

    def _new_name(self, digest: str) -> str:
        """A name that sorts after every other, even when the clock was set back."""
        stamp, number = f"{_now():%Y%m%dT%H%M%SZ}", 0
        if names := self.names():
            newest, count, _ = _age(names[-1])
            if newest >= stamp:
                stamp, number = newest, count + 1
        return f"{stamp}-{number:03d}-{digest}"

    def _point_to(self, name: str) -> None:
        draft = self._root / ".CURRENT.draft"
        draft.write_text(name + "\n", "ascii")
        _sync(draft)
        draft.replace(self._current)
        _sync(self._root)


def _age(name: str) -> tuple[str, int, str]:
    """What orders generations by when they were built."""
    stamp, number, digest = name.split("-")
    return stamp, int(number), digest


def _article_ids(generation: Generation) -> Set[str]:
    return {article.id for article in generation.articles}


def _now() -> datetime:
    return datetime.now(UTC)


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a directory, will outlast a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
