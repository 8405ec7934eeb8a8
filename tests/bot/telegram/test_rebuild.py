"""The real engine under the bot: a rebuild during a conversation, a restart before a press."""

import asyncio
from pathlib import Path
from typing import Any

from bot.i18n.catalog import catalog_for
from corpus import Article
from index.engine.engine import Engine
from index.indexing.builder import build
from index.storage.generation_store import EmbeddedStore
from tests.fake_index import FakeEmbedder, an_article
from tests.fakes import buttons, fake_bot, message_update, press_update

say = catalog_for("en")
BRIDGE = an_article(
    "The bridge",
    "The bridge over the river was closed in winter.",
    "The bridge opened in 1907, and people danced on the bridge.",
    "A ferry served the town before the bridge.",
)
KETTLE = an_article("The kettle", "Boil the kettle with vinegar to descale the kettle.")


def publish(data: Path, *articles: Article) -> None:
    build(articles, "r", FakeEmbedder(), data)


async def test_a_rebuild_and_a_restart_during_a_conversation(tmp_path: Path) -> None:
    publish(tmp_path, BRIDGE, KETTLE)
    engine: Any = Engine(EmbeddedStore(tmp_path), FakeEmbedder(), threshold=0)
    engine.refresh()
    async with fake_bot(tmp_path, engine) as bot:
        sent = await bot.ask("When did people dance on the bridge?")
        assert "1907" in sent["text"]
        under = buttons(sent)
        first = engine.generation

        moved = an_article("The bridge", "Something new.", *(p.text for p in BRIDGE.paragraphs))
        asking = asyncio.gather(
            *(
                bot.feed(message_update(f"When did bridge {n} open?", message_id=100 + n))
                for n in range(10)
            )
        )
        await asyncio.to_thread(publish, tmp_path, moved)
        await asyncio.to_thread(engine.refresh)
        await asking
        assert engine.generation != first
        assert len(bot.request.named("sendMessage")) == 11

        await bot.feed(press_update(under[say("more")]))
        assert "¶ 3" in bot.request.named("editMessageText")[-1]["text"]
        share = under[say("share")].partition("start=")[2]
        assert "1907" in (await bot.ask(f"/start {share}", message_id=200))["text"]
    again: Any = Engine(EmbeddedStore(tmp_path), FakeEmbedder(), threshold=0)
    again.refresh()
    async with fake_bot(tmp_path, again) as bot:
        await bot.feed(press_update(under["👍"]))
        assert bot.request.named("answerCallbackQuery")[-1]["text"] == say("thanks")
        publish(tmp_path, KETTLE)
        again.refresh()
        await bot.feed(press_update(under[say("more")]))
        assert bot.request.named("answerCallbackQuery")[-1]["text"] == say("gone")
