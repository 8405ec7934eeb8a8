"""A cache of answers, and a count of the questions that are being answered."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from index.answer import Answer, Filters
from index.engine.follow_up import Context

__all__ = ["AnswerCache", "Load", "QuestionKey"]

_MOST = 512  # answers, a few kilobytes each
_CROWD = 2  # questions at once; with more, the reader model is skipped to save time


@dataclass(frozen=True, slots=True)
class QuestionKey:
    """Everything that an answer depends on; `generation` is the name of the index."""

    generation: str | None
    question: str
    k: int
    filters: Filters | None
    context: Context | None


class AnswerCache:
    """The answers used last, in the memory of one process; only for use in the event loop."""

    def __init__(self) -> None:
        """No answer yet."""
        self._answers: OrderedDict[QuestionKey, Answer] = OrderedDict()

    def get(self, key: QuestionKey) -> Answer | None:
        """The answer to that question, if it is still there."""
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def put(self, key: QuestionKey, answer: Answer) -> None:
        """Keep an answer; when the cache is full, drop the one used least recently."""
        self._answers[key] = answer
        while len(self._answers) > _MOST:
            self._answers.popitem(last=False)


class Load:
    """Counts the questions that are being answered in this process."""

    def __init__(self) -> None:
        """No question waits."""
        self._waiting = 0

    @contextmanager
    def question(self) -> Iterator[None]:
        """Count a question while the block runs."""
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    @property
    def is_crowded(self) -> bool:
        """Whether so many questions wait that each should be answered in less time."""
        return self._waiting > _CROWD
