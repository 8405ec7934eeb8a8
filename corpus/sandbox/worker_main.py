"""The process that loads the readers and forks those that read risky formats under limits.

Run as `python -m corpus.sandbox.worker_main READER` by `corpus.sandbox.fork_server`, with a socket
as stdin. A request that comes with two pipes names a reader to load and asks for a process that
serves tasks from one to the other; a request without them is the number of such a process, and asks
how it ended.

Each task is a line of JSON (source, hints, length, and the reader, if known) and that many bytes;
each answer is lines of JSON and an empty line. `corpus.sandbox.worker_pool` sends tasks.
"""

import gc
import json
import logging
import os
import resource
import signal
import socket
import sys
from contextlib import suppress
from typing import Any, BinaryIO

from corpus.errors import UnreadableSource
from corpus.outcome import Hints, to_line
from corpus.text.language import detect_language

__all__ = ["LARGEST_MEMORY", "main"]

LARGEST_MEMORY = 384 * 1024 * 1024  # bytes of data
LARGEST_SPACE = 2048 * 1024 * 1024  # bytes of address space, where data is not limited by itself
LONGEST_REQUEST = 64  # bytes
_DIE_WITH_PARENT = 1  # prctl's PR_SET_PDEATHSIG


def main() -> None:
    """Fork processes until nobody asks any more."""
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    logging.disable(logging.CRITICAL)
    # numpy's threads, a stack for each processor, would count towards the limit on memory.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    # Everything loads its model of languages; when memory is short it would fail to, misleadingly.
    detect_language("Is this English, or what else could it be?")
    _prepare(sys.argv[1])
    with socket.socket(fileno=sys.stdin.fileno()) as requests:
        while True:
            request, pipes, _, _ = socket.recv_fds(requests, LONGEST_REQUEST, 2)
            if not request:
                return
            if not pipes:
                answer = os.waitstatus_to_exitcode(os.waitpid(int(request), 0)[1])
            elif not (answer := _fork(request.decode().strip())):
                requests.close()
                _serve_all(*pipes)
            for pipe in pipes:
                os.close(pipe)
            requests.sendall(str(answer).encode())


def _prepare(reader: str) -> None:
    from corpus.readers import prepare

    with suppress(ImportError):  # reading will say which package is missing
        prepare(reader)


def _fork(reader: str) -> int:
    _prepare(reader)
    gc.freeze()  # what is loaded now stays; looking through it again and again takes a tenth
    return os.fork()


def _serve_all(questions: int, answers: int) -> None:
    """Serve tasks until they end, in a process of its own, which ends with them."""
    _die_with_parent()
    _limit()
    gc.set_threshold(50_000)
    with open(questions, "rb") as tasks, open(answers, "wb") as found:
        while head := tasks.readline():
            _serve(json.loads(head), tasks, found)
    os._exit(0)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (LARGEST_MEMORY, LARGEST_MEMORY))
    resource.setrlimit(resource.RLIMIT_AS, (LARGEST_SPACE, LARGEST_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _die_with_parent() -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _serve(task: dict[str, Any], questions: BinaryIO, answers: BinaryIO) -> None:
    from corpus.readers import read_bytes

    source = str(task["source"])
    data = questions.read(int(task["length"]))
    hints = Hints(**task["hints"])
    try:
        for found in read_bytes(data, source, hints, task["reader"]):
            answers.write(to_line(found).encode() + b"\n")
    except UnreadableSource as error:
        answers.write(to_line(error).encode() + b"\n")
    except MemoryError:
        os._exit(MEMORY)  # nothing in here can be trusted to have room for more
    except RecursionError:
        reason = "nested too deeply"
        answers.write(to_line(UnreadableSource(source, reason)).encode() + b"\n")
    except ImportError as error:
        reason = f"the package {error.name} is missing: install quotebot again, whole"
        answers.write(to_line(UnreadableSource(source, reason)).encode() + b"\n")
    except Exception as error:  # noqa: BLE001 - a parser's failure is this source's, not ours
        reason = f"its parser failed ({type(error).__name__})"
        answers.write(to_line(UnreadableSource(source, reason)).encode() + b"\n")
    answers.write(b"\n")
    answers.flush()


MEMORY = 77  # exit status for "out of memory"

if __name__ == "__main__":
    main()
