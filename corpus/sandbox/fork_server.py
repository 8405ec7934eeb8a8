"""A process that has loaded what reading needs, and forks the child processes that read.

Loading takes a quarter of a second, a fork a few milliseconds: several processes cost hardly more
than one, and one that had to be killed is replaced at once. `corpus.sandbox.worker_main` is the
other end.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

__all__ = ["ForkServer", "ForkedProcess"]

SECONDS = 120.0  # to load everything on the slowest of machines
LONGEST_ANSWER = 64  # bytes


class ForkedProcess:
    """A forked process: what is written to `questions` it reads, what it says is in `answers`."""

    def __init__(self, nursery: "ForkServer", pid: int, questions: int, answers: int) -> None:
        """Take over two file descriptors; `ForkServer.fork` makes them."""
        self.questions, self.answers = questions, answers
        self._nursery, self._pid = nursery, pid
        self._status: int | None = None

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        if self._status is None:
            with suppress(ProcessLookupError):  # its nursery has died, and it with that
                os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for the end of the process; its exit status, negative for a signal."""
        if self._status is None:
            self._status = self._nursery.status(self._pid)
        return self._status

    def close(self) -> None:
        """Kill the process and leave nothing of it; only once."""
        self.kill()
        os.close(self.questions)
        os.close(self.answers)
        self.wait()


class ForkServer:
    """One process that forks others, started when it is first needed; for several threads."""

    def __init__(self) -> None:
        """Nothing is started yet."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None
        self._closed = False

    def start(self, reader: str) -> None:
        """Let the process load a reader while others work."""
        with self._lock:
            self._started(reader)

    def fork(self, reader: str) -> ForkedProcess:
        """A process that has loaded a reader (or none, ""). Raises OSError when none can be had."""
        theirs, questions = os.pipe()
        answers, theirs_too = os.pipe()
        try:
            pid = int(self._ask(f"{reader}\n".encode(), theirs, theirs_too))
        except BaseException:
            os.close(questions)
            os.close(answers)
            raise
        finally:
            os.close(theirs)
            os.close(theirs_too)
        return ForkedProcess(self, pid, questions, answers)

    def status(self, pid: int) -> int:
        """Wait for a process to end; a nursery that is no more has taken its processes along."""
        try:
            return int(self._ask(str(pid).encode()))
        except OSError:
            return -signal.SIGKILL

    def close(self) -> None:
        """End the process, and with it all that it forked; nothing is forked afterwards."""
        with self._lock:
            self._closed = True
            self._end()

    def _ask(self, request: bytes, *descriptors: int) -> bytes:
        """Send a request; without descriptors it is about a process that was forked before."""
        with self._lock:
            try:
                requests = self._started()
                socket.send_fds(requests, [request], descriptors)
                answer = requests.recv(LONGEST_ANSWER)
            except OSError:
                self._end()
                raise
            if not answer:
                self._end()
                raise ConnectionError("the process that forks others has died")
            return answer

    def _started(self, reader: str = "") -> socket.socket:
        if self._closed:
            raise ConnectionError("closed")
        if self._requests is None:
            self._requests, theirs = socket.socketpair()
            self._requests.settimeout(SECONDS)
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own module
                    [sys.executable, "-P", "-m", "corpus.sandbox.worker_main", reader],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,  # what a parser prints is no answer
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
