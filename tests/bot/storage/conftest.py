"""The storage of each backend."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.chat.ports import BotStorage
from tests.backends import BACKENDS

Opener = Callable[[], BotStorage]


@pytest.fixture(params=BACKENDS)
def open_storage(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Opens the storage of a backend; opened again, it holds what was stored before."""
    return lambda: BACKENDS[request.param](tmp_path).open_chats()


@pytest.fixture
def storage(open_storage: Opener) -> Iterator[BotStorage]:
    """A new storage of a backend."""
    opened = open_storage()
    yield opened
    opened.close()
