"""Every command that people can send, in one table.

A new command is a row here, a method of a handler, and a description in each file of
`bot/i18n/locales` (under `commands`, or under `admin_commands` if only admins may use it). The
menus of Telegram, the routing in `bot.telegram.application` and the terminal use this table.
"""

from dataclasses import dataclass

__all__ = ["COMMANDS", "CommandSpec"]


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command, where it is offered, and what runs it.

    `handler` is an attribute of `bot.telegram.application.Handlers` and a method of it;
    `terminal` is a method of `bot.cli.repl.Chat`, None for a command that the terminal lacks.
    A command is in the menu of private chats if `menu`, and in that of groups if `groups`. If
    `admins`, it is in the menu of the people in ADMIN_IDS alone.
    """

    name: str
    handler: str
    groups: bool = False
    admins: bool = False
    menu: bool = True
    terminal: str | None = None


COMMANDS = (
    CommandSpec("start", "basic.start", menu=False),
    CommandSpec("ask", "questions.command", groups=True, terminal="_ask"),
    CommandSpec("search", "articles.search", groups=True, terminal="_search"),
    CommandSpec("sources", "articles.sources", groups=True, terminal="_all_sources"),
    CommandSpec("article", "articles.article", terminal="_article"),
    CommandSpec("settings", "basic.settings", groups=True),
    CommandSpec("new", "basic.new", terminal="_new"),
    CommandSpec("help", "basic.help", groups=True),
    CommandSpec("privacy", "basic.privacy"),
    CommandSpec("forget", "basic.forget"),
    CommandSpec("status", "admin.status", admins=True),
    CommandSpec("stats", "admin.stats", admins=True),
    CommandSpec("reindex", "admin.reindex", admins=True),
    CommandSpec("remove", "admin.remove", admins=True),
    CommandSpec("ban", "admin.ban", admins=True),
)
