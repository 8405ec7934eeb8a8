"""The disk after a loss of power: a recording of file operations, and replays of it.

The model is POSIX's, which promises less than any file system in use: the content of a file is safe
after the fsync of the file, and a name in a directory (created, renamed, removed) is safe after the
fsync of the directory. Anything later may have reached the disk or not, in any order, whole,
truncated or as zeros; only a rename is done or not done, never half.
"""

import os
import random
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

Inode = int


@dataclass(frozen=True, slots=True)
class Written:
    """An event: a file has this content now."""

    file: Inode
    content: bytes


@dataclass(frozen=True, slots=True)
class Named:
    """An event: names that changed at once, as (directory, name, what it stands for now)."""

    changes: tuple[tuple[Inode, str, Inode | None], ...]


@dataclass(frozen=True, slots=True)
class Synced:
    """An event: the content of a file, or the names of a directory, are safe now."""

    inode: Inode


Event = Written | Named | Synced


@dataclass(slots=True)
class Tree:
    """The state of a folder: the names in each directory, and the content of each file."""

    names: dict[Inode, dict[str, Inode]] = field(default_factory=dict)
    files: dict[Inode, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, ignored: tuple[str, ...]) -> "Tree":
        """Read everything under a folder except files whose names begin with one of `ignored`."""
        tree = cls()
        for directory, _, _ in os.walk(folder):
            entries = [e for e in os.scandir(directory) if not e.name.startswith(ignored)]
            tree.names[Path(directory).stat().st_ino] = {e.name: e.inode() for e in entries}
            tree.files |= {e.inode(): Path(e).read_bytes() for e in entries if e.is_file()}
        return tree

    def visible(self, top: Inode, path: str = "") -> Iterator[tuple[str, bytes | None]]:
        """Path and content of all files that a reader uses: no name in the path begins with a dot."""
        for name, inode in sorted(self.names.get(top, {}).items()):
            if not name.startswith("."):
                where = f"{path}/{name}"
                if inode in self.names:
                    yield where, None
                    yield from self.visible(inode, where)
                else:
                    yield where, self.files.get(inode, b"")

    def write(self, top: Inode, folder: Path) -> None:
        """Write it to a folder."""
        folder.mkdir()
        for name, inode in self.names.get(top, {}).items():
            if inode in self.names:
                self.write(inode, folder / name)
            else:
                (folder / name).write_bytes(self.files.get(inode, b""))


class Recording:
    """The events under a folder, in order, from a state in which all of it is on disk.

    Calls of sync and rename are intercepted; everything between two of them is found by comparing
    the folder before and after.
    """

    def __init__(self, root: Path, ignored: tuple[str, ...]) -> None:
        self.top = root.stat().st_ino
        self.start = Tree.of(root, ignored)
        self.events: list[Event] = []
        self._root, self._ignored = root, ignored
        self._seen = self.start

    @contextmanager
    def running(self) -> Iterator[None]:
        """Record until the end of the block."""
        fsync, rename, replace = os.fsync, os.rename, os.replace

        def syncing(descriptor: int) -> None:
            self._look()
            fsync(descriptor)
            self.events.append(Synced(os.fstat(descriptor).st_ino))

        def moving(move: Callable[..., None]) -> Callable[..., None]:
            def moved(*paths: str) -> None:
                self._look()
                move(*paths)
                self._look(at_once=True)

            return moved

        with (
            patch("os.fsync", syncing),
            patch("os.rename", moving(rename)),
            patch("os.replace", moving(replace)),
        ):
            yield
        self._look()

    def _look(self, *, at_once: bool = False) -> None:
        """Record what has changed since the last look."""
        now, before = Tree.of(self._root, self._ignored), self._seen
        self._seen = now
        for file, content in now.files.items():
            if before.files.get(file) != content:
                self.events.append(Written(file, content))
        changes = [
            (directory, name, now.names.get(directory, {}).get(name))
            for directory in now.names | before.names
            for name in now.names.get(directory, {}) | before.names.get(directory, {})
            if now.names.get(directory, {}).get(name) != before.names.get(directory, {}).get(name)
        ]
        if at_once and changes:
            self.events.append(Named(tuple(changes)))
        else:
            self.events += [Named((change,)) for change in changes]

    def after(self, count: int, survives: "Luck") -> Tree:
        """The disk if the power fails after `count` events."""
        events = self.events[:count]
        synced = {e.inode: i for i, e in enumerate(events) if isinstance(e, Synced)}
        names = {inode: dict(entries) for inode, entries in self.start.names.items()}
        written = {inode: [content] for inode, content in self.start.files.items()}
        unsynced: set[Inode] = set()
        for i, event in enumerate(events):
            if isinstance(event, Written):
                versions = written.setdefault(event.file, [])
                if i < synced.get(event.file, -1):
                    versions.clear()  # the older ones are gone
                else:
                    unsynced.add(event.file)
                versions.append(event.content)
            elif isinstance(event, Named):
                _make_directories(names, event, written)
                lasts = all(i < synced.get(where, -1) for where, _, _ in event.changes)
                if lasts or survives.name():
                    _apply(names, event)
        files = {
            inode: survives.content(versions) if inode in unsynced else versions[-1]
            for inode, versions in written.items()
        }
        return Tree(names, files)


def _make_directories(
    names: dict[Inode, dict[str, Inode]], event: Named, files: Container[Inode]
) -> None:
    """Create each directory, also one that is empty after the loss of power."""
    for _, _, inode in event.changes:
        if inode is not None and inode not in files:
            names.setdefault(inode, {})


def _apply(names: dict[Inode, dict[str, Inode]], event: Named) -> None:
    for directory, name, inode in event.changes:
        entries = names.setdefault(directory, {})
        if inode is None:
            entries.pop(name, None)
        else:
            entries[name] = inode


class Luck:
    """Decides what happens to unsynced changes: all are lost, all are kept, or it is random."""

    def __init__(
        self, chance: random.Random | None, *, names: bool = False, contents: bool = False
    ) -> None:
        """Without `chance`, names and contents are kept or lost as the arguments say."""
        self._chance, self._names, self._contents = chance, names, contents

    def name(self) -> bool:
        """Whether a change of names reached the disk."""
        return self._chance.random() < 0.5 if self._chance else self._names

    def content(self, versions: list[bytes]) -> bytes:
        """The content of a file that was written and not synced; it may be missing."""
        if self._chance is None:
            return versions[-1] if self._contents else b""
        whole = self._chance.choice([b"", *versions])
        cut = self._chance.randint(0, len(whole))
        return self._chance.choice([whole, whole[:cut], whole[:cut].ljust(len(whole), b"\0")])
