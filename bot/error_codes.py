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
    TOKEN_REJECTED = (
        "TELEGRAM_BOT_TOKEN was rejected by Telegram: copy it again from @BotFather "  # noqa: S105
        "(or mend TELEGRAM_BASE_URL, if that is set)"
    )
    CANNOT_BUILD = "this bot cannot build: run `quotebot build`"
