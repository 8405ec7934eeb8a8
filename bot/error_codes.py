"""Why something fails in this room: every code, with its text in English.

A text says what is wrong and what to do, in one line. Each has a translation in every file of
`bot/i18n/locales`, under `errors`, by the name of its code; a test compares them.
"""

from corpus.errors import ErrorCode

__all__ = ["Code"]


class Code(ErrorCode):
    """The codes of `bot`; parameters are in braces."""

    # chat
    NO_TOKEN = "TELEGRAM_BOT_TOKEN is not set: get a token from @BotFather"  # noqa: S105  # a text
    CANNOT_BUILD = "this bot cannot build: run `quotebot build`"

    # http
    CANNOT_LISTEN = "{setting}={address}: {reason}"

    # server
    TOKEN_REJECTED = (
        "TELEGRAM_BOT_TOKEN was rejected by Telegram: copy it again "  # noqa: S105  # no password
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
