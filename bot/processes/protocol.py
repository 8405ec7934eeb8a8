"""Messages between the bot and the processes that answer: pickled objects, through pipes.

A process sends None when it is ready, or an error when it could not load. Then it gets questions
and sends an `Answer` or an error for each, until its stdin is closed.
"""

import pickle
from dataclasses import dataclass
from typing import IO

from corpus.errors import QuotebotError
from index.answer import Answer, Filters

__all__ = ["Message", "Question", "receive", "send"]


@dataclass(frozen=True, slots=True)
class Question:
    """The arguments of `Engine.ask`."""

    text: str
    k: int
    filters: Filters | None
    crowded: bool


Message = Question | Answer | QuotebotError | None


def send(pipe: IO[bytes], message: Message) -> None:
    """Write one message. Raises BrokenPipeError when the other process has ended."""
    pickle.dump(message, pipe)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Message:
    """Read one message. Raises EOFError when the other process has ended."""
    try:
        message: Message = pickle.load(pipe)  # noqa: S301  # our own process wrote it
    except pickle.UnpicklingError as error:  # it has ended within a message
        raise EOFError from error
    return message
