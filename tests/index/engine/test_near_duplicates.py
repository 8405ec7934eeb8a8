"""Near-copies among candidates made by hand."""

import numpy as np

from index.engine.near_duplicates import NearDuplicates
from tests.hand_made import Given, some_candidates

STORY = "the council voted on monday to rebuild the old harbour wall"
DUPLICATES = NearDuplicates(
    some_candidates(
        Given([STORY, "so it was said"]),
        Given([f"{STORY} so it was heard"]),
        Given(["a lake"], before=[STORY], title=STORY),
        Given(["so it was said", STORY]),
    )
)


def groups(*order: int, k: int = 9) -> list[list[int]]:
    return DUPLICATES.groups(np.array(order), k)


def test_copies_join_the_first_and_keep_their_places() -> None:
    assert groups(0, 1, 2, 3) == [[0, 1, 3], [2]]
    assert groups(2, 3, 1, 0) == [[0], [1, 2, 3]]


def test_the_first_k_groups_have_all_their_copies() -> None:
    assert groups(1, 2, 0, k=1) == [[0, 2]]
    assert groups(1, 2, 0, k=0) == []


def test_a_part_of_the_order_is_compared_alone() -> None:
    assert groups(3, 2) == [[0], [1]]
    assert groups() == []
