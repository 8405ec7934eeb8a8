"""The keyboard of /settings, and what its buttons change."""

from collections.abc import Sequence
from dataclasses import replace

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.chat.records import DEFAULT_PASSAGES, Preferences
from bot.i18n.catalog import Catalog, languages
from bot.telegram.views.callback_data import Action, CallbackData

__all__ = ["apply_setting", "settings_keyboard"]

_PASSAGES = (3, 5, 7, 10)
_DAYS = ((0, "any_age"), (365, "last_year"), (30, "last_month"))
_MOST_LANGUAGES = 6  # buttons in a row
_AUTOMATIC = "auto"
_ANY = "any"


def settings_keyboard(
    t: Catalog, chosen: Preferences, article_languages: Sequence[str]
) -> InlineKeyboardMarkup:
    """A row for each setting; the chosen value of each is marked."""
    own = {_AUTOMATIC: t("automatic"), **languages()}
    codes = [_ANY, *article_languages[:_MOST_LANGUAGES]]
    rows = [
        _row("lang", own, chosen.language or _AUTOMATIC),
        _row("k", {str(k): str(k) for k in _PASSAGES}, str(chosen.passages or DEFAULT_PASSAGES)),
        _row(
            "of",
            {code: t("any_language") if code == _ANY else code for code in codes},
            chosen.article_language or _ANY,
        ),
        _row("days", {str(days): t(name) for days, name in _DAYS}, str(chosen.days or 0)),
    ]
    return InlineKeyboardMarkup(rows)


def apply_setting(preferences: Preferences, field: str, value: str) -> Preferences | None:
    """The preferences after a press of `s:FIELD:VALUE`; None when there is no such button."""
    if field == "lang" and (value == _AUTOMATIC or value in languages()):
        return replace(preferences, language=None if value == _AUTOMATIC else value)
    if field == "k" and value in map(str, _PASSAGES):
        return replace(preferences, passages=int(value))
    if field == "of" and (value == _ANY or (value.isalpha() and len(value) <= 3)):
        return replace(preferences, article_language=None if value == _ANY else value)
    if field == "days" and value in {str(days) for days, _ in _DAYS}:
        return replace(preferences, days=int(value) or None)
    return None


def _row(field: str, choices: dict[str, str], chosen: str) -> list[InlineKeyboardButton]:
    return [
        InlineKeyboardButton(
            f"✓ {text}" if value == chosen else text,
            callback_data=CallbackData.of(Action.CHANGE_SETTING, field, value).pack(),
        )
        for value, text in choices.items()
    ]
