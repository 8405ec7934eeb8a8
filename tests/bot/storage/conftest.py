"""The storage backends that the contract tests run against; another one is a line in BACKENDS."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.chat.ports import BotStorage
from bot.storage.database import BotDatabase

Opener = Callable[[], BotStorage]
BACKENDS: dict[str, Callable[[Path], BotStorage]] = {
    "embedded": lambda folder: BotDatabase(folder / "bot.db")
}


@pytest.fixture(params=sorted(BACKENDS))
def open_storage(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Opens the storage of a backend; opened again, it holds what was stored before."""
    return lambda: BACKENDS[request.param](tmp_path)


@pytest.fixture
def storage(open_storage: Opener) -> Iterator[BotStorage]:
    """A new storage of a backend."""
    opened = open_storage()
    yield opened
    opened.close()
