"""Health checks and metrics over HTTP, for programs that monitor the bot."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from bot.http.http_server import HttpServer, start_http_server
from bot.monitoring.metrics import Metrics

__all__ = ["Health", "Readiness", "start_health_server"]


@dataclass(slots=True)
class Health:
    """State of the connection to Telegram; `trouble` is empty while updates come in."""

    connected: bool = False
    stopping: bool = False
    trouble: str = ""


class Readiness:
    """Whether people get answers, and the figures of /metrics."""

    def __init__(
        self,
        health: Health,
        generation: Callable[[], str | None],
        metrics: Metrics,
        started: float,
    ) -> None:
        """The arguments are read at each request.

        `generation` gives the name of the generation that answers; `started` is the value of
        `time.monotonic` when the bot started.
        """
        self._health = health
        self._generation = generation
        self._metrics = metrics
        self._started = started

    def problem(self) -> str:
        """Why people get no answers; empty when they do."""
        if self._health.stopping:
            return "stopping"
        if not self._health.connected:
            return "not connected to Telegram yet"
        if self._health.trouble:
            return self._health.trouble
        return "" if self._generation() else "no index to answer from"

    def metrics(self) -> str:
        """All figures in the text form of Prometheus."""
        generation = self._generation()
        gauges = {
            "ready": ("Whether people get answers.", float(not self.problem())),
            "uptime_seconds": ("Since the start.", time.monotonic() - self._started),
        }
        age = _age(generation)
        if age is not None:
            gauges["index_age_seconds"] = ("Since the index was built.", age)
        return self._metrics.text(gauges, generation)


async def start_health_server(
    address: str, problem: Callable[[], str], metrics: Callable[[], str]
) -> HttpServer:
    """Serve /healthz, /readyz and /metrics at host:port.

    /readyz has status 503 and the text of `problem`, or 200 when that is empty. Raises
    SettingsError when nothing can listen at the address.
    """

    async def healthz(_: web.Request) -> web.Response:
        return _text(200, "ok\n")

    async def readyz(_: web.Request) -> web.Response:
        why = problem()
        return _text(503, why + "\n") if why else _text(200, "ready\n")

    async def show_metrics(_: web.Request) -> web.Response:
        return _text(200, metrics())

    routes = [
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/metrics", show_metrics),
    ]
    return await start_http_server("HEALTH_LISTEN", address, routes)


def _text(status: int, text: str) -> web.Response:
    kind = "text/plain; version=0.0.4; charset=utf-8"  # the version of Prometheus's text form
    return web.Response(status=status, body=text.encode(), headers={"Content-Type": kind})


def _age(generation: str | None) -> float | None:
    """Seconds since a generation was built, by its name."""
    try:
        built = datetime.strptime((generation or "")[:16], "%Y%m%dT%H%M%SZ")
    except ValueError:
        return None
    return max(0.0, (datetime.now(UTC) - built.replace(tzinfo=UTC)).total_seconds())
