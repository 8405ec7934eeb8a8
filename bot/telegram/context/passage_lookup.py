"""Finding passages and articles by references, links and hashes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Protocol, TypeVar

from bot.chat.passage_ref import PassageRef, find_passage, ids_by_hash, parse_link
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
        self._ids: tuple[str | None, Mapping[str, str]] = (None, {})

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
            ref = parse_link(payload, self._ids_by_hash(engine))
            return find_passage(engine.article(ref.article), ref) if ref else None

        return await self._run(find)

    async def article_by_hash(self, digest: str) -> ArticleText | None:
        """The article whose id has that hash (see `article_hash`); None when it is gone."""

        def find(engine: AnswerEngine) -> ArticleText | None:
            found = self._ids_by_hash(engine).get(digest)
            return engine.article(found) if found is not None else None

        return await self._run(find)

    def _ids_by_hash(self, engine: AnswerEngine) -> Mapping[str, str]:
        """The ids of all articles by their hash, computed once for each generation."""
        generation, ids = self._ids
        if generation is None or generation != engine.generation:
            generation = engine.generation
            ids = ids_by_hash(info.id for info in engine.articles())
            if generation == engine.generation:  # it may have been replaced meanwhile
                self._ids = generation, ids
        return ids
