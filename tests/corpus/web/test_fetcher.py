import gzip
import ipaddress
import socket
import time
from collections.abc import Iterator

import pytest

from corpus import UnreadableSource
from corpus.error_codes import Code
from corpus.web.fetcher import LARGEST, USER_AGENT, Fetcher
from corpus.web.guarded_transport import is_public
from tests.web_server import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    fetcher = Fetcher(allow_private=True, pause=0, seconds=5)
    yield fetcher
    fetcher.close()


def refusal(fetcher: Fetcher, url: str) -> str:
    with pytest.raises(UnreadableSource) as caught:
        fetcher.fetch(url)
    assert caught.value.source == url
    assert "\n" not in str(caught.value)
    return str(caught.value.reason)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "198.18.0.1", "0.0.0.1", "224.0.0.1", "255.255.255.255", "192.0.0.1", "192.0.2.1", "::1",
        "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "2002:7f00:1::",
        "64:ff9b::7f00:1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_for_everyone(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f::1", "64:ff9b::5db8:d70e"])
def test_addresses_that_are(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_no_request_reaches_this_machine(site: Site, host: str) -> None:
    url = f"http://{host}/secret"
    assert "private address: --allow-private" in refusal(Fetcher(pause=0), url) or host == "[::1]"
    assert site.asked == []


def test_a_name_is_resolved_once_and_every_answer_counts(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(site.base.rsplit(":", 1)[1])
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])

    def rebinding(host: str, *_: object, **__: object) -> list[object]:
        return [(0, 0, 0, "", (one, port)) for one in next(answers)]

    connected: list[str] = []

    def connect(place: tuple[str, int], *_: object, **__: object) -> socket.socket:
        connected.append(place[0])
        raise OSError("unreachable")

    monkeypatch.setattr("corpus.web.guarded_transport.socket.getaddrinfo", rebinding)
    monkeypatch.setattr("socket.create_connection", connect)
    assert "cannot be fetched" in refusal(Fetcher(pause=0), "http://rebind.example/")
    assert connected == ["93.184.215.14"]  # what was checked is what is connected to
    assert site.asked == []

    monkeypatch.setattr(
        "corpus.web.guarded_transport.socket.getaddrinfo",
        lambda *_, **__: [(0, 0, 0, "", (one, 80)) for one in ("93.184.215.14", "10.0.0.1")],
    )
    assert "mixed.example is 10.0.0.1" in refusal(Fetcher(pause=0), "http://mixed.example/")


def test_a_name_that_no_server_has_is_a_reason_in_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("corpus.web.guarded_transport.socket.getaddrinfo", unknown)
    with pytest.raises(UnreadableSource) as caught:
        Fetcher(pause=0).fetch("http://nowhere.example/")
    assert caught.value.reason == Code.NOT_FETCHED(problem=Code.NO_SUCH_SERVER())


def test_a_redirect_is_looked_at_like_any_address(site: Site, fetcher: Fetcher) -> None:
    for path, target in (("/file", "file:///etc/passwd"), ("/user", "http://u:p@127.0.0.1/")):
        site.pages[path] = (302, {"Location": target}, b"")
    assert "leads to file:" in refusal(fetcher, site.base + "/file")
    assert "user name or password" in refusal(fetcher, site.base + "/user")
    site.pages["/loop"] = (302, {"Location": "/loop"}, b"")
    assert "more than 5 redirects" in refusal(fetcher, site.base + "/loop")
    site.pages["/old"] = (301, {"Location": "/new"}, b"")
    site.page("/new", "<p>New</p>")
    assert fetcher.fetch(site.base + "/old").url == site.base + "/new"


def test_a_public_page_that_redirects_here_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first name counts as public here; the second, where it leads, is another loopback address.
    port = int(site.base.rsplit(":", 1)[1])
    outer = ipaddress.ip_address("127.0.0.1")
    places = {"outer.example": outer, "inner.example": ipaddress.ip_address("127.0.0.2")}
    site.pages["/go"] = (302, {"Location": f"http://inner.example:{port}/secret"}, b"")
    monkeypatch.setattr(
        "corpus.web.guarded_transport._Backend._resolve", lambda _, host, __: [places[host]]
    )
    monkeypatch.setattr("corpus.web.guarded_transport.is_public", lambda address: address == outer)
    monkeypatch.setattr("corpus.web.guarded_transport.PORTS", frozenset({port}))
    monkeypatch.setattr("corpus.web.fetcher.PORTS", frozenset({None, port}))
    reason = refusal(Fetcher(pause=0), f"http://outer.example:{port}/go")
    assert "inner.example is 127.0.0.2, a private address" in reason
    assert site.paths() == ["/go"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://ex.example/a", "leads to ftp:"),
        ("http://ex.example:22/a", "port 22"),
        ("http://user:secret@ex.example/a", "user name or password"),
        ("http://[::1", "not a valid address"),
        ("http://ex.example/\x00", "not a valid address"),
    ],
)
def test_odd_addresses(url: str, reason: str) -> None:
    assert reason in refusal(Fetcher(pause=0), url)


