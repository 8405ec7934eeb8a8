"""Fixtures for all tests. No test sees settings, proxies or log handlers of its machine."""

import io
import logging
import os
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from bot.log_setup import set_up_logging
from bot.settings import Settings

if TYPE_CHECKING:
    from tests.bot_api import BotApi

settings.register_profile("quotebot", deadline=None)  # a loaded machine is not a failure
settings.load_profile("quotebot")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {name.upper() for name in Settings.model_fields}
    for name in list(os.environ):
        if name in names or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged at DEBUG; after the test, it must not hold the token or a question."""
    from tests.fakes import TOKEN

    stream = io.StringIO()
    set_up_logging("DEBUG", "text", [], stream)
    yield stream
    assert TOKEN not in stream.getvalue()
    assert TOKEN.partition(":")[2] not in stream.getvalue()
    assert "bridge" not in stream.getvalue()
    assert "Traceback" not in stream.getvalue()


@pytest.fixture
def telegram() -> Iterator["BotApi"]:
    """The fake Bot API server, over real HTTP."""
    from tests.bot_api import BotApi

    with BotApi() as server:
        yield server


@pytest.fixture
def port() -> int:
    """A port that nothing listens at."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])
