"""The whole suite: speed beside the naive bot and txtai, then size; into docs/performance.md.

    .venv/bin/python -m benchmarks [--squad SQUAD.json] [SENTENCES...]

Writes the tables between the marks in that file, and the plot beside the pictures. With the default
sizes it takes half an hour and 6 GB of disk.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.scale import table

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "performance.md"
PLOT = DOCS / "pictures" / "scale.svg"
LINES = (
    ("p50_ms", "quotebot, a whole question, p50", "o-"),
    ("p95_ms", "the same, p95", "o--"),
    ("flat_p50_ms", "flat FAISS, dense search alone, p50", "s-"),
)
MEASURED = re.compile(r"(<!-- measured: .*? -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--squad", metavar="FILE", help="instead of the sample articles")
    parser.add_argument("sizes", nargs="*", default=["1000", "10000", "100000", "1000000"])
    options = parser.parse_args()
    between_marks(PAGE.read_text("utf-8"), "")  # fail now, not after half an hour
    speed = run("benchmarks.speed", *([options.squad] if options.squad else []))
    results = [json.loads(line) for line in run("benchmarks.scale", "--json", *options.sizes).splitlines()]  # fmt: skip
    plot(results)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    head = (
        f"Commit {commit}, {datetime.now(UTC):%Y-%m-%d}, {len(os.sched_getaffinity(0))} cores, "
        f"load average {os.getloadavg()[1]:.1f}.\n\n"
    )
    body = f"{head}{speed}\n{table(results)}\n![Question latency by size](pictures/{PLOT.name})\n\n"
    PAGE.write_text(between_marks(PAGE.read_text("utf-8"), body), "utf-8")
    print(f"written: {PAGE}", file=sys.stderr)


def between_marks(page: str, body: str) -> str:
    """The page with `body` in place of the old tables. Raises SystemExit without the marks."""
    filled, count = MEASURED.subn(lambda found: found[1] + body + found[2], page)
    if count != 1:
        raise SystemExit(f"{PAGE}: not one pair of <!-- measured: … --> and <!-- end -->")
    return filled


def run(module: str, *arguments: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def plot(results: list[dict[str, float]]) -> None:
    figure = Figure(figsize=(6, 3.5))
    axes = figure.subplots()
    sizes = [r["sentences"] for r in results]
    for key, label, style in LINES:
        axes.plot(sizes, [r[key] for r in results], style, label=label)
    axes.set(xscale="log", yscale="log", xlabel="sentences", ylabel="milliseconds")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(PLOT, bbox_inches="tight", metadata={"Date": None})


if __name__ == "__main__":
    main()
