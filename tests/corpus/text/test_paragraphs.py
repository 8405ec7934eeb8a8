import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text.paragraphs import normalise, paragraphs_of, split_blocks


def paragraphs(text: str) -> list[str]:
    return paragraphs_of(split_blocks(normalise(text)))


WRAPPED = """\
The council met on Monday evening to talk about the old bridge over the
river, which has been closed since the flood. It will cost more than five
million to repair.
"""


def test_blank_lines_separate_paragraphs() -> None:
    assert paragraphs("One two.\n\nThree.\n \t\n\n\nFour.\n") == ["One two.", "Three.", "Four."]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\x85", "\u2028", "\n"])
def test_every_kind_of_line_end_counts(end: str) -> None:
    assert paragraphs(f"One.{end}{end}Two.") == ["One.", "Two."]


def test_wrapped_lines_are_joined_with_one_space() -> None:
    whole = " ".join(WRAPPED.split("\n")).strip()
    assert paragraphs(WRAPPED) == [whole]
    assert paragraphs(WRAPPED + "\n" + WRAPPED) == [whole, whole]


def test_a_wrapped_compound_keeps_its_hyphen_and_gets_no_space() -> None:
    text = WRAPPED.replace("more than five\n", "some six-\n").replace("million", "figure sums")
    assert "some six-figure sums" in paragraphs(text)[0]


def test_wrapped_chinese_gets_no_space() -> None:
    line = "市议会星期一晚上开会讨论河上的那座老桥它自从洪水以来一直关闭"
    assert paragraphs(f"{line}\n{line}\n{line}。") == [f"{line}{line}{line}。"]


def test_paragraphs_marked_by_indentation() -> None:
    indented = "   " + WRAPPED + "   " + WRAPPED
    assert len(paragraphs(indented)) == 2


def test_one_line_a_paragraph_without_blank_lines() -> None:
    text = "The first paragraph is a sentence.\nThe second is “one” more.\nIs the third?\n"
    assert paragraphs(text) == text.split("\n")[:-1]
    long = "A very long line " * 12
    assert paragraphs(f"{long}\n{long}") == [long.strip()] * 2


def test_poems_lists_and_addresses_keep_their_lines() -> None:
    poem = "The river runs below the hill,\nThe moon above is white and still,\nAnd all is well."
    address = "Town Hall\n12 High Street\nSpringfield"
    shopping = "You need:\n- flour, two cups\n- water\n- salt"
    text = f"{poem}\n\n{address}\n\n{shopping}\n\n{WRAPPED}"
    assert paragraphs(text)[:3] == [poem, address, shopping]


def test_rules_separate_and_vanish() -> None:
    assert paragraphs("One.\n-----\nTwo.\n* * *\nThree.") == ["One.", "Two.", "Three."]


def test_nothing_else_changes() -> None:
    text = "“Curly”\u00a0— a  double, so\u00adft, e\u0301, \u200bzero\t…"
    assert paragraphs(f"\ufeff{text}\n\nx\x07y") == [text, "xy"]


@given(st.lists(st.text(st.sampled_from("ab .—“\u00a0é\t\n"), max_size=90), max_size=12))
def test_only_white_space_and_rules_are_ever_lost(blocks: list[str]) -> None:
    text = "\n".join(blocks)
    kept = "".join("".join(paragraphs(text)).split())
    rules = [line for line in text.split("\n") if not set(line.split()) - {"—", "-"}]
    assert rules or kept == "".join(text.split())
