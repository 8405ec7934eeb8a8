"""Replaces `bot.processes.build_subprocess`: the name of the model says how the build ends."""

import json
import sys
from pathlib import Path

from bot.error_codes import Code
from index.error_codes import Code as IndexCode


def main(folder: Path, model: str) -> None:
    """Print what a build prints; the file `starts` in `folder` counts the starts."""
    starts = folder / "starts"
    starts.write_text(str(1 + int(starts.read_text() if starts.exists() else 0)))
    if model == "die":
        sys.exit(3)
    if model == "busy twice" and int(starts.read_text()) < 3:
        _print({"error": IndexCode.BUILD_IN_PROGRESS(holder="process 7").to_dict()})
    elif model == "fail":
        _print({"error": Code.BUILD_ENDED(status=Code.NO_REPLY_IN_TIME()).to_dict()})
    else:
        _print(["Checking", 1, 2])
        _print({"name": "g2"})


def _print(message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")


main(Path(sys.argv[1]), sys.argv[2])
