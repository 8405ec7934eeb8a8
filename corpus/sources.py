"""Files and folders, as named by an admin, to articles."""

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from corpus.article import Article
from corpus.errors import UnreadableSource
from corpus.readers import KNOWN_SUFFIXES, find_reader

__all__ = ["read_source", "read_sources"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
LARGEST_FILE = 64 * 1024 * 1024  # bytes


def read_sources(names: Iterable[str]) -> Iterator[Article | UnreadableSource]:
    """Read every article of files and folders, in order; a bad one yields its error, named.

    Folders are read with everything under them, sorted by name, hidden files left out. A file
    that is reached twice is read once. `Article.source` is the absolute path.
    """
    seen: set[Path] = set()
    for name in names:
        yield from _read(name, seen)


def read_source(name: str) -> Iterator[Article | UnreadableSource]:
    """Read every article of one file or folder."""
    return read_sources([name])


def _read(name: str, seen: set[Path]) -> Iterator[Article | UnreadableSource]:
    if "://" in name:
        yield UnreadableSource(
            _printable(name), "URLs are not supported yet: download it and add the file"
        )
        return
    try:
        path = Path(name).resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        yield UnreadableSource(_printable(name), _reason(error))
        return
    if not path.is_dir():
        yield from _read_file(path, seen)
        return
    empty = True
    for found in _walk(path, set()):
        empty = False
        if isinstance(found, UnreadableSource):
            yield found
        else:
            yield from _read_file(found, seen, in_folder=True)
    if empty:
        yield UnreadableSource(str(path), "no files in this folder")


def _walk(folder: Path, visited: set[Path]) -> Iterator[Path | UnreadableSource]:
    """Files under a folder; `visited` (real paths) keeps links from leading around for ever."""
    visited.add(folder)
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        yield UnreadableSource(_printable(str(folder)), _reason(error))
        return
    for name in names:
        if name.startswith("."):
            continue
        try:
            path = (folder / name).resolve(strict=True)
        except (OSError, RuntimeError) as error:
            yield UnreadableSource(_printable(str(folder / name)), _reason(error))
            continue
        if not path.is_dir():
            yield path
        elif path not in visited:
            yield from _walk(path, visited)


def _read_file(
    path: Path, seen: set[Path], *, in_folder: bool = False
) -> Iterator[Article | UnreadableSource]:
    if path in seen:
        return
    seen.add(path)
    source = _printable(str(path))
    try:
        if source != str(path):
            raise UnreadableSource(
                source, "its name holds characters that cannot be shown: rename it"
            )
        data = _bytes(path)
        reader = find_reader(data, source)
        if in_folder and path.suffix.lower() not in KNOWN_SUFFIXES:
            raise UnreadableSource(source, f"unknown kind of file ({path.suffix})")
        yield from reader.read(data, source)
    except UnreadableSource as error:
        yield error
    except OSError as error:
        yield UnreadableSource(source, _reason(error))


def _bytes(path: Path) -> bytes:
    # Not blocking: opening a pipe that nobody writes to would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UnreadableSource(str(path), "not a regular file")
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        size = LARGEST_FILE // (1024 * 1024)
        raise UnreadableSource(str(path), f"larger than {size} MiB: split it")
    return data


def _printable(name: str) -> str:
    """A name that fits in one line and can be stored: controls and stray bytes become escapes."""
    shown = _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", name)
    return shown.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _reason(error: Exception) -> str:
    if isinstance(error, RuntimeError) or getattr(error, "errno", None) == errno.ELOOP:
        return "a loop of symbolic links"
    reasons = {
        errno.ENOENT: "no such file or folder",
        errno.EACCES: "permission denied",
        errno.EPERM: "permission denied",
        errno.ENAMETOOLONG: "the name is too long",
    }
    number = getattr(error, "errno", None)
    if number in reasons:
        return reasons[number]
    return (getattr(error, "strerror", None) or "not a valid file name").lower()
