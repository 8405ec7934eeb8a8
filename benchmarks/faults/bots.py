"""The real program serves Telegram while its index is deleted or its data folder is read-only."""

import os
import shutil
import subprocess
import sys
from atexit import register
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from benchmarks.faults.scene import Outcome
from index.storage.generation_store import EmbeddedStore
from tests.bot_api import BotApi
from tests.fakes import TOKEN

ROOT = Path(__file__).parents[2]
_TEXT = "The bridge\n\nThe old bridge opened in 1907, and people danced on it all night.\n"
_MORE = "The mill\n\nThe mill at the brook burned down in 1911, and nobody was hurt.\n"
_ASKED = ("How many people danced on the old bridge?", "/help")
_KNOWN = {"When did the old bridge open?": "1907"}
_BUILT = {"When did the mill burn down?": "1911"}
_WITHIN = 60  # seconds


def run(seed: int, quick: bool) -> list[Outcome]:
    return [taken_away(1 if quick else 5), read_only(1 if quick else 5)]


def taken_away(times: int) -> Outcome:
    """It goes on answering from its open files, and uses the next generation that is built."""
    outcome = Outcome("generation deleted under a running bot")
    with _running(outcome) as (data, telegram, bot):
        for number in range(times):
            store = EmbeddedStore(data)
            shutil.rmtree(store.path(store.current_name() or ""))
            _ask(outcome, telegram, bot, f"deleted {number}")
            _add(data, f"mill {number}.txt", _MORE)
            _ask(outcome, telegram, bot, f"built again {number}", _BUILT)
    outcome.note = f"messages to it, after each of {times} deletions and of as many builds"
    return outcome


def read_only(times: int) -> Outcome:
    """It answers, or apologises; when the folder is writable again, it works as before."""
    outcome = Outcome("data folder made read-only under a running bot")
    with _running(outcome) as (data, telegram, bot):
        for number in range(times):
            for mode in (0o555, 0o755):
                _allow(data, mode)
                _ask(outcome, telegram, bot, f"{mode:o} {number}")
    outcome.note = f"messages to it, {times} times read-only and back"
    return outcome


@dataclass(slots=True)
class _Bot:
    """A running program, and the file of its log."""

    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def _running(outcome: Outcome) -> Iterator[tuple[Path, BotApi, _Bot]]:
    """A bot with its own data folder; errors in its log count as bad at the end."""
    with TemporaryDirectory() as folder:
        data = _indexed(Path(folder))
        with BotApi() as telegram, _serving(data, telegram) as bot:
            yield data, telegram, bot
        outcome.bad += _complaints(bot)


@contextmanager
def _serving(data: Path, telegram: BotApi) -> Iterator[_Bot]:
    log = data.parent / "log"
    environment = {
        **os.environ,
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_BASE_URL": telegram.base_url,
        "PYTHONPATH": str(ROOT),
    }
    with log.open("wb") as written:
        process = subprocess.Popen(
            [*_without_privileges(), *_program(data), "bot"],
            env=environment, stdout=written, stderr=written,
        )  # fmt: skip
        try:
            telegram.wait_for("getUpdates", seconds=_WITHIN)
            yield _Bot(process, log)
        finally:
            process.terminate()
            process.wait(_WITHIN)


def _program(data: Path) -> list[str]:
    return [sys.executable, "-c", "from bot.cli.main import main; main()", "--data", str(data)]


def _without_privileges() -> list[str]:
    """The beginning of a command that takes from root the right to write read-only files."""
    return ["setpriv", "--bounding-set", "-dac_override"] if os.geteuid() == 0 else []


def _add(data: Path, name: str, text: str) -> None:
    """Run `quotebot add` with its build."""
    (data.parent / name).write_text(text, "utf-8")
    command = [*_program(data), "add", str(data.parent / name)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, env=environment, check=True, capture_output=True)


def _indexed(folder: Path) -> Path:
    """A copy of a data folder with one indexed article; it is built once."""
    return Path(shutil.copytree(_once() / "data", folder / "data"))


@cache
def _once() -> Path:
    folder = Path(mkdtemp())
    register(shutil.rmtree, folder)
    _add(folder / "data", "bridge.txt", _TEXT)
    return folder


def _allow(data: Path, mode: int) -> None:
    for path in [data, *data.rglob("*")]:
        path.chmod(mode if path.is_dir() else mode & 0o666)


def _ask(
    outcome: Outcome, telegram: BotApi, bot: _Bot, when: str, more: dict[str, str] | None = None
) -> None:
    """Ask as several people; each must get a reply, and the bot must go on running."""
    expected = {**dict.fromkeys(_ASKED, ""), **_KNOWN, **(more or {})}
    for text, answer in expected.items():
        outcome.cases += 1
        before = _replies(telegram)
        telegram.write(text)
        try:
            telegram.wait_for("sendMessage", len(before) + 1, seconds=_WITHIN)
        except Exception as error:  # noqa: BLE001  # any error counts
            outcome.bad.append(f"{when}: no reply to {text!r} ({error!r})")
            continue
        said = _replies(telegram)[-1]
        outcome.expect(bool(said.strip()), f"{when}: an empty reply to {text!r}")
        outcome.expect(answer in said, f"{when}: {said!r} to {text!r}")
        outcome.expect("Traceback" not in said, f"{when}: a traceback to {text!r}")
    outcome.expect(bot.process.poll() is None, f"{when}: it ended")


def _replies(telegram: BotApi) -> list[str]:
    return [str(call["text"]) for call in telegram.named("sendMessage")]


def _complaints(bot: _Bot) -> list[str]:
    """Lines of the log that must not be there."""
    text = bot.log.read_text("utf-8", "replace")
    return [f"in the log: {text[-600:]}"] if "Traceback" in text else []
