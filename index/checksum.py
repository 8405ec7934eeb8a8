"""Computes sizes and SHA-256 checksums of files."""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

__all__ = ["checksum", "checksums"]


def checksum(path: Path) -> dict[str, Any]:
    """Return `bytes` (the size) and `sha256` of a file, as a manifest has them. Raises OSError."""
    with path.open("rb") as file:
        return {
            "bytes": path.stat().st_size,
            "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
        }


def checksums(files: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Return the `checksum` of each file by its name. Raises OSError."""
    paths = list(files)
    with ThreadPoolExecutor() as pool:
        found = pool.map(checksum, paths)
        return {path.name: one for path, one in zip(paths, found, strict=True)}
