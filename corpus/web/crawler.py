"""Visits pages on the web, and those to which a feed or sitemap points.

Gives a `PlaceResult` for each page.
"""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from corpus.article import Article
from corpus.error_codes import Code
from corpus.errors import UnreadableSource
from corpus.place_result import (
    READERS_VERSION,
    LastVisit,
    PlaceResult,
    ReadOptions,
    Stamp,
    group_output,
)
from corpus.reader_output import Hints, Pointer
from corpus.readers import feed
from corpus.sandbox.read_data import read_data
from corpus.sandbox.worker_pool import WorkerPool
from corpus.web.fetcher import Fetched, Fetcher, Gone

__all__ = ["Crawler"]

DEEPEST = 3  # levels of sitemaps in sitemaps
LARGEST_LIST = 64 * 1024 * 1024  # bytes of a packed sitemap, unpacked


@dataclass(frozen=True, slots=True)
class _Visit:
    """A page to visit; `depth` counts the lists through which it was found."""

    pointer: Pointer
    depth: int
    rolling: bool


class Crawler:
    """Visits pages, one at a time, and each only once."""

    def __init__(self, fetcher: Fetcher, workers: WorkerPool, options: ReadOptions) -> None:
        """`fetcher` fetches the pages, `workers` read the risky formats."""
        self._fetcher = fetcher
        self._workers = workers
        self._options = options
        self._visited: set[str] = set()

    def visit(self, url: str, last_visit: LastVisit) -> Iterator[PlaceResult]:
        """Read an address; if it is a list, also the pages to which it points."""
        yield from self._follow(url, [_Visit(Pointer(url), 0, rolling=False)], last_visit)

    def follow(self, result: PlaceResult, last_visit: LastVisit) -> Iterator[PlaceResult]:
        """Follow the pointers of a list that was read elsewhere, such as a sitemap in a file."""
        visits = [_Visit(pointer, 1, result.rolling) for pointer in result.pointers]
        yield from self._follow(result.source_name, visits, last_visit)

    def _follow(
        self, source_name: str, visits: list[_Visit], last_visit: LastVisit
    ) -> Iterator[PlaceResult]:
        visits.reverse()  # used as a stack: the last one is visited next
        left = self._options.most_pages
        while visits:
            visit = visits.pop()
            url = visit.pointer.url.split("#")[0]
            if url in self._visited:
                continue
            if left <= 0:
                reason = Code.TOO_MANY_PAGES(count=self._options.most_pages)
                yield PlaceResult(
                    source_name, url, errors=(UnreadableSource(source_name, reason),), rolling=True
                )
                return
            left -= 1
            self._visited.add(url)
            result = self._read(source_name, url, visit, last_visit)
            if result.pointers and visit.depth >= DEEPEST:
                error = UnreadableSource(url, Code.TOO_MANY_NESTED_LISTS(count=DEEPEST))
                result = replace(result, pointers=(), errors=(*result.errors, error))
            yield result
            visits += reversed(
                [_Visit(one, visit.depth + 1, result.rolling) for one in result.pointers]
            )

    def _read(
        self, source_name: str, url: str, visit: _Visit, last_visit: LastVisit
    ) -> PlaceResult:
        known = last_visit(url)
        listed = visit.pointer.changed
        if known is not None and listed and known.changed == listed:
            return PlaceResult(source_name, url, stamp=known, unchanged=True, rolling=visit.rolling)
        known = known or Stamp()
        try:
            answer = self._fetcher.fetch(url, known.etag, known.modified)
        except UnreadableSource as error:
            return self._refused(source_name, url, visit, error)
        if answer.body is None:
            stamp = replace(known, changed=listed)
            return PlaceResult(source_name, url, stamp=stamp, unchanged=True, rolling=visit.rolling)
        mark = f"{READERS_VERSION}:{hashlib.sha256(answer.body).hexdigest()}"
        stamp = Stamp(answer.etag, answer.modified, mark, listed)
        if known.mark == mark:
            return PlaceResult(source_name, url, stamp=stamp, unchanged=True, rolling=visit.rolling)
        return self._parsed(source_name, url, visit, answer, stamp)

    def _parsed(
        self, source_name: str, url: str, visit: _Visit, answer: Fetched, stamp: Stamp
    ) -> PlaceResult:
        hints = Hints(
            address=answer.url,
            charset=answer.charset,
            media_type=answer.media_type,
            encoding=self._options.encoding,
            columns=dict(self._options.columns),
        )
        try:
            body = _unpacked(answer.body or b"", url)
        except UnreadableSource as error:
            return PlaceResult(source_name, url, errors=(error,))
        found = read_data(body, url, hints, self._workers)
        result = group_output(source_name, url, found, stamp, rolling=visit.rolling)
        fallback = visit.pointer.fallback
        if not result.articles and not result.pointers and fallback is not None:
            return replace(result, articles=(fallback,), errors=())
        if fallback is not None:
            result = replace(
                result, articles=tuple(_completed(one, fallback) for one in result.articles)
            )
        # A feed drops its old entries; a sitemap lists all pages. A list gets no stamp, so that it
        # is read at each visit and a page that failed last time is tried again.
        is_feed = feed.accepts(body[:4096], named=False)
        return replace(
            result,
            rolling=result.rolling or is_feed,
            stamp=None if result.pointers else stamp,
        )

    def _refused(
        self, source_name: str, url: str, visit: _Visit, error: UnreadableSource
    ) -> PlaceResult:
        """The result for a page that cannot be read: the summary from its list, or the error."""
        fallback = visit.pointer.fallback
        if fallback is not None:
            return PlaceResult(source_name, url, articles=(fallback,), rolling=True)
        gone = isinstance(error, Gone)
        return PlaceResult(source_name, url, errors=(error,), rolling=visit.rolling, gone=gone)


def _completed(article: Article, listed: Article) -> Article:
    """The article of a page; the article of the feed fills in empty fields."""
    return replace(
        article,
        author=article.author or listed.author,
        published=article.published or listed.published,
        language=article.language or listed.language,
    )


def _unpacked(body: bytes, url: str) -> bytes:
    """Unpack a sitemap in a gzip file. Other files stay as they are: readers open archives."""
    if not body.startswith(b"\x1f\x8b") or not url.split("?")[0].endswith(".xml.gz"):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(body, LARGEST_LIST)
    except zlib.error:
        raise UnreadableSource(url, Code.GZIP_DAMAGED()) from None
    if unpacker.unconsumed_tail:
        raise UnreadableSource(url, Code.GZIP_TOO_LARGE())
    return unpacked
