"""Stores generations in directories, and replaces the current one.

Only a whole generation has the name of a generation, even after a power cut. The files of a new one
are synced before it gets its name; the name is synced before CURRENT points to it. A generation
that is removed first loses its name.
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

from corpus.errors import BuildInProgress, IndexUnavailable, QuotebotError, Reason
from index.error_codes import Code
from index.storage.generation import Generation, open_generation
from index.storage.generation_writer import EmbeddedWriter
from index.storage.manifest import Manifest, damaged_files, manifest_digest, read_manifest

__all__ = ["EmbeddedStore"]

_BUILDING = ".building-"
_REMOVED = ".removed-"
_NAME = re.compile(r"(\d{8}T\d{6}Z)-(\d{3,})-[0-9a-f]+", re.ASCII)
"""Time of the build, a number that orders those of the same second, `manifest_digest`."""
_HOLDER = re.compile(r"process (\d+) since (\S+) UTC")
"""The text that a builder writes into the lock file."""


class EmbeddedStore:
    """The embedded `GenerationStore`: a folder of generations, and the file CURRENT."""

    def __init__(self, root: Path) -> None:
        """Use the generations below `root`; folders are made by the first build."""
        self._folder = root / "generations"
        self._current = root / "CURRENT"
        self._lock = root / "build.lock"
        self._root = root

    def current_name(self) -> str | None:
        """Return the name in CURRENT; None when nothing was built yet or it is damaged."""
        try:
            content = self._current.read_bytes().decode("ascii")
        except (OSError, UnicodeDecodeError):
            return None
        name = content.removesuffix("\n")
        return name if name != content and _NAME.fullmatch(name) else None

    def names(self) -> list[str]:
        """Return the names of whole generations, oldest first.

        Raises IndexUnavailable when they cannot be listed.
        """
        try:
            entries = [entry.name for entry in self._folder.iterdir() if entry.is_dir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise IndexUnavailable(
                Code.GENERATIONS_NOT_LISTED(path=self._folder, error=error.strerror)
            ) from error
        return sorted((name for name in entries if _NAME.fullmatch(name)), key=_age)

    def path(self, name: str) -> Path:
        """Return the directory of a generation."""
        return self._folder / name

    def require_any(self) -> None:
        """Raise IndexUnavailable when no generation was built yet."""
        if self.current_name() is None and not self.names():
            raise IndexUnavailable(Code.NOTHING_BUILT())

    def manifest(self, name: str) -> Manifest:
        """See `GenerationStore`."""
        return read_manifest(self.path(name))

    def open(self, name: str, *, verify: bool = True) -> Generation:
        """See `GenerationStore`."""
        return open_generation(self.path(name), verify=verify)

    def open_current(self) -> tuple[Generation, Reason | None]:
        """See `GenerationStore`."""
        while True:
            self.require_any()
            current = self.current_name()
            try:
                return self._open(current)
            except IndexUnavailable:
                if self.current_name() == current:
                    raise

    def _open(self, current: str | None) -> tuple[Generation, Reason | None]:
        others = [name for name in reversed(self.names()) if name != current]
        problem: Reason | None = None if current else Code.CURRENT_DAMAGED()
        for name in [current, *others] if current else others:
            try:
                return open_generation(self.path(name)), problem
            except IndexUnavailable as error:
                if self.current_name() != current:  # a newer one was published meanwhile
                    raise
                problem = problem or error.reason
        raise IndexUnavailable(problem or Code.NO_GENERATION_OPENS())

    def damage(self) -> list[str]:
        """See `GenerationStore`: "CURRENT", and paths of files below the folder of generations.

        Reads every byte of every generation.
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
    def building(self) -> Iterator[EmbeddedWriter]:
        """Give a writer to a new directory, under a lock; delete the directory if it is left.

        Raises BuildInProgress when another process is building, QuotebotError when the disk is full
        or read-only.
        """
        with self._writing():
            directory = self._folder / f"{_BUILDING}{secrets.token_hex(4)}"
            directory.mkdir()
            try:
                yield EmbeddedWriter(directory, self.publish)
            finally:
                shutil.rmtree(directory, ignore_errors=True)

    def publish(self, directory: Path) -> str:
        """Make a finished, checked directory of `building` the current generation; return its name.

        One earlier generation stays for `rollback`: the newest that is whole and has no article
        that the new one lacks, so that no removed article stays. All others are deleted. A reader
        that has one open goes on: on POSIX, a deleted file exists until it is closed.
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
        """See `GenerationStore`."""
        with self._writing():
            problem = Code.NO_EARLIER_GENERATION()
            for name in self._earlier(self.current_name()):
                try:
                    open_generation(self.path(name))
                except IndexUnavailable as error:
                    problem = error.reason
                else:
                    self._point_to(name)
                    return name
        raise IndexUnavailable(problem)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Lock the generations for changes; delete what crashes have left."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _sync(self._root)
            with self._lock.open("a+", encoding="utf-8") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    lock.seek(0)
                    raise BuildInProgress(
                        Code.BUILD_IN_PROGRESS(holder=_holder(lock.read().strip()))
                    ) from error
                lock.truncate(0)
                lock.write(f"process {os.getpid()} since {_now():%H:%M:%S} UTC")
                lock.flush()
                self._delete_left_overs()
                yield
        except OSError as error:
            raise QuotebotError(
                Code.INDEX_NOT_WRITTEN(
                    path=error.filename or self._folder, error=error.strerror or error
                )
            ) from error

    def _earlier(self, name: str | None) -> list[str]:
        """Names of generations before `name`, newest first; of all when it is None."""
        names = self.names()[::-1]
        return names if name is None else [n for n in names if _age(n) < _age(name)]

    def _clean_up(self, name: str, earlier: Iterable[str]) -> None:
        """Delete all generations except `name` and the first of `earlier` that can be kept."""
        articles = _article_ids(open_generation(self.path(name), verify=False))
        kept = {name, next((e for e in earlier if self._can_be_kept(e, articles)), name)}
        for other in set(self.names()) - kept:
            self.path(other).rename(self._folder / f"{_REMOVED}{other}")
        _sync(self._folder)  # the name must be gone before the files are
        self._delete_left_overs()

    def _can_be_kept(self, name: str, articles: Set[str]) -> bool:
        """Whether a generation is whole and has only these articles."""
        try:
            return _article_ids(open_generation(self.path(name))) <= articles
        except IndexUnavailable:
            return False

    def _delete_left_overs(self) -> None:
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


def _holder(content: str) -> Reason | str:
    """The process that has the lock, from the content of the lock file."""
    found = _HOLDER.fullmatch(content)
    if found:
        return Code.BUILDING_PROCESS(id=found[1], since=found[2])
    return content or Code.ANOTHER_PROCESS()


def _age(name: str) -> tuple[str, int, str]:
    """A key that sorts generations by when they were built."""
    stamp, number, digest = name.split("-")
    return stamp, int(number), digest


def _article_ids(generation: Generation) -> Set[str]:
    return {article.id for article in generation.articles()}


def _now() -> datetime:
    return datetime.now(UTC)


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a directory, are safe from a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
