"""How much one person or group may ask: token buckets, kept so that a restart forgives nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum

from bot.storage.chat_store import State

__all__ = [
    "CLOSED",
    "GROUP",
    "NOTICE",
    "PERSON",
    "PRESSES",
    "Bucket",
    "QueueFull",
    "Turns",
    "Verdict",
    "take",
]


@dataclass(frozen=True, slots=True)
class Bucket:
    """`size` at once, then one every `seconds`."""

    size: int
    seconds: float


PERSON = Bucket(30, 2.0)
GROUP = Bucket(30, 3.0)  # Telegram itself lets a bot say 20 things a minute in a group
PRESSES = Bucket(60, 0.5)  # buttons and inline queries cost little
NOTICE = Bucket(1, 30.0)  # "your queue is full"
CLOSED = Bucket(3, 600.0)  # "this bot is private"


class Verdict(Enum):
    """WARN: no, and say so once; SILENT: no, and it was said already."""

    GO = "go"
    WARN = "warn"
    SILENT = "silent"


def take(state: State, name: str, bucket: Bucket) -> Verdict:
    """Take a token of the bucket `name`. Raises StateError."""
    now = time.time()
    with state.writing() as connection:
        row = connection.execute(
            "SELECT tokens, warned, at FROM buckets WHERE name = ?", (name,)
        ).fetchone()
        tokens, warned = float(bucket.size), 0
        if row is not None:
            elapsed = max(0.0, now - row["at"])  # the clock may have been set back
            tokens = min(tokens, row["tokens"] + elapsed / bucket.seconds)
            warned = row["warned"]
        go = tokens >= 1
        connection.execute(
            "INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?)",
            (name, tokens - 1 if go else tokens, 0 if go else 1, now),
        )
    return Verdict.GO if go else Verdict.SILENT if warned else Verdict.WARN


class QueueFull(Exception):
    """Somebody has more questions waiting than fit."""


class Turns:
    """One running question a person; the others wait in the order they came."""

    def __init__(self, waiting: int = 20) -> None:
        """At most `waiting` questions of one person wait."""
        self._most = waiting + 1
        self._locks: dict[int, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, person: int) -> AsyncIterator[None]:
        """Wait for one's turn and have it. Raises QueueFull at once when too many wait."""
        lock, count = self._locks.get(person, (asyncio.Lock(), 0))
        if count >= self._most:
            raise QueueFull
        self._locks[person] = (lock, count + 1)
        try:
            async with lock:
                yield
        finally:
            count = self._locks[person][1] - 1
            if count:
                self._locks[person] = (lock, count)
            else:
                del self._locks[person]
