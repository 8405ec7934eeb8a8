import time
from collections.abc import Callable

import pytest

from bot.chat.passage_ref import PassageRef
from bot.chat.ports import BotStorage
from bot.chat.records import ANSWER_DAYS, CONTEXT_MINUTES, Preferences, Rating
from index.answer import AlsoIn
from index.engine.follow_up import Context
from tests.fakes import a_passage

REF = PassageRef.of(a_passage())
CONTEXT = Context("When?", "a1", 2, "The Old Bridge")


def test_everything_outlives_a_restart(open_storage: Callable[[], BotStorage]) -> None:
    wanted = Preferences("ru", 3, "example.org", "en", 30)
    storage = open_storage()
    chats = storage.chats
    chats.set_preferences(7, wanted)
    key = chats.save_answer(7, 7, 41, "When?", True, (REF, REF))
    chats.set_message(key, 900)
    chats.set_position(key, 1)
    chats.set_context(7, 7, CONTEXT)
    assert chats.toggle_ban(8) is True
    storage.close()
    storage = open_storage()
    chats = storage.chats
    assert chats.preferences(7) == wanted
    assert chats.preferences(9) == Preferences()
    saved = chats.get_answer(key)
    assert saved is not None
    assert (saved.passages, saved.shown, saved.question) == ((REF, REF), 1, "When?")
    assert (saved.key, saved.chat, saved.person, saved.asked, saved.message, saved.answered) == (
        *(key, 7, 7, 41, 900),
        True,
    )
    assert chats.answer_to_question(7, 41) == chats.answer_in_message(7, 900) == saved
    assert chats.answer_to_question(8, 41) is None
    assert chats.context(7, 7) == CONTEXT
    assert chats.context(-70, 7) is None
    assert chats.is_banned(8)
    assert chats.toggle_ban(8) is False
    assert not chats.is_banned(8)
    storage.close()


def test_what_is_old_goes(storage: BotStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    chats = storage.chats
    key = chats.save_answer(7, 7, 41, "When?", True, (REF,))
    chats.set_context(7, 7, CONTEXT)
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + CONTEXT_MINUTES * 60 + 1)
    assert chats.context(7, 7) is None
    chats.purge()
    assert chats.get_answer(key) is not None
    monkeypatch.setattr("time.time", lambda: now + ANSWER_DAYS * 86_400 + 1)
    chats.purge()
    assert chats.get_answer(key) is None


def test_forgetting_leaves_no_trace_of_a_person(storage: BotStorage) -> None:
    chats, feedback = storage.chats, storage.feedback
    key = chats.save_answer(7, 7, 41, "my private question", True, (REF,))
    chats.set_message(key, 900)
    chats.set_context(7, 7, CONTEXT)
    chats.set_preferences(7, Preferences("ru"))
    feedback.set_rating(key, 7, 0, REF, Rating.WRONG)
    feedback.add_comment(key, 7, 0, "my private comment")
    feedback.set_prompt(7, 901, key, 0)
    feedback.record_question(7, "my private question", False, 5)
    other = chats.save_answer(8, 8, 42, "theirs", True, (REF,))
    chats.forget(7)
    assert chats.get_answer(key) is None
    assert chats.answer_to_question(7, 41) is chats.answer_in_message(7, 900) is None
    assert chats.get_answer(other) is not None
    assert chats.preferences(7) == Preferences()
    assert chats.context(7, 7) is None
    assert feedback.prompt(7, 901) is None
    assert (feedback.comments(1), feedback.unanswered_questions(1)) == ([], [])
    statistics = feedback.statistics(1)
    assert (statistics.questions, statistics.bad) == (0, {})


def test_a_ban_outlives_forgetting(storage: BotStorage) -> None:
    storage.chats.toggle_ban(7)
    storage.chats.forget(7)
    assert storage.chats.is_banned(7)


def test_a_group_that_moves_takes_its_settings_along(storage: BotStorage) -> None:
    chats = storage.chats
    chats.set_preferences(-70, Preferences("ru"))
    chats.set_context(-70, 7, CONTEXT)
    chats.move_chat(-70, -100_70)
    assert chats.preferences(-100_70).language == "ru"
    assert chats.preferences(-70) == Preferences()
    assert chats.context(-100_70, 7) == CONTEXT
    assert chats.context(-70, 7) is None


def test_the_newest_answer_to_a_question_counts(
    storage: BotStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats, now = storage.chats, time.time()
    for second, question in enumerate(("When?", "Where?")):
        monkeypatch.setattr("time.time", lambda second=second: now + second)
        chats.set_message(chats.save_answer(7, 7, 41, question, True, (REF,)), 900)
    for answer in (chats.answer_to_question(7, 41), chats.answer_in_message(7, 900)):
        assert answer is not None
        assert answer.question == "Where?"


def test_a_context_can_be_deleted(storage: BotStorage) -> None:
    storage.chats.set_context(7, 7, CONTEXT)
    storage.chats.set_context(7, 7, None)
    assert storage.chats.context(7, 7) is None


def test_a_unit_of_work_is_done_whole_or_not_at_all(storage: BotStorage) -> None:
    chats, feedback = storage.chats, storage.feedback

    def fail() -> None:
        with chats.unit_of_work():
            chats.set_preferences(7, Preferences("ru"))
            with chats.unit_of_work():
                feedback.record_question(7, "When?", True, 5)
            assert chats.preferences(7) == Preferences("ru")
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  # it is ours
        fail()
    assert chats.preferences(7) == Preferences()
    assert feedback.statistics(1).questions == 0
    with chats.unit_of_work():
        chats.set_preferences(7, Preferences("de"))
    assert chats.preferences(7) == Preferences("de")


def test_any_text_can_be_saved(storage: BotStorage) -> None:
    ref = PassageRef("a\ud83d", 0, "k", 0, 1, (AlsoIn("b", "x\ud83d", None, "b.txt", 0),), (0, 1))
    key = storage.chats.save_answer(7, 7, None, "half \ud83d", True, (ref,))
    storage.chats.set_context(7, 7, Context("half \ud83d", "a", 0, "\udf89"))
    saved = storage.chats.get_answer(key)
    assert saved is not None
    assert saved.question.startswith("half ")
    assert saved.passages == (ref,)
    assert (saved.passages[0].also_in, saved.passages[0].answer) == (ref.also_in, ref.answer)
    assert storage.chats.context(7, 7) is not None
