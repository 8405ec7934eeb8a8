"""Listeners for HTTP, with limits; other modules give them their routes.

Each listener has its own address and routes. It refuses a body that is too large before it reads
it, closes connections that are too slow, and limits the number of connections.
"""

import asyncio
import logging
import socket
from collections.abc import Iterable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler, Middleware

from bot.error_codes import Code
from corpus.errors import SettingsError

__all__ = ["BODY_LIMIT", "HttpServer", "read_body", "start_http_server"]

BODY_LIMIT = 8_000_000
"""Bytes that the body of a request may have; Telegram's updates have some thousands."""
_CONNECTIONS = 500  # at a time; a process may have 1,024 files and sockets open by default
_BACKLOG = 128
_IDLE_SECONDS = 60.0  # between requests, and for the headers of the first
_BODY_SECONDS = 30.0  # for a whole body
_REFUSED_SECONDS = 0.5  # in which a client may read why its body is refused, while it sends
_SHUTDOWN_SECONDS = 0.1  # for requests that are being answered when the server stops


def _is_worth_logging(record: logging.LogRecord) -> bool:
    """False for requests that are not HTTP: strangers must not be able to fill the log."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


_log = logging.getLogger(__name__)
_log.addFilter(_is_worth_logging)


class HttpServer:
    """One listener that serves until `stop`."""

    def __init__(self, listener: asyncio.Server, runner: web.AppRunner) -> None:
        """See `start_http_server`, which starts both."""
        self._listener = listener
        self._runner = runner

    async def stop(self) -> None:
        """Accept nothing more, give running requests 0.1 seconds to end, close."""
        self._listener.close()
        await self._runner.cleanup()


async def start_http_server(
    setting: str,
    address: str,
    routes: Iterable[web.AbstractRouteDef],
    middlewares: Iterable[Middleware] = (),
) -> HttpServer:
    """Serve the routes at `address`, which is host:port and the value of `setting`.

    Middlewares run in their order, after the check of the body's size.

    Raises SettingsError, which names the setting, when nothing can listen at the address.
    """
    listening = _listening_socket(setting, address)
    application = web.Application(
        client_max_size=BODY_LIMIT, middlewares=(_refuse_large_body, *middlewares)
    )
    application.add_routes(routes)
    application.on_response_prepare.append(_hide_server_name)
    runner = web.AppRunner(
        application,
        access_log=None,  # a line for every call would fill the log
        logger=_log,
        keepalive_timeout=_IDLE_SECONDS,
        lingering_time=_REFUSED_SECONDS,
        shutdown_timeout=_SHUTDOWN_SECONDS,
    )
    await runner.setup()
    listener = await asyncio.get_running_loop().create_server(
        lambda: _new_connection(runner), sock=listening, backlog=_BACKLOG
    )
    return HttpServer(listener, runner)


async def read_body(request: web.Request) -> bytes:
    """The whole body of a request.

    Raises HTTPRequestEntityTooLarge beyond `BODY_LIMIT` (also for a body that does not say its size
    in advance), HTTPRequestTimeout when it takes longer than 30 seconds, HTTPBadRequest when it is
    damaged or the client has gone.
    """
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, ConnectionError):  # damaged, or the client has gone
        raise web.HTTPBadRequest from None


def _listening_socket(setting: str, address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, int(port)), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(
            Code.CANNOT_LISTEN(setting=setting, address=address, reason=reason)
        ) from None


@web.middleware
async def _refuse_large_body(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a body by the size in its header, before any of it is read."""
    if (request.content_length or 0) > BODY_LIMIT:
        raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, request.content_length or 0)
    return await handler(request)


async def _hide_server_name(_: web.Request, response: web.StreamResponse) -> None:
    """Remove the header that names our versions: strangers need not know them."""
    response.headers.pop("Server", None)


def _new_connection(runner: web.AppRunner) -> asyncio.BaseProtocol:
    server = runner.server
    if server is None or len(server.connections) >= _CONNECTIONS:
        return _RefusedConnection()
    return server()


class _RefusedConnection(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
