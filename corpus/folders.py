"""The files under a folder, in order, without those that its ignore files name."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import UnreadableSource
from corpus.names import printable, reason

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

__all__ = ["files_under"]

IGNORE_FILES = (".gitignore", ".ignore", ".quotebotignore")  # later ones have the last word

Rules = tuple[tuple[Path, "GitIgnoreSpec"], ...]


def files_under(folder: Path) -> Iterator[Path | UnreadableSource]:
    """Every file under a folder, sorted by name, hidden ones left out; links are followed once."""
    return _walk(folder, folder, set(), ())


def _walk(
    named: Path, folder: Path, visited: set[Path], rules: Rules
) -> Iterator[Path | UnreadableSource]:
    """`named` is the folder as it was reached, `folder` its real path (in `visited`, so that links
    never lead around for ever)."""
    visited.add(folder)
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        yield UnreadableSource(printable(str(folder)), reason(error))
        return
    rules = (*rules, *_rules(folder, names))
    for name in names:
        if name.startswith("."):
            continue
        path = folder / name
        try:
            if path.is_symlink():
                path = path.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            yield UnreadableSource(printable(str(folder / name)), reason(error))
            continue
        is_folder = path.is_dir()
        if _ignored(folder / name, is_folder, rules):
            continue
        if not is_folder:
            yield path
        elif path not in visited:
            yield from _walk(named / name, path, visited, rules)


def _rules(folder: Path, names: list[str]) -> Iterator[tuple[Path, "GitIgnoreSpec"]]:
    for name in IGNORE_FILES:
        if name not in names:
            continue
        from pathspec import GitIgnoreSpec  # lazy: few folders have one

        try:
            lines = (folder / name).read_text(encoding="utf-8", errors="replace").splitlines()
            yield folder, GitIgnoreSpec.from_lines(lines)
        except (OSError, ValueError):
            continue  # an ignore file that cannot be read ignores nothing


def _ignored(path: Path, is_folder: bool, rules: Rules) -> bool:
    ignored = False
    for folder, spec in rules:
        try:
            relative = path.relative_to(folder).as_posix() + ("/" if is_folder else "")
        except ValueError:
            continue
        verdict = spec.check_file(relative).include
        ignored = ignored if verdict is None else verdict
    return ignored
