"""RSS and Atom feeds: each entry is an article, or has the address of an article."""

import calendar
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from corpus.article import Article
from corpus.error_codes import Code
from corpus.errors import UnreadableSource
from corpus.html.blocks import blocks_of
from corpus.html.parse import parse_page
from corpus.reader_output import NO_HINTS, Hints, Pointer, ReaderOutput
from corpus.structure.draft import Draft, article_id, to_article

__all__ = ["accepts", "read"]

MOST_ENTRIES = 2000
SHORTEST_ARTICLE = 1500  # characters, from which a description is taken for the whole article

_ROOT = re.compile(
    rb"(?:<\?xml[^>]*>|<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>]*>|\s)*<(?:rss|feed|rdf:RDF)\b", re.DOTALL
)


def accepts(head: bytes, named: bool) -> bool:
    """Whether the first element is that of a feed, or the file has a suffix of one."""
    start = head.removeprefix(b"\xef\xbb\xbf")
    return _ROOT.match(start) is not None or named


def read(data: bytes, source: str, hints: Hints = NO_HINTS) -> Iterator[ReaderOutput]:
    """Read the entries in their order; a bad entry yields its error and the rest goes on.

    Raises UnreadableSource when there are no entries, or the XML declares entities.
    """
    import feedparser  # lazy: only the child process that reads needs it

    if b"<!ENTITY" in data[:100_000]:
        raise UnreadableSource(source, Code.XML_DECLARES_ENTITIES())
    headers = {"content-type": f"application/xml; charset={hints.charset}"} if hints.charset else {}
    feed = feedparser.parse(
        data, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if not feed.entries:
        problem = str(feed.get("bozo_exception", "")).partition("\n")[0].strip()
        raise UnreadableSource(
            source, Code.EMPTY_FEED_WITH_PROBLEM(problem=problem) if problem else Code.EMPTY_FEED()
        )
    language = str(feed.feed.get("language", ""))[:2].lower() or None
    for number, entry in enumerate(feed.entries[:MOST_ENTRIES], 1):
        try:
            yield _read_entry(entry, source, language)
        except UnreadableSource as error:
            yield UnreadableSource(f"{source} entry {number}", error.reason)


def _read_entry(entry: Any, source: str, language: str | None) -> ReaderOutput:  # noqa: ANN401 - feedparser's
    content = "".join(str(one.get("value", "")) for one in entry.get("content", [])[:1])
    summary = str(entry.get("summary", ""))
    whole = content or summary
    link = str(entry.get("link", "")).strip()
    followed = link.startswith(("http://", "https://")) and link.isprintable()
    identity = link if followed else str(entry.get("id", "")) or None
    full = bool(content and len(content) > len(summary)) or len(whole) >= SHORTEST_ARTICLE
    article: Article | None = None
    try:
        draft = Draft(
            _texts(whole, source),
            title=" ".join(_texts(str(entry.get("title", "")), source)),
            id=article_id(identity) if identity else None,
            url=link if followed else None,
            author=str(entry.get("author", "")).strip() or None,
            published=_date(entry.get("published_parsed")),
            updated=_date(entry.get("updated_parsed")),
            language=None if full else language,
        )
        if draft.updated == draft.published:
            draft.updated = None
        article = to_article(draft, link if followed else source)
    except UnreadableSource:
        if not followed:
            raise
    if article is None or (followed and not full):
        return Pointer(link, str(entry.get("updated", entry.get("published", ""))) or None, article)
    return article


def _texts(markup: str, source: str) -> list[str]:
    if not markup.strip():
        return []
    page = parse_page(markup.encode("utf-8", "replace"), source, "utf-8")
    return [block.text for block in blocks_of(page)]


def _date(parsed: Any) -> date | None:  # noqa: ANN401 - feedparser's
    if not parsed:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC).date()
    except (ValueError, OverflowError, OSError, TypeError):
        return None
