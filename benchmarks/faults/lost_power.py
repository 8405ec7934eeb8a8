"""What a disk may hold after the power failed: a recording of file operations, and its replays.

The model is POSIX's, which promises less than any file system in use: what was written into a file
lasts from the file's fsync on, and a name in a directory (made, renamed, removed) from the
directory's. Anything later may have reached the disk or not, in any order, whole, cut short or as
zeros; only a rename is done or not done, never half.
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
    """A file has this content now."""

    file: Inode
    content: bytes


@dataclass(frozen=True, slots=True)
class Named:
    """Names that changed at once: (directory, name, what it stands for now)."""

    changes: tuple[tuple[Inode, str, Inode | None], ...]


@dataclass(frozen=True, slots=True)
class Synced:
    """A file's content, or a directory's names, will last."""

    inode: Inode


Event = Written | Named | Synced


@dataclass(slots=True)
class Tree:
    """A folder as it is: the names in each directory, and what each file holds."""

    names: dict[Inode, dict[str, Inode]] = field(default_factory=dict)
    files: dict[Inode, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, ignored: tuple[str, ...]) -> "Tree":
        """Read everything under a folder but files whose name begins with one of `ignored`."""
        tree = cls()
        for directory, _, _ in os.walk(folder):
            entries = [e for e in os.scandir(directory) if not e.name.startswith(ignored)]
            tree.names[Path(directory).stat().st_ino] = {e.name: e.inode() for e in entries}
            tree.files |= {e.inode(): Path(e).read_bytes() for e in entries if e.is_file()}
        return tree

    def visible(self, top: Inode, path: str = "") -> Iterator[tuple[str, bytes | None]]:
        """Path and content of all that a reader looks at: not what begins with a dot."""
        for name, inode in sorted(self.names.get(top, {}).items()):
            if not name.startswith("."):
                where = f"{path}/{name}"
                if inode in self.names:
                    yield where, None
                    yield from self.visible(inode, where)
                else:
                    yield where, self.files.get(inode, b"")

    def write(self, top: Inode, folder: Path) -> None:
        """Make a folder of it."""
        folder.mkdir()
        for name, inode in self.names.get(top, {}).items():
            if inode in self.names:
                self.write(inode, folder / name)
            else:
                (folder / name).write_bytes(self.files.get(inode, b""))


class Recording:
    """What happens under a folder, in order, from a state that is all on disk.

    Syncs and renames are seen where they are called; all between two of them is found by looking
    at the folder, whoever wrote it.
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
        """Record what is another since the last look."""
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
        """The disk when the power fails after `count` events."""
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
    """What isn't a file is a directory, though nothing may be in it when the power is back."""
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
    """What becomes of things that nobody has synced: all of them lost, all kept, or by chance."""

    def __init__(
        self, chance: random.Random | None, *, names: bool = False, contents: bool = False
    ) -> None:
        """Without `chance`, names and contents are kept or lost as told."""
        self._chance, self._names, self._contents = chance, names, contents

    def name(self) -> bool:
        """Whether a change of names reached the disk."""
        return self._chance.random() < 0.5 if self._chance else self._names

    def content(self, versions: list[bytes]) -> bytes:
        """What is in a file that was written and not synced; it may never have been there."""
        if self._chance is None:
            return versions[-1] if self._contents else b""
        whole = self._chance.choice([b"", *versions])
        cut = self._chance.randint(0, len(whole))
        return self._chance.choice([whole, whole[:cut], whole[:cut].ljust(len(whole), b"\0")])
