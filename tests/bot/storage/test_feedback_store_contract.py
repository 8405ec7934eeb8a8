import time

import pytest

from bot.chat.passage_ref import PassageRef
from bot.chat.ports import BotStorage
from bot.chat.records import Comment, Rating
from tests.fakes import a_passage

REF = PassageRef.of(a_passage())


def test_statistics(storage: BotStorage) -> None:
    feedback = storage.feedback
    for number in range(20):
        feedback.record_question(7, "x" * 400 if number else None, number % 2 == 0, number)
    feedback.set_rating("k1", 7, 0, REF, Rating.GOOD)
    feedback.set_rating("k1", 8, 0, REF, Rating.WRONG)
    feedback.set_rating("k1", 8, 0, REF, Rating.OTHER)
    feedback.add_comment("k1", 8, 0, "because")
    statistics = feedback.statistics(30)
    assert (statistics.questions, statistics.answered, statistics.good) == (20, 10, 1)
    assert statistics.bad == {"other": 1}
    assert (statistics.slowest, statistics.p95) == (19, 19)
    assert {len(text) for text in feedback.unanswered_questions(30)} == {300}


def test_nothing_happened_yet(storage: BotStorage) -> None:
    statistics = storage.feedback.statistics(30)
    assert (statistics.questions, statistics.answered, statistics.good) == (0, 0, 0)
    assert (statistics.slowest, statistics.p95) == (0, 0)
    assert not statistics.bad


def test_questions_come_in_order_and_old_ones_do_not_count(
    storage: BotStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    feedback, now = storage.feedback, time.time()
    for days, text, milliseconds in ((3, "old", 9), (0.2, "first", 1), (0.1, "second", 2)):
        monkeypatch.setattr("time.time", lambda days=days: now - days * 86_400)
        feedback.record_question(7, text, False, milliseconds)
    feedback.record_question(7, None, False, 50)
    monkeypatch.setattr("time.time", lambda: now)
    assert feedback.unanswered_questions(1) == ["first", "second"]
    assert feedback.slowest_questions(1, 1) == [(2, "second")]
    assert feedback.statistics(1).questions == 3


def test_a_comment_belongs_to_a_rating(storage: BotStorage) -> None:
    feedback = storage.feedback
    feedback.add_comment("k1", 7, 0, "lost: nothing was rated")
    feedback.set_rating("k1", 7, 0, REF, Rating.OTHER)
    feedback.add_comment("k1", 7, 0, "x" * 2_000)
    assert feedback.comments(1) == [Comment(REF.article, REF.paragraph, "x" * 1_000)]


def test_a_prompt_is_found_by_its_message(storage: BotStorage) -> None:
    storage.feedback.set_prompt(7, 901, "k1", 2)
    assert storage.feedback.prompt(7, 901) == ("k1", 2)
    assert storage.feedback.prompt(8, 901) is storage.feedback.prompt(7, 902) is None
