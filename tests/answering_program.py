"""Replaces `bot.processes.answer_worker`: the answer to a question is its text.

The questions "die", "die once", "fail" and "wait" make the program do that.
"""

import os
import pickle
import sys
import time
from pathlib import Path

from corpus.errors import IndexUnavailable
from index.answer import Answer
from tests.reasons import a_reason


def main(folder: Path, generation: str) -> None:
    """Answer until stdin is closed; tests and program leave each other files in `folder`."""
    (folder / f"{generation}.{os.getpid()}").touch()
    if (folder / "refuse").exists():
        _say(IndexUnavailable(a_reason("no such generation")))
        return
    if (folder / "die").exists():
        sys.exit(3)
    _say(None)
    while True:
        try:
            asked = pickle.load(sys.stdin.buffer)  # noqa: S301
        except EOFError:
            return
        if asked.text == "die":
            os._exit(9)
        if asked.text == "die once" and not (folder / "died").exists():
            (folder / "died").touch()
            os._exit(9)
        if asked.text == "fail":
            _say(IndexUnavailable(a_reason("not now")))
            continue
        if asked.text == "wait":
            (folder / "waiting").touch()
            while not (folder / "go").exists():
                time.sleep(0.005)
        _say(Answer(f"{asked.text} {asked.k} {asked.crowded}", True, 1.0, ()))


def _say(what: object) -> None:
    pickle.dump(what, sys.stdout.buffer)
    sys.stdout.buffer.flush()


main(Path(sys.argv[1]), sys.argv[2])
