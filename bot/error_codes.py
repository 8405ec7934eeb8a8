"""The error codes of this room, each with its text in English.

A text says in one line what is wrong and what to do. Every file of `bot/i18n/locales` but `en.json`
has a translation under `errors`, by the name of the code; a test says which are missing.
"""

from corpus.errors import ErrorCode

__all__ = ["Code"]


class Code(ErrorCode):
    """The codes of `bot`; parameters are in braces."""

    # settings
    NO_TOKEN = "TELEGRAM_BOT_TOKEN is not set: get a token from @BotFather"
    SETTING_INVALID = "{name} {problem}"
    SETTINGS_INVALID = "{name} {problem} (and {count} more settings to mend)"
    SETTING_NOT_AVAILABLE = "is not available in this version: remove it"
    TOKEN_MALFORMED = (
        "doesn't look like a bot token (digits, a colon, letters): copy it again from @BotFather"
    )
    WEBHOOK_SECRET_MALFORMED = "must be 1 to 256 letters, digits, '_' or '-'"
    BOT_API_URL_MALFORMED = "must be a web address ending in /bot, such as http://host:8081/bot"
    WEB_URL_MALFORMED = "must be a web address, such as https://bot.example.org"
    LISTEN_MALFORMED = "must be host:port, such as 127.0.0.1:8080"
    IDS_MALFORMED = "must be Telegram ids (numbers) separated by commas"
    ENV_FILE_NOT_UTF8 = "{file} is not UTF-8 text: save it as UTF-8"
    ENV_FILE_UNREADABLE = "{file} cannot be read: {reason}"

    # command line
    NOTHING_READ = "nothing could be read"
    NOTHING_ADDED = "nothing could be added"
    NO_SOURCES = "no sources are remembered: add some with `quotebot add`"
    NO_SOURCE_READ = "no source could be read"
    NO_ARTICLE_FITS = "no article fits"
    DAMAGE_FOUND = "damaged: {files}; run `quotebot build`"
    DOCTOR_FOUND_PROBLEMS = "not everything is in order"
    REPORT_NOT_WRITTEN = "{path} cannot be written: {reason}"

    # operations
    LIBRARY_CHANGED_SINCE_BUILD = "the library has changed since: run `quotebot build`"

    # chat
    CANNOT_BUILD = "this bot cannot build: run `quotebot build`"
    BOT_DATABASE = "the bot's memory"

    # http
    CANNOT_LISTEN = "{setting}={address}: {reason}"

    # server
    TOKEN_REJECTED = (
        "TELEGRAM_BOT_TOKEN was rejected by Telegram: copy it again "  # no password
        "from @BotFather (or mend TELEGRAM_BASE_URL, if that is set)"
    )
    TELEGRAM_UNREACHABLE = (
        "Telegram ({server}) can't be reached: {reason}; check the network and TELEGRAM_BASE_URL"
    )
    NO_REPLY_IN_TIME = "no reply in time"
    REPLY_MAKES_NO_SENSE = "its reply makes no sense ({kind})"

    # processes
    BOT_IS_STOPPING = "the bot is stopping"
    WORKER_ENDED = "the process that answers has ended"
    WORKER_NOT_STARTED = "no process to answer can be had ({reason})"
    WORKER_ENDED_EARLY = "a process that answers has ended with {status} before it was ready"
    ANSWER_FAILED = "{site}"
    BUILD_ENDED = "the build ended with {status}"
    BUILD_STAYS_BUSY = "another process has been building the index for minutes"
