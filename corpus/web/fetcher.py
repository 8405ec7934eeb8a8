"""Fetches a page politely: with our name, as robots.txt allows, with pauses, and within limits."""

import re
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from corpus.error_codes import Code
from corpus.errors import Reason, UnreadableSource
from corpus.place_result import PAUSE
from corpus.readers import is_readable

if TYPE_CHECKING:
    import httpx
    from protego import Protego

__all__ = ["USER_AGENT", "Fetched", "Fetcher", "Gone"]

USER_AGENT = "quotebot/0.1 (reads articles for a personal library; honours robots.txt)"
AGENT_NAME = "quotebot"
SECONDS = 30.0  # for one exchange; each redirect is another one
LARGEST = 32 * 1024 * 1024  # bytes of a body, unpacked
MOST_REDIRECTS = 5
LONGEST_PAUSE = 30.0  # seconds between two requests, even if robots.txt asks for more
LONGEST_URL = 2000  # characters

PORTS = frozenset({None, 80, 443})

_REDIRECTS = {301, 302, 303, 307, 308}
_GONE = {404, 410}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page that a server sent.

    `url` is its address after redirects. `body` is None when the page is the same as at the last
    visit. `media_type` and `charset` are those that the server states. `etag` and `modified` are
    headers to send at the next visit.
    """

    url: str
    body: bytes | None
    media_type: str
    charset: str | None
    etag: str | None
    modified: str | None


class Gone(UnreadableSource):
    """The server answers that it has no such page."""


class Fetcher:
    """Fetches one page at a time, over one connection. Only one thread may use it."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        pause: float = PAUSE,
        seconds: float = SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open nothing before the first page.

        `pause` is the time between two requests to a host, `seconds` the limit for one exchange,
        both in seconds. With `allow_private`, any address and port may be reached.
        """
        self._allow_private = allow_private
        self._pause = pause
        self._seconds = seconds
        self._sleep = sleep
        self._client: httpx.Client | None = None
        self._rules: dict[str, Protego | Reason] = {}  # by origin
        self._last: dict[str, float] = {}  # by host: when the last exchange ended

    def close(self) -> None:
        """Close connections."""
        if self._client is not None:
            self._client.close()

    def fetch(self, url: str, etag: str | None = None, modified: str | None = None) -> Fetched:
        """Fetch a page, or find that it is the same as at the visit with that `etag`.

        Raises Gone when the server has no such page, UnreadableSource for other problems.
        """
        headers = {"If-None-Match": etag} if etag else {}
        if modified:
            headers["If-Modified-Since"] = modified
        place = url
        for _ in range(MOST_REDIRECTS + 1):
            self._check(place, url)
            self._check_robots(place, url)
            status, answer, body = self._exchange(place, headers, url)
            if status in _REDIRECTS and "location" in answer:
                place = urljoin(place, answer["location"]).split("#")[0]
                continue
            return self._accept(place, url, status, answer, body)
        raise UnreadableSource(url, Code.TOO_MANY_REDIRECTS(count=MOST_REDIRECTS))

    def _accept(
        self, place: str, url: str, status: int, answer: "httpx.Headers", body: bytes
    ) -> Fetched:
        media, _, rest = answer.get("content-type", "").partition(";")
        media = media.strip().lower()
        if status == 304:
            return Fetched(place, None, media, None, answer.get("etag"), None)
        if status in _GONE:
            raise Gone(url, Code.PAGE_NOT_THERE(status=status))
        if status in {429, 503}:
            wait = answer.get("retry-after", "")
            if wait.isdigit():
                reason = Code.SERVER_ASKS_TO_WAIT_SECONDS(seconds=wait, status=status)
            else:
                reason = Code.SERVER_ASKS_TO_WAIT(status=status)
            raise UnreadableSource(url, reason)
        if status != 200:
            raise UnreadableSource(url, Code.SERVER_ANSWERS(status=status))
        if media and not is_readable(media):
            raise UnreadableSource(url, Code.NOT_TEXT(media_type=media))
        charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", rest)
        return Fetched(
            place, body, media, charset.group(1) if charset else None,
            answer.get("etag"), answer.get("last-modified"),
        )  # fmt: skip

    def _check(self, place: str, url: str) -> None:
        """Check the form of an address, before its name is resolved. Raises UnreadableSource."""
        try:
            parts = urlsplit(place)
            port = parts.port
        except ValueError:
            raise UnreadableSource(url, Code.NO_VALID_ADDRESS()) from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            scheme = parts.scheme or Code.NOWHERE()
            raise UnreadableSource(url, Code.LEADS_OFF_THE_WEB(scheme=scheme))
        if parts.username or parts.password:
            raise UnreadableSource(url, Code.HOLDS_LOGIN())
        if len(place) > LONGEST_URL or not place.isprintable():
            raise UnreadableSource(url, Code.NO_VALID_ADDRESS())
        if not self._allow_private and port not in PORTS:
            raise UnreadableSource(url, Code.PORT_NOT_OF_THE_WEB(port=port))

    def _exchange(
        self, place: str, headers: dict[str, str], url: str
    ) -> tuple[int, "httpx.Headers", bytes]:
        import httpx

        from corpus.web.guarded_transport import Forbidden, Unreachable

        host = urlsplit(place).netloc
        self._wait(host)
        try:
            client = self._open()
            self._clock.start(self._seconds)
            with client.stream("GET", place, headers=headers) as answer:
                fine = answer.status_code == 200
                return answer.status_code, answer.headers, self._body(answer, url) if fine else b""
        except Forbidden as error:
            raise UnreadableSource(url, error.reason) from None
        except Unreachable as error:
            raise UnreadableSource(url, Code.NOT_FETCHED(problem=error.reason)) from None
        except httpx.TimeoutException:
            seconds = f"{self._seconds:.0f}"
            raise UnreadableSource(url, Code.SERVER_TOO_SLOW(seconds=seconds)) from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise UnreadableSource(url, _why_not_trusted(str(error))) from None
            words = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UnreadableSource(url, Code.NOT_FETCHED(problem=words)) from None
        finally:
            self._last[host] = time.monotonic()

    def _open(self) -> "httpx.Client":
        if self._client is None:
            import httpx

            from corpus.web.guarded_transport import Clock, GuardedTransport

            self._clock = Clock()
            self._client = httpx.Client(
                transport=GuardedTransport(self._clock, allow_private=self._allow_private),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
                timeout=self._seconds,
                follow_redirects=False,
                trust_env=False,
            )
        return self._client

    def _body(self, answer: "httpx.Response", url: str) -> bytes:
        """The body, unpacked; reading stops at LARGEST. Raises UnreadableSource."""
        encoding = answer.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"identity", "gzip", "x-gzip", ""}:
            raise UnreadableSource(url, Code.UNKNOWN_PACKING(packing=encoding))
        unpacker = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
        parts: list[bytes] = []
        size = 0
        try:
            for raw in answer.iter_raw():
                part = unpacker.decompress(raw, LARGEST + 1 - size) if unpacker else raw
                size += len(part)
                if size > LARGEST:
                    limit = LARGEST // (1024 * 1024)
                    raise UnreadableSource(url, Code.BODY_TOO_LARGE(mib=limit))
                parts.append(part)
        except zlib.error:
            raise UnreadableSource(url, Code.GZIP_CUT_OFF()) from None
        if unpacker is not None and not unpacker.eof:
            raise UnreadableSource(url, Code.GZIP_CUT_OFF())
        return b"".join(parts)

    def _check_robots(self, place: str, url: str) -> None:
        """Check that the site's robots.txt allows this page. Raises UnreadableSource."""
        parts = urlsplit(place)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = self._read_rules(origin, url)
        rules = self._rules[origin]
        if isinstance(rules, Reason):
            raise UnreadableSource(url, rules)
        if not rules.can_fetch(place, AGENT_NAME):
            raise UnreadableSource(url, Code.ROBOTS_FORBID())

    def _read_rules(self, origin: str, url: str) -> "Protego | Reason":
        from protego import Protego

        place = f"{origin}/robots.txt"
        for _ in range(MOST_REDIRECTS + 1):
            self._check(place, url)
            status, answer, body = self._exchange(place, {}, url)
            if status in _REDIRECTS and "location" in answer:
                place = urljoin(place, answer["location"])
                continue
            break
        if status >= 500:  # RFC 9309: nothing of the site may be read then
            return Code.ROBOTS_NOT_READ(status=status)
        return Protego.parse(body[:500_000].decode("utf-8", "replace"))

    def _wait(self, host: str) -> None:
        rules = next(
            (rules for origin, rules in self._rules.items() if origin.endswith(f"//{host}")), None
        )
        pause = self._pause
        if rules is not None and not isinstance(rules, Reason):
            pause = max(pause, min(LONGEST_PAUSE, rules.crawl_delay(AGENT_NAME) or 0.0))
        last = self._last.get(host)
        if last is not None and (left := last + pause - time.monotonic()) > 0:
            self._sleep(left)


def _why_not_trusted(error: str) -> Reason:
    """The reason why a server's certificate is not trusted; `error` is the text of OpenSSL."""
    detail = error.partition("verify failed: ")[2].partition(" (_ssl")[0].rstrip(".")
    if "ostname mismatch" in detail or "IP address mismatch" in detail:
        return Code.CERTIFICATE_OF_ANOTHER()
    if "issuer" in detail:
        return Code.CERTIFICATE_OF_UNKNOWN_ISSUER(problem=detail)
    return Code.CERTIFICATE_NOT_TRUSTED(problem=detail or Code.CERTIFICATE_INVALID())
