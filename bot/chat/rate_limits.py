"""How much a person or a group may ask: token buckets, and a queue for each user.

The buckets are stored, so that a restart does not fill them again.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum

__all__ = [
    "CLOSED",
    "GROUP",
    "NOTICE",
    "PERSON",
    "PRESSES",
    "Bucket",
    "BucketLevel",
    "QueueFull",
    "UserQueue",
    "Verdict",
    "person_bucket",
    "take_token",
]


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket that holds `size` tokens and gets a new one every `seconds`."""

    size: int
    seconds: float


PERSON = Bucket(30, 2.0)
GROUP = Bucket(30, 3.0)  # Telegram itself lets a bot send 20 messages a minute to a group
PRESSES = Bucket(60, 0.5)  # buttons and inline queries cost little
NOTICE = Bucket(1, 30.0)  # "your queue is full"
CLOSED = Bucket(3, 600.0)  # "this bot is private"


def person_bucket(person: int) -> str:
    """The name of the bucket for a person's questions; forgetting the person deletes it."""
    return f"person {person}"


class Verdict(Enum):
    """GO: allowed. WARN: refused, and the bot says so. SILENT: refused again, without a word."""

    GO = "go"
    WARN = "warn"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class BucketLevel:
    """What a store keeps of a bucket: its tokens at the time `at` (seconds since 1970)."""

    tokens: float
    warned: bool
    at: float


def take_token(
    level: BucketLevel | None, bucket: Bucket, now: float
) -> tuple[BucketLevel, Verdict]:
    """Take a token at the time `now`; the new level to store, and the verdict.

    `level` is the one that was stored before; None means a full bucket. `now` is in seconds since
    1970.
    """
    tokens, warned = float(bucket.size), False
    if level is not None:
        elapsed = max(0.0, now - level.at)  # the clock may have been set back
        tokens = min(tokens, level.tokens + elapsed / bucket.seconds)
        warned = level.warned
    if tokens >= 1:
        return BucketLevel(tokens - 1, warned=False, at=now), Verdict.GO
    return BucketLevel(tokens, warned=True, at=now), Verdict.SILENT if warned else Verdict.WARN


class QueueFull(Exception):
    """A user has more questions waiting than are allowed."""


class UserQueue:
    """Runs one question of a user at a time; the others wait, first come, first served.

    It knows only the questions of its own process.
    """

    def __init__(self, waiting: int = 20) -> None:
        """At most `waiting` questions of one user wait."""
        self._most_at_once = waiting + 1
        self._locks: dict[int, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def slot(self, person: int) -> AsyncIterator[None]:
        """Wait until no other question of the user runs. Raises QueueFull when too many wait."""
        lock, count = self._locks.get(person, (asyncio.Lock(), 0))
        if count >= self._most_at_once:
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
