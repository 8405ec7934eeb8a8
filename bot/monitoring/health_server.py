"""Health checks and metrics over HTTP, for whatever watches the bot."""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from bot.telegram.context.services import BotServices
from corpus.errors import SettingsError

__all__ = ["Health", "Readiness", "listen", "watch"]


@dataclass(slots=True)
class Health:
    """How the connection to Telegram is: `trouble` is empty when updates come in."""

    connected: bool = False
    stopping: bool = False
    trouble: str = ""


class Readiness:
    """Whether people get answers, and the figures."""

    def __init__(self, services: BotServices, health: Health) -> None:
        """Looks at both when asked."""
        self._services = services
        self._health = health

    def problem(self) -> str:
        """Why people get no answers; empty when they do."""
        if self._health.stopping:
            return "stopping"
        if not self._health.connected:
            return "not connected to Telegram yet"
        if self._health.trouble:
            return self._health.trouble
        return "" if self._services.engine.generation else "no index to answer from"

    def metrics(self) -> str:
        """For Prometheus."""
        generation = self._services.engine.generation
        gauges = {
            "ready": ("Whether people get answers.", float(not self.problem())),
            "uptime_seconds": ("Since the start.", time.monotonic() - self._services.started),
        }
        age = _age(generation)
        if age is not None:
            gauges["index_age_seconds"] = ("Since the index was built.", age)
        return self._services.metrics.text(gauges, generation)


def watch(listen_at: str, readiness: Readiness) -> HTTPServer:
    """Serve /healthz, /readyz and /metrics. Raises SettingsError when the address is taken."""

    def ready() -> tuple[int, str]:
        problem = readiness.problem()
        return (503, problem + "\n") if problem else (200, "ready\n")

    pages: dict[str, Callable[[], tuple[int, str]]] = {
        "/healthz": lambda: (200, "ok\n"),
        "/readyz": ready,
        "/metrics": lambda: (200, readiness.metrics()),
    }
    application = Application(
        [(path, _Page, {"page": page}) for path, page in pages.items()], log_function=_no_log
    )
    return listen("HEALTH_LISTEN", listen_at, application)


def listen(setting: str, listen_at: str, application: Application) -> HTTPServer:
    """Serve an application at host:port. Raises SettingsError, naming the setting."""
    host, _, port = listen_at.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = HTTPServer(application, max_buffer_size=8_000_000, idle_connection_timeout=60)
    try:
        listening = socket.create_server((host, int(port)), family=family, backlog=128)
    except OSError as error:
        raise SettingsError(f"{setting}={listen_at}: {error.strerror or error}") from None
    listening.setblocking(False)
    server.add_socket(listening)
    return server


def _no_log(_: RequestHandler) -> None:
    """A line for every check would drown the log."""


def _age(generation: str | None) -> float | None:
    """Seconds since a generation was built, by its name."""
    try:
        built = datetime.strptime((generation or "")[:16], "%Y%m%dT%H%M%SZ")
    except ValueError:
        return None
    return max(0.0, (datetime.now(UTC) - built.replace(tzinfo=UTC)).total_seconds())


class _Page(RequestHandler):
    def initialize(self, page: Callable[[], tuple[int, str]]) -> None:
        self._page_of = page

    def set_default_headers(self) -> None:
        self.clear_header("Server")

    def get(self) -> None:
        status, text = self._page_of()
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.finish(text)

    def data_received(self, chunk: bytes) -> None:
        """Nothing is ever sent here."""
