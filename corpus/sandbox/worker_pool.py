"""Child processes that read risky formats, as many as there are processors.

A task that takes too long is killed with its process; one that crashes it or needs too much memory
becomes an error in a few words. The next task gets a fresh process.
"""

import json
import os
import queue
import select
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from corpus.cpus import processors
from corpus.errors import UnreadableSource
from corpus.outcome import Hints, ReaderOutput, from_line, to_line
from corpus.sandbox.fork_server import ForkedProcess, ForkServer
from corpus.sandbox.worker_main import LARGEST_MEMORY, MEMORY

__all__ = ["Task", "WorkerPool"]

SECONDS = 120.0  # for one task
PIECE = 64 * 1024  # bytes read at once: what a pipe holds
MOST_TASKS = 1000  # in one process: what its parsers leak goes with it


class Task(NamedTuple):
    """A source to read; a known reader loads faster."""

    data: bytes
    source: str
    hints: Hints
    reader: str | None = None

    def question(self) -> bytes:
        """What a process is sent."""
        head = {"source": self.source, "length": len(self.data), "hints": self.hints.as_dict(),
                "reader": self.reader}  # fmt: skip
        return json.dumps(head).encode() + b"\n" + self.data


class _Worker:
    """One child process."""

    def __init__(self, process: ForkedProcess) -> None:
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


def _whole(coming: bytearray, searched: int) -> list[list[bytes]]:
    """Take the answers that have come whole, lines up to an empty one; so far was none found."""
    if not coming.startswith(b"\n") and coming.find(b"\n\n", max(0, searched - 1)) < 0:
        return []
    *lines, rest = bytes(coming).split(b"\n")
    answers: list[list[bytes]] = [[]]
    for line in lines:
        if line:
            answers[-1].append(line)
        else:
            answers.append([])
    begun = answers.pop()
    coming[:] = b"".join(line + b"\n" for line in begun) + rest
    return answers


def _refusal(source: str, reason: str) -> bytes:
    return to_line(UnreadableSource(source, reason)).encode()


class WorkerPool:
    """A pool of child processes; `read` may be called from several threads at once."""

    def __init__(self, count: int | None = None, seconds: float = SECONDS) -> None:
        """Nothing is started before it is needed."""
        self.count = count or processors()
        self._seconds = seconds
        self._nursery = ForkServer()
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

    def read(self, data: bytes, source: str, hints: Hints) -> list[ReaderOutput]:
        """Read a source in a child process; whatever goes wrong there is an error in the list."""
        (lines,) = self.lines([Task(data, source, hints)])
        return [from_line(line) for line in lines]

    def lines(self, tasks: Sequence[Task]) -> list[list[bytes]]:
        """The same for several sources, each found as the line that `from_line` reads.

        They are sent together to one process, which so never waits for this one. A thread that only
        waits for lines leaves the interpreter to the one that works.
        """
        answers: list[list[bytes]] = []
        while len(answers) < len(tasks):  # the source that ends a process is answered too
            answers += self._lines(tasks[len(answers) :])
        return answers

    def _lines(self, tasks: Sequence[Task]) -> list[list[bytes]]:
        worker = self._idle.get()
        try:
            worker = worker or _Worker(self._nursery.fork(tasks[0].reader or ""))
        except OSError as error:
            self._idle.put(None)
            reason = "stopped" if self._closed else f"no process to read it can be had ({error})"
            return [[_refusal(task.source, reason)] for task in tasks]
        self._running.add(worker)
        fine = False
        try:
            answers, fine = self._ask(worker, tasks)
            worker.tasks += len(answers)
            return answers
        finally:
            self._running.discard(worker)
            if fine and worker.tasks < MOST_TASKS and not self._closed:
                self._idle.put(worker)
            else:
                worker.process.close()
                self._idle.put(None)

    def _ask(self, worker: _Worker, tasks: Sequence[Task]) -> tuple[list[list[bytes]], bool]:
        """The answers, and whether the process lives; if not, the last is what it died of."""
        question = memoryview(b"".join(task.question() for task in tasks))
        deadline = time.monotonic() + self._seconds  # of the task that is being read
        answers: list[list[bytes]] = []
        coming = bytearray()
        late = False
        try:
            while len(answers) < len(tasks) and not late:
                left = deadline - time.monotonic()
                searched = len(coming)
                question = worker.exchange(question, coming, max(left, 0))
                if whole := _whole(coming, searched):
                    answers += whole
                    deadline = time.monotonic() + self._seconds
                late = left <= 0 and not whole
        except (BrokenPipeError, EOFError):
            pass  # what came before the end may be half of it: whole sources only
        if len(answers) == len(tasks):
            return answers, True
        if late:
            worker.process.kill()
        refused = tasks[len(answers)].source
        return [*answers, [_refusal(refused, self._reason(worker, late=late))]], False

    def _reason(self, worker: _Worker, *, late: bool) -> str:
        if late:
            return f"reading it took longer than {self._seconds:.0f} seconds"
        if worker.process.wait() == MEMORY:
            return f"reading it needs more than {LARGEST_MEMORY // (1024 * 1024)} MiB of memory"
        return "its parser crashed: the file is damaged, or made to do that"
