"""Starts a process that loads the readers and forks child processes that read.

Loading takes a quarter of a second, a fork a few milliseconds. So several children cost little more
than one, and a child that was killed is replaced at once. `corpus.sandbox.worker_main` is the
program of that process. `docs/decisions/0010-child-processes-that-read.md` says why the standard
library's fork server is not used.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from corpus.error_codes import Code
from corpus.errors import Reason

__all__ = ["ForkServer", "ForkServerStopped", "ForkedProcess"]

SECONDS = 120.0  # for a reply: the first includes loading, even on the slowest machines
LONGEST_ANSWER = 64  # bytes


class ForkServerStopped(ConnectionError):
    """The fork server was closed, or has died."""

    def __init__(self, reason: Reason) -> None:
        """Keep the reason."""
        super().__init__(str(reason))
        self.reason = reason


class ForkedProcess:
    """A child process.

    `tasks` and `answers` are file descriptors of pipes: tasks are written to the first, answers are
    read from the second (`corpus.sandbox.protocol`).
    """

    def __init__(self, server: "ForkServer", pid: int, tasks: int, answers: int) -> None:
        """Take over two file descriptors; only `ForkServer.fork` calls this."""
        self.tasks, self.answers = tasks, answers
        self._server, self._pid = server, pid
        self._status: int | None = None

    def kill(self) -> None:
        """Kill the process, also while it is reading."""
        if self._status is None:
            with suppress(ProcessLookupError):  # it died with its fork server
                os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for the end of the process; return its exit status, negative for a signal."""
        if self._status is None:
            self._status = self._server.status(self._pid)
        return self._status

    def close(self) -> None:
        """Kill the process, wait for its end and close the pipes. Call it once."""
        self.kill()
        os.close(self.tasks)
        os.close(self.answers)
        self.wait()


class ForkServer:
    """One process that forks others. Several threads may use it."""

    def __init__(self) -> None:
        """Start nothing: the process is started when it is first needed."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None
        self._closed = False

    def start(self, reader: str) -> None:
        """Start the process and let it load a reader, without waiting for that."""
        with self._lock:
            self._started(reader)

    def fork(self, reader: str) -> ForkedProcess:
        """Fork a child that has loaded a reader ("" for none). Raises OSError when that fails."""
        their_tasks, tasks = os.pipe()
        answers, their_answers = os.pipe()
        try:
            pid = int(self._ask(f"{reader}\n".encode(), their_tasks, their_answers))
        except BaseException:
            os.close(tasks)
            os.close(answers)
            raise
        finally:
            os.close(their_tasks)
            os.close(their_answers)
        return ForkedProcess(self, pid, tasks, answers)

    def status(self, pid: int) -> int:
        """Wait for the end of a child; return its exit status, negative for a signal."""
        try:
            return int(self._ask(str(pid).encode()))
        except OSError:
            return -signal.SIGKILL  # the server has died, and its children with it

    def close(self) -> None:
        """Kill the process, and with it its children; `fork` fails afterwards."""
        with self._lock:
            self._closed = True
            self._end()

    def _ask(self, request: bytes, *pipes: int) -> bytes:
        """Send a request and wait for the reply. Raises OSError."""
        with self._lock:
            try:
                requests = self._started()
                socket.send_fds(requests, [request], pipes)
                answer = requests.recv(LONGEST_ANSWER)
            except OSError:
                self._end()
                raise
            if not answer:
                self._end()
                raise ForkServerStopped(Code.FORK_SERVER_DIED())
            return answer

    def _started(self, reader: str = "") -> socket.socket:
        if self._closed:
            raise ForkServerStopped(Code.FORK_SERVER_CLOSED())
        if self._requests is None:
            self._requests, theirs = socket.socketpair()
            self._requests.settimeout(SECONDS)
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own module
                    [sys.executable, "-P", "-m", "corpus.sandbox.worker_main", reader],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,  # parsers print to it; answers go through pipes
                    stderr=subprocess.DEVNULL,
                    cwd=Path(__file__).parents[2],
                    env={**os.environ, "MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"},
                )
        return self._requests

    def _end(self) -> None:
        if self._requests is not None:
            self._requests.close()
            self._requests = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
