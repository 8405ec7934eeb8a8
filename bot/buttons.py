"""The buttons under an answer, and what Telegram sends back when one is pressed."""

import re

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot import words

__all__ = ["PAGING", "paging", "parse_paging"]

PAGING = re.compile(r"p:([A-Za-z0-9_-]{1,40}):(\d{1,4})\Z", re.ASCII)


def paging(key: str, index: int, total: int) -> InlineKeyboardMarkup | None:
    """Previous and next passage of the remembered answer `key`; none when there is only one."""
    row = []
    if index > 0:
        row.append(InlineKeyboardButton(words.PREVIOUS, callback_data=f"p:{key}:{index - 1}"))
    if index + 1 < total:
        row.append(InlineKeyboardButton(words.NEXT, callback_data=f"p:{key}:{index + 1}"))
    return InlineKeyboardMarkup([row]) if row else None


def parse_paging(data: str) -> tuple[str, int]:
    """Key of the answer and index of its passage; no answer has the empty key."""
    found = PAGING.match(data)
    return (found[1], int(found[2])) if found else ("", 0)
