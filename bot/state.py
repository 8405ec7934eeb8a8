"""What the bot remembers between an answer and a press of its buttons."""

import secrets
from collections import OrderedDict

from index.answer import Answer

__all__ = ["AnswerStore"]


class AnswerStore:
    """The latest answers by a short random key; the least recently used go first.

    Kept in memory and used from the event loop only.
    """

    def __init__(self, capacity: int = 2_000) -> None:
        """`capacity` answers of a few kilobytes each are kept."""
        self._capacity = capacity
        self._answers: OrderedDict[str, Answer] = OrderedDict()

    def remember(self, answer: Answer) -> str:
        """Keep an answer; the key (11 characters, not guessable) fits into callback data."""
        key = secrets.token_urlsafe(8)
        self._answers[key] = answer
        while len(self._answers) > self._capacity:
            self._answers.popitem(last=False)
        return key

    def recall(self, key: str) -> Answer | None:
        """The answer under that key, or None when it is forgotten."""
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer
