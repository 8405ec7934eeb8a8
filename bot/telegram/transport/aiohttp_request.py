"""Calls to the Bot API over HTTP, with aiohttp in place of python-telegram-bot's httpx.

When fifty people ask at once, httpx took more than half of the event loop's processor time
(docs/bot.md, "Measured").
"""

import asyncio
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.telegram.transport.methods import SENT_MESSAGE_FIELDS

__all__ = ["UNSENT", "HttpRequest"]

UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""An error with one of these causes means that nothing was sent: there was no connection."""
_CONNECT_WITHIN = 5.0  # seconds
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_Wait = ODVInput[float]


class HttpRequest(BaseRequest):
    """A pool of connections that are kept open.

    Raises TimedOut and NetworkError, whose causes are aiohttp's. The text of a cause may hold the
    token; that of the error doesn't.
    """

    def __init__(
        self, connections: int = 256, *, read: float = 5.0, write: float = 5.0, pool: float = 1.0
    ) -> None:
        """At most `connections` are open at once.

        Seconds to wait: `read` for more of a reply, `write` for a call to be sent, `pool` for a
        free connection. Proxies come from the environment: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY,
        NO_PROXY.
        """
        self._connections = connections
        self._read, self._write, self._pool = read, write, pool
        self._proxies = getproxies()
        self._initialized = False
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds to wait for more of a reply."""
        return self._read

    async def initialize(self) -> None:
        """Allow calls; the first one opens the pool."""
        self._initialized = True

    async def shutdown(self) -> None:
        """Allow no more calls, and close all connections."""
        self._initialized = False
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: _Wait = BaseRequest.DEFAULT_NONE,
        write_timeout: _Wait = BaseRequest.DEFAULT_NONE,
        connect_timeout: _Wait = BaseRequest.DEFAULT_NONE,
        pool_timeout: _Wait = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body of the reply; the waits are in seconds.

        Raises TimedOut, NetworkError, and RuntimeError before `initialize`.
        """
        if not self._initialized:
            raise RuntimeError("HttpRequest is not initialised")
        if self._session is None:
            self._session = self._open()
        connect = _seconds(connect_timeout, _CONNECT_WITHIN)
        connect_or_queue = connect + _seconds(pool_timeout, self._pool)
        read, write = _seconds(read_timeout, self._read), _seconds(write_timeout, self._write)
        waits = aiohttp.ClientTimeout(
            connect=connect_or_queue, sock_connect=connect, sock_read=read
        )
        form = request_data is None or not request_data.contains_files
        try:
            # aiohttp has no limit for sending.
            async with asyncio.timeout(connect_or_queue + write + read) as limit:
                async with self._session.request(
                    method,
                    url,
                    data=_body(request_data),
                    headers=_FORM if form else None,
                    timeout=waits,
                    proxy=self._proxy_for(url),
                    allow_redirects=False,
                ) as reply:
                    limit.reschedule(None)  # a long file may take its time
                    return reply.status, await reply.read()
        except TimeoutError as error:  # also the base class of aiohttp's
            raise TimedOut from error
        except aiohttp.ClientError as error:
            # Only UNSENT with its text: other texts may hold the address, and so the token.
            reason = f": {error.__cause__}" if isinstance(error, UNSENT) else ""
            raise NetworkError(f"{type(error).__name__}{reason}") from error

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The reply as JSON; of a message, only SENT_MESSAGE_FIELDS.

        Telegram repeats the whole message. Making objects of all of it took a fifth of the event
        loop's time in a burst of questions.
        """
        reply = BaseRequest.parse_json_payload(payload)
        sent = reply.get("result")
        if isinstance(sent, dict) and "message_id" in sent:
            reply["result"] = {name: sent[name] for name in SENT_MESSAGE_FIELDS if name in sent}
        return reply

    def _open(self) -> aiohttp.ClientSession:
        certificates = httpx.create_ssl_context()  # as for web pages, it obeys SSL_CERT_FILE
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, ssl=certificates),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self.USER_AGENT},
        )

    def _proxy_for(self, url: str) -> str | None:
        if not self._proxies:
            return None
        scheme, host, *_ = urlsplit(url)
        proxy = self._proxies.get(scheme) or self._proxies.get("all")
        if proxy is None or proxy_bypass(host):
            return None
        return proxy if "://" in proxy else f"http://{proxy}"


def _seconds(given: _Wait, default: float) -> float:
    return given if isinstance(given, int | float) else default


def _body(data: RequestData | None) -> bytes | aiohttp.FormData | None:
    """The parameters as a form; as a multipart form if there are files."""
    if data is None:
        return None
    if not data.contains_files:
        return data.url_encoded_parameters().encode()
    form = aiohttp.FormData(data.json_parameters)
    for field, (name, content, kind) in (data.multipart_data or {}).items():
        form.add_field(field, content, filename=name, content_type=kind)
    return form
