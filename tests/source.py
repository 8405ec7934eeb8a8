"""The project's own source files, for tests that read the program instead of running it."""

from pathlib import Path

__all__ = ["ROOT", "python_files"]

ROOT = Path(__file__).parents[1]


def python_files(folder: str) -> list[Path]:
    """Every Python file under a top-level folder, sorted.

    Fails on nothing found: a check of no files would pass for ever.
    """
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files, f"no Python file under {folder}/"
    return files
