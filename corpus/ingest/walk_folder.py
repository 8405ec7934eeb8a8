"""Lists the files under a folder, in order, without those that its ignore files name."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import UnreadableSource
from corpus.source_name import printable, why_refused

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

__all__ = ["files_under"]

IGNORE_FILES = (".gitignore", ".ignore", ".quotebotignore")  # a later one overrides

_Rules = tuple[tuple[Path, "GitIgnoreSpec"], ...]


def files_under(folder: Path) -> Iterator[Path | UnreadableSource]:
    """Give every file under a folder, sorted by name, without hidden files.

    Links are followed; each folder is entered once. Folders and links that cannot be read give
    their error.
    """
    return _walk(folder, set(), ())


def _walk(folder: Path, visited: set[Path], rules: _Rules) -> Iterator[Path | UnreadableSource]:
    """`visited` holds resolved folders, so that a loop of links ends."""
    visited.add(folder)
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        yield UnreadableSource(printable(str(folder)), why_refused(error))
        return
    rules = (*rules, *_rules(folder, {entry.name for entry in entries}))
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = folder / entry.name
        try:
            if entry.is_symlink():
                path = path.resolve(strict=True)
            is_folder = entry.is_dir()
        except (OSError, RuntimeError) as error:
            yield UnreadableSource(printable(str(folder / entry.name)), why_refused(error))
            continue
        if rules and _ignored(folder / entry.name, is_folder, rules):
            continue
        if not is_folder:
            yield path
        elif path not in visited:
            yield from _walk(path, visited, rules)


def _rules(folder: Path, names: set[str]) -> Iterator[tuple[Path, "GitIgnoreSpec"]]:
    for name in IGNORE_FILES:
        if name not in names:
            continue
        from pathspec import GitIgnoreSpec  # lazy: few folders have one

        try:
            lines = (folder / name).read_text(encoding="utf-8", errors="replace").splitlines()
            yield folder, GitIgnoreSpec.from_lines(lines)
        except (OSError, ValueError):
            continue  # an ignore file that cannot be read ignores nothing


def _ignored(path: Path, is_folder: bool, rules: _Rules) -> bool:
    ignored = False
    for folder, spec in rules:
        try:
            relative = path.relative_to(folder).as_posix() + ("/" if is_folder else "")
        except ValueError:
            continue
        verdict = spec.check_file(relative).include
        ignored = ignored if verdict is None else verdict
    return ignored
