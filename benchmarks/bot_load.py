"""Fifty people ask at once: from update to answer, over HTTP, with the real program.

    python -m benchmarks.bot_load DATA [--people 50] [--rounds 6] [--slow]

DATA is a data folder with an index. Each person asks in a chat of their own. "Burst": all at the
same instant. "Steady": everybody asks every few seconds. With `--slow` one more person asks the
longest questions allowed without pause, which must not delay the others. `quotebot bot` runs as
usual, in its own process; people and the Bot API server are in this process. Both share the cores,
so the processor time of each is printed, and the load of the machine before.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.i18n.catalog import catalog_for
from tests.bot_api import BotApi
from tests.fakes import TOKEN

ROOT = Path(__file__).parent.parent
QUESTIONS = [
    "When did the {} reopen?", "Who built the {}?", "How much did the {} cost?",
    "Why was the {} closed?", "How long is the {}?", "What happened to the {} last year?",
]  # fmt: skip
THINGS = ["bridge", "tram line", "lighthouse", "museum", "clock", "market hall", "kettle", "mayor",
          "river", "school", "ice", "forest", "rope bridge", "trawler", "battery", "town"]  # fmt: skip
SLOW_PERSON = 5_000
APOLOGIES = {catalog_for("en")(name) for name in ("trouble", "no_index", "slow_down")}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--slow", action="store_true")
    chosen = parser.parse_args()
    random.seed(1)
    load = os.getloadavg()[0]
    with BotApi() as api, serving(chosen.data, api) as bot:
        ask_all(api, 3, [0.0] * 3)  # the first question loads models
        time.sleep(2)
        for name in ("burst", "steady"):
            slow = [
                api.write("why " * 240, person=SLOW_PERSON) for _ in range(15 * chosen.slow)
            ]  # all at once: they wait for each other only
            before = processor_time(bot.pid), time.process_time()
            seconds = []
            for _ in range(chosen.rounds):
                delays = [random.uniform(0, 3) * (name == "steady") for _ in range(chosen.people)]
                seconds += ask_all(api, chosen.people, sorted(delays))
                time.sleep(1.5)  # a chat gets one message a second
            spent = processor_time(bot.pid) - before[0], time.process_time() - before[1]
            slowest = sum(number in api.arrived for number in slow)
            tell(name, seconds, spent, len(slow), slowest, load)


@contextmanager
def serving(data: Path, api: BotApi) -> Iterator[subprocess.Popen[bytes]]:
    """The running program, with that index and a new `bot.db`."""
    with tempfile.TemporaryDirectory() as folder:
        for entry in data.iterdir():
            if not entry.name.startswith("bot.db"):
                (Path(folder) / entry.name).symlink_to(entry.resolve())
        environment = {
            **os.environ,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_BASE_URL": api.base_url,
            "LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(ROOT),
        }
        program = [sys.executable, "-c", "from bot.cli.main import main; main()"]
        process = subprocess.Popen([*program, "--data", folder, "bot"], env=environment)
        try:
            api.wait_for("getUpdates", seconds=120)
            time.sleep(3)  # the menus
            yield process
        finally:
            process.terminate()
            process.wait(20)


def processor_time(process: int) -> float:
    """Seconds of processor time that a process and its children have used."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            fields = stat.read_text().rpartition(")")[2].split()
            if process in (int(stat.parent.name), int(fields[1])):
                ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def ask_all(api: BotApi, people: int, delays: list[float]) -> list[float]:
    """Everybody asks once; seconds until each answer, infinite for an apology."""
    began, sent = time.monotonic(), {}
    for person, delay in enumerate(delays):
        time.sleep(max(0.0, began + delay - time.monotonic()))
        question = random.choice(QUESTIONS).format(" ".join(random.sample(THINGS, 2)))
        now = time.monotonic()
        sent[api.write(question, person=1_000 + person)] = now
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not all(number in api.arrived for number in sent):
        time.sleep(0.005)
    apologies = {
        said["reply_parameters"]["message_id"]
        for said in api.named("sendMessage")
        if said["text"] in APOLOGIES
    }
    return [
        float("inf") if number in apologies else api.arrived.get(number, float("inf")) - at
        for number, at in sent.items()
    ]


def tell(
    name: str, seconds: list[float], spent: tuple[float, float], slow: int, told: int, load: float
) -> None:
    times = sorted(1_000 * second for second in seconds)
    lost = sum(value == float("inf") for value in times)
    at = {
        f"p{share}": round(times[min(len(times) - 1, len(times) * share // 100)])
        for share in (50, 95, 99)
        if not lost
    }
    line = {
        "load": name,
        "answers": len(times) - lost,
        "lost": lost,
        **at,
        "most": round(times[-1]) if not lost else None,
        "slow person": f"{told} of {slow} answered meanwhile",
        "bot ms a question": round(1_000 * spent[0] / len(times), 1),
        "server ms a question": round(1_000 * spent[1] / len(times), 1),
        "cores": len(os.sched_getaffinity(0)),
        "load average before": round(load, 2),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
