"""The menus of commands that Telegram shows, by place and language."""

import logging
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from telegram import (
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError

from bot.chat.command_table import COMMANDS
from bot.i18n.catalog import catalog_for, languages
from bot.settings import Settings
from bot.telegram.transport.polling import AnyApplication

__all__ = ["announce", "menus"]

_Menu = tuple[BotCommandScope, str | None, list[tuple[str, str]]]
_log = logging.getLogger(__name__)


def menus(settings: Settings) -> Iterator[_Menu]:
    """Scope, language and commands of each menu; None is for languages without their own menu."""
    groups = {command.name for command in COMMANDS if command.groups}
    for code in (None, *languages()):
        t = catalog_for(code)
        everything = t.commands()
        yield BotCommandScopeAllPrivateChats(), code, everything
        in_groups = [command for command in everything if command[0] in groups]
        yield BotCommandScopeAllGroupChats(), code, in_groups
        for admin in settings.admin_ids:
            yield BotCommandScopeChat(admin), code, t.commands(admin=True)


def announce(settings: Settings) -> Callable[[AnyApplication], Coroutine[Any, Any, None]]:
    """A function that sets the menus at Telegram; when that fails the bot works without them."""

    async def set_menus(application: AnyApplication) -> None:
        failed: TelegramError | None = None
        for scope, code, commands in menus(settings):
            try:
                await application.bot.set_my_commands(commands, scope=scope, language_code=code)
            except TelegramError as error:  # such as an admin who never wrote to the bot
                failed = error
        if failed is not None:
            _log.warning("a menu of commands could not be set: %s", failed)

    return set_menus
