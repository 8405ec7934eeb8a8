"""Questions that lean on the one before."""

import pytest

from index.answer import Answer, Filters
from index.engine.follow_up import Context, answer_in_context, context_dependence
from tests.fakes import a_passage

CONTEXT = Context("When did the bridge open?", "a1", 2, "The Old Bridge")


@pytest.mark.parametrize(
    "question",
    [
        "and when?",
        "And who paid for it?",
        "when did he say that?",
        "what about the cost?",
        "why?",
        "How long is it?",
        "а когда это было?",
        "И кто его построил?",
        "почему?",
        "und wann war das?",
        "¿cuándo?",
    ],
)
def test_what_leans(question: str) -> None:
    assert context_dependence(question).weight > 0


@pytest.mark.parametrize(
    "question",
    [
        "When did the Harrow Bridge reopen?",
        "Why do leaves change colour in autumn?",
        "Who won the mayoral election in Tellingford?",
        "Когда открыли трамвайную линию в Бережанске?",
        "How much did repairs of the bridge cost?",
    ],
)
def test_what_stands_alone(question: str) -> None:
    assert context_dependence(question).weight == 0


class Asked:
    """Answers from the last article with `near`, from all with `plain` (confidences)."""

    def __init__(self, near: float, plain: float) -> None:
        self.calls: list[tuple[str, Filters | None]] = []
        self._near, self._plain = near, plain

    def __call__(self, question: str, k: int, filters: Filters | None) -> Answer:
        self.calls.append((question, filters))
        inside = filters is not None and filters.article is not None
        confidence = self._near if inside else self._plain
        passage = a_passage(article_id="a1" if inside else "b2", paragraph=0)
        return Answer(question, confidence >= 0.5, confidence, (passage,))


def test_a_follow_up_is_answered_from_the_article_before() -> None:
    ask = Asked(near=0.8, plain=0.9)
    answer = answer_in_context(ask, "and who paid for it?", CONTEXT, 5)
    assert [p.article_id for p in answer.passages] == ["a1", "b2"]
    assert answer.question == "and who paid for it?"
    assert ask.calls[1] == ("who paid for it?", Filters(article="a1"))


def test_a_question_without_words_of_its_own_takes_those_before() -> None:
    ask = Asked(near=0.8, plain=0.1)
    answer_in_context(ask, "and when was that?", CONTEXT, 5)
    assert ask.calls[1][0] == "when was that? When did the bridge open?"


def test_a_better_answer_elsewhere_wins_when_the_question_hardly_leans() -> None:
    assert answer_in_context(Asked(0.2, 0.9), "ducks swim where?", CONTEXT, 5).passages[
        0
    ].article_id == ("b2")


@pytest.mark.parametrize(
    ("question", "context", "filters"),
    [
        ("and who paid for it?", None, None),
        ("When did the Harrow Bridge reopen?", CONTEXT, None),
        ("and who paid for it?", CONTEXT, Filters(article="c3")),
    ],
)
def test_what_needs_no_context_is_asked_once(
    question: str, context: Context | None, filters: Filters | None
) -> None:
    ask = Asked(0.9, 0.9)
    answer_in_context(ask, question, context, 5, filters)
    assert ask.calls == [(question, filters)]


def test_filters_go_along() -> None:
    ask = Asked(0.9, 0.1)
    answer_in_context(ask, "and who paid for it?", CONTEXT, 5, Filters(language="en"))
    assert ask.calls[1][1] == Filters(language="en", article="a1")
