import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.engine.quote_selection import LONGEST, clause_window

LONG = "; ".join(
    f"in year {n} the council, after a long debate, built bridge number {n + 500}"
    for n in range(30)
)
CHINESE = "，".join(f"第{n}年市议会经过长时间辩论后建造了第{n}座桥" for n in range(100, 160))


def test_without_a_match_a_long_sentence_is_cut_after_a_clause() -> None:
    start, end = clause_window(LONG, (0, len(LONG)), {}, "en")
    assert start == 0
    assert 0 < end <= LONGEST
    assert LONG[end - 1] in ";,"


@pytest.mark.parametrize("number", [0, 7, 15, 29])
def test_the_window_shows_the_match_with_what_stands_around_it(number: int) -> None:
    start, end = clause_window(LONG, (0, len(LONG)), {str(number): 3.0, "council": 0.1}, "en")
    assert f"in year {number} the council" in LONG[start:end]
    assert LONGEST / 2 < end - start <= LONGEST
    if number in (7, 15):
        match = LONG.index(f"in year {number} ")
        assert match - start > LONGEST / 5
        assert end - match > LONGEST / 5


def test_the_window_has_most_of_the_question() -> None:
    weights = {"5": 2.0, "20": 2.0, "21": 2.0}
    start, end = clause_window(LONG, (0, len(LONG)), weights, "en")
    assert "bridge number 520" in LONG[start:end]
    assert "bridge number 521" in LONG[start:end]


def test_chinese_is_cut_at_its_commas() -> None:
    start, end = clause_window(CHINESE, (0, len(CHINESE)), {"133": 2.0}, "zh")
    assert "第133座桥" in CHINESE[start:end]
    assert CHINESE[start - 1] == CHINESE[end - 1] == "，"


def test_without_clauses_words_stay_whole() -> None:
    text = " ".join(f"word{n}" for n in range(300))
    start, end = clause_window(text, (0, len(text)), {"200": 1.0}, "en")
    assert "word200" in text[start:end].split()
    assert set(text[start:end].split()) <= set(text.split())


@given(st.text(alphabet="ab ,;。、\n—", min_size=1, max_size=1500), st.data())
def test_windows_stay_inside_and_short(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    low, high = clause_window(text, (start, end), {"a": 1.0}, "en")
    assert start <= low <= high <= end
    assert high - low <= LONGEST
