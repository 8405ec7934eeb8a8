"""What the index withstands: a few cases of each fault of `benchmarks.faults`."""

import pytest

from benchmarks.faults import (
    bots,
    builders,
    disk,
    flips,
    kills,
    pointers,
    power,
    removal,
    swaps,
)
from benchmarks.faults.scene import Outcome


def survived(outcome: Outcome) -> bool:
    """Whether something was tried and nothing went wrong; pytest shows what did."""
    assert outcome.cases
    assert not outcome.bad
    return True


@pytest.mark.parametrize("scene", power.SCENES)
def test_lost_power_leaves_the_old_index_or_the_new(scene: str) -> None:
    assert survived(power.replay(scene, power.SCENES[scene], seed=0, draws=1))


@pytest.mark.parametrize("mutant", power.MUTANTS)
def test_lost_power_finds_out_a_careless_writer(mutant: str) -> None:
    assert survived(power.caught(mutant, 0, 1, [power.next_build]))


def test_kill_9_leaves_the_last_good_generation_and_the_next_build_completes() -> None:
    assert survived(kills.kill_at_each_step("", (1, 2, 20, 27, 28, 30, 31, 33, 34, 35)))


def test_an_add_that_is_killed_can_be_repeated() -> None:
    assert survived(kills.kill_at_random("", kills.adding, 2, seed=0))


def test_a_flipped_byte_is_found_and_never_quoted() -> None:
    assert survived(flips.flip("", 48, seed=0))


@pytest.mark.parametrize("work", [disk.rebuild, disk.build_anew, disk.add])
def test_a_full_disk_is_told_in_one_line_and_changes_nothing(work: disk.Work) -> None:
    assert survived(disk.full("", work, sizes=4))


def test_from_a_read_only_folder_people_are_answered() -> None:
    assert survived(disk.read_only())


def test_whatever_current_says_a_whole_generation_serves() -> None:
    assert survived(pointers.nonsense())


def test_an_engine_outlives_its_files_and_takes_up_the_next_build() -> None:
    assert survived(pointers.vanished())


def test_generations_follow_each_other_whatever_the_time() -> None:
    assert survived(pointers.clock())


def test_the_second_builder_is_refused_until_the_first_is_done_or_dead() -> None:
    assert survived(builders.at_once("", 1))


def test_a_builder_without_a_lock_would_be_noticed() -> None:
    with builders.no_lock():
        assert builders.at_once("", 1).bad


def test_readers_never_see_an_error_or_a_mixed_answer_while_generations_swap() -> None:
    assert survived(swaps.swap("", readers=2, swaps=5))


@pytest.mark.parametrize("case", [removal.removed, removal.changed, removal.kept])
def test_removed_text_is_nowhere_after_the_next_build(case) -> None:  # type: ignore[no-untyped-def]
    assert survived(case())


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.parametrize("fault", [bots.taken_away, bots.read_only])
def test_a_running_bot_answers_on_and_never_with_a_traceback(fault) -> None:  # type: ignore[no-untyped-def]
    assert survived(fault(1))
