"""Every command and every button has a handler, and only the table says so."""

import re
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import pytest

from bot.backend import EmbeddedBackend
from bot.chat.command_table import COMMANDS
from bot.chat.rate_limits import PRESSES
from bot.cli.repl import Chat
from bot.i18n.catalog import catalog_for, languages
from bot.settings import Settings
from bot.telegram.application import Handlers
from bot.telegram.command_menus import menus
from bot.telegram.context.button_router import ButtonRouter
from bot.telegram.context.services import BotServices
from bot.telegram.views.callback_data import Action
from corpus.place_result import ReadOptions
from tests.fakes import FakeEngine, fake_bot, press_update
from tests.source import ROOT

say = catalog_for("en")


def handlers(services: BotServices) -> Handlers:
    return Handlers(services, None, ReadOptions(), 0)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[BotServices]:
    services = BotServices(FakeEngine(), EmbeddedBackend(tmp_path), Settings())
    yield services
    services.close()


def test_every_action_has_one_handler(services: BotServices) -> None:
    buttons = handlers(services).buttons()
    assert set(buttons) == set(Action)
    ButtonRouter(services, buttons)


@pytest.mark.parametrize("action", Action)
def test_an_action_that_no_handler_takes_fails(services: BotServices, action: Action) -> None:
    buttons = handlers(services).buttons()
    del buttons[action]
    with pytest.raises(ValueError, match=f"no handler takes {action.name}"):
        ButtonRouter(services, buttons)


@pytest.mark.parametrize("action", Action)
async def test_presses_of_every_button_are_limited(
    tmp_path: Path, action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.rate_limit_store.time.time", lambda: 1e9)  # no refill
    async with fake_bot(tmp_path) as bot:
        for _ in range(PRESSES.size + 1):
            await bot.feed(press_update(f"{action}:x:1"))
    assert bot.request.named("answerCallbackQuery")[-1]["text"] == say("slow_down")


def test_every_command_has_a_handler_and_a_description(services: BotServices) -> None:
    for command in COMMANDS:
        assert callable(attrgetter(command.handler)(handlers(services)))
    described = [name for name, _ in say.commands(admin=True)]
    assert described == [command.name for command in COMMANDS if command.menu]
    admins = {command.name for command in COMMANDS if command.admins}
    assert set(described) - {name for name, _ in say.commands()} == admins


def test_every_command_is_told_to_people() -> None:
    page = (ROOT / "docs" / "bot.md").read_text("utf-8")
    for command in COMMANDS:
        assert re.search(rf"`/{command.name}\b", page), f"/{command.name} is not in docs/bot.md"
        if command.terminal is not None and command.name != "ask":  # a question needs no command
            for code in languages():
                help_text = catalog_for(code)("terminal_help")
                assert f"/{command.name}" in help_text, f"terminal_help of {code}"


def test_menus_follow_the_table() -> None:
    shown = {
        (scope.type, code): [name for name, _ in commands]
        for scope, code, commands in menus(Settings(admin_ids=(99,)))
    }
    in_menu = [command for command in COMMANDS if command.menu]
    everybody = [command.name for command in in_menu if not command.admins]
    assert shown["all_private_chats", None] == everybody
    assert shown["all_group_chats", "de"] == [c.name for c in in_menu if c.groups]
    assert shown["chat", "ru"] == [command.name for command in in_menu]


def test_the_terminal_has_the_commands_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("bot.cli.repl.say", said.append)
    chat = Chat(FakeEngine())
    for command in COMMANDS:
        said.clear()
        chat.reply_to(f"/{command.name}")
        unknown = chat.t("terminal_help") in said
        assert unknown is (command.terminal is None), command.name
