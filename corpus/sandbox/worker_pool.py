"""A pool of child processes that read risky formats, as many as there are processors.

The process of a task that takes too long is killed. When a task takes too long, crashes its process
or needs too much memory, its source gets an error, and the next task gets a new process.
"""

import os
import queue
import select
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from corpus.cpus import processors
from corpus.error_codes import Code
from corpus.errors import Reason, UnreadableSource
from corpus.sandbox.fork_server import ForkedProcess, ForkServer
from corpus.sandbox.protocol import LARGEST_MEMORY, OUT_OF_MEMORY, Task, to_line

__all__ = ["WorkerPool"]

SECONDS = 120.0  # for one task
PIECE = 64 * 1024  # bytes read at once: the size of a pipe's buffer
MOST_TASKS = 1000  # for one process: its end frees the memory that parsers leak


class _Worker:
    """One child process."""

    def __init__(self, process: ForkedProcess) -> None:
        self.tasks = 0
        self.process = process
        os.set_blocking(process.tasks, False)

    def exchange(self, request: memoryview, answer: bytearray, seconds: float) -> memoryview:
        """Write as much of the request as the pipe takes, and add what was read to `answer`.

        Waits up to `seconds` for bytes to read. Returns the rest of the request. Raises
        BrokenPipeError or EOFError when the process has ended.
        """
        if request:
            with suppress(BlockingIOError):
                request = request[os.write(self.process.tasks, request) :]
        writing = [self.process.tasks] if request else []
        ready, _, _ = select.select([self.process.answers], writing, [], seconds)
        if ready:
            piece = os.read(self.process.answers, PIECE)
            if not piece:
                raise EOFError
            answer += piece
        return request


def _take_whole(received: bytearray, searched: int) -> list[list[bytes]]:
    """Remove complete answers from the received bytes, and return the lines of each.

    An answer ends with an empty line. There is no such end in the first `searched` bytes.
    """
    if not received.startswith(b"\n") and received.find(b"\n\n", max(0, searched - 1)) < 0:
        return []
    *lines, rest = bytes(received).split(b"\n")
    answers: list[list[bytes]] = [[]]
    for line in lines:
        if line:
            answers[-1].append(line)
        else:
            answers.append([])
    unfinished = answers.pop()
    received[:] = b"".join(line + b"\n" for line in unfinished) + rest
    return answers


def _refusal(source: str, reason: Reason) -> bytes:
    return to_line(UnreadableSource(source, reason)).encode()


class WorkerPool:
    """A pool of child processes; several threads may call `lines` at once."""

    def __init__(self, count: int | None = None, seconds: float = SECONDS) -> None:
        """Make a pool of `count` processes, each started when it is first needed.

        `count` is the number of processors by default; `seconds` is the limit for one task.
        """
        self.count = count or processors()
        self._seconds = seconds
        self._fork_server = ForkServer()
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
        """Start loading the reader of web pages, without waiting, if these sources may need it."""
        pages = (".html", ".htm", ".xhtml")
        if any(name.lower().endswith(pages) or Path(name).is_dir() for name in names):
            self._fork_server.start("html")

    def close(self) -> None:
        """Stop every process, also while it is reading; `lines` gives only errors afterwards."""
        self._closed = True
        for running in list(self._running):
            running.process.kill()
        while True:
            try:
                worker = self._idle.get_nowait()
            except queue.Empty:
                break
            if worker is not None:
                worker.process.close()
        self._fork_server.close()

    def lines(self, tasks: Sequence[Task]) -> list[list[bytes]]:
        """Read sources in a child process; return the lines of each, for `from_line`.

        Errors are among the lines; none is raised. All tasks are sent at once to one process, so
        that it need not wait for this one between them. The lines are not parsed here: threads that
        only wait leave the interpreter to the thread that parses.
        """
        answers: list[list[bytes]] = []
        while len(answers) < len(tasks):  # each round answers at least one task
            answers += self._lines(tasks[len(answers) :])
        return answers

    def _lines(self, tasks: Sequence[Task]) -> list[list[bytes]]:
        worker = self._idle.get()
        try:
            worker = worker or _Worker(self._fork_server.fork(tasks[0].reader or ""))
        except OSError as error:
            self._idle.put(None)
            reason = Code.READING_STOPPED() if self._closed else Code.NO_PROCESS(
                problem=getattr(error, "reason", error)
            )  # fmt: skip
            return [[_refusal(task.source, reason)] for task in tasks]
        self._running.add(worker)
        alive = False
        try:
            answers, alive = self._ask(worker, tasks)
            worker.tasks += len(answers)
            return answers
        finally:
            self._running.discard(worker)
            if alive and worker.tasks < MOST_TASKS and not self._closed:
                self._idle.put(worker)
            else:
                worker.process.close()
                self._idle.put(None)

    def _ask(self, worker: _Worker, tasks: Sequence[Task]) -> tuple[list[list[bytes]], bool]:
        """The answers, and whether the process still runs; if not, the last answer says why."""
        request = memoryview(b"".join(task.to_bytes() for task in tasks))
        deadline = time.monotonic() + self._seconds  # of the task that is being read
        answers: list[list[bytes]] = []
        received = bytearray()
        late = False
        try:
            while len(answers) < len(tasks) and not late:
                left = deadline - time.monotonic()
                searched = len(received)
                request = worker.exchange(request, received, max(left, 0))
                if whole := _take_whole(received, searched):
                    answers += whole
                    deadline = time.monotonic() + self._seconds
                late = left <= 0 and not whole
        except (BrokenPipeError, EOFError):
            pass  # the answer that was cut off is not used
        if len(answers) == len(tasks):
            return answers, True
        if late:
            worker.process.kill()
        refused = tasks[len(answers)].source
        return [*answers, [_refusal(refused, self._why_ended(worker, late=late))]], False

    def _why_ended(self, worker: _Worker, *, late: bool) -> Reason:
        if late:
            return Code.READING_TOO_SLOW(seconds=f"{self._seconds:.0f}")
        if worker.process.wait() == OUT_OF_MEMORY:
            return Code.NEEDS_TOO_MUCH_MEMORY(mib=LARGEST_MEMORY // (1024 * 1024))
        return Code.PARSER_CRASHED()
