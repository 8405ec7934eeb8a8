"""Building in a process of its own; a small program stands in for the build."""

import sys
from pathlib import Path

import pytest

from bot.error_codes import Code
from bot.processes.build_subprocess import build_in_child
from corpus.errors import QuotebotError

PROGRAM = (sys.executable, "-m", "tests.building_program")


def no_step(*_: object) -> None:
    pass


async def test_steps_and_the_name_of_the_generation_come_back(tmp_path: Path) -> None:
    steps = []
    build = build_in_child(tmp_path, "any", PROGRAM)
    assert await build(lambda *step: steps.append(step)) == "g2"
    assert steps == [("Checking", 1, 2)]


async def test_an_error_keeps_its_code(tmp_path: Path) -> None:
    with pytest.raises(QuotebotError, match="the build ended with no reply in time") as caught:
        await build_in_child(tmp_path, "fail", PROGRAM)(no_step)
    assert caught.value.reason == Code.BUILD_ENDED(status=Code.NO_REPLY_IN_TIME())


async def test_a_build_that_dies_says_how(tmp_path: Path) -> None:
    with pytest.raises(QuotebotError, match="the build ended with 3"):
        await build_in_child(tmp_path, "die", PROGRAM)(no_step)


async def test_while_another_process_builds_it_is_tried_again(tmp_path: Path) -> None:
    assert await build_in_child(tmp_path, "busy twice", PROGRAM, pause=0)(no_step) == "g2"
    assert (tmp_path / "starts").read_text() == "3"
