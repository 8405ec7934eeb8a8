import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.views.callback_data import Action, CallbackData

FIELDS = st.lists(
    st.text("abcXYZ019_-", max_size=40), min_size=1, max_size=4
)  # longer ones Telegram would refuse

SENT = [  # one line at least for each action
    ("p:dGhpc19pcw:2", Action.SHOW_PASSAGE, ("dGhpc19pcw", "2")),
    ("m:KEY:2:1", Action.SHOW_SURROUNDINGS, ("KEY", "2", "1")),
    ("n:KEY", Action.SHOW_NEAREST, ("KEY",)),
    ("o:KEY:2", Action.SEND_PASSAGE, ("KEY", "2")),
    ("g:KEY:2", Action.RATE_GOOD, ("KEY", "2")),
    ("b:KEY:2", Action.RATE_BAD, ("KEY", "2")),
    ("r:KEY:2:w", Action.GIVE_REASON, ("KEY", "2", "w")),
    ("a:0123456789abcdef:0", Action.SHOW_ARTICLE, ("0123456789abcdef", "0")),
    ("a:HASH:page:3", Action.SHOW_ARTICLE, ("HASH", "page", "3")),
    ("l:0", Action.LIST_ARTICLES, ("0",)),
    ("s:lang:ru", Action.CHANGE_SETTING, ("lang", "ru")),
    ("f:yes", Action.FORGET, ("yes",)),
    ("d:0", Action.IMPORT_DETAILS, ("0",)),
]


@given(st.sampled_from(Action), FIELDS)
def test_what_is_packed_is_parsed(action: Action, fields: list[str]) -> None:
    data = CallbackData.of(action, *fields)
    assert CallbackData.parse(data.pack()) == data


@pytest.mark.parametrize(("text", "action", "fields"), SENT)
def test_buttons_that_were_sent_long_ago_keep_their_meaning(
    text: str, action: Action, fields: tuple[str, ...]
) -> None:
    assert CallbackData.parse(text) == CallbackData(action, fields)


def test_the_letter_of_every_button_is_kept_for_ever() -> None:
    assert {action for _, action, _ in SENT} == set(Action)


@pytest.mark.parametrize(
    "text",
    ["", "p", "z:1", "p:", "P:KEY:1", "p:KEY:1:2:3:4", "p:a b", "p:é", "p:KEY\n", "x" * 64, None],
)
def test_anything_else_is_not_ours(text: str | None) -> None:
    parsed = CallbackData.parse(text)
    assert parsed is None or text == "p:"  # an empty field, which no answer has


@pytest.mark.parametrize(
    ("field", "number"), [("7", 7), ("99999", 99_999), ("100000", 0), ("-1", 0), ("x", 0), ("", 0)]
)
def test_numbers_are_small_and_not_negative(field: str, number: int) -> None:
    data = CallbackData.of(Action.SHOW_PASSAGE, "KEY", field)
    assert data.number(1) == number
    assert data.number(2) == 0
