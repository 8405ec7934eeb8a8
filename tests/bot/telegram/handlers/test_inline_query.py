import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.i18n.catalog import catalog_for
from corpus.errors import IndexUnavailable
from index.answer import AlsoIn, Answer
from tests.fakes import (
    FakeEngine,
    FakeRequest,
    a_passage,
    an_answer,
    an_article,
    failure,
    fake_bot,
    inline_update,
    slices,
)
from tests.reasons import a_reason

say = catalog_for("en")


def many(count: int, answered: bool = True) -> FakeEngine:
    return FakeEngine(lambda question: an_answer(count, answered, question))


def answers(request: FakeRequest) -> list[dict[str, Any]]:
    return request.named("answerInlineQuery")


async def test_ten_quotes_and_the_next_page(tmp_path: Path) -> None:
    async with fake_bot(tmp_path, many(25)) as bot:
        await bot.feed(inline_update("bridge"))
        await bot.feed(inline_update("bridge", "10"))
        await bot.feed(inline_update("bridge", "20"))
    first, second, third = answers(bot.request)
    assert [len(page["results"]) for page in (first, second, third)] == [10, 10, 5]
    assert [first["next_offset"], second["next_offset"]] == ["10", "20"]
    assert not third["next_offset"]
    assert bot.engine.counts == [11, 21, 31]
    result = first["results"][0]
    assert result["title"] == "The Old Bridge"
    assert result["description"] == "1 May 2020 · The bridge opened in 1907 🎉."
    content = result["input_message_content"]
    assert slices(content["message_text"], content["entities"])[-1] == (
        "bold",
        "The bridge opened in 1907 🎉.",
    )
    assert content["link_preview_options"] == {"is_disabled": True}
    links = [button["url"] for row in result["reply_markup"]["inline_keyboard"] for button in row]
    assert links[0].startswith("https://t.me/quotes_bot?start=q")
    assert links[1] == "https://example.org/bridge"
    assert first["cache_time"] > 0


async def test_what_is_only_near_is_called_so(tmp_path: Path) -> None:
    async with fake_bot(tmp_path, many(1, answered=False)) as bot:
        await bot.feed(inline_update("bridge"))
    (result,) = answers(bot.request)[0]["results"]
    assert result["description"].startswith(say("nearest"))
    assert result["input_message_content"]["message_text"].startswith(say("nearest"))


async def test_nothing_typed_shows_the_newest_articles(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.article_texts["b"] = an_article("b", "Undated", published=None)
    async with fake_bot(tmp_path, engine) as bot:
        await bot.feed(inline_update("  "))
    titles = [result["title"] for result in answers(bot.request)[0]["results"]]
    assert titles == ["The Old Bridge", "Undated"]


async def test_nothing_found_is_a_hint(tmp_path: Path) -> None:
    async with fake_bot(tmp_path, many(0, answered=False)) as bot:
        await bot.feed(inline_update("zebra"))
        await bot.feed(inline_update("?!"))
    for answer in answers(bot.request):
        assert answer["results"] == []
        assert answer["button"]["text"] == say("inline_nothing")


async def test_no_index_and_a_query_too_old_are_no_errors(tmp_path: Path) -> None:
    def fail(question: str) -> Answer:
        raise IndexUnavailable(a_reason("none"))

    old = failure(400, "Bad Request: query is too old and response timeout expired")
    request = FakeRequest(answerInlineQuery=[old])
    async with fake_bot(tmp_path, FakeEngine(fail), request) as bot:
        await bot.feed(inline_update("zebra"))
    assert answers(request)[0]["button"]["text"] == say("inline_trouble")
    assert request.named("sendMessage") == []


async def test_only_the_last_of_what_is_typed_is_answered(tmp_path: Path) -> None:
    async with fake_bot(tmp_path, many(1), debounce=0.05) as bot:
        typed = [inline_update("b"), inline_update("br"), inline_update("bridge")]
        await asyncio.gather(*(bot.feed(update) for update in typed))
    assert bot.engine.questions == ["bridge"]
    assert len(answers(bot.request)) == 1


async def test_an_answer_is_cached_until_the_index_changes(tmp_path: Path) -> None:
    async with fake_bot(tmp_path, many(1)) as bot:
        for _ in range(2):
            await bot.feed(inline_update("bridge"))
        bot.engine.generation = "g2"
        await bot.feed(inline_update("bridge"))
    assert len(bot.engine.questions) == 2


async def test_a_closed_bot_shows_nothing_inline(tmp_path: Path) -> None:
    async with fake_bot(tmp_path, allowed_ids=(8,)) as bot:
        await bot.feed(inline_update("bridge"))
    (answer,) = answers(bot.request)
    assert answer["results"] == []
    assert answer["button"]["text"] == say("inline_closed")


async def test_a_cut_quote_and_its_copies_are_shown_as_such(tmp_path: Path) -> None:
    passage = a_passage(also_in=(AlsoIn("b", "The Same Bridge", None, "b.md", 0),))
    quote = replace(passage.quote, cut_before=True)
    passage = replace(passage, quote=quote)
    engine = FakeEngine(lambda question: Answer(question, True, 1.0, (passage,)))
    async with fake_bot(tmp_path, engine) as bot:
        await bot.feed(inline_update("bridge"))
    (result,) = answers(bot.request)[0]["results"]
    assert result["description"].endswith(" · … The bridge opened in 1907 🎉.")
    posted = result["input_message_content"]["message_text"]
    assert posted.endswith(f"\n{say('also_in')} The Same Bridge")


async def test_a_passage_without_address_or_quote(tmp_path: Path) -> None:
    passage = a_passage("Some text.", "Some text.", url=None, title="")
    engine = FakeEngine(lambda question: Answer(question, True, 1.0, (passage,)))
    async with fake_bot(tmp_path, engine) as bot:
        await bot.feed(inline_update("bridge"))
    (result,) = answers(bot.request)[0]["results"]
    assert result["title"] == say("untitled")
    assert len(result["reply_markup"]["inline_keyboard"][0]) == 1
