"""The buttons under the bot's messages, and what Telegram sends back when one is pressed.

Data is a letter and fields, joined by colons, 64 bytes at most:

    p:KEY:2      passage 2 of the answer KEY, in place       o:KEY:2    the same, as a new message
    m:KEY:2:1    the same with a paragraph around it         n:KEY      the nearest passages
    g:KEY:2      good    b:KEY:2  bad: why?                  r:KEY:2:w  bad, because wrong
    a:HASH:0     page 0 of an article                        l:0        page 0 of the sources
    s:FIELD:X    a setting                                   f:yes      forget me
"""

import re
from collections.abc import Sequence
from urllib.parse import quote

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.chat.passage_ref import PassageRef, article_hash
from bot.i18n.catalog import Catalog
from bot.storage.feedback_store import REASONS

__all__ = [
    "PRESS",
    "bad",
    "deep_link",
    "forgetting",
    "link_under",
    "nearest",
    "numbers",
    "pager",
    "under",
]

PRESS = re.compile(r"([a-z])((?::[A-Za-z0-9_-]{0,40}){1,4})\Z", re.ASCII)
WIDEST = 3
"""Paragraphs that "more context" shows before and after, at most."""

_LINK = re.compile(r"[?&]start=(q\w+)\Z", re.ASCII)

_Row = list[InlineKeyboardButton]


def _button(text: str, *data: object) -> InlineKeyboardButton:
    return InlineKeyboardButton(text, callback_data=":".join(map(str, data)))


def deep_link(username: str, place: PassageRef) -> str:
    """The address that opens the bot and shows that very passage."""
    return f"https://t.me/{username}?start={place.link}"


def link_under(message: Message | None) -> str | None:
    """The payload of the deep link among the buttons of a message, if there is one."""
    markup = message.reply_markup if message is not None else None
    for row in markup.inline_keyboard if markup is not None else ():
        for button in row:
            found = _LINK.search(button.url or "")
            if found:
                return found[1]
    return None


def under(
    t: Catalog,
    key: str,
    index: int,
    places: Sequence[PassageRef],
    *,
    username: str,
    url: str | None,
    around: int = 0,
) -> InlineKeyboardMarkup:
    """What stands under a passage; `around` paragraphs of context are in sight already."""
    turn: _Row = []
    if index > 0:
        turn.append(_button(t("previous"), "p", key, index - 1))
    if index + 1 < len(places):
        turn.append(_button(t("next"), "p", key, index + 1))
    read: _Row = []
    if around < WIDEST:
        read.append(_button(t("more"), "m", key, index, around + 1))
    if around:
        read.append(_button(t("less"), "p", key, index))
    place = places[index]
    read.append(
        InlineKeyboardButton(t("open"), url=url)
        if url
        else _button(t("open"), "a", article_hash(place.article), 0)
    )
    share = f"https://t.me/share/url?url={quote(deep_link(username, place), safe=':/?=')}"
    judge: _Row = [
        InlineKeyboardButton(t("share"), url=share),
        _button("👍", "g", key, index),
        _button("👎", "b", key, index),
    ]
    return InlineKeyboardMarkup([row for row in (turn, read, judge) if row])


def nearest(t: Catalog, key: str) -> InlineKeyboardMarkup:
    """Under "no answer"."""
    return InlineKeyboardMarkup([[_button(t("show_nearest"), "n", key)]])


def bad(t: Catalog, key: str, index: int) -> InlineKeyboardMarkup:
    """Why was it bad?"""
    whys = [_button(t(f"why_{name}"), "r", key, index, c) for c, name in REASONS.items()]
    return InlineKeyboardMarkup([whys[:2], whys[2:], [_button(t("back"), "p", key, index)]])


def numbers(
    entries: Sequence[tuple[int, Sequence[object]]], *below: _Row
) -> InlineKeyboardMarkup | None:
    """A number for each entry of a list, with the data that opens it, five in a row."""
    buttons = [_button(str(number), *data) for number, data in entries]
    rows = [buttons[i : i + 5] for i in range(0, len(buttons), 5)] + [row for row in below if row]
    return InlineKeyboardMarkup(rows) if rows else None


def pager(t: Catalog, page: int, pages: int, *data: object) -> _Row:
    """Previous and next page; the page number is the last field of the data."""
    row: _Row = []
    if page > 0:
        row.append(_button(t("previous"), *data, page - 1))
    if page + 1 < pages:
        row.append(_button(t("next"), *data, page + 1))
    return row


def forgetting(t: Catalog) -> InlineKeyboardMarkup:
    """Really?"""
    yes, no = _button(t("forget_yes"), "f", "yes"), _button(t("forget_no"), "f", "no")
    return InlineKeyboardMarkup([[yes, no]])
