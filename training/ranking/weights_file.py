"""Reads and writes blocks of `weights.json`."""

import json
from pathlib import Path
from typing import Any

from index.ranking.ranker import COEFFICIENTS

__all__ = ["start_from", "write_blocks"]


def start_from(out: Path) -> Path:
    """Return the file of the present weights: `out` if it exists, else that of the installation."""
    return out if out.exists() else COEFFICIENTS


def write_blocks(out: Path, blocks: dict[str, Any]) -> None:
    """Write blocks of weights to `out`; other blocks stay as in `start_from`. Raises OSError."""
    plain = json.loads(start_from(out).read_text("utf-8"))
    out.write_text(json.dumps({**plain, **blocks}, indent=1) + "\n", "utf-8")
