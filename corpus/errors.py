"""Every error that quotebot raises on purpose, and the reasons that they carry.

    QuotebotError            one line for the admin: what, where, what to do
    ├── UnreadableSource     a file or line that cannot become an article
    ├── LibraryError         the library of articles cannot be opened, read or written
    ├── ArticleNotFound      no article, or several, with an id that begins so
    ├── IndexUnavailable     no generation to answer from (none built, damaged, or another model's)
    ├── BuildInProgress      another process is building the index
    ├── ModelUnavailable     the embedding model cannot be loaded
    └── SettingsError        a setting is missing or makes no sense

An error carries a `Reason`: a code and its parameters. Words are made of it where people read it:
in English by `str`, in a chat in the reader's language by `bot.i18n.catalog`. The codes of a room
are in its `error_codes.py`. The root lives in the lowest room so that every room can raise and
catch it.
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
    """The template with each `{name}` replaced by its value; braces in a value mean nothing.

    Raises KeyError when a value is missing.
    """
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), template)


def placeholders(template: str) -> set[str]:
    """The names in braces of a template."""
    return set(_PLACEHOLDER.findall(template))


class ErrorCode(Enum):
    """Base of the codes of every room.

    The name of a member is the code, which never changes once released; its value is the English
    text, with parameters in braces. `Code.TOO_LARGE(mib=64)` is a `Reason`.
    """

    def __call__(self, **values: object) -> "Reason":
        """This code with its parameters. Raises TypeError unless they are those of the text."""
        if values.keys() != placeholders(self.value):
            raise TypeError(f"{self.name} takes {sorted(placeholders(self.value))}")
        return Reason(self, values)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something failed; `str` gives it in English. A parameter may be a reason itself."""

    code: ErrorCode
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """The reason in English, in one line."""
        return fill(self.code.value, self.values)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, which `from_dict` takes back."""
        values = {
            name: value.to_dict() if isinstance(value, Reason) else str(value)
            for name, value in self.values.items()
        }
        return {"code": self.code.name, "values": values}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Reason":
        """Take back what `to_dict` gave; raises KeyError for a code that no loaded room has."""
        codes = {code.name: code for room in ErrorCode.__subclasses__() for code in room}
        values = {
            name: cls.from_dict(value) if isinstance(value, Mapping) else value
            for name, value in plain["values"].items()
        }
        return cls(codes[plain["code"]], values)


class QuotebotError(Exception):
    """Root of the tree; `str` is one line in English for the admin."""

    def __init__(self, reason: Reason) -> None:
        """Take the reason."""
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        """The reason in English."""
        return str(self.reason)


class UnreadableSource(QuotebotError):
    """A source (or one place in it) cannot become an article."""

    def __init__(self, source: str, reason: Reason) -> None:
        """Name the source, and say why."""
        super().__init__(reason)
        self.args = (source, reason)  # what a copy in another process is made of
        self.source = source

    def __str__(self) -> str:
        """The source and the reason, in English."""
        return f"{self.source}: {self.reason}"


class LibraryError(QuotebotError):
    """The library of articles cannot be opened, read or written."""


class ArticleNotFound(QuotebotError):
    """No article has an id, or more than one has an id that begins so."""


class IndexUnavailable(QuotebotError):
    """There is no generation to answer from: none built, damaged, or built with another model."""


class BuildInProgress(QuotebotError):
    """Another process is building the index; the reason's `holder` says which."""


class ModelUnavailable(QuotebotError):
    """The embedding model cannot be loaded."""


class SettingsError(QuotebotError):
    """A setting is missing, malformed or contradicts another."""
