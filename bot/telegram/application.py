"""The Telegram application: which update goes where."""

import os
from concurrent.futures import Executor
from dataclasses import dataclass, field

from telegram import LinkPreviewOptions, Update
from telegram.ext import (
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    Defaults,
    InlineQueryHandler,
    MessageHandler,
    TypeHandler,
    filters,
)
from telegram.request import BaseRequest

from bot.data_paths import DataPaths
from bot.monitoring.health_server import Health
from bot.processes.build_subprocess import Build
from bot.settings import Settings
from bot.storage.chat_store import State
from bot.telegram.command_menus import announce
from bot.telegram.context.services import AnswerEngine, BotContext, BotServices
from bot.telegram.handlers.access_control import Gate
from bot.telegram.handlers.admin import Admin
from bot.telegram.handlers.admin_imports import Imports
from bot.telegram.handlers.answer_buttons import Pressing
from bot.telegram.handlers.basic_commands import Commands
from bot.telegram.handlers.browse_articles import Browsing
from bot.telegram.handlers.errors import on_error
from bot.telegram.handlers.inline_query import Inline
from bot.telegram.handlers.questions import Answering
from bot.telegram.handlers.uploads import IS_MATERIAL
from bot.telegram.transport.aiohttp_request import HttpRequest
from bot.telegram.transport.polling import AnyApplication
from bot.telegram.transport.rate_limiter import RetryingRateLimiter
from bot.telegram.views.keyboards import PRESS
from corpus.errors import SettingsError
from corpus.place_result import ReadOptions

__all__ = ["Bot", "build_bot"]

_AT_ONCE = 1_024  # updates; most of them wait for Telegram, not for the processor
_REPLY_WITHIN = 35.0  # seconds; giving up earlier would leave open whether an answer was sent


@dataclass(frozen=True, slots=True)
class Bot:
    """The application and what it works with."""

    application: AnyApplication
    services: BotServices
    settings: Settings
    health: Health = field(default_factory=Health)


def build_bot(
    settings: Settings,
    engine: AnswerEngine,
    *,
    pool: Executor | None = None,
    build: Build | None = None,
    request: BaseRequest | None = None,
    get_updates_request: BaseRequest | None = None,
    interval: float = 1.0,
    debounce: float = 0.25,
    reading: ReadOptions | None = None,
) -> Bot:
    """The bot, ready to be initialised; `engine` is asked in threads of `pool`.

    `build` makes a new index for admins, whose material is read as `reading` says. `request` and
    `get_updates_request` stand in for HTTP, `interval` and `debounce` (seconds) for the waits
    between messages and between letters.
    """
    if settings.telegram_bot_token is None:
        raise SettingsError("TELEGRAM_BOT_TOKEN is not set: get a token from @BotFather")
    services = BotServices(engine, State(DataPaths(settings.quotebot_data).chats), settings, pool)
    # The library's switch to timedelta; without it, every RetryAfter warns of the change to come.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    builder = (
        ApplicationBuilder()
        .context_types(ContextTypes(context=BotContext))
        .token(settings.telegram_bot_token.get_secret_value())
        .base_url(settings.telegram_base_url)
        .base_file_url(settings.telegram_base_file_url)
        .defaults(Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)))
        .rate_limiter(RetryingRateLimiter(interval, services.metrics))
        .concurrent_updates(_AT_ONCE)
        .updater(None)  # polling or the webhook brings updates
        .post_init(announce(settings))
        .request(request or HttpRequest(read=_REPLY_WITHIN, write=_REPLY_WITHIN, pool=30.0))
        .get_updates_request(get_updates_request or HttpRequest(1))
    )
    application: AnyApplication = builder.build()
    _route(application, services, Imports(services, build, reading or ReadOptions()), debounce)
    return Bot(application, services, settings)


def _route(
    application: AnyApplication, services: BotServices, imports: Imports, debounce: float
) -> None:
    """The gate first; then the first handler that fits takes the update."""
    application.add_handler(TypeHandler(Update, Gate(services).check), group=-1)
    _route_commands(application, services, Admin(services, imports))
    _route_words(application, services, imports)
    _route_buttons(application, services, imports)
    application.add_handler(InlineQueryHandler(Inline(services, debounce).query))
    application.add_error_handler(on_error)


_FRESH = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
# What is passed on says somebody else's words: a command in them is not an order.
_OWN = _FRESH & ~filters.FORWARDED & ~filters.VIA_BOT
_PRIVATE = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE & ~filters.StatusUpdate.ALL
_WORDS = filters.TEXT | filters.CAPTION


def _route_commands(application: AnyApplication, services: BotServices, admin: Admin) -> None:
    commands, browsing = Commands(services), Browsing(services)
    callbacks = {
        "ask": Answering(services).command,
        "search": browsing.search,
        "sources": browsing.sources,
        "article": browsing.article,
        "start": commands.start,
        "help": commands.help,
        "settings": commands.settings,
        "new": commands.new,
        "privacy": commands.privacy,
        "forget": commands.forget,
        "status": admin.status,
        "stats": admin.stats,
        "reindex": admin.reindex,
        "remove": admin.remove,
        "ban": admin.ban,
    }
    application.add_handlers(
        [CommandHandler(name, callback, _OWN) for name, callback in callbacks.items()]
    )
    application.add_handlers(
        [
            MessageHandler(_PRIVATE & _OWN & filters.COMMAND, commands.unknown),
            MessageHandler(filters.StatusUpdate.MIGRATE, commands.moved),
        ]
    )


def _route_words(application: AnyApplication, services: BotServices, imports: Imports) -> None:
    answering, commands = Answering(services), Commands(services)
    admins = filters.User(services.settings.admin_ids)
    edited = filters.UpdateType.EDITED
    application.add_handlers(
        [
            MessageHandler(_PRIVATE & filters.Document.ALL, imports.material),
            MessageHandler(_PRIVATE & admins & IS_MATERIAL, imports.material),
            MessageHandler(_PRIVATE & _WORDS, answering.message),
            MessageHandler(_PRIVATE, commands.other),
            MessageHandler(_FRESH & ~filters.ChatType.PRIVATE & _WORDS, answering.message),
            MessageHandler(edited & _WORDS & ~(admins & IS_MATERIAL), answering.edited),
        ]
    )


def _route_buttons(application: AnyApplication, services: BotServices, imports: Imports) -> None:
    pressing = Pressing(services)
    routes = {
        "gbmnopr": pressing.press,
        "al": Browsing(services).press,
        "fs": Commands(services).press,
        "d": imports.details,
    }
    application.add_handlers(
        [
            CallbackQueryHandler(callback, f"(?=[{letters}]:){PRESS.pattern}")
            for letters, callback in routes.items()
        ]
    )
    application.add_handler(CallbackQueryHandler(pressing.unknown))
