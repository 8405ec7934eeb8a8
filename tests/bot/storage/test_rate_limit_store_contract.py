import time
from collections.abc import Callable

import pytest

from bot.chat.ports import BotStorage
from bot.chat.rate_limits import Bucket, Verdict, person_bucket

BUCKET = Bucket(2, 10.0)


def test_a_bucket_warns_once_and_fills_again(
    storage: BotStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now)
    take = storage.rate_limits.take
    verdicts = [take("p", BUCKET) for _ in range(4)]
    assert verdicts == [Verdict.GO, Verdict.GO, Verdict.WARN, Verdict.SILENT]
    assert take("q", BUCKET) is Verdict.GO
    now += 10
    assert take("p", BUCKET) is Verdict.GO
    now -= 1_000_000  # the clock was set back
    assert take("p", BUCKET) is Verdict.WARN
    now += 10
    assert take("p", BUCKET) is Verdict.GO


def test_a_restart_does_not_fill_a_bucket(open_storage: Callable[[], BotStorage]) -> None:
    storage = open_storage()
    assert [storage.rate_limits.take("p", BUCKET) for _ in range(3)][-1] is Verdict.WARN
    storage.close()
    storage = open_storage()
    assert storage.rate_limits.take("p", BUCKET) is Verdict.SILENT
    storage.close()


def test_forgetting_a_person_forgets_their_bucket(storage: BotStorage) -> None:
    for _ in range(3):
        storage.rate_limits.take(person_bucket(7), BUCKET)
    storage.chats.forget(7)
    assert storage.rate_limits.take(person_bucket(7), BUCKET) is Verdict.GO
