"""Pages, feeds and sitemaps on the web, to Readings; what a list points at is followed."""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from corpus.article import Article
from corpus.errors import UnreadableSource
from corpus.ingest.files import group_output, read_data
from corpus.outcome import Hints, Pointer
from corpus.place_result import READING, PlaceResult, ReadOptions, Recall, Stamp
from corpus.readers import feed
from corpus.sandbox.worker_pool import WorkerPool
from corpus.web.fetcher import Fetched, Fetcher, Gone

__all__ = ["Web"]

DEEPEST = 3  # sitemaps in sitemaps
LARGEST_LIST = 64 * 1024 * 1024  # bytes of a packed sitemap, unpacked


@dataclass(frozen=True, slots=True)
class _Task:
    pointer: Pointer
    depth: int
    rolling: bool


class Web:
    """Visits addresses, one page at a time."""

    def __init__(self, fetcher: Fetcher, workers: WorkerPool, options: ReadOptions) -> None:
        """Take what fetches and what reads."""
        self._fetcher = fetcher
        self._workers = workers
        self._options = options
        self._visited: set[str] = set()

    def visit(self, url: str, recall: Recall) -> Iterator[PlaceResult]:
        """Read an address and, when it is a list, what it points at."""
        yield from self._follow(url, [_Task(Pointer(url), 0, rolling=False)], recall)

    def follow(self, reading: PlaceResult, recall: Recall) -> Iterator[PlaceResult]:
        """Follow the pointers of a list that was read elsewhere."""
        tasks = [_Task(pointer, 1, reading.rolling) for pointer in reading.pointers]
        yield from self._follow(reading.root, tasks, recall)

    def _follow(self, root: str, tasks: list[_Task], recall: Recall) -> Iterator[PlaceResult]:
        tasks.reverse()  # the next one is the last
        left = self._options.most_pages
        while tasks:
            task = tasks.pop()
            url = task.pointer.url.split("#")[0]
            if url in self._visited:
                continue
            if left <= 0:
                reason = f"more than {self._options.most_pages} pages: --max-pages takes more"
                yield PlaceResult(root, url, errors=(UnreadableSource(root, reason),), rolling=True)
                return
            left -= 1
            self._visited.add(url)
            reading = self._read(root, url, task, recall)
            if reading.pointers and task.depth >= DEEPEST:
                error = UnreadableSource(url, f"more than {DEEPEST} lists in one another")
                reading = replace(reading, pointers=(), errors=(*reading.errors, error))
            yield reading
            tasks += reversed(
                [_Task(one, task.depth + 1, reading.rolling) for one in reading.pointers]
            )

    def _read(self, root: str, url: str, task: _Task, recall: Recall) -> PlaceResult:
        known = recall(url)
        listed = task.pointer.changed
        if known is not None and listed and known.changed == listed:
            return PlaceResult(root, url, stamp=known, unchanged=True, rolling=task.rolling)
        known = known or Stamp()
        try:
            answer = self._fetcher.fetch(url, known.etag, known.modified)
        except UnreadableSource as error:
            return self._refused(root, url, task, error)
        if answer.body is None:
            stamp = replace(known, changed=listed)
            return PlaceResult(root, url, stamp=stamp, unchanged=True, rolling=task.rolling)
        mark = f"{READING}:{hashlib.sha256(answer.body).hexdigest()}"
        stamp = Stamp(answer.etag, answer.modified, mark, listed)
        if known.mark == mark:
            return PlaceResult(root, url, stamp=stamp, unchanged=True, rolling=task.rolling)
        return self._parsed(root, url, task, answer, stamp)

    def _parsed(
        self, root: str, url: str, task: _Task, answer: Fetched, stamp: Stamp
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
            return PlaceResult(root, url, errors=(error,))
        found = read_data(body, url, hints, self._workers)
        reading = group_output(root, url, found, stamp, rolling=task.rolling)
        fallback = task.pointer.fallback
        if not reading.articles and not reading.pointers and fallback is not None:
            return replace(reading, articles=(fallback,), errors=())
        if fallback is not None:
            reading = replace(
                reading, articles=tuple(_completed(one, fallback) for one in reading.articles)
            )
        # What a feed lists today it will not list for ever; a sitemap lists all there is. Lists
        # themselves are read at each visit: a page that failed last time is tried again.
        is_feed = feed.accepts(body[:4096], named=False)
        return replace(
            reading,
            rolling=reading.rolling or is_feed,
            stamp=None if reading.pointers else stamp,
        )

    def _refused(self, root: str, url: str, task: _Task, error: UnreadableSource) -> PlaceResult:
        """What a list says of a page stands in for a page that may not or cannot be read."""
        fallback = task.pointer.fallback
        if fallback is not None:
            return PlaceResult(root, url, articles=(fallback,), rolling=True)
        gone = isinstance(error, Gone)
        return PlaceResult(root, url, errors=(error,), rolling=task.rolling, gone=gone)


def _completed(article: Article, listed: Article) -> Article:
    """A page's article with what only the feed knows."""
    return replace(
        article,
        author=article.author or listed.author,
        published=article.published or listed.published,
        language=article.language or listed.language,
    )


def _unpacked(body: bytes, url: str) -> bytes:
    """Sitemaps are often gzip files; archives are the readers' to open."""
    if not body.startswith(b"\x1f\x8b") or not url.split("?")[0].endswith(".xml.gz"):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(body, LARGEST_LIST)
    except zlib.error:
        raise UnreadableSource(url, "its gzip is damaged") from None
    if unpacker.unconsumed_tail:
        raise UnreadableSource(url, "its gzip unpacks to too much: a bomb?")
    return unpacked
