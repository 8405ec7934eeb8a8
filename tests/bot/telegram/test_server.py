"""How the bot ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bot_api import BotApi
from tests.fakes import TOKEN
from tests.served import arrived
from tests.source import ROOT

pytestmark = pytest.mark.usefixtures("log")  # which looks for secrets and questions in all of it

PROGRAM = """
import sys
from pathlib import Path
from tests.fakes import FakeEngine, TOKEN, an_answer
from bot.log_setup import set_up_logging
from bot.telegram.server import end_process, run_bot
from bot.settings import Settings

def answer(question):
    print("asked", flush=True)
    sys.stdin.readline()
    return an_answer(question=question)

set_up_logging("INFO", "text", [TOKEN])
settings = Settings(telegram_bot_token=TOKEN, telegram_base_url=sys.argv[1],
                    quotebot_data=Path(sys.argv[2]))
run_bot(settings, FakeEngine(answer))
end_process(0)
"""


def test_sigterm_finishes_the_running_answer_then_ends_the_process(
    telegram: BotApi, tmp_path: Path
) -> None:
    root = ROOT
    path = os.pathsep.join(map(str, (root, root / "tests")))
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, telegram.base_url, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        assert process.stderr
        asked = telegram.write("When?")
        assert process.stdout.readline() == "asked\n"
        process.terminate()
        log = iter(process.stderr.readline, "")
        assert any(line.endswith("bot.telegram.server: stopping\n") for line in log)
        unread = telegram.write("Is this for the next one?", person=8)
        process.stdin.write("go on\n")
        process.stdin.flush()
        rest = "".join(log)
        assert process.wait(20) == 0
    assert arrived(telegram, asked) == 1
    assert arrived(telegram, unread) == 0  # it is still with Telegram
    assert telegram.unread() == [unread]
    assert "Traceback" not in rest
    assert TOKEN not in rest