def test_manners(site: Site) -> None:
    site.page("/robots.txt", "User-agent: quotebot\nDisallow: /private/*.html$\nCrawl-delay: 3\n",
              "text/plain")  # fmt: skip
    site.page("/a", "<p>A</p>")
    site.page("/private/b.html", "<p>B</p>")
    slept: list[float] = []
    fetcher = Fetcher(allow_private=True, pause=1, sleep=slept.append)
    fetcher.fetch(site.base + "/a")
    assert "robots.txt asks not to" in refusal(fetcher, site.base + "/private/b.html")
    assert [path for path, _ in site.asked] == ["/robots.txt", "/a"]
    assert all(headers["user-agent"] == USER_AGENT for _, headers in site.asked)
    fetcher.fetch(site.base + "/a")
    assert len(slept) == 2
    assert 2 < slept[1] <= 3


def test_an_unknown_wish_is_a_no(site: Site, fetcher: Fetcher) -> None:
    site.pages["/robots.txt"] = (500, {}, b"")
    site.page("/a", "<p>A</p>")
    assert "robots.txt cannot be read (500)" in refusal(fetcher, site.base + "/a")


def test_answers_that_are_not_articles(site: Site, fetcher: Fetcher) -> None:
    site.page("/p.jpg", b"\xff\xd8", "image/jpeg")
    site.pages["/busy"] = (429, {"Retry-After": "60"}, b"")
    site.pages["/broken"] = (500, {}, b"")
    assert "not text but image/jpeg" in refusal(fetcher, site.base + "/p.jpg")
    assert "asks to wait for 60 seconds" in refusal(fetcher, site.base + "/busy")
    assert "answers 500" in refusal(fetcher, site.base + "/broken")
    assert "not there (404)" in refusal(fetcher, site.base + "/none")


def test_bombs_are_unpacked_no_further_than_allowed(site: Site, fetcher: Fetcher) -> None:
    packed = gzip.compress(b"0" * (LARGEST + 10))
    site.page("/bomb", packed, Content_Encoding="gzip")
    site.page("/twice", gzip.compress(packed), Content_Encoding="gzip, gzip")
    site.page("/fine", gzip.compress(b"<p>Fine</p>"), Content_Encoding="gzip")
    site.page("/damaged", b"\x1f\x8b\x08\x00broken", Content_Encoding="gzip")
    assert "more than 32 MiB" in refusal(fetcher, site.base + "/bomb")
    assert "packed as gzip, gzip" in refusal(fetcher, site.base + "/twice")
    assert fetcher.fetch(site.base + "/fine").body == b"<p>Fine</p>"
    assert "gzip is damaged" in refusal(fetcher, site.base + "/damaged")


def test_what_never_ends_is_cut_off(site: Site) -> None:
    site.pages["/drip"] = lambda handler: handler.drip(b"x", 0.05, 1000)
    site.pages["/flood"] = lambda handler: handler.drip(b"x" * 2**20, 0, 1000)
    fetcher = Fetcher(allow_private=True, pause=0, seconds=1.0)
    begun = time.monotonic()
    assert "takes longer than 1 seconds" in refusal(fetcher, site.base + "/drip")
    assert time.monotonic() - begun < 3
    fetcher = Fetcher(allow_private=True, pause=0, seconds=20)
    assert "more than 32 MiB, or without end" in refusal(fetcher, site.base + "/flood")


def test_what_is_the_same_is_not_sent_again(site: Site, fetcher: Fetcher) -> None:
    url = site.page("/a", "<p>A</p>", ETag='"1"', Last_Modified="Thu, 02 May 2024 08:00:00 GMT")
    first = fetcher.fetch(url)
    assert (first.etag, first.modified) == ('"1"', "Thu, 02 May 2024 08:00:00 GMT")
    assert fetcher.fetch(url, first.etag, first.modified).body is None
    assert site.asked[-1][1]["if-modified-since"] == first.modified
