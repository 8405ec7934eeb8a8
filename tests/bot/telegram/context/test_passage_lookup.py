from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from bot.chat.passage_ref import PassageRef
from bot.chat.ports import AnswerEngine
from bot.telegram.context.passage_lookup import PassageLookup
from index.answer import AlsoIn
from index.article_text import ArticleInfo, article_hash
from tests.fakes import FakeEngine, a_passage, an_article

T = TypeVar("T")
REF = PassageRef.of(a_passage())


class Counting(FakeEngine):
    """An engine that counts how often all its articles were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.listed = 0

    def articles(self) -> list[ArticleInfo]:
        self.listed += 1
        return super().articles()


def lookup_in(engine: AnswerEngine) -> PassageLookup:
    async def run(work: Callable[[AnswerEngine], T], /) -> T:
        return work(engine)

    return PassageLookup(run)


async def test_ids_are_hashed_once_for_each_generation() -> None:
    engine = Counting()
    lookup = lookup_in(engine)
    for _ in range(3):
        found = await lookup.article_by_hash(article_hash("a1"))
        assert found is not None
        assert found.info.id == "a1"
        assert await lookup.article_by_hash("0" * 16) is None
        assert await lookup.by_link(REF.link) is not None
    assert engine.listed == 1
    engine.article_texts = {"new": an_article("new")}
    engine.generation = "g2"
    assert await lookup.article_by_hash(article_hash("a1")) is None
    assert await lookup.article_by_hash(article_hash("new")) is not None
    assert await lookup.by_link(REF.link) is None
    assert engine.listed == 2


async def test_without_a_generation_nothing_is_kept() -> None:
    engine = Counting()
    engine.generation = None
    lookup = lookup_in(engine)
    for _ in range(2):
        assert await lookup.article_by_hash(article_hash("a1")) is not None
    assert engine.listed == 2


async def test_copies_that_are_gone_are_not_named() -> None:
    engine = FakeEngine()
    engine.article_texts["b"] = an_article("b")
    copies = tuple(AlsoIn(name, "Copy", None, "b.md", 0) for name in ("b", "gone"))
    found = await lookup_in(engine).by_ref(replace(REF, also_in=copies))
    assert found is not None
    assert found.also_in == copies[:1]
