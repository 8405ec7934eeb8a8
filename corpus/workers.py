"""Child processes that read risky formats, as many as there are processors.

A task that takes too long is killed with its process; one that crashes it or needs too much memory
becomes an error in a few words. The next task gets a fresh process.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from corpus.errors import UnreadableSource
from corpus.found import Found, Hints, from_line, to_line
from corpus.worker import LARGEST_MEMORY, MEMORY

__all__ = ["Workers"]

SECONDS = 120.0  # for one task
MOST_TASKS = 1000  # in one process: what its parsers leak goes with it


class _Worker:
    """One child process."""

    def __init__(self) -> None:
        root = Path(__file__).parents[1]
        self.tasks = 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "corpus.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=root,
            env={**os.environ, "MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"},
        )

    def stop(self) -> None:
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            try:
                if stream is not None:
                    stream.close()
            except OSError:
                pass
        self.process.wait()


def _refusal(source: str, reason: str) -> bytes:
    return to_line(UnreadableSource(source, reason)).encode()


class Workers:
    """A pool of child processes; `read` may be called from several threads at once."""

    def __init__(self, count: int | None = None, seconds: float = SECONDS) -> None:
        """Nothing is started before it is needed."""
        self.count = count or max(1, len(os.sched_getaffinity(0)))
        self._seconds = seconds
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

    def close(self) -> None:
        """Stop every process, also one that is reading; nothing is read afterwards."""
        self._closed = True
        for worker in list(self._running):
            worker.process.kill()
        while True:
            try:
                worker_or_none = self._idle.get_nowait()
            except queue.Empty:
                return
            if worker_or_none is not None:
                worker_or_none.stop()

    def read(self, data: bytes, source: str, hints: Hints) -> list[Found]:
        """Read a source in a child process; whatever goes wrong there is an error in the list."""
        return [from_line(line) for line in self.lines(data, source, hints)]

    def lines(self, data: bytes, source: str, hints: Hints) -> list[bytes]:
        """The same, each as the line that `from_line` reads.

        A thread that only waits for lines leaves the interpreter to the one that works.
        """
        if self._closed:
            return [_refusal(source, "stopped")]
        worker = self._idle.get() or _Worker()
        self._running.add(worker)
        fine = False
        try:
            found, fine = self._ask(worker, data, source, hints)
            return found
        finally:
            self._running.discard(worker)
            worker.tasks += 1
            if fine and worker.tasks < MOST_TASKS and not self._closed:
                self._idle.put(worker)
            else:
                worker.stop()
                self._idle.put(None)

    def _ask(
        self, worker: _Worker, data: bytes, source: str, hints: Hints
    ) -> tuple[list[bytes], bool]:
        task = {"source": source, "length": len(data), "hints": json.dumps(asdict(hints))}
        late = threading.Event()

        def give_up() -> None:
            late.set()
            worker.process.kill()

        timer = threading.Timer(self._seconds, give_up)
        timer.daemon = True
        timer.start()
        found: list[bytes] = []
        try:
            questions, answers = worker.process.stdin, worker.process.stdout
            assert questions is not None  # noqa: S101 - both are pipes
            assert answers is not None  # noqa: S101
            questions.write(json.dumps(task).encode() + b"\n")
            questions.write(data)
            questions.flush()
            while line := answers.readline():
                if line == b"\n":
                    return found, True
                found.append(line)
        except (BrokenPipeError, ValueError):
            pass  # it died while we wrote
        finally:
            timer.cancel()
        reason = self._reason(worker, late.is_set())
        # What came before the end may be half of it: whole sources only.
        return [_refusal(source, reason)], False

    def _reason(self, worker: _Worker, late: bool) -> str:
        if late:
            return f"reading it took longer than {self._seconds:.0f} seconds"
        if worker.process.wait() == MEMORY:
            return f"reading it needs more than {LARGEST_MEMORY // (1024 * 1024)} MiB of memory"
        return "its parser crashed: the file is damaged, or made to do that"
