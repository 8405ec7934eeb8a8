from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from bot.chat.passage_ref import PassageRef
from bot.chat.ports import AnswerEngine
from bot.telegram.context.passage_lookup import PassageLookup
from index.answer import AlsoIn
from index.article_text import article_hash
from tests.fakes import FakeEngine, a_passage, an_article

T = TypeVar("T")
REF = PassageRef.of(a_passage())


def lookup_in(engine: AnswerEngine) -> PassageLookup:
    async def run(work: Callable[[AnswerEngine], T], /) -> T:
        return work(engine)

    return PassageLookup(run)


async def test_articles_and_links_are_found_in_the_current_generation() -> None:
    engine = FakeEngine()
    lookup = lookup_in(engine)
    for _ in range(3):
        found = await lookup.article_by_hash(article_hash("a1"))
        assert found is not None
        assert found.info.id == "a1"
        assert await lookup.article_by_hash("0" * 16) is None
        assert await lookup.by_link(REF.link) is not None
    engine.article_texts = {"new": an_article("new")}
    engine.generation = "g2"
    assert await lookup.article_by_hash(article_hash("a1")) is None
    assert await lookup.article_by_hash(article_hash("new")) is not None
    assert await lookup.by_link(REF.link) is None


async def test_copies_that_are_gone_are_not_named() -> None:
    engine = FakeEngine()
    engine.article_texts["b"] = an_article("b")
    copies = tuple(AlsoIn(name, "Copy", None, "b.md", 0) for name in ("b", "gone"))
    found = await lookup_in(engine).by_ref(replace(REF, also_in=copies))
    assert found is not None
    assert found.also_in == copies[:1]
