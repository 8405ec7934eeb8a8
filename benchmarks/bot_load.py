"""Fifty people ask at once: from update to answer, over HTTP, with the real engine.

    python benchmarks/bot_load.py DATA [--people 50] [--rounds 6] [--slow]

DATA is a data folder with an index. Each person asks in a chat of their own. "Burst": all at the
same instant. "Steady": everybody asks every few seconds. With `--slow` one more person asks the
longest questions allowed without pause, and must hold up nobody. The Bot API server runs in a
process of its own, so that only the bot's work is measured, on all cores that the process may use.
"""

import argparse
import asyncio
import json
import logging
import multiprocessing
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from bot_api import BotApi
from fakes import TOKEN

from bot.app import build_bot
from bot.serving import serve
from bot.settings import Settings
from index.embedder import BUNDLED
from index.encoder import load_embedder
from index.engine import Engine
from index.together import together

QUESTIONS = [
    "When did the {} reopen?", "Who built the {}?", "How much did the {} cost?",
    "Why was the {} closed?", "How long is the {}?", "What happened to the {} last year?",
]  # fmt: skip
THINGS = ["bridge", "tram line", "lighthouse", "museum", "clock", "market hall", "kettle", "mayor",
          "river", "school", "ice", "forest", "rope bridge", "trawler", "battery", "town"]  # fmt: skip


def telegram(pipe: Connection, people: int, rounds: int, slow: bool) -> None:
    """The server's process: asks, waits for answers, reports seconds."""
    random.seed(1)
    with BotApi() as api:
        pipe.send(api.base_url)
        pipe.recv()
        results = {"burst": [], "steady": []}
        for _ in range(rounds):
            results["burst"] += ask_all(api, people, [0.0] * people)
            time.sleep(1.5)
        if slow:
            for _ in range(15):
                api.write("why " * 240, person=5_000)
        for _ in range(rounds):
            delays = sorted(random.uniform(0, 3) for _ in range(people))
            results["steady"] += ask_all(api, people, delays)
        pipe.send(results)
        pipe.recv()


def ask_all(api: BotApi, people: int, delays: list[float]) -> list[float]:
    began, sent = time.monotonic(), {}
    for person, delay in enumerate(delays):
        time.sleep(max(0.0, began + delay - time.monotonic()))
        question = random.choice(QUESTIONS).format(" ".join(random.sample(THINGS, 2)))
        now = time.monotonic()
        sent[api.write(question, person=1_000 + person)] = now
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not all(number in api.arrived for number in sent):
        time.sleep(0.005)
    return [api.arrived.get(number, float("inf")) - at for number, at in sent.items()]


async def run(data: Path, people: int, rounds: int, slow: bool) -> dict[str, list[float]]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=telegram, args=(theirs, people, rounds, slow))
    process.start()
    engine = Engine(data, together(load_embedder(BUNDLED, data)))
    engine.refresh()
    engine.ask("warm up")
    stop = asyncio.Event()
    with (
        ThreadPoolExecutor(int(os.environ.get("ASKING_THREADS", "16"))) as pool,
        tempfile.TemporaryDirectory() as state,
    ):
        settings = Settings(
            telegram_bot_token=TOKEN, telegram_base_url=ours.recv(), quotebot_data=Path(state)
        )
        bot = build_bot(settings, engine, pool=pool)
        serving = asyncio.create_task(serve(bot, stop=stop))
        while not bot.health.connected:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await asyncio.sleep(2)  # the menus
        ours.send("go")
        results = await asyncio.to_thread(ours.recv)
        stop.set()
        await serving
        bot.desk.close()
    ours.send("bye")
    process.join()
    return results


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--slow", action="store_true")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    results = asyncio.run(run(chosen.data, chosen.people, chosen.rounds, chosen.slow))
    for name, seconds in results.items():
        times = sorted(1_000 * second for second in seconds)
        lost = sum(value == float("inf") for value in times)
        at = {
            f"p{share}": round(times[min(len(times) - 1, len(times) * share // 100)])
            for share in (50, 95, 99)
        }
        print(
            json.dumps(
                {
                    "load": name,
                    "answers": len(times) - lost,
                    "lost": lost,
                    **at,
                    "most": round(times[-1]) if not lost else None,
                    "cores": len(os.sched_getaffinity(0)),
                }
            )
        )


if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    main()
