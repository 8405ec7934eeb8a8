"""Sitemaps: the addresses of the pages of a site."""

import re
from collections.abc import Iterator

from corpus.error_codes import Code
from corpus.errors import UnreadableSource
from corpus.reader_output import NO_HINTS, Hints, Pointer
from corpus.readers.safe_xml import parse_xml

__all__ = ["accepts", "read"]


_ROOT = re.compile(
    rb"(?:<\?xml[^>]*>|<!--.*?-->|<\?.*?\?>|\s)*<(?:\w+:)?(?:urlset|sitemapindex)\b", re.DOTALL
)


def accepts(head: bytes, named: bool) -> bool:
    """Whether the first element is that of a sitemap."""
    return _ROOT.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def read(data: bytes, source: str, hints: Hints = NO_HINTS) -> Iterator[Pointer]:
    """Read the addresses of pages and of further sitemaps.

    Raises UnreadableSource when there are none, or the XML is damaged.
    """
    empty = True
    for element in parse_xml(data, source):
        values = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in element}
        url = values.get("loc", "")
        if url.startswith(("http://", "https://")) and url.isprintable():
            empty = False
            yield Pointer(url, values.get("lastmod") or None)
    if empty:
        raise UnreadableSource(source, Code.EMPTY_SITEMAP())
