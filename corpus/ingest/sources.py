"""Sources, as an admin names them, to articles: files, folders, stdin, addresses on the web."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from corpus.article import Article
from corpus.errors import UnreadableSource
from corpus.ingest.files import LARGEST_FILE, STDIN, read_files, read_stdin
from corpus.ingest.walk_folder import files_under
from corpus.place_result import PlaceResult, ReadOptions, Recall, nothing_known
from corpus.sandbox.worker_pool import WorkerPool
from corpus.source_name import printable, reason
from corpus.web.crawler import Web
from corpus.web.fetcher import Fetcher

__all__ = ["LARGEST_FILE", "is_address", "read_source", "read_sources", "root_of", "visit"]

TOGETHER, SMALL = 8, 64 * 1024  # files, bytes: no more are sent to a child process at once
AHEAD = 4  # such parcels read before they are asked for, for each child process
MOST_AHEAD = 32 * 1024 * 1024  # bytes of such files


def read_sources(
    names: Iterable[str], options: ReadOptions | None = None
) -> Iterator[Article | UnreadableSource]:
    """Read every article of the sources, in order; a bad one yields its error, named.

    Folders are read with everything under them, sorted by name, hidden and ignored files left out.
    A file that is reached twice is read once. `Article.source` is the absolute path or the URL.
    """
    for reading in visit(names, options or ReadOptions()):
        yield from reading.articles
        yield from reading.errors


def read_source(name: str) -> Iterator[Article | UnreadableSource]:
    """Read every article of one source."""
    return read_sources([name])


def visit(
    names: Iterable[str],
    options: ReadOptions,
    recall: Recall = nothing_known,
    fetcher: Fetcher | None = None,
    workers: WorkerPool | None = None,
) -> Iterator[PlaceResult]:
    """Visit sources, place by place, in order. What `recall` knows to be the same isn't read.

    `workers`, if given, are used up: they read nothing afterwards.
    """
    with ExitStack() as stack:
        workers = stack.enter_context(workers or WorkerPool())
        web = Web(
            fetcher or _fetcher(options, stack),
            workers,
            options,
        )
        tasks = _tasks(names, options, recall, workers, web)
        for reading in _in_order(tasks, workers, stack):
            yield reading
            if reading.pointers and not is_address(reading.root):
                yield from web.follow(reading, recall)


def is_address(name: str) -> bool:
    """Whether a source is on the web."""
    return name.lower().startswith(("http://", "https://"))


def root_of(name: str) -> str:
    """The name under which a source is remembered: the same however it was typed."""
    if is_address(name) or name == STDIN:
        return name.split("#")[0]
    try:
        return printable(str(Path(name).resolve()))
    except (OSError, RuntimeError, ValueError):
        return printable(name)


@dataclass(frozen=True, slots=True)
class _Job:
    """Files to read, in two steps (see `read_files`); `size` is in bytes."""

    read: Callable[[], list[Callable[[], PlaceResult]]]
    size: int


Task = _Job | Iterator[PlaceResult] | PlaceResult


def _tasks(
    names: Iterable[str], options: ReadOptions, recall: Recall, workers: WorkerPool, web: Web
) -> Iterator[Task]:
    seen: set[Path] = set()
    hints = options.hints()
    for name in names:
        root = root_of(name)
        if name == STDIN:
            yield read_stdin(hints, workers)
        elif is_address(name):
            yield web.visit(root, recall)
        elif "://" in name:
            scheme = printable(name.split("://")[0])
            error = UnreadableSource(printable(name), f"{scheme}: is not read, only http and https")
            yield PlaceResult(root, root, errors=(error,))
        else:
            path = Path(name)
            for found in _parcels(_files(path, root), seen):
                if isinstance(found, UnreadableSource):
                    gone = found.source == root and _is_gone(root)
                    yield PlaceResult(root, found.source, errors=(found,), gone=gone)
                else:
                    paths, size = found
                    read = partial(
                        read_files, paths, root, hints, workers, recall, in_folder=path.is_dir()
                    )
                    yield _Job(read, size)


def _is_gone(name: str) -> bool:
    """Whether a file has been deleted; with its whole folder away, a disk may be missing."""
    path = Path(name)
    return path.parent.is_dir() and not os.path.lexists(path)


def _parcels(
    files: Iterable[Path | UnreadableSource], seen: set[Path]
) -> Iterator[tuple[list[Path], int] | UnreadableSource]:
    """Put a few small files that follow each other together, with their size, each file once."""
    parcel: list[Path] = []
    weight = 0
    for found in files:
        if isinstance(found, Path) and found in seen:
            continue
        size = 0 if isinstance(found, UnreadableSource) else _size(found)
        full = len(parcel) == TOGETHER or weight + size > SMALL
        if parcel and (full or isinstance(found, UnreadableSource)):
            yield parcel, weight
            parcel, weight = [], 0
        if isinstance(found, UnreadableSource):
            yield found
        else:
            seen.add(found)
            parcel.append(found)
            weight += size
    if parcel:
        yield parcel, weight


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # reading it will say what is wrong


def _files(path: Path, root: str) -> Iterator[Path | UnreadableSource]:
    try:
        path = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        yield UnreadableSource(root, reason(error))
        return
    if not path.is_dir():
        yield path
        return
    empty = True
    for found in files_under(path):
        empty = False
        yield found
    if empty:
        yield UnreadableSource(printable(str(path)), "no files in this folder")


def _in_order(
    tasks: Iterator[Task], workers: WorkerPool, stack: ExitStack
) -> Iterator[PlaceResult]:
    """Run what can run side by side, a little ahead; results come in the order of the tasks."""
    pool = ThreadPoolExecutor(workers.count, thread_name_prefix="reading")
    stack.callback(pool.shutdown, wait=True, cancel_futures=True)
    stack.callback(workers.close)  # before that, so that an interruption waits for nobody
    waiting: deque[tuple[Future[list[Callable[[], PlaceResult]]], int]] = deque()
    weight = 0  # bytes of what waits
    for task in tasks:
        if isinstance(task, _Job):
            waiting.append((pool.submit(task.read), task.size))
            weight += task.size
            while len(waiting) >= workers.count * AHEAD or (
                len(waiting) > 1 and weight > MOST_AHEAD
            ):
                future, size = waiting.popleft()
                weight -= size
                yield from (work() for work in future.result())
            continue
        while waiting:
            future, size = waiting.popleft()
            weight -= size
            yield from (work() for work in future.result())
        if isinstance(task, PlaceResult):
            yield task
        else:
            yield from task
    while waiting:
        yield from (work() for work in waiting.popleft()[0].result())


def _fetcher(options: ReadOptions, stack: ExitStack) -> Fetcher:
    fetcher = Fetcher(allow_private=options.allow_private, pause=options.pause)
    stack.callback(fetcher.close)
    return fetcher
