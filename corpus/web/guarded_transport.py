"""Connections for httpx that reach only permitted addresses, within a deadline.

A name is resolved once, and the connection goes to the address that was checked. So an attack with
a name server that gives another address the second time (DNS rebinding) fails.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from corpus.error_codes import Code
from corpus.errors import Reason

__all__ = ["Clock", "Forbidden", "GuardedTransport", "Unreachable", "is_public"]

CONNECT_SECONDS = 10.0
PORTS = frozenset({80, 443})

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Forbidden(Exception):
    """An address that must not be reached."""

    def __init__(self, reason: Reason) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


class Unreachable(Exception):
    """A host name that cannot be resolved."""

    def __init__(self, reason: Reason) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


def is_public(address: Address) -> bool:
    """Whether an address is public. Of an IPv6 address with an IPv4 address in it, that counts."""
    inner: Address | None = None
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is None and address.teredo is not None:
            return False
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


class Clock:
    """The deadline of the current exchange: one request with its answer."""

    def __init__(self) -> None:
        """Set no deadline; `start` does."""
        self._end = float("inf")

    def start(self, seconds: float) -> None:
        """Begin an exchange that may take this many seconds."""
        self._end = time.monotonic() + seconds

    def left(self, timeout: float | None) -> float:
        """Return how many seconds the next step may take, at most `timeout`.

        Raises httpcore.ReadTimeout after the deadline.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline has passed")
        return left if timeout is None else min(left, timeout)


class _Stream(httpcore.NetworkStream):
    """A connection; each read and write ends at the deadline of the exchange."""

    def __init__(self, inner: httpcore.NetworkStream, clock: Clock) -> None:
        self._inner = inner
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._clock.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._clock.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._clock.left(timeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._clock)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's own type
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Opens connections to permitted addresses."""

    def __init__(self, clock: Clock, allow_private: bool) -> None:
        self._clock = clock
        self._allow_private = allow_private
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        if not self._allow_private and port not in PORTS:
            raise Forbidden(Code.PORT_NOT_OF_THE_WEB(port=port))
        addresses = self._resolve(host, port)
        if not self._allow_private:
            for address in addresses:
                if not is_public(address):
                    raise Forbidden(Code.PRIVATE_ADDRESS(host=host, address=address))
        error: Exception | None = None
        for address in addresses:
            try:
                stream = self._inner.connect_tcp(
                    str(address), port, self._clock.left(CONNECT_SECONDS), local_address,
                    socket_options,
                )  # fmt: skip
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
            else:
                return _Stream(stream, self._clock)
        raise error or Unreachable(Code.NO_SUCH_SERVER())

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        raise Forbidden(Code.LOCAL_SOCKET())

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def _resolve(self, host: str, port: int) -> list[Address]:
        """Resolve a name. getaddrinfo takes no deadline, so it runs in a thread."""
        found: list[Address] = []
        failed: list[OSError] = []

        def work() -> None:
            try:
                for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                    found.append(ipaddress.ip_address(str(place[0]).split("%")[0]))
            except (OSError, UnicodeError, ValueError) as error:
                failed.append(error if isinstance(error, OSError) else OSError(str(error)))

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(self._clock.left(CONNECT_SECONDS))
        if thread.is_alive():
            raise httpcore.ConnectTimeout("its name is not resolved in time")
        if failed or not found:
            raise Unreachable(Code.NO_SUCH_SERVER())
        return list(dict.fromkeys(found))


class GuardedTransport(httpx.HTTPTransport):
    """A transport of httpx that connects only to permitted addresses."""

    def __init__(self, clock: Clock, *, allow_private: bool) -> None:
        """With `allow_private`, reach private addresses and ports other than 80 and 443, too."""
        super().__init__(trust_env=False)
        # A private attribute: httpx has no other way to set it, and its version is pinned.
        self._pool = httpcore.ConnectionPool(
            # trust_env: SSL_CERT_FILE may name a certificate authority. Proxies are not used.
            ssl_context=httpx.create_ssl_context(trust_env=True),
            max_connections=1,
            max_keepalive_connections=1,
            keepalive_expiry=5.0,
            network_backend=_Backend(clock, allow_private),
        )
