"""Reading and writing `weights.json`, block by block."""

import json
from pathlib import Path
from typing import Any

from index.ranking.ranker import COEFFICIENTS

__all__ = ["start_from", "write_blocks"]


def start_from(out: Path) -> Path:
    """The weights to start from: those in `out` where it exists, else the shipped ones."""
    return out if out.exists() else COEFFICIENTS


def write_blocks(out: Path, blocks: dict[str, Any]) -> None:
    """Write weights to `out`; blocks that are not given stay as in `start_from`."""
    plain = json.loads(start_from(out).read_text("utf-8"))
    out.write_text(json.dumps({**plain, **blocks}, indent=1) + "\n", "utf-8")
