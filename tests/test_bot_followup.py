"""Questions that lean on the one before, and questions that are embedded together."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from fakes import a_passage
from numpy.typing import NDArray

from index.answer import Answer, Filters
from index.followup import Context, answer_in_context, lean
from index.together import Together

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
    assert lean(question).weight > 0


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
    assert lean(question).weight == 0


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


class SlowModel:
    """Embeds a question as its length; counts the calls."""

    name = fingerprint = "slow"
    dimension = 1

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.running = threading.Lock()

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embed(texts)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        assert self.running.acquire(blocking=False)
        self.batches.append(len(texts))
        time.sleep(0.02)
        self.running.release()
        if "bad" in texts:
            raise ValueError("bad")
        return self._embed(texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self.embed_queries([text])[0]

    def for_many(self, count: int) -> "SlowModel":
        return self

    def forget_recent(self) -> None:
        pass

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[len(text)] for text in texts], dtype=np.float32)


def test_questions_at_once_share_a_batch_and_get_their_own_vector() -> None:
    model = SlowModel()
    together = Together(model)
    texts = ["x" * n for n in range(1, 41)]
    with ThreadPoolExecutor(40) as pool:
        vectors = list(pool.map(together.embed_query, texts))
    assert [int(vector[0]) for vector in vectors] == list(range(1, 41))
    assert sum(model.batches) == 40
    assert len(model.batches) < 20


def test_an_error_reaches_everybody_in_the_batch_and_nobody_later() -> None:
    together = Together(SlowModel())
    with pytest.raises(ValueError, match="bad"):
        together.embed_query("bad")
    assert together.embed_query("good")[0] == 4
    assert together.embed_passages(["ab"])[0][0] == 2
    assert (together.name, together.fingerprint, together.dimension) == ("slow", "slow", 1)
