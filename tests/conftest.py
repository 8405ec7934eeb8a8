"""Every test starts without settings, proxies and log handlers of the machine it runs on."""

import logging
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from bot.settings import Settings

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
