"""Visits sources (files, folders, stdin, web addresses); gives a `PlaceResult` for each place."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from corpus.article import Article
from corpus.error_codes import Code
from corpus.errors import UnreadableSource
from corpus.ingest.files import read_files, read_stdin
from corpus.ingest.walk_folder import files_under
from corpus.place_result import LastVisit, PlaceResult, ReadOptions, never_visited
from corpus.sandbox.worker_pool import WorkerPool
from corpus.source_name import STDIN, is_address, printable, source_name, why_refused
from corpus.web.crawler import Crawler
from corpus.web.fetcher import Fetcher

__all__ = ["read_source", "read_sources", "visit"]

BATCH_FILES, BATCH_BYTES = 8, 64 * 1024  # most files, and most bytes, sent to a child at once
AHEAD = 4  # batches that are read in advance for each child process
MOST_AHEAD = 32 * 1024 * 1024  # bytes of files that are read in advance


def read_sources(
    names: Iterable[str], options: ReadOptions | None = None
) -> Iterator[Article | UnreadableSource]:
    """Read every article of the sources, in order; a source or place that is bad yields its error.

    Folders are read with everything in them, sorted by name, without hidden and ignored files. A
    file that is reached twice is read once. `Article.source` is the absolute path or the URL.
    """
    for result in visit(names, options or ReadOptions()):
        yield from result.articles
        yield from result.errors


def read_source(name: str) -> Iterator[Article | UnreadableSource]:
    """Read every article of one source; see `read_sources`."""
    return read_sources([name])


def visit(
    names: Iterable[str],
    options: ReadOptions,
    last_visit: LastVisit = never_visited,
    fetcher: Fetcher | None = None,
    workers: WorkerPool | None = None,
) -> Iterator[PlaceResult]:
    """Visit sources, place by place, in order.

    A place with the stamp that `last_visit` gives is not read again. Without `workers` and
    `fetcher`, new ones are made. The workers are closed at the end; a `fetcher` that was given
    stays open.
    """
    with ExitStack() as stack:
        workers = stack.enter_context(workers or WorkerPool())
        crawler = Crawler(fetcher or _fetcher(options, stack), workers, options)
        steps = _steps(names, options, last_visit, workers, crawler)
        for result in _in_order(steps, workers, stack):
            yield result
            if result.pointers and not is_address(result.source_name):
                yield from crawler.follow(result, last_visit)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Files to read, in two steps (see `read_files`); `size` is in bytes."""

    read: Callable[[], list[Callable[[], PlaceResult]]]
    size: int


_Step = _Batch | Iterator[PlaceResult] | PlaceResult


def _steps(
    names: Iterable[str],
    options: ReadOptions,
    last_visit: LastVisit,
    workers: WorkerPool,
    crawler: Crawler,
) -> Iterator[_Step]:
    seen: set[Path] = set()
    hints = options.hints()
    for name in names:
        known_as = source_name(name)
        if name == STDIN:
            yield read_stdin(hints, workers)
        elif is_address(name):
            yield crawler.visit(known_as, last_visit)
        elif "://" in name:
            scheme = printable(name.split("://")[0])
            error = UnreadableSource(printable(name), Code.UNKNOWN_SCHEME(scheme=scheme))
            yield PlaceResult(known_as, known_as, errors=(error,))
        else:
            path = Path(name)
            for found in _batches(_files(path, known_as), seen):
                if isinstance(found, UnreadableSource):
                    gone = found.source == known_as and _is_gone(known_as)
                    yield PlaceResult(known_as, found.source, errors=(found,), gone=gone)
                else:
                    paths, size = found
                    read = partial(
                        read_files, paths, known_as, hints, workers, last_visit,
                        in_folder=path.is_dir(),
                    )  # fmt: skip
                    yield _Batch(read, size)


def _is_gone(name: str) -> bool:
    """Whether a file was deleted. If its folder is missing too, a disk may only be unplugged."""
    path = Path(name)
    return path.parent.is_dir() and not os.path.lexists(path)


def _batches(
    files: Iterable[Path | UnreadableSource], seen: set[Path]
) -> Iterator[tuple[list[Path], int] | UnreadableSource]:
    """Each file once, neighbouring small ones together: (files, bytes in all), or an error."""
    batch: list[Path] = []
    batch_size = 0
    for found in files:
        if isinstance(found, Path) and found in seen:
            continue
        size = 0 if isinstance(found, UnreadableSource) else _size(found)
        full = len(batch) == BATCH_FILES or batch_size + size > BATCH_BYTES
        if batch and (full or isinstance(found, UnreadableSource)):
            yield batch, batch_size
            batch, batch_size = [], 0
        if isinstance(found, UnreadableSource):
            yield found
        else:
            seen.add(found)
            batch.append(found)
            batch_size += size
    if batch:
        yield batch, batch_size


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # the error is reported when the file is read


def _files(path: Path, known_as: str) -> Iterator[Path | UnreadableSource]:
    try:
        path = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        yield UnreadableSource(known_as, why_refused(error))
        return
    if not path.is_dir():
        yield path
        return
    empty = True
    for found in files_under(path):
        empty = False
        yield found
    if empty:
        yield UnreadableSource(printable(str(path)), Code.EMPTY_FOLDER())


def _in_order(
    steps: Iterator[_Step], workers: WorkerPool, stack: ExitStack
) -> Iterator[PlaceResult]:
    """Read some batches in advance, in threads; results come in the order of the steps."""
    pool = ThreadPoolExecutor(workers.count, thread_name_prefix="reading")
    stack.callback(pool.shutdown, wait=True, cancel_futures=True)
    # Callbacks run in reverse order: the workers are closed before the pool, so that an
    # interruption does not wait for files that are being read.
    stack.callback(workers.close)
    waiting: deque[tuple[Future[list[Callable[[], PlaceResult]]], int]] = deque()
    ahead = 0  # bytes in `waiting`
    for step in steps:
        if isinstance(step, _Batch):
            waiting.append((pool.submit(step.read), step.size))
            ahead += step.size
            while len(waiting) >= workers.count * AHEAD or (
                len(waiting) > 1 and ahead > MOST_AHEAD
            ):
                future, size = waiting.popleft()
                ahead -= size
                yield from (work() for work in future.result())
            continue
        while waiting:
            future, size = waiting.popleft()
            ahead -= size
            yield from (work() for work in future.result())
        if isinstance(step, PlaceResult):
            yield step
        else:
            yield from step
    while waiting:
        yield from (work() for work in waiting.popleft()[0].result())


def _fetcher(options: ReadOptions, stack: ExitStack) -> Fetcher:
    fetcher = Fetcher(allow_private=options.allow_private, pause=options.pause)
    stack.callback(fetcher.close)
    return fetcher
