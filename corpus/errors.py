"""Every error that quotebot raises on purpose.

    QuotebotError            one line for the admin: what, where, what to do
    ├── UnreadableSource     a file or line that cannot become an article
    ├── LibraryError         the library of articles cannot be opened, read or written
    ├── ArticleNotFound      no article, or several, under that id
    ├── IndexUnavailable     no generation to answer from (none built, damaged, or another model's)
    ├── ModelUnavailable     the embedding model cannot be loaded
    └── SettingsError        a setting is missing or makes no sense

The root lives in the lowest room so that every room can raise and catch it.
"""

__all__ = [
    "ArticleNotFound",
    "IndexUnavailable",
    "LibraryError",
    "ModelUnavailable",
    "QuotebotError",
    "SettingsError",
    "UnreadableSource",
]


class QuotebotError(Exception):
    """Root of the tree; its text is shown to the admin as it is, in one line."""


class UnreadableSource(QuotebotError):
    """A source (or one place in it) cannot become an article."""

    def __init__(self, source: str, reason: str) -> None:
        """Name the source, and say why in a few words."""
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class LibraryError(QuotebotError):
    """The library of articles cannot be opened, read or written."""


class ArticleNotFound(QuotebotError):
    """No article, or more than one, answers to an id."""


class IndexUnavailable(QuotebotError):
    """There is no generation to answer from: none built, damaged, or built with another model."""


class ModelUnavailable(QuotebotError):
    """The embedding model cannot be loaded."""


class SettingsError(QuotebotError):
    """A setting is missing, malformed or contradicts another."""
