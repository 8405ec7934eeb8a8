"""Why something fails in this room: every code, with its text in English.

A text says what is wrong and what to do, in one line. Each has a translation in every file of
`bot/i18n/locales`, under `errors`, by the name of its code; a test compares them.
"""

from corpus.errors import ErrorCode

__all__ = ["Code"]


class Code(ErrorCode):
    """The codes of `index`; parameters are in braces."""
