"""The Telegram application: which update goes where."""

import os
from concurrent.futures import Executor
from dataclasses import dataclass, field
from operator import attrgetter

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

from bot.backend import Backend, backend_for
from bot.chat.command_table import COMMANDS
from bot.chat.ports import AnswerEngine
from bot.error_codes import Code
from bot.monitoring.health_server import Health
from bot.processes.build_subprocess import Build
from bot.settings import Settings
from bot.telegram.command_menus import announce
from bot.telegram.context.button_router import ButtonHandler, ButtonRouter
from bot.telegram.context.requester import BotContext
from bot.telegram.context.services import BotServices
from bot.telegram.handlers.access_control import AccessControl
from bot.telegram.handlers.admin import AdminCommands
from bot.telegram.handlers.admin_imports import AdminImports
from bot.telegram.handlers.answer_buttons import AnswerButtons
from bot.telegram.handlers.basic_commands import BasicCommands
from bot.telegram.handlers.browse_articles import ArticleBrowser
from bot.telegram.handlers.errors import on_error
from bot.telegram.handlers.inline_query import InlineQueries
from bot.telegram.handlers.questions import Questions
from bot.telegram.handlers.uploads import IS_MATERIAL
from bot.telegram.transport.aiohttp_request import HttpRequest
from bot.telegram.transport.polling import AnyApplication
from bot.telegram.transport.rate_limiter import RetryingRateLimiter
from bot.telegram.views.callback_data import Action
from corpus.errors import SettingsError
from corpus.place_result import ReadOptions

__all__ = ["Bot", "Handlers", "build_bot"]

_AT_ONCE = 1_024  # updates; most of them wait for Telegram, not for the processor
_REPLY_WITHIN = 35.0  # seconds; giving up earlier would leave open whether an answer was sent


@dataclass(frozen=True, slots=True)
class Bot:
    """The application, and the objects that it was built with."""

    application: AnyApplication
    services: BotServices
    settings: Settings
    health: Health = field(default_factory=Health)


class Handlers:
    """One object for each kind of update."""

    def __init__(
        self, services: BotServices, build: Build | None, reading: ReadOptions, debounce: float
    ) -> None:
        """See `build_bot` for `build`, `reading` and `debounce`."""
        self.access = AccessControl(services)
        self.questions = Questions(services)
        self.basic = BasicCommands(services)
        self.articles = ArticleBrowser(services)
        self.answers = AnswerButtons(services)
        self.inline = InlineQueries(services, debounce)
        self.imports = AdminImports(services, build, reading)
        self.admin = AdminCommands(services, self.imports)

    def buttons(self) -> dict[Action, ButtonHandler]:
        """What each button does."""
        return {
            Action.SHOW_PASSAGE: self.answers.show,
            Action.SHOW_SURROUNDINGS: self.answers.show,
            Action.SHOW_NEAREST: self.answers.show,
            Action.SEND_PASSAGE: self.answers.send,
            Action.RATE_GOOD: self.answers.rate_good,
            Action.RATE_BAD: self.answers.rate_bad,
            Action.GIVE_REASON: self.answers.give_reason,
            Action.SHOW_ARTICLE: self.articles.press_article,
            Action.LIST_ARTICLES: self.articles.press_list,
            Action.CHANGE_SETTING: self.basic.press_setting,
            Action.FORGET: self.basic.press_forget,
            Action.IMPORT_DETAILS: self.imports.details,
        }


def build_bot(
    settings: Settings,
    engine: AnswerEngine,
    *,
    backend: Backend | None = None,
    pool: Executor | None = None,
    build: Build | None = None,
    request: BaseRequest | None = None,
    get_updates_request: BaseRequest | None = None,
    interval: float = 1.0,
    debounce: float = 0.25,
    reading: ReadOptions | None = None,
) -> Bot:
    """The bot, ready to be initialised; `engine` is called in threads of `pool`.

    Without a `backend`, the one of the settings is used. `build` builds a new index for admins;
    `reading` are the options with which their documents and links are read. `request` and
    `get_updates_request` replace HTTP. `interval` is in seconds between messages to one chat;
    `debounce` is how many seconds an inline query waits for more letters.

    Raises SettingsError when there is no token, StateError when the storage cannot be opened.
    """
    if settings.telegram_bot_token is None:
        raise SettingsError(Code.NO_TOKEN())
    backend = backend or backend_for(settings.quotebot_data)
    services = BotServices(engine, backend, settings, pool)
    _use_timedeltas()
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
    handlers = Handlers(services, build, reading or ReadOptions(), debounce)
    _route(application, services, handlers)
    return Bot(application, services, settings)


def _use_timedeltas() -> None:
    """Make python-telegram-bot give durations as timedelta, as its next version will.

    It only reads this variable; without it every RetryAfter logs a warning.
    """
    os.environ.setdefault("PTB_TIMEDELTA", "true")


def _route(application: AnyApplication, services: BotServices, handlers: Handlers) -> None:
    """Access control first; then the first handler that fits takes the update."""
    application.add_handler(TypeHandler(Update, handlers.access.check), group=-1)
    _route_commands(application, handlers)
    _route_messages(application, handlers, services.settings.admin_ids)
    router = ButtonRouter(services, handlers.buttons())
    application.add_handler(CallbackQueryHandler(router.press))
    application.add_handler(InlineQueryHandler(handlers.inline.query))
    application.add_error_handler(on_error)


_FRESH = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
# A forwarded message holds somebody else's words: a command in it is not meant for the bot.
_OWN = _FRESH & ~filters.FORWARDED & ~filters.VIA_BOT
_PRIVATE = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE & ~filters.StatusUpdate.ALL
_TEXT = filters.TEXT | filters.CAPTION


def _route_commands(application: AnyApplication, handlers: Handlers) -> None:
    for command in COMMANDS:
        callback = attrgetter(command.handler)(handlers)
        application.add_handler(CommandHandler(command.name, callback, _OWN))
    application.add_handlers(
        [
            MessageHandler(_PRIVATE & _OWN & filters.COMMAND, handlers.basic.unknown),
            MessageHandler(filters.StatusUpdate.MIGRATE, handlers.basic.moved),
        ]
    )


def _route_messages(
    application: AnyApplication, handlers: Handlers, admin_ids: tuple[int, ...]
) -> None:
    questions, imports = handlers.questions, handlers.imports
    admins = filters.User(admin_ids)
    edited = filters.UpdateType.EDITED_MESSAGE | filters.UpdateType.EDITED_CHANNEL_POST
    application.add_handlers(
        [
            MessageHandler(_PRIVATE & filters.Document.ALL, imports.material),
            MessageHandler(_PRIVATE & admins & IS_MATERIAL, imports.material),
            MessageHandler(_PRIVATE & _TEXT, questions.message),
            MessageHandler(_PRIVATE, handlers.basic.other),
            MessageHandler(_FRESH & ~filters.ChatType.PRIVATE & _TEXT, questions.message),
            MessageHandler(edited & _TEXT & ~(admins & IS_MATERIAL), questions.edited),
        ]
    )
