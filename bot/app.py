"""The Telegram application: which update goes where."""

import logging
import os
from concurrent.futures import Executor

from telegram import LinkPreviewOptions
from telegram.error import TelegramError
from telegram.ext import (
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    Defaults,
    MessageHandler,
    filters,
)
from telegram.request import BaseRequest

from bot import words
from bot.buttons import PAGING
from bot.handlers import AnswerEngine, Handlers
from bot.polling import AnyApplication
from bot.retry import Patience
from bot.settings import Settings
from bot.state import AnswerStore
from corpus.errors import SettingsError

__all__ = ["build_application"]

_log = logging.getLogger(__name__)


def build_application(
    settings: Settings,
    engine: AnswerEngine,
    *,
    pool: Executor | None = None,
    request: BaseRequest | None = None,
    get_updates_request: BaseRequest | None = None,
) -> AnyApplication:
    """The bot, ready to be initialised; `engine` is asked in threads of `pool`.

    `request` and `get_updates_request` stand in for HTTP.
    """
    if settings.telegram_bot_token is None:
        raise SettingsError("TELEGRAM_BOT_TOKEN is not set: get a token from @BotFather")
    # The library's switch to timedelta; without it, every RetryAfter warns of the change to come.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    builder = (
        ApplicationBuilder()
        .token(settings.telegram_bot_token.get_secret_value())
        .base_url(settings.telegram_base_url)
        .base_file_url(settings.telegram_base_file_url)
        .defaults(Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)))
        .rate_limiter(Patience())
        .concurrent_updates(True)
        .updater(None)  # bot.polling fetches
        .post_init(_announce)
    )
    if request is not None:
        builder = builder.request(request)
    if get_updates_request is not None:
        builder = builder.get_updates_request(get_updates_request)
    application: AnyApplication = builder.build()
    _route(application, Handlers(engine, AnswerStore(), pool))
    return application


def _route(application: AnyApplication, handlers: Handlers) -> None:
    """The first that fits takes the update; in groups the bot hears only its own commands."""
    message = filters.UpdateType.MESSAGE
    private = message & filters.ChatType.PRIVATE & ~filters.StatusUpdate.ALL
    application.add_handlers(
        [
            CommandHandler("start", handlers.start, message),
            CommandHandler("help", handlers.help, message),
            MessageHandler(private & filters.COMMAND, handlers.unknown_command),
            MessageHandler(private & (filters.TEXT | filters.CAPTION), handlers.question),
            MessageHandler(private, handlers.other),
            CallbackQueryHandler(handlers.button, PAGING),
            CallbackQueryHandler(handlers.unknown_button),
        ]
    )
    application.add_error_handler(handlers.error)


async def _announce(application: AnyApplication) -> None:
    """Fill the menu of commands; the bot works without."""
    try:
        await application.bot.set_my_commands(words.COMMANDS)
    except TelegramError as error:
        _log.warning("the menu of commands could not be set: %s", error)
