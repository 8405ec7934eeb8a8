"""Encrypted pages: the connection goes to the checked address, the certificate is for the name."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from corpus import UnreadableSource
from corpus.web.fetcher import Fetcher
from tests.web_server import Site, serving

NAME = "wiki.example"


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def site(authority: trustme.CA) -> Iterator[Site]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME).configure_cert(context)
    with serving(context) as site:
        yield site


@pytest.fixture
def fetcher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fetcher]:
    """Every name leads to this machine."""

    def here(host: str, port: int, *_: object, **__: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr("corpus.web.guarded_transport.socket.getaddrinfo", here)
    fetcher = Fetcher(allow_private=True, pause=0, seconds=5)
    yield fetcher
    fetcher.close()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


def reason(fetcher: Fetcher, url: str) -> str:
    with pytest.raises(UnreadableSource) as caught:
        fetcher.fetch(url)
    return str(caught.value.reason)


@pytest.mark.usefixtures("trusted")
def test_a_name_is_asked_for_and_verified_at_its_pinned_address(
    site: Site, fetcher: Fetcher
) -> None:
    site.page("/a", "<p>Over an encrypted line.")
    fetched = fetcher.fetch(site.base.replace("127.0.0.1", NAME) + "/a")
    assert fetched.body == b"<p>Over an encrypted line."
    assert {headers["host"].split(":")[0] for _, headers in site.asked} == {NAME}


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused(site: Site, fetcher: Fetcher, host: str) -> None:
    words = reason(fetcher, site.base.replace("127.0.0.1", host) + "/a")
    assert words == "its certificate is another server's, so that anyone may be answering"
    assert site.asked == []


def test_an_unknown_authority_is_refused(site: Site, fetcher: Fetcher) -> None:
    words = reason(fetcher, site.base.replace("127.0.0.1", NAME) + "/a")
    assert words.startswith("its certificate cannot be trusted (unable to get local issuer")
    assert "SSL_CERT_FILE" in words
    assert site.asked == []
