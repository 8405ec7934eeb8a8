"""Measuring and cutting text in Telegram's units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import (
    encodable,
    fitting,
    is_link,
    one_line,
    safe_cut,
    shortened,
    utf16_length,
    window,
)

FAMILY = "👨‍👩‍👧"  # one visible character of five code points
PIECES = st.lists(
    st.sampled_from(["a", "ab. ", "Ж", " ", "\n", FAMILY, "👍🏽", "🇩🇪", "e\u0301", "。", "語"]),
    max_size=40,
)
TEXTS = PIECES.map("".join)


def is_inside_character(text: str, position: int) -> bool:
    """Whether a cut there would part one of the characters above."""
    for visible in (FAMILY, "👍🏽", "🇩🇪", "e\u0301"):
        start = text.find(visible)
        while start >= 0:
            if start < position < start + len(visible):
                return True
            start = text.find(visible, start + len(visible))
    return False


@given(TEXTS, st.integers(0, 120))
def test_what_fits_is_the_longest_beginning_that_fits(text: str, room: int) -> None:
    count = fitting(text, room)
    assert utf16_length(text[:count]) <= room
    assert count == len(text) or utf16_length(text[: count + 1]) > room


@given(TEXTS, st.data())
def test_a_cut_is_never_inside_a_character(text: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(text)))
    cut = safe_cut(text, position)
    assert cut <= position
    if is_inside_character(text, cut):  # there is nowhere else to cut but at the beginning
        assert cut == position
        assert all(is_inside_character(text, place) for place in range(1, position))


@given(TEXTS, st.integers(2, 60))
def test_shortened_text_fits_and_shows_its_cut(text: str, room: int) -> None:
    short = shortened(text, room)
    assert utf16_length(short) <= room
    assert short == text or short.endswith("…")
    assert text.startswith(short.removesuffix("…"))


@given(TEXTS, st.data(), st.integers(10, 80))
def test_a_window_fits_and_holds_the_quote_or_its_beginning(
    text: str, data: st.DataObject, room: int
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = window(text, start, end, room)
    assert 0 <= first <= start
    assert first <= last <= len(text)
    assert utf16_length(text[first:last]) <= room
    assert last >= end or (first == start and utf16_length(text[start:end]) > room - 4)


@given(st.text())
def test_one_line_can_be_sent(text: str) -> None:
    line = one_line(f"\ud800{text}")
    assert line.encode()
    assert len(line.splitlines()) == 1
    assert len(encodable(text)) == len(text)


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("https://example.org/a?b#c", True),
        ("HTTP://EXAMPLE.ORG", True),
        *(("ftp://example.org", False), ("example.org", False), ("https://", False), (None, False)),
        *(("https://example.org/a b", False), ("https://[::1]/", False)),
        ("https://example.org/" + "x" * 2_048, False),
        ("https://example.org/\u202e", False),
    ],
)
def test_links_that_telegram_accepts(address: str | None, is_one: bool) -> None:
    assert is_link(address) is is_one
