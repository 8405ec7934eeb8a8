"""The program of the fork server, and of the child processes that it forks.

`corpus.sandbox.fork_server` runs `python -m corpus.sandbox.worker_main READER` with a socket as
stdin. There are two requests:

- The name of a reader, sent with two pipes. The server loads the reader and forks a child that
  reads tasks from the first pipe and writes answers to the second (`corpus.sandbox.protocol`). The
  reply is the process id of the child.
- The process id of a child, sent alone. The reply is the exit status of the child, at its end.

Hostile input may crash, exhaust or slow down the parser in a child. So its memory is limited, and
it dies with its parent.
"""

import gc
import logging
import os
import resource
import signal
import socket
import sys
from contextlib import suppress
from typing import BinaryIO

from corpus.error_codes import Code
from corpus.errors import Reason, UnreadableSource
from corpus.sandbox.protocol import LARGEST_MEMORY, OUT_OF_MEMORY, Task, read_task, to_line
from corpus.text.language import detect_language

__all__ = ["main"]

LARGEST_SPACE = 2048 * 1024 * 1024  # bytes of address space, for systems that do not limit data
LONGEST_REQUEST = 64  # bytes
_DIE_WITH_PARENT = 1  # prctl's PR_SET_PDEATHSIG


def main() -> None:
    """Fork processes until the other end of the socket is closed."""
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    logging.disable(logging.CRITICAL)
    # The stacks of numpy's threads would count towards the limit on memory.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    # Loads the language model, which every reader needs, before memory is limited.
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
    from corpus.readers import prepare  # lazy: Ctrl-C must be ignored before it is loaded

    with suppress(ImportError):  # `_serve` reports the missing package
        prepare(reader)


def _fork(reader: str) -> int:
    _prepare(reader)
    gc.freeze()  # the collector then skips what is loaded, which saves a tenth of the time
    return os.fork()


def _serve_all(tasks_pipe: int, answers_pipe: int) -> None:
    """Read tasks until there are no more, then end the process."""
    _die_with_parent()
    _limit()
    gc.set_threshold(50_000)
    with open(tasks_pipe, "rb") as tasks, open(answers_pipe, "wb") as answers:
        while task := read_task(tasks):
            _serve(task, answers)
    os._exit(0)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (LARGEST_MEMORY, LARGEST_MEMORY))
    resource.setrlimit(resource.RLIMIT_AS, (LARGEST_SPACE, LARGEST_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _die_with_parent() -> None:
    if sys.platform == "linux":
        import ctypes  # there is no other way to call prctl

        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _serve(task: Task, answers: BinaryIO) -> None:
    from corpus.readers import read_bytes

    def refuse(reason: Reason) -> None:
        answers.write(to_line(UnreadableSource(task.source, reason)).encode() + b"\n")

    try:
        for output in read_bytes(task.data, task.source, task.hints, task.reader):
            answers.write(to_line(output).encode() + b"\n")
    except UnreadableSource as error:
        answers.write(to_line(error).encode() + b"\n")
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # any other statement could need memory that there is not
    except RecursionError:
        refuse(Code.NESTED_TOO_DEEPLY())
    except ImportError as error:
        refuse(Code.PACKAGE_MISSING(package=error.name))
    except Exception as error:  # noqa: BLE001 - parsers raise anything for a bad source
        refuse(Code.PARSER_FAILED(error=type(error).__name__))
    answers.write(b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
