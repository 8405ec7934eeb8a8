"""A reason for errors whose text does not matter to a test."""

from corpus.errors import ErrorCode, Reason

__all__ = ["a_reason"]


class FakeCode(ErrorCode):
    """A code of no room."""

    ANY = "{text}"


def a_reason(text: str) -> Reason:
    """A reason that is `text` in every language."""
    return FakeCode.ANY(text=text)
