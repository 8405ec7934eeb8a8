"""Counters and a histogram in the text form that Prometheus reads."""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping

__all__ = ["Metrics"]

_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds


class Metrics:
    """What happened since the start. Used from the event loop only."""

    def __init__(self) -> None:
        """All zero."""
        self.questions = 0
        self.answered = 0
        self.failed = 0
        self.updates = 0
        self.errors: Counter[str] = Counter()
        self._buckets = [0] * (len(_BOUNDS) + 1)
        self._seconds = 0.0

    def took(self, seconds: float) -> None:
        """A question was answered, from update to answer, in so many seconds."""
        self._buckets[bisect_left(_BOUNDS, seconds)] += 1
        self._seconds += seconds

    def text(self, gauges: Mapping[str, tuple[str, float]], generation: str | None) -> str:
        """Everything, with gauges as name → (help, value)."""
        lines = [
            *_counter("updates", "Updates from Telegram.", [("", self.updates)]),
            *_counter("questions", "Questions asked.", [("", self.questions)]),
            *_counter("answered", "Questions that were answered.", [("", self.answered)]),
            *_counter("failed", "Questions that failed.", [("", self.failed)]),
            *_counter(
                "telegram_errors",
                "Calls to Telegram that failed, by kind.",
                [(f'{{kind="{kind}"}}', n) for kind, n in sorted(self.errors.items())],
            ),
            *self._histogram(),
        ]
        for name, (meaning, value) in gauges.items():
            lines += [*_head(name, meaning, "gauge"), f"quotebot_{name} {_plain(value)}"]
        if generation:
            lines += _head("generation_info", "The generation answering.", "gauge")
            lines.append(f'quotebot_generation_info{{generation="{_escaped(generation)}"}} 1')
        return "\n".join(lines) + "\n"

    def _histogram(self) -> list[str]:
        name = "answer_seconds"
        lines = _head(name, "Seconds from update to answer.", "histogram")
        total = 0
        for bound, count in zip((*_BOUNDS, math.inf), self._buckets, strict=True):
            total += count
            lines.append(f'quotebot_{name}_bucket{{le="{_plain(bound)}"}} {total}')
        lines.append(f"quotebot_{name}_sum {self._seconds:.6f}")
        return [*lines, f"quotebot_{name}_count {total}"]


def _counter(name: str, meaning: str, values: Iterable[tuple[str, int]]) -> list[str]:
    lines = [f"quotebot_{name}_total{labels} {value}" for labels, value in values]
    return _head(f"{name}_total", meaning, "counter") + lines


def _head(name: str, meaning: str, kind: str) -> list[str]:
    return [f"# HELP quotebot_{name} {meaning}", f"# TYPE quotebot_{name} {kind}"]


def _plain(value: float) -> str:
    return "+Inf" if value == math.inf else f"{value:g}" if value < 1e6 else f"{value:.0f}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
