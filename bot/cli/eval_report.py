"""`quotebot eval --report`: one self-contained HTML page."""

import html
import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.error_codes import Code
from corpus.errors import QuotebotError
from index.evaluation.datasets import Collection
from index.evaluation.metrics import figure
from index.evaluation.results import DEPTH, Evaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["write_report"]

_WORST = 40  # wrong answers that are listed
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; }
table { border-collapse: collapse; margin: 1rem 0; }
td, th { padding: .2rem .8rem; text-align: left;
vertical-align: top; border-bottom: 1px solid #ddd; } .plots { display: flex; flex-wrap: wrap; }
.plots svg { width: 22rem; height: auto; } td.figure { text-align: right; }
"""


def write_report(folder: Path, results: Sequence[tuple[Collection, Sequence[Evaluation]]]) -> Path:
    """Write `report.html` into `folder`, which is created if needed; the page's path.

    The first evaluation of each collection is quotebot's; the others are baselines. Raises
    QuotebotError when the page cannot be written.
    """
    body = "".join(_section(collection, evaluations) for collection, evaluations in results)
    page = (
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>quotebot: answer quality"
        f"</title><style>{_STYLE}</style><h1>Answer quality</h1>"
        f"<p>{datetime.now(UTC):%Y-%m-%d %H:%M} UTC</p>{body}</html>"
    )
    path = folder / "report.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(page, "utf-8")
    except OSError as error:
        raise QuotebotError(Code.REPORT_NOT_WRITTEN(path=path, reason=error.strerror)) from error
    return path


def _section(collection: Collection, evaluations: Sequence[Evaluation]) -> str:
    ours = evaluations[0]
    plots = [
        _plot("Recall at k", lambda axes: _recall(axes, collection, evaluations, ours)),
        _plot("Time of a question, ms", lambda axes: _latency(axes, evaluations)),
    ]
    if len(ours.confidence) and ours.right.any():
        plots.insert(1, _plot("Confidence and truth", lambda axes: _reliability(axes, ours)))
    return (
        f"<h2>{html.escape(collection.name)}</h2><p>{len(collection.articles)} articles, "
        f"{len(ours.shown)} questions</p>{_metrics(evaluations)}"
        f"<div class='plots'>{''.join(plots)}</div>{_worst(collection, ours)}"
    )


def _metrics(evaluations: Sequence[Evaluation]) -> str:
    names = dict.fromkeys(name for e in evaluations for name in e.metrics)
    head = "".join(f"<th>{html.escape(e.system)}</th>" for e in evaluations)
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td>"
        + "".join(
            f"<td class='figure'>{figure(name, e.metrics.get(name))}</td>" for e in evaluations
        )
        + "</tr>"
        for name in names
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


def _worst(collection: Collection, ours: Evaluation) -> str:
    """The wrong answers with the highest confidence."""
    by_id = {q.id: q for q in collection.questions}
    asked = [by_id[i] for i in ours.questions]
    wrong = [i for i in range(len(asked)) if not _is_right(collection, ours, asked[i].relevant, i)]
    wrong.sort(key=lambda i: -ours.shown[i].confidence)
    rows = "".join(
        f"<tr><td>{html.escape(asked[i].text)}</td><td>{html.escape(ours.shown[i].quote)}</td>"
        f"<td>{html.escape(' / '.join(dict.fromkeys(asked[i].answers)))}</td>"
        f"<td class='figure'>{ours.shown[i].confidence:.2f}</td></tr>"
        for i in wrong[:_WORST]
    )
    return (
        "<h3>Worst questions</h3><table><tr><th>Question</th><th>Shown</th><th>Right</th>"
        f"<th>Confidence</th></tr>{rows}</table>"
    )


def _is_right(
    collection: Collection, ours: Evaluation, relevant: dict[tuple[str, int], int], i: int
) -> bool:
    """Whether answer `i` is right: its quote, or its paragraph where no answers are known."""
    if any(question.answers for question in collection.questions):
        return bool(ours.right[i])
    return ours.shown[i].documents[:1] == [f"{a}#{p}" for a, p in relevant][:1]


def _recall(
    axes: "Axes", collection: Collection, evaluations: Sequence[Evaluation], ours: Evaluation
) -> None:
    by_id = {q.id: q for q in collection.questions}
    wanted = [{f"{a}#{p}" for a, p in by_id[i].relevant} for i in ours.questions]
    depths = range(1, DEPTH + 1)
    for evaluation in evaluations:
        pairs = list(zip(wanted, evaluation.shown, strict=True))
        found = [float(np.mean([bool(w & set(s.documents[:k])) for w, s in pairs])) for k in depths]
        axes.plot(depths, found, marker="o", markersize=3, label=evaluation.system)
    axes.set_xlabel("k")
    axes.legend()


def _reliability(axes: "Axes", ours: Evaluation) -> None:
    bins = np.minimum((ours.confidence * 10).astype(int), 9)
    filled = [i for i in range(10) if (bins == i).any()]
    axes.plot([0, 1], [0, 1], linewidth=0.8, color="grey")
    axes.plot(
        [float(ours.confidence[bins == i].mean()) for i in filled],
        [float(ours.is_right[bins == i].mean()) for i in filled],
        marker="o",
    )
    axes.set_xlabel("confidence")
    axes.set_ylabel("share right")


def _latency(axes: "Axes", evaluations: Sequence[Evaluation]) -> None:
    for evaluation in evaluations:
        times = [s.seconds * 1e3 for s in evaluation.shown]
        axes.hist(times, bins=40, histtype="step", label=evaluation.system,
                  range=(0, float(np.percentile(times, 99))))  # fmt: skip
    axes.legend()


def _plot(title: str, draw: "Callable[[Axes], None]") -> str:
    """A plot as an SVG element; `draw` draws it."""
    from matplotlib.figure import Figure  # takes long to load

    figure = Figure(figsize=(4.4, 3.2), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title)
    draw(axes)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue()
    return svg[svg.index("<svg") :]
