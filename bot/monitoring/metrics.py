"""What /metrics shows: counters and a histogram of prometheus-client."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

__all__ = ["Metrics"]

_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds


class Metrics:
    """Counters and times since the start, in their own registry."""

    def __init__(self) -> None:
        """Every figure begins with zero."""
        self._registry = CollectorRegistry()
        self.updates = self._counter("updates", "Updates from Telegram.")
        self.questions = self._counter("questions", "Questions asked.")
        self.answered = self._counter("answered", "Questions that were answered.")
        self.failed = self._counter("failed", "Questions that failed.")
        self.telegram_errors = self._counter(
            "telegram_errors", "Calls to Telegram that failed, by kind.", ("kind",)
        )
        self.answer_seconds = Histogram(
            "quotebot_answer_seconds",
            "Seconds from update to answer.",
            buckets=_BOUNDS,
            registry=self._registry,
        )

    def text(self, gauges: Mapping[str, tuple[str, float]], generation: str | None) -> str:
        """All figures in the text form of Prometheus.

        `gauges` are figures of this moment: name → (help, value). `generation` is the name of the
        generation that answers.
        """
        shown = _Snapshot(self._registry, gauges, generation)
        return generate_latest(shown).decode()

    def _counter(self, name: str, meaning: str, labels: tuple[str, ...] = ()) -> Counter:
        return Counter(f"quotebot_{name}", meaning, labels, registry=self._registry)


class _Snapshot:
    """All metrics at one moment, as prometheus-client collects them."""

    def __init__(
        self,
        registry: CollectorRegistry,
        gauges: Mapping[str, tuple[str, float]],
        generation: str | None,
    ) -> None:
        self._registry = registry
        self._gauges = gauges
        self._generation = generation

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            # All counters began at the same time, and quotebot_uptime_seconds says when.
            metric.samples = [each for each in metric.samples if not each.name.endswith("_created")]
            yield metric
        for name, (meaning, value) in self._gauges.items():
            yield GaugeMetricFamily(f"quotebot_{name}", meaning, value)
        if self._generation:
            info = GaugeMetricFamily(
                "quotebot_generation_info", "The generation answering.", labels=["generation"]
            )
            info.add_metric([self._generation], 1)
            yield info
