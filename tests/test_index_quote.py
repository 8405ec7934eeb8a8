import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.quote import LONGEST, clause_window

LONG = "; ".join(
    f"in year {n} the council, after a long debate, built bridge number {n}" for n in range(30)
)


def test_a_long_sentence_is_cut_after_a_clause() -> None:
    start, end = clause_window(LONG, 0, len(LONG))
    assert start == 0
    assert 0 < end <= LONGEST
    assert LONG[end - 1] in ";,"


@pytest.mark.parametrize("wanted", [0, 500, 1000, len(LONG) - 1])
def test_the_window_holds_the_place_that_matters(wanted: int) -> None:
    start, end = clause_window(LONG, 0, len(LONG), wanted)
    assert start <= wanted <= end
    assert end - start <= LONGEST


@given(st.text(alphabet="ab ,;。、\n—", min_size=1, max_size=1500), st.data())
def test_windows_stay_inside_and_short(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    wanted = data.draw(st.integers(start, end - 1))
    low, high = clause_window(text, start, end, wanted)
    assert start <= low <= high <= end
    assert high - low <= LONGEST
