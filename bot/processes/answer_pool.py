"""Processes that answer questions, each one at a time (`bot.processes.answer_worker` is their
program).

Threads would share one interpreter lock with the event loop and each other: fifty questions at
once took a third longer so (docs/decisions/0007-processes.md).
"""

import logging
import pickle
import queue
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO, cast

from corpus.cpus import processors
from corpus.errors import QuotebotError
from index.answer import Answer, Filters
from index.engine.current_generation import CurrentGeneration
from index.storage.generation_store import EmbeddedStore
from index.storage.ports import IndexReader

__all__ = ["AnswerPool", "Question"]

_MOST = 4  # processes: as many as keep one event loop busy
_TRIES = 2  # a question that ends two processes has done so itself
_ENDS_WITHIN = 1.0  # seconds
_PROGRAM = (sys.executable, "-P", "-m", "bot.processes.answer_worker")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """What a process is sent."""

    text: str
    k: int
    filters: Filters | None
    crowded: bool


class AnswerPool(CurrentGeneration):
    """Answers in processes of its own, from the current generation.

    A generation is taken up with new processes, while the old ones finish what they are at. One
    that ends before its time is replaced, and its question asked again.
    """

    def __init__(
        self, data: Path, count: int | None = None, program: Sequence[str] = _PROGRAM
    ) -> None:
        """Prepare `count` processes of a program; they start with the first generation.

        Unless told otherwise two at least, so that nobody waits for somebody's long question.
        """
        super().__init__(EmbeddedStore(data))
        self.count = count or min(_MOST, max(2, processors()))
        self._command = (*program, str(data))
        self._crew: _Crew | None = None
        self._lock = Lock()  # of the crew and its number of users

    def close(self) -> None:
        """End every process, also one that is at a question."""
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.close()

    def use(self, generation: IndexReader) -> None:
        """See `CurrentGeneration`. Raises what a process says that cannot answer from it."""
        crew = _Crew((*self._command, generation.name), self.count)
        with self._lock:
            old, self._crew = self._crew, crew
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

        Raises QuotebotError when the process that should answer has ended, twice.
        """
        with self._lock:
            crew = self._crew
            if crew is None:
                self.current()  # raises
                raise QuotebotError("the bot is stopping")
            crew.users += 1
        try:
            return crew.ask(Question(question, k, filters, crowded))
        finally:
            with self._lock:
                crew.users -= 1
                done = crew.users == 0 and crew is not self._crew
            if done:
                crew.close()


class _Crew:
    """The processes of one generation."""

    def __init__(self, command: Sequence[str], count: int) -> None:
        """Start them all, and wait until they are ready. Raises QuotebotError."""
        self.users = 0
        self._command = command
        self._closed = False
        self._all: set[_Answerer] = set()
        self._idle: queue.LifoQueue[_Answerer | None] = queue.LifoQueue()
        try:
            for answerer in [self._start() for _ in range(count)]:
                answerer.greet()
                self._idle.put(answerer)
        except BaseException:
            self.close()
            raise

    def ask(self, question: Question) -> Answer:
        """Have it answered by whoever is idle, or will be."""
        for _ in range(_TRIES):
            answerer = self._idle.get()
            try:
                if answerer is None:
                    answerer = self._start()
                    answerer.greet()
                return answerer.ask(question)
            except _EndedError as error:
                if not self._closed:
                    _log.error("%s; another one takes its place", error)
                self._all.discard(error.answerer)
                answerer = None
            finally:
                self._idle.put(answerer)
        raise QuotebotError("the process that answers has ended")

    def close(self) -> None:
        """End all processes."""
        self._closed = True
        for answerer in list(self._all):
            answerer.close()

    def _start(self) -> "_Answerer":
        if self._closed:
            raise QuotebotError("the bot is stopping")
        try:
            answerer = _Answerer(self._command)
        except OSError as error:
            raise QuotebotError(f"no process to answer can be had ({error})") from error
        self._all.add(answerer)
        return answerer


class _EndedError(Exception):
    """A process has ended, and so cannot answer; it is closed."""

    def __init__(self, answerer: "_Answerer", status: int) -> None:
        super().__init__(f"a process that answers has ended with {status}")
        self.answerer = answerer


class _Answerer:
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

    def greet(self) -> None:
        """Wait until it is ready. Raises what keeps it from being so."""
        try:
            self._receive()
        except _EndedError as error:
            raise QuotebotError(f"{error} before it was ready") from None

    def ask(self, question: Question) -> Answer:
        """The answer. Raises QuotebotError as the engine does, _EndedError when it has ended."""
        with suppress(BrokenPipeError):
            pickle.dump(question, self._questions)
            self._questions.flush()
        return cast(Answer, self._receive())

    def _receive(self) -> object:
        try:
            said = pickle.load(self._answers)  # noqa: S301  # our own process says it
        except (EOFError, pickle.UnpicklingError):
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_ENDS_WITHIN)  # so that it is known how it ended
            self.close()
            raise _EndedError(self, self._process.returncode) from None
        if isinstance(said, QuotebotError):
            raise said
        return said

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._questions, self._answers):
            with suppress(OSError):
                pipe.close()
