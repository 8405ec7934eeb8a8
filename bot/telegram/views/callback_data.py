"""The data of a button, which Telegram sends back when the button is pressed.

It is the letter of an action and its fields, joined by colons, at most 64 bytes. Old messages still
carry it, so letters and the order of fields never change:

    p:KEY:2      passage 2 of the answer KEY, in place       o:KEY:2    the same, as a new message
    m:KEY:2:1    the same with a paragraph around it         n:KEY      the nearest passages
    g:KEY:2      good    b:KEY:2  bad: why?                  r:KEY:2:w  bad, because wrong
    a:HASH:0     page 0 of an article, as a new message      a:HASH:page:0    the same, in place
    l:0          page 0 of the articles                      d:0        details of an import
    s:FIELD:X    a setting                                   f:yes      forget me

`Handlers.buttons` in `bot.telegram.application` says which method takes each action.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Action", "CallbackData"]

_DATA = re.compile(r"([a-z])((?::[A-Za-z0-9_-]{0,40}){1,4})\Z", re.ASCII)
_LONGEST_NUMBER = 5  # digits


class Action(StrEnum):
    """What a button does; the value is its letter."""

    SHOW_PASSAGE = "p"
    SEND_PASSAGE = "o"
    SHOW_SURROUNDINGS = "m"
    SHOW_NEAREST = "n"
    RATE_GOOD = "g"
    RATE_BAD = "b"
    GIVE_REASON = "r"
    SHOW_ARTICLE = "a"
    LIST_ARTICLES = "l"
    CHANGE_SETTING = "s"
    FORGET = "f"
    IMPORT_DETAILS = "d"


@dataclass(frozen=True, slots=True)
class CallbackData:
    """An action and its fields."""

    action: Action
    fields: tuple[str, ...]

    @classmethod
    def of(cls, action: Action, *fields: object) -> "CallbackData":
        """Data whose fields are the texts of the given values."""
        return cls(action, tuple(map(str, fields)))

    @classmethod
    def parse(cls, data: str | None) -> "CallbackData | None":
        """The data in a string that `pack` wrote; None for any other string."""
        found = _DATA.match(data or "")
        if found is None or found[1] not in set(Action):
            return None
        return cls(Action(found[1]), tuple(found[2][1:].split(":")))

    def pack(self) -> str:
        """The string for a button, at most 64 bytes for the fields above."""
        return ":".join((self.action, *self.fields))

    def field(self, index: int) -> str:
        """The field at `index`, empty when there is none."""
        return self.fields[index] if 0 <= index < len(self.fields) else ""

    def number(self, index: int) -> int:
        """The field at `index` as a number from 0; 0 when it is no number."""
        text = self.field(index)
        return int(text) if text.isdecimal() and len(text) <= _LONGEST_NUMBER else 0
