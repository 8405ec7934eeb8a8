"""A child process that reads risky formats under limits; `corpus.workers` talks to it.

Run as `python -m corpus.worker`. Each task on stdin is a line of JSON (source, hints, length, and
the reader, if known) and that many bytes; each answer on stdout is lines of JSON and an empty line.
"""

import gc
import json
import logging
import os
import resource
import signal
import sys
from typing import Any, BinaryIO

from corpus.errors import UnreadableSource
from corpus.found import Hints, to_line
from corpus.language import detect_language

__all__ = ["LARGEST_MEMORY", "main"]

LARGEST_MEMORY = 384 * 1024 * 1024  # bytes of data
LARGEST_SPACE = 2048 * 1024 * 1024  # bytes of address space, where data is not limited by itself
_DIE_WITH_PARENT = 1  # prctl's PR_SET_PDEATHSIG


def main() -> None:
    """Serve tasks until stdin ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser prints must not land among the answers
    _limit()
    gc.freeze()  # what is loaded now stays; looking through it again and again takes a tenth
    gc.set_threshold(50_000)
    logging.disable(logging.CRITICAL)
    while head := sys.stdin.buffer.readline():
        _serve(json.loads(head), sys.stdin.buffer, answers)


def _limit() -> None:
    # Everything loads its model of languages; when memory is short it would fail to, misleadingly.
    detect_language("Is this English, or what else could it be?")
    resource.setrlimit(resource.RLIMIT_DATA, (LARGEST_MEMORY, LARGEST_MEMORY))
    resource.setrlimit(resource.RLIMIT_AS, (LARGEST_SPACE, LARGEST_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
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
