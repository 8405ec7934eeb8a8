"""Updates by webhook: Telegram calls, and shows a secret with each call."""

import asyncio
import hmac
import json
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress

from telegram import Update
from telegram.error import InvalidToken, TelegramError
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from bot.log_setup import exception_site
from bot.monitoring.health_server import Health, listen
from bot.settings import Settings
from bot.telegram.transport.polling import (
    REJECTED,
    UNPARSED,
    WANTED,
    AnyApplication,
    unless_stopped,
)
from corpus.errors import SettingsError

__all__ = ["Webhook"]

_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_CHECK_EVERY = 60.0  # seconds between looks whether the webhook is still ours
_CONNECTIONS = 40
_log = logging.getLogger(__name__)


class Webhook:
    """Takes Telegram's calls into the application's queue."""

    def __init__(
        self,
        application: AnyApplication,
        settings: Settings,
        health: Health,
    ) -> None:
        """Without WEBHOOK_SECRET, a secret is drawn at each start."""
        self._application = application
        self._url = settings.webhook_url or ""
        self._listen = settings.webhook_listen
        given = settings.webhook_secret
        self._secret = given.get_secret_value() if given else secrets.token_urlsafe(32)
        self._health = health
        self._server: HTTPServer | None = None

    async def register(self) -> None:
        """Tell Telegram where to call."""
        await self._application.bot.set_webhook(
            self._url,
            secret_token=self._secret,
            allowed_updates=WANTED,
            max_connections=_CONNECTIONS,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set (raises Stopped); SettingsError when the token is revoked."""
        routes = [(r".*", _Receiver, {"secret": self._secret, "deliver": self._deliver})]
        self._server = listen(
            "WEBHOOK_LISTEN", self._listen, Application(routes, log_function=_no_log)
        )
        _log.info("Telegram's calls are taken at %s", self._listen)
        while True:
            await unless_stopped(stop, asyncio.sleep(_CHECK_EVERY))
            with suppress(TelegramError):
                await self._check()

    async def confirm(self) -> None:
        """Take no more calls; Telegram keeps what it could not deliver."""
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()

    def _deliver(self, data: object) -> None:
        if not isinstance(data, dict):
            return
        try:
            update = Update.de_json(data, self._application.bot)
        except UNPARSED as error:
            _log.warning("an update makes no sense: %s", exception_site(error))
            return
        self._application.update_queue.put_nowait(update)

    async def _check(self) -> None:
        """Whether the webhook is still ours: another instance may have set or removed it."""
        try:
            info = await self._application.bot.get_webhook_info()
        except InvalidToken:
            raise SettingsError(REJECTED) from None
        trouble = ""
        if info.url != self._url:
            trouble = (
                "another program has taken over the webhook of this bot: "
                "stop it, or give one of the two a token of its own"
            )
        if trouble and trouble != self._health.trouble:
            _log.error("%s", trouble)
        self._health.trouble = trouble


class _Receiver(RequestHandler):
    def initialize(self, secret: str, deliver: Callable[[object], None]) -> None:
        self._secret = secret
        self._deliver = deliver

    def set_default_headers(self) -> None:
        self.clear_header("Server")

    def prepare(self) -> None:
        given = self.request.headers.get(_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._secret.encode()):
            self.set_status(403)
            self.finish()

    def post(self) -> None:
        try:
            data = json.loads(self.request.body)
        except (ValueError, RecursionError):
            self.set_status(400)
            return
        self._deliver(data)  # Telegram gets 200 also for what makes no sense, or it'd come again

    def data_received(self, chunk: bytes) -> None:
        """Bodies come whole."""


def _no_log(_: RequestHandler) -> None:
    """A line for every call would drown the log."""
