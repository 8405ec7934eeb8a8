"""The messages of the bot in every language.

A catalogue is one JSON file in `bot/i18n/locales`, named by the code of its language; adding a file
adds a language. Values are inserted by name in one pass, so braces in a value mean nothing. Dates
are formatted by Babel with the catalogue's `date_pattern` (in Unicode's notation: "d MMMM y").

Messages about errors are in the block `errors`, by room and code. `en.json` has no such block: the
English texts are beside the codes (`error_codes.py` in each room).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date

from corpus.errors import ErrorCode, QuotebotError, Reason, UnreadableSource, fill

__all__ = ["DEFAULT", "LOCALES", "Catalog", "catalog_for", "languages", "small_talk"]

DEFAULT = "en"
LOCALES = Path(__file__).parent / "locales"


@dataclass(frozen=True, slots=True)
class Catalog:
    """The messages of one language: `t("too_long", limit=3)` is the one named `too_long`."""

    language: str
    messages: Mapping[str, Any]

    def __call__(self, name: str, /, **values: object) -> str:
        """The message of that name with the values inserted.

        Raises KeyError when there is no such message, or a value is missing.
        """
        return fill(str(self.messages[name]), values)

    def reason(self, error: Exception | Reason) -> str:
        """The text of an error, or of a reason, in this language.

        Texts of the operating system and of libraries are not translated.
        """
        if isinstance(error, UnreadableSource):
            return f"{error.source}: {self.reason(error.reason)}"
        if isinstance(error, QuotebotError):
            return self.reason(error.reason)
        if isinstance(error, Exception):
            return str(error)
        values = {
            name: self.reason(value) if isinstance(value, Reason) else value
            for name, value in error.values.items()
        }
        return fill(self._template(error.code), values)

    def _template(self, code: ErrorCode) -> str:
        room = type(code).__module__.partition(".")[0]
        return str(self.messages.get("errors", {}).get(room, {}).get(code.name, code.value))

    def step(self, name: str) -> str:
        """The name of a step of a build; `name` is the English one."""
        return str(self.messages["steps"].get(name, name))

    def day(self, value: date) -> str:
        """A date in words, such as "27 July 2016"."""
        return format_date(value, str(self.messages["date_pattern"]), locale=self.language)

    def when(self, published: date | None, updated: date | None) -> str:
        """When an article was published, else when it was updated, else an empty string."""
        if published is not None:
            return self.day(published)
        return self("updated", day=self.day(updated)) if updated is not None else ""

    def place(self, paragraph: int, page: int | None) -> str:
        """Where in an article: its page if it has pages, else its paragraph (counted from 0)."""
        return self("page", number=page) if page else self("paragraph", number=paragraph + 1)

    def position(self, index: int, total: int) -> str:
        """Which of several passages is shown, counted from 0; empty when there is only one."""
        return self("position", number=index + 1, total=total) if total > 1 else ""

    def commands(self, *, admin: bool = False) -> list[tuple[str, str]]:
        """The menu of commands: pairs of name and description."""
        menu = dict(self.messages["commands"])
        return [*(menu | (self.messages["admin_commands"] if admin else {})).items()]


@cache
def languages() -> dict[str, str]:
    """The code of every language that has a catalogue, with the language's own name."""
    codes = sorted(path.stem for path in LOCALES.glob("*.json"))
    return {code: str(_read(code)["language_name"]) for code in codes}


@cache
def catalog_for(code: str | None) -> Catalog:
    """The catalogue for a language code such as `pt-BR`; the English one if there is no other."""
    base = (code or "").replace("_", "-").split("-")[0].lower()
    language = base if base in languages() else DEFAULT
    return Catalog(language, _read(language))


@cache
def small_talk() -> dict[str, str]:
    """Greetings and thanks in every language, each with the name of the message that replies."""
    replies = {"greetings": "greeting", "thanking": "welcome"}
    return {
        phrase: reply
        for code in languages()
        for name, reply in replies.items()
        for phrase in catalog_for(code)(name).split("|")
    }


def _read(language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((LOCALES / f"{language}.json").read_text("utf-8"))
    return found
