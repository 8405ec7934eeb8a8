"""The limits that every listener has, over real sockets."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.http import http_server
from bot.http.http_server import BODY_LIMIT, read_body, start_http_server
from corpus.errors import SettingsError

Read = Callable[[bytes], Awaitable[bytes]]


async def _size(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await read_body(request))))


async def _broken(_: web.Request) -> web.Response:
    raise ZeroDivisionError("a person's words")


@asynccontextmanager
async def listening_at(port: int, **more: object) -> AsyncIterator[Read]:
    """Serve; gives a function that sends bytes and returns all that comes back."""
    routes = [web.post("/size", _size), web.get("/broken", _broken)]
    server = await start_http_server("WEB", f"127.0.0.1:{port}", routes, **more)

    async def ask(request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(request)
            async with asyncio.timeout(5):
                return await reader.read()
        finally:
            writer.close()

    try:
        yield ask
    finally:
        await server.stop()


def post(length: int | None, body: bytes, *headers: bytes) -> bytes:
    lines = [b"POST /size HTTP/1.1", b"Host: x", b"Connection: close", *headers]
    if length is not None:
        lines.append(b"Content-Length: %d" % length)
    return b"\r\n".join([*lines, b"", body])


def status(reply: bytes) -> int:
    return int(reply.split()[1])


async def test_a_body_is_read_up_to_the_limit(port: int) -> None:
    async with listening_at(port) as ask:
        reply = await ask(post(5, b"12345"))
        assert status(reply) == 200
        assert reply.endswith(b"5")
        assert b"server:" not in reply.lower()


async def test_a_body_over_the_limit_is_refused_before_it_is_sent(port: int) -> None:
    async with listening_at(port) as ask:
        assert status(await ask(post(BODY_LIMIT + 1, b""))) == 413


async def test_a_body_that_hides_its_size_is_refused_once_it_is_too_large(port: int) -> None:
    chunk = b"%x\r\n%s\r\n" % (1_000_000, b"x" * 1_000_000)
    async with listening_at(port) as ask:
        sent = post(None, chunk * 9 + b"0\r\n\r\n", b"Transfer-Encoding: chunked")
        assert status(await ask(sent)) == 413


async def test_the_limit_holds_for_what_is_unpacked_too(port: int) -> None:
    packed = gzip.compress(bytes(BODY_LIMIT + 1))
    async with listening_at(port) as ask:
        assert status(await ask(post(len(packed), packed, b"Content-Encoding: gzip"))) == 413


async def test_it_stops_though_a_client_is_still_sending(port: int) -> None:
    async with asyncio.timeout(5), listening_at(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post(5, b"12"))
        await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_slow_body_is_given_up(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "_BODY_SECONDS", 0.05)
    async with listening_at(port) as ask:
        assert status(await ask(post(5, b"12"))) == 408


async def test_a_client_that_sends_no_headers_is_cut_off(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "_IDLE_SECONDS", 0.05)
    async with listening_at(port) as ask:
        assert await ask(b"POST /size HTTP/1.1\r\n") == b""


async def test_there_are_only_so_many_connections(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "_CONNECTIONS", 1)
    async with listening_at(port) as ask:
        _, held = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0.05)
        assert await ask(b"") == b""
        held.close()
        async with asyncio.timeout(5):
            while not await ask(post(1, b"1")):  # noqa: ASYNC110  # until it is let go
                await asyncio.sleep(0.01)


async def test_what_is_no_http_is_refused_without_a_word_in_the_log(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening_at(port) as ask:
        assert status(await ask(b"GET / HTTP/1.1\r\nHost x\r\n\r\n")) == 400
        assert not caplog.records
        assert (
            status(await ask(b"GET /broken HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
            == 500
        )
    assert [record.name for record in caplog.records] == ["bot.http.http_server"]


async def test_a_client_that_leaves_within_its_body_is_no_error(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening_at(port) as ask:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post(5, b"12"))
        await asyncio.sleep(0.05)
        writer.close()
        assert status(await ask(post(None, b"zz\r\n", b"Transfer-Encoding: chunked"))) == 400
    assert not caplog.records


async def test_middlewares_see_every_request(port: int) -> None:
    @web.middleware
    async def refuse(request: web.Request, handler: object) -> web.Response:
        return web.Response(status=429)

    async with listening_at(port, middlewares=(refuse,)) as ask:
        assert status(await ask(post(1, b"1"))) == 429


async def test_an_address_that_cannot_be_listened_at_is_named() -> None:
    with pytest.raises(SettingsError, match=r"WEB=192\.0\.2\.1:80: "):
        await start_http_server("WEB", "192.0.2.1:80", [])
