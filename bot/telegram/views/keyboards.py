"""The buttons under the bot's messages."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.chat.passage_ref import PassageRef
from bot.chat.records import Rating
from bot.i18n.catalog import Catalog
from bot.telegram.views.callback_data import Action, CallbackData
from bot.text import is_link
from index.article_text import article_hash

__all__ = [
    "BAD_REASONS",
    "MOST_SURROUNDINGS",
    "answer_keyboard",
    "deep_link",
    "deep_link_in",
    "details_keyboard",
    "forget_keyboard",
    "nearest_keyboard",
    "number_keyboard",
    "page_row",
    "reason_keyboard",
]

MOST_SURROUNDINGS = 3
"""How many paragraphs "more context" shows before and after the passage, at most."""
BAD_REASONS: Mapping[str, Rating] = {
    "w": Rating.WRONG,
    "o": Rating.OUTDATED,
    "i": Rating.INCOMPLETE,
    "x": Rating.OTHER,
}
"""Why a quote was bad, by the letter in a button's data."""

_LINK = re.compile(r"[?&]start=(q\w+)\Z", re.ASCII)

_Row = list[InlineKeyboardButton]


def _button(text: str, action: Action, *fields: object) -> InlineKeyboardButton:
    return InlineKeyboardButton(text, callback_data=CallbackData.of(action, *fields).pack())


def deep_link(username: str, ref: PassageRef) -> str:
    """The address that opens the bot and shows a passage."""
    return f"https://t.me/{username}?start={ref.link}"


def deep_link_in(message: Message | None) -> str | None:
    """The payload of the deep link in a button of a message, if there is one."""
    markup = message.reply_markup if message is not None else None
    for row in markup.inline_keyboard if markup is not None else ():
        for button in row:
            found = _LINK.search(button.url or "")
            if found:
                return found[1]
    return None


def answer_keyboard(
    t: Catalog,
    key: str,
    index: int,
    refs: Sequence[PassageRef],
    *,
    username: str,
    url: str | None,
    surroundings: int = 0,
) -> InlineKeyboardMarkup:
    """Buttons under passage `index` (from 0), shown with `surroundings` paragraphs around it.

    `url` is the article's address; if it is no link for Telegram, the button that opens the
    article shows it in the chat. `username` is the bot's.
    """
    turn: _Row = []
    if index > 0:
        turn.append(_button(t("previous"), Action.SHOW_PASSAGE, key, index - 1))
    if index + 1 < len(refs):
        turn.append(_button(t("next"), Action.SHOW_PASSAGE, key, index + 1))
    read: _Row = []
    if surroundings < MOST_SURROUNDINGS:
        read.append(_button(t("more"), Action.SHOW_SURROUNDINGS, key, index, surroundings + 1))
    if surroundings:
        read.append(_button(t("less"), Action.SHOW_PASSAGE, key, index))
    ref = refs[index]
    read.append(
        InlineKeyboardButton(t("open"), url=url)
        if is_link(url)
        else _button(t("open"), Action.SHOW_ARTICLE, article_hash(ref.article), 0)
    )
    share = f"https://t.me/share/url?url={quote(deep_link(username, ref), safe=':/?=')}"
    rate: _Row = [
        InlineKeyboardButton(t("share"), url=share),
        _button("👍", Action.RATE_GOOD, key, index),
        _button("👎", Action.RATE_BAD, key, index),
    ]
    return InlineKeyboardMarkup([row for row in (turn, read, rate) if row])


def nearest_keyboard(t: Catalog, key: str) -> InlineKeyboardMarkup:
    """The button under "no answer", which shows the nearest passages."""
    button = _button(t("show_nearest"), Action.SHOW_NEAREST, key)
    return InlineKeyboardMarkup([[button]])


def reason_keyboard(t: Catalog, key: str, index: int) -> InlineKeyboardMarkup:
    """Buttons with reasons why passage `index` of the answer `key` was bad."""
    reasons = [
        _button(t(f"why_{rating}"), Action.GIVE_REASON, key, index, letter)
        for letter, rating in BAD_REASONS.items()
    ]
    back = _button(t("back"), Action.SHOW_PASSAGE, key, index)
    return InlineKeyboardMarkup([reasons[:2], reasons[2:], [back]])


def number_keyboard(
    entries: Sequence[tuple[int, CallbackData]], *below: _Row
) -> InlineKeyboardMarkup | None:
    """A button for each entry of a list, five in a row; `entries` are numbers and button data."""
    buttons = [
        InlineKeyboardButton(str(number), callback_data=data.pack()) for number, data in entries
    ]
    rows = [buttons[i : i + 5] for i in range(0, len(buttons), 5)] + [row for row in below if row]
    return InlineKeyboardMarkup(rows) if rows else None


def page_row(t: Catalog, page: int, pages: int, action: Action, *fields: object) -> _Row:
    """Buttons for the page before and after `page` (from 0), the last field of their data."""
    row: _Row = []
    if page > 0:
        row.append(_button(t("previous"), action, *fields, page - 1))
    if page + 1 < pages:
        row.append(_button(t("next"), action, *fields, page + 1))
    return row


def forget_keyboard(t: Catalog) -> InlineKeyboardMarkup:
    """Buttons that confirm or cancel /forget."""
    yes = _button(t("forget_yes"), Action.FORGET, "yes")
    no = _button(t("forget_no"), Action.FORGET, "no")
    return InlineKeyboardMarkup([[yes, no]])


def details_keyboard(t: Catalog) -> InlineKeyboardMarkup:
    """The button under the report of an import, which sends the details."""
    return InlineKeyboardMarkup([[_button(t("import_details"), Action.IMPORT_DETAILS, 0)]])
