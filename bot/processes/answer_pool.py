"""Processes that answer questions, one question at a time each.

Each runs `bot.processes.answer_worker`. Threads would share one interpreter lock with each other
and with the event loop: fifty questions at once took a third longer that way
(docs/decisions/0007-processes.md).
"""

import logging
import queue
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock, RLock
from typing import IO, cast

from bot.backend import Backend
from bot.error_codes import Code
from bot.processes.protocol import Message, Question, receive, send
from corpus.cpus import processors
from corpus.errors import QuotebotError
from index.answer import Answer, Filters
from index.engine.current_generation import CurrentGeneration
from index.storage.ports import IndexReader

__all__ = ["AnswerPool"]

_MOST_WORKERS = 4  # one event loop cannot keep more of them busy
_TRIES = 2  # a question that ends two processes is likely to be the cause
_EXIT_SECONDS = 1.0  # for a process that has closed its pipe to exit
_PROGRAM = (sys.executable, "-P", "-m", "bot.processes.answer_worker")
_log = logging.getLogger(__name__)


class AnswerPool(CurrentGeneration):
    """Answers from the current generation in child processes.

    A new generation gets new processes, while the old ones finish their questions. A process that
    ends unexpectedly is replaced, and its question is asked again.
    """

    def __init__(
        self, backend: Backend, count: int | None = None, program: Sequence[str] = _PROGRAM
    ) -> None:
        """Prepare `count` processes of a program; they start when there is a generation.

        By default there is one for each processor: at least two, so that one long question does
        not hold up the others, and at most four.
        """
        super().__init__(backend.generations)
        self.count = count or min(_MOST_WORKERS, max(2, processors()))
        self._command = (*program, str(backend.paths.root))
        self._workers: _WorkerPool | None = None
        self._lock = Lock()  # for self._workers and its `users`

    def close(self) -> None:
        """End every process, also one that is answering."""
        workers, self._workers = self._workers, None
        if workers is not None:
            workers.close()

    def use(self, generation: IndexReader) -> None:
        """Start processes for this generation and ask them from now on.

        Raises QuotebotError when a process cannot answer from it; the old ones stay in use then.
        """
        new = _WorkerPool((*self._command, generation.name), self.count)
        with self._lock:
            old, self._workers = self._workers, new
            super().use(generation)
            idle = old is not None and old.users == 0
        if old is not None and idle:
            old.close()

    def ask(
        self,
        question: str,
        *,
        k: int = 5,
        filters: Filters | None = None,
        crowded: bool = False,
    ) -> Answer:
        """See `index.engine.engine.Engine.ask`.

        Raises IndexUnavailable when there is no generation, QuotebotError when the process that
        answers has ended twice, or the pool is closed.
        """
        with self._lock:
            workers = self._workers
            if workers is None:
                self.current()  # raises
                raise QuotebotError(Code.BOT_IS_STOPPING())
            workers.users += 1
        try:
            return workers.ask(Question(question, k, filters, crowded))
        finally:
            with self._lock:
                workers.users -= 1
                replaced = workers.users == 0 and workers is not self._workers
            if replaced:
                workers.close()


class _WorkerPool:
    """The processes of one generation. `users` counts the callers of `ask`."""

    def __init__(self, command: Sequence[str], count: int) -> None:
        """Start them all and wait until they are ready. Raises QuotebotError."""
        self.users = 0
        self._command = command
        self._closed = False
        self._all: set[_Worker] = set()
        # None stands for a process that has ended: the thread that takes it starts another one.
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        try:
            for worker in [self._start() for _ in range(count)]:
                worker.wait_until_ready()
                self._idle.put(worker)
        except BaseException:
            self.close()
            raise

    def ask(self, question: Question) -> Answer:
        """Have an idle process answer; wait for one if there is none. Raises QuotebotError."""
        for _ in range(_TRIES):
            worker = self._idle.get()
            try:
                if worker is None:
                    worker = self._start()
                    worker.wait_until_ready()
                return worker.ask(question)
            except _WorkerEnded as error:
                if not self._closed:
                    _log.error("%s; another one takes its place", error)
                self._all.discard(error.worker)
                worker = None
            finally:
                self._idle.put(worker)
        raise QuotebotError(Code.WORKER_ENDED())

    def close(self) -> None:
        """End all processes."""
        self._closed = True
        for worker in list(self._all):
            worker.close()

    def _start(self) -> "_Worker":
        if self._closed:
            raise QuotebotError(Code.BOT_IS_STOPPING())
        try:
            worker = _Worker(self._command)
        except OSError as error:
            raise QuotebotError(Code.WORKER_NOT_STARTED(reason=error)) from error
        self._all.add(worker)
        return worker


class _WorkerEnded(Exception):
    """A process has ended before it answered; it is closed."""

    def __init__(self, worker: "_Worker", status: int) -> None:
        super().__init__(f"a process that answers has ended with {status}")
        self.worker = worker
        self.status = status


class _Worker:
    """One process."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # Ctrl-C is for the bot, which ends its processes
        )
        self._questions = cast(IO[bytes], self._process.stdin)
        self._answers = cast(IO[bytes], self._process.stdout)
        self._pipes = RLock()  # a pipe must not be closed while another thread reads from it

    def wait_until_ready(self) -> None:
        """Wait until the process can answer. Raises QuotebotError when it could not load."""
        try:
            with self._pipes:
                self._receive()
        except _WorkerEnded as error:
            raise QuotebotError(Code.WORKER_ENDED_EARLY(status=error.status)) from None

    def ask(self, question: Question) -> Answer:
        """The answer. Raises QuotebotError as the engine does, _WorkerEnded if it has ended."""
        with self._pipes:
            if self._answers.closed:  # by `close` in another thread, just before
                raise _WorkerEnded(self, self._process.returncode)
            with suppress(BrokenPipeError):  # `_receive` reports that it has ended
                send(self._questions, question)
            return cast(Answer, self._receive())

    def close(self) -> None:
        """End the process now; a thread that waits for its answer gets _WorkerEnded."""
        self._process.kill()
        self._process.wait()
        with self._pipes:
            for pipe in (self._questions, self._answers):
                with suppress(OSError):
                    pipe.close()

    def _receive(self) -> Message:
        try:
            message = receive(self._answers)
        except EOFError:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_EXIT_SECONDS)  # so that its status is known
            self.close()
            raise _WorkerEnded(self, self._process.returncode) from None
        if isinstance(message, QuotebotError):
            raise message
        return message
