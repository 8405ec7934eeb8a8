"""Updates by webhook: Telegram calls the bot, with a secret in a header of each call."""

import asyncio
import hmac
import json
import logging
import secrets
from contextlib import suppress

from aiohttp import web
from telegram import Update
from telegram.error import InvalidToken, TelegramError

from bot.http.http_server import HttpServer, read_body, start_http_server
from bot.log_setup import exception_site
from bot.monitoring.health_server import Health
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
_CHECK_EVERY = 60.0  # seconds between checks that the webhook is still ours
_CONNECTIONS = 40  # at once, of Telegram's
_log = logging.getLogger(__name__)


class Webhook:
    """Receives updates from Telegram and puts them into the application's queue."""

    def __init__(self, application: AnyApplication, settings: Settings, health: Health) -> None:
        """Without a WEBHOOK_SECRET, the secret is random. Problems are written to `health`."""
        self._application = application
        self._url = settings.webhook_url or ""
        self._listen = settings.webhook_listen
        given = settings.webhook_secret
        self._secret = (given.get_secret_value() if given else secrets.token_urlsafe(32)).encode()
        self._health = health
        self._server: HttpServer | None = None

    async def register(self) -> None:
        """Tell Telegram the address to call. Raises TelegramError."""
        await self._application.bot.set_webhook(
            self._url,
            secret_token=self._secret.decode(),
            allowed_updates=WANTED,
            max_connections=_CONNECTIONS,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set.

        Raises Stopped then, and SettingsError when nothing can listen at the address or the token
        is revoked.
        """
        routes = [web.route("*", "/{path:.*}", self._receive)]
        self._server = await start_http_server("WEBHOOK_LISTEN", self._listen, routes)
        _log.info("Telegram's calls are taken at %s", self._listen)
        while True:
            await unless_stopped(stop, asyncio.sleep(_CHECK_EVERY))
            with suppress(TelegramError):
                await self._check()

    async def confirm(self) -> None:
        """Accept no more calls; Telegram keeps what it could not deliver."""
        if self._server is not None:
            await self._server.stop()

    async def _receive(self, request: web.Request) -> web.Response:
        """Receive one call. The secret is checked before any of the body is read."""
        given = request.headers.get(_HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._secret):
            raise web.HTTPForbidden
        if request.method != "POST":
            raise web.HTTPMethodNotAllowed(request.method, ["POST"])
        try:
            data = json.loads(await read_body(request))
        except (ValueError, RecursionError):
            raise web.HTTPBadRequest from None
        self._deliver(data)
        return web.Response()  # also for a malformed update: otherwise Telegram would repeat it

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
        """Write to `health` whether another program has set or removed the webhook."""
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
