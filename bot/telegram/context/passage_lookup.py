"""Finding passages and articles by references, links and hashes."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol, TypeVar

from bot.chat.passage_ref import PassageRef, find_passage, parse_link
from bot.chat.ports import AnswerEngine
from index.answer import Passage
from index.article_text import ArticleText

__all__ = ["PassageLookup", "RunOnEngine"]

_T = TypeVar("_T")


class RunOnEngine(Protocol):
    """Calls a function with the engine in another thread."""

    def __call__(self, work: Callable[[AnswerEngine], _T], /) -> Awaitable[_T]:
        """The function's result."""


class PassageLookup:
    """Finds passages in the current index; every method raises IndexUnavailable without one."""

    def __init__(self, run_on_engine: RunOnEngine) -> None:
        """`run_on_engine` calls a function with the engine in another thread."""
        self._run = run_on_engine

    async def by_ref(self, ref: PassageRef) -> Passage | None:
        """The passage of a reference, with those of its copies that are still in the index.

        None when it is gone.
        """

        def find(engine: AnswerEngine) -> Passage | None:
            found = find_passage(engine.article(ref.article), ref)
            if found is None or not found.also_in:
                return found
            known = {info.id for info in engine.articles()}
            copies = tuple(copy for copy in found.also_in if copy.article_id in known)
            return replace(found, also_in=copies)

        return await self._run(find)

    async def by_link(self, payload: str) -> Passage | None:
        """The passage of a deep link, by its payload; None when it is gone, or it is no link."""

        def find(engine: AnswerEngine) -> Passage | None:
            ref = parse_link(payload, lambda digest: _id_of(engine.article_by_hash(digest)))
            return find_passage(engine.article(ref.article), ref) if ref else None

        return await self._run(find)

    async def article_by_hash(self, digest: str) -> ArticleText | None:
        """The article whose id has that hash (see `article_hash`); None when it is gone."""
        return await self._run(lambda engine: engine.article_by_hash(digest))


def _id_of(article: ArticleText | None) -> str | None:
    return None if article is None else article.info.id
