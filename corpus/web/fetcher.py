"""Fetching a page as a guest should: by name, within limits, no faster than is polite."""

import re
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from corpus.errors import UnreadableSource
from corpus.readers import is_readable

if TYPE_CHECKING:
    import httpx
    from protego import Protego

__all__ = ["USER_AGENT", "Fetched", "Fetcher"]

USER_AGENT = "quotebot/0.1 (reads articles for a personal library; honours robots.txt)"
AGENT_NAME = "quotebot"
SECONDS = 30.0  # for one exchange, redirects apart
LARGEST = 32 * 1024 * 1024  # bytes of a body, unpacked
MOST_REDIRECTS = 5
PAUSE = 1.0  # seconds between two requests to a host
LONGEST_PAUSE = 30.0  # however much a site asks for; beyond, it is asked less often
LONGEST_URL = 2000

PORTS = frozenset({None, 80, 443})

_REDIRECTS = {301, 302, 303, 307, 308}
_GONE = {404, 410}


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `body` is None when the page is the same as at the last visit."""

    url: str  # after redirects
    body: bytes | None
    media_type: str
    charset: str | None
    etag: str | None
    modified: str | None


class Gone(UnreadableSource):
    """A page that its server says is not there (any more)."""


class Fetcher:
    """Fetches one page at a time. Not for several threads."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        pause: float = PAUSE,
        seconds: float = SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Nothing is opened before the first page."""
        self._allow_private = allow_private
        self._pause = pause
        self._seconds = seconds
        self._sleep = sleep
        self._client: httpx.Client | None = None
        self._rules: dict[str, Protego | str] = {}
        self._last: dict[str, float] = {}

    def close(self) -> None:
        """Close connections."""
        if self._client is not None:
            self._client.close()

    def fetch(self, url: str, etag: str | None = None, modified: str | None = None) -> Fetched:
        """Fetch a page, or learn that it is the same as at a visit with that `etag`.

        Raises UnreadableSource (Gone for a page that is not there) with the reason in a few words.
        """
        headers = {"If-None-Match": etag} if etag else {}
        if modified:
            headers["If-Modified-Since"] = modified
        place = url
        for _ in range(MOST_REDIRECTS + 1):
            self._check(place, url)
            self._obey(place, url)
            status, answer, body = self._exchange(place, headers, url)
            if status in _REDIRECTS and "location" in answer:
                place = urljoin(place, answer["location"]).split("#")[0]
                continue
            return self._accept(place, url, status, answer, body)
        raise UnreadableSource(url, f"more than {MOST_REDIRECTS} redirects")

    def _accept(
        self, place: str, url: str, status: int, answer: "httpx.Headers", body: bytes
    ) -> Fetched:
        media, _, rest = answer.get("content-type", "").partition(";")
        media = media.strip().lower()
        if status == 304:
            return Fetched(place, None, media, None, answer.get("etag"), None)
        if status in _GONE:
            raise Gone(url, f"the server says that it is not there ({status})")
        if status in {429, 503}:
            wait = answer.get("retry-after", "")
            if wait.isdigit():
                reason = f"the server asks to wait for {wait} seconds ({status})"
            else:
                reason = f"the server asks to wait ({status})"
            raise UnreadableSource(url, reason)
        if status != 200:
            raise UnreadableSource(url, f"the server answers {status}")
        if media and not is_readable(media):
            raise UnreadableSource(url, f"not text but {media}")
        charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", rest)
        return Fetched(
            place, body, media, charset.group(1) if charset else None,
            answer.get("etag"), answer.get("last-modified"),
        )  # fmt: skip

    def _check(self, place: str, url: str) -> None:
        """Refuse addresses that no article has, before anything is looked up."""
        try:
            parts = urlsplit(place)
            port = parts.port
        except ValueError:
            raise UnreadableSource(url, "not a valid address") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise UnreadableSource(url, f"leads to {parts.scheme or 'nothing'}:, not to the web")
        if parts.username or parts.password:
            raise UnreadableSource(url, "holds a user name or password: it would be stored")
        if len(place) > LONGEST_URL or not place.isprintable():
            raise UnreadableSource(url, "not a valid address")
        if not self._allow_private and port not in PORTS:
            raise UnreadableSource(url, f"port {port} is not one of the web's (80, 443)")

    def _exchange(
        self, place: str, headers: dict[str, str], url: str
    ) -> tuple[int, "httpx.Headers", bytes]:
        import httpx

        from corpus.web.guarded_transport import Forbidden

        host = urlsplit(place).netloc
        self._wait(host)
        try:
            client = self._open()
            self._clock.start(self._seconds)
            with client.stream("GET", place, headers=headers) as answer:
                fine = answer.status_code == 200
                return answer.status_code, answer.headers, self._body(answer, url) if fine else b""
        except Forbidden as error:
            raise UnreadableSource(url, str(error)) from None
        except httpx.TimeoutException:
            raise UnreadableSource(
                url, f"the server takes longer than {self._seconds:.0f} seconds"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise UnreadableSource(url, _certificate(str(error))) from None
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UnreadableSource(url, f"cannot be fetched: {reason}") from None
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
        """The body, unpacked no further than its limit."""
        encoding = answer.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"identity", "gzip", "x-gzip", ""}:
            raise UnreadableSource(url, f"packed as {encoding}, which was not asked for")
        unpacker = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
        parts: list[bytes] = []
        size = 0
        try:
            for raw in answer.iter_raw():
                part = unpacker.decompress(raw, LARGEST + 1 - size) if unpacker else raw
                size += len(part)
                if size > LARGEST:
                    limit = LARGEST // (1024 * 1024)
                    raise UnreadableSource(url, f"more than {limit} MiB, or without end")
                parts.append(part)
        except zlib.error:
            raise UnreadableSource(url, "its gzip is damaged or cut off") from None
        if unpacker is not None and not unpacker.eof:
            raise UnreadableSource(url, "its gzip is damaged or cut off")
        return b"".join(parts)

    def _obey(self, place: str, url: str) -> None:
        """Ask the site's robots.txt whether this page may be read."""
        parts = urlsplit(place)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = self._read_rules(origin, url)
        rules = self._rules[origin]
        if isinstance(rules, str):
            raise UnreadableSource(url, rules)
        if not rules.can_fetch(place, AGENT_NAME):
            raise UnreadableSource(url, "its site's robots.txt asks not to read it")

    def _read_rules(self, origin: str, url: str) -> "Protego | str":
        from protego import Protego

        place = f"{origin}/robots.txt"
        for _ in range(MOST_REDIRECTS + 1):
            self._check(place, url)
            status, answer, body = self._exchange(place, {}, url)
            if status in _REDIRECTS and "location" in answer:
                place = urljoin(place, answer["location"])
                continue
            break
        if status >= 500:  # its wishes are unknown: the standard says to stay away
            return f"its site's robots.txt cannot be read ({status}): try again later"
        return Protego.parse(body[:500_000].decode("utf-8", "replace"))

    def _wait(self, host: str) -> None:
        rules = next(
            (rules for origin, rules in self._rules.items() if origin.endswith(f"//{host}")), None
        )
        pause = self._pause
        if rules is not None and not isinstance(rules, str):
            pause = max(pause, min(LONGEST_PAUSE, rules.crawl_delay(AGENT_NAME) or 0.0))
        last = self._last.get(host)
        if last is not None and (left := last + pause - time.monotonic()) > 0:
            self._sleep(left)


def _certificate(error: str) -> str:
    """What is wrong with a server's certificate, in our words around OpenSSL's."""
    detail = error.partition("verify failed: ")[2].partition(" (_ssl")[0].rstrip(".") or "invalid"
    if "ostname mismatch" in detail or "IP address mismatch" in detail:
        return "its certificate is another server's, so that anyone may be answering"
    hint = "; SSL_CERT_FILE names an authority of your own" if "issuer" in detail else ""
    return f"its certificate cannot be trusted ({detail}){hint}"
