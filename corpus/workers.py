"""Child processes that read risky formats, as many as there are processors.

A task that takes too long is killed with its process; one that crashes it or needs too much memory
becomes an error in a few words. The next task gets a fresh process.
"""

import json
import os
import queue
import select
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from corpus.errors import UnreadableSource
from corpus.found import Found, Hints, from_line, to_line
from corpus.nursery import Forked, Nursery
from corpus.worker import LARGEST_MEMORY, MEMORY

__all__ = ["Workers"]

SECONDS = 120.0  # for one task
PIECE = 64 * 1024  # bytes read at once: what a pipe holds
MOST_TASKS = 1000  # in one process: what its parsers leak goes with it


class _Worker:
    """One child process."""

    def __init__(self, process: Forked) -> None:
        self.tasks = 0
        self.process = process
        os.set_blocking(process.questions, False)

    def exchange(self, question: memoryview, answer: bytearray, seconds: float) -> memoryview:
        """Write what the pipe takes, read what it has; the rest of the question.

        Raises BrokenPipeError or EOFError when the process has ended.
        """
        if question:
            with suppress(BlockingIOError):
                question = question[os.write(self.process.questions, question) :]
        writing = [self.process.questions] if question else []
        ready, _, _ = select.select([self.process.answers], writing, [], seconds)
        if ready:
            piece = os.read(self.process.answers, PIECE)
            if not piece:
                raise EOFError
            answer += piece
        return question


def _processors() -> int:
    """How many processors there are for us; not every system knows of shares."""
    share = getattr(os, "sched_getaffinity", None)
    return len(share(0)) if share else os.cpu_count() or 1


def _is_whole(answer: bytearray) -> bool:
    """Whether the empty line that ends an answer has come."""
    return answer.endswith(b"\n\n") or answer == b"\n"


def _refusal(source: str, reason: str) -> bytes:
    return to_line(UnreadableSource(source, reason)).encode()


class Workers:
    """A pool of child processes; `read` may be called from several threads at once."""

    def __init__(self, count: int | None = None, seconds: float = SECONDS) -> None:
        """Nothing is started before it is needed."""
        self.count = count or _processors()
        self._seconds = seconds
        self._nursery = Nursery()
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(self.count):
            self._idle.put(None)
        self._running: set[_Worker] = set()
        self._closed = False

    def __enter__(self) -> Self:
        """Return the pool itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop every process."""
        self.close()

    def expect(self, names: Iterable[str]) -> None:
        """Start loading what sources of these names will need, while others do other things."""
        pages = (".html", ".htm", ".xhtml")
        if any(name.lower().endswith(pages) or Path(name).is_dir() for name in names):
            self._nursery.start("html")

    def close(self) -> None:
        """Stop every process, also one that is reading; nothing is read afterwards."""
        self._closed = True
        for worker in list(self._running):
            worker.process.kill()
        while True:
            try:
                worker_or_none = self._idle.get_nowait()
            except queue.Empty:
                break
            if worker_or_none is not None:
                worker_or_none.process.close()
        self._nursery.close()

    def read(self, data: bytes, source: str, hints: Hints) -> list[Found]:
        """Read a source in a child process; whatever goes wrong there is an error in the list."""
        return [from_line(line) for line in self.lines(data, source, hints)]

    def lines(
        self, data: bytes, source: str, hints: Hints, reader: str | None = None
    ) -> list[bytes]:
        """The same, each as the line that `from_line` reads; a known reader loads faster.

        A thread that only waits for lines leaves the interpreter to the one that works.
        """
        worker = self._idle.get()
        try:
            worker = worker or _Worker(self._nursery.fork(reader or ""))
        except OSError as error:
            self._idle.put(None)
            reason = "stopped" if self._closed else f"no process to read it can be had ({error})"
            return [_refusal(source, reason)]
        self._running.add(worker)
        fine = False
        try:
            found, fine = self._ask(worker, data, source, hints, reader)
            return found
        finally:
            self._running.discard(worker)
            worker.tasks += 1
            if fine and worker.tasks < MOST_TASKS and not self._closed:
                self._idle.put(worker)
            else:
                worker.process.close()
                self._idle.put(None)

    def _ask(
        self, worker: _Worker, data: bytes, source: str, hints: Hints, reader: str | None
    ) -> tuple[list[bytes], bool]:
        task = {"source": source, "length": len(data), "hints": hints.as_dict(), "reader": reader}
        question = memoryview(json.dumps(task).encode() + b"\n" + data)
        deadline = time.monotonic() + self._seconds
        answer = bytearray()
        try:
            while question or not _is_whole(answer):
                left = deadline - time.monotonic()
                if left <= 0:
                    worker.process.kill()
                    return [_refusal(source, self._reason(worker, late=True))], False
                question = worker.exchange(question, answer, left)
        except (BrokenPipeError, EOFError):
            # What came before the end may be half of it: whole sources only.
            return [_refusal(source, self._reason(worker, late=False))], False
        return bytes(answer).split(b"\n")[:-2], True

    def _reason(self, worker: _Worker, *, late: bool) -> str:
        if late:
            return f"reading it took longer than {self._seconds:.0f} seconds"
        if worker.process.wait() == MEMORY:
            return f"reading it needs more than {LARGEST_MEMORY // (1024 * 1024)} MiB of memory"
        return "its parser crashed: the file is damaged, or made to do that"
