"""Every error that quotebot raises on purpose, and the reason that each carries.

    QuotebotError            the base class; one line says what is wrong, where, and what to do
    ├── UnreadableSource     a file or line that cannot become an article
    ├── LibraryError         the library of articles cannot be opened, read or written
    ├── ArticleNotFound      no article has that id, or several ids begin with it
    ├── IndexUnavailable     no generation to answer from (none built, damaged, or another model's)
    ├── BuildInProgress      another process is building the index
    ├── ModelUnavailable     the embedding model cannot be loaded
    └── SettingsError        a setting is missing or makes no sense

An error carries a `Reason`: a code and its parameters. The text is made where a person reads it:
`str` gives English, `bot.i18n.catalog` the language of a chat. The codes of a room are in its
`error_codes.py`. The classes are in the lowest room, so that every room can raise and catch them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

__all__ = [
    "ArticleNotFound",
    "BuildInProgress",
    "ErrorCode",
    "IndexUnavailable",
    "LibraryError",
    "ModelUnavailable",
    "QuotebotError",
    "Reason",
    "SettingsError",
    "UnreadableSource",
    "fill",
    "placeholders",
]

_PLACEHOLDER = re.compile(r"\{([a-z_0-9]+)\}")


def fill(template: str, values: Mapping[str, object]) -> str:
    """Replace each `{name}` of the template by its value; braces in a value have no meaning.

    Raises KeyError when a value is missing.
    """
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), template)


def placeholders(template: str) -> set[str]:
    """Return the names in braces of a template."""
    return set(_PLACEHOLDER.findall(template))


class ErrorCode(Enum):
    """Base class of the codes of every room.

    The name of a member is the code. It never changes once it is released. The value is the English
    text, with parameters in braces. `Code.TOO_LARGE(mib=64)` gives a `Reason`.
    """

    def __call__(self, **values: object) -> "Reason":
        """Make a reason of this code. Raises TypeError when the text has other parameters."""
        if values.keys() != placeholders(self.value):
            raise TypeError(f"{self.name} takes {sorted(placeholders(self.value))}")
        return Reason(self, values)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something failed: a code and the values of its parameters.

    `str` gives the text in English. A value may itself be a reason.
    """

    code: ErrorCode
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the reason in English, in one line."""
        return fill(self.code.value, self.values)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; `from_dict` is the inverse."""
        values = {
            name: value.to_dict() if isinstance(value, Reason) else str(value)
            for name, value in self.values.items()
        }
        return {"code": self.code.name, "values": values}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Reason":
        """Make a reason from the result of `to_dict`.

        Raises KeyError for a code that is not in an imported `error_codes` module.
        """
        codes = {code.name: code for room in ErrorCode.__subclasses__() for code in room}
        values = {
            name: cls.from_dict(value) if isinstance(value, Mapping) else value
            for name, value in plain["values"].items()
        }
        return cls(codes[plain["code"]], values)


class QuotebotError(Exception):
    """Base class of all errors of quotebot; `str` gives one line in English for the admin."""

    def __init__(self, reason: Reason) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        """Return the reason in English."""
        return str(self.reason)


class UnreadableSource(QuotebotError):
    """A source, or one place in it, cannot be read as an article."""

    def __init__(self, source: str, reason: Reason) -> None:
        """Keep the name of the source, and the reason."""
        super().__init__(reason)
        self.args = (source, reason)  # pickle calls the class with these in another process
        self.source = source

    def __str__(self) -> str:
        """Return the source and the reason, in English."""
        return f"{self.source}: {self.reason}"


class LibraryError(QuotebotError):
    """The library of articles cannot be opened, read or written."""


class ArticleNotFound(QuotebotError):
    """No article has that id, or several ids begin with it."""


class IndexUnavailable(QuotebotError):
    """There is no generation to answer from: none built, damaged, or built with another model."""


class BuildInProgress(QuotebotError):
    """Another process is building the index; the reason's `holder` says which."""


class ModelUnavailable(QuotebotError):
    """The embedding model cannot be loaded."""


class SettingsError(QuotebotError):
    """A setting is missing, malformed or contradicts another."""
