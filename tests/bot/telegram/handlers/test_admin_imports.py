"""What admins send, from the web page to the quote, over real HTTP and with the real engine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.backend import EmbeddedBackend
from bot.operations.build import build_library
from corpus.place_result import ReadOptions
from index.engine.engine import Engine
from index.progress import ProgressCallback
from index.storage.generation_store import EmbeddedStore
from tests.bot_api import BotApi
from tests.fake_index import FakeEmbedder
from tests.fakes import ADMIN, PRIVATE
from tests.served import eventually, say, served
from tests.web_server import Site, serving

pytestmark = pytest.mark.usefixtures("log")  # which looks for secrets and questions in all of it
ROOT = {"from": ADMIN, "chat": {**PRIVATE, "id": ADMIN["id"]}}
HERE = ReadOptions(allow_private=True, pause=0)
PAGE = """<html><head><title>The mill burned down</title></head><body><article>
<h1>The mill burned down</h1><p>The old mill of Grauwald burned down in the night to Sunday, and
nobody was hurt, because the miller had gone to a wedding in the next village.</p>
<p>It had stood there since 1742, and the council wants to build it anew within two years, with the
money of the insurance.</p></article></body></html>"""


@pytest.fixture
def site() -> Site:
    with serving() as found:
        yield found


@asynccontextmanager
async def library_bot(
    telegram: BotApi, data: Path, reading: ReadOptions | None = None
) -> AsyncIterator[None]:
    """A bot whose library is empty and whose builds are real, but for the model."""
    engine = Engine(EmbeddedStore(data), FakeEmbedder(), threshold=0)

    async def build(step: ProgressCallback) -> str:
        name, _ = await asyncio.to_thread(build_library, EmbeddedBackend(data), FakeEmbedder, step)
        return name

    async with served(
        telegram.base_url,
        engine,
        build=build,
        reading=reading,
        admin_ids=(ADMIN["id"],),
        quotebot_data=data,
    ):
        yield


async def reply_to(telegram: BotApi, sent: int, beginning: str) -> str:
    """What the bot's reply to a message says, as soon as it begins so."""

    def found() -> str:
        texts = [
            message["text"]
            for message in telegram.messages.values()
            if (message.get("reply_parameters") or {}).get("message_id") == sent
        ]
        return next((text for text in texts if text.startswith(beginning)), "")

    await eventually(found)
    return found()


def live() -> str:
    return say("import_done", added=1, changed=0, unchanged=0, skipped=0)


async def test_a_link_becomes_quotes(telegram: BotApi, site: Site, tmp_path: Path) -> None:
    address = site.page("/mill", PAGE)
    async with library_bot(telegram, tmp_path, HERE):
        sent = telegram.write("When did the mill burn down?")
        assert await reply_to(telegram, sent, say("no_index"))
        sent = telegram.write(address, person=ADMIN["id"], **ROOT)
        assert await reply_to(telegram, sent, live())
        sent = telegram.write("Why was nobody hurt in the night to Sunday?")
        answer = await reply_to(telegram, sent, "The mill burned down")
        assert "127.0.0.1 · ¶ 1" in answer
        assert "burned down in the night to Sunday" in answer
    assert [path for path, _ in site.asked] == ["/robots.txt", "/mill"]


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/", "http://localhost/", "http://10.0.0.1/", "http://[::1]/"]
)
async def test_a_link_to_a_private_address_is_refused_politely(
    telegram: BotApi, tmp_path: Path, address: str
) -> None:
    async with library_bot(telegram, tmp_path):
        sent = telegram.write(address, person=ADMIN["id"], **ROOT)
        said = await reply_to(telegram, sent, say("import_nothing", reason=""))
        assert "a private address" in said


async def test_a_link_to_a_port_of_this_machine_is_not_asked(
    telegram: BotApi, site: Site, tmp_path: Path
) -> None:
    address = site.page("/admin", PAGE)
    async with library_bot(telegram, tmp_path):
        sent = telegram.write(address, person=ADMIN["id"], **ROOT)
        assert await reply_to(telegram, sent, say("import_nothing", reason=""))
    assert site.asked == []


async def test_a_forwarded_post_becomes_quotes(telegram: BotApi, tmp_path: Path) -> None:
    channel = {"id": -1001, "type": "channel", "title": "News", "username": "millnews"}
    origin = {"type": "channel", "date": 1_469_577_600, "chat": channel, "message_id": 12}
    text = "The mill burned down\n\nNobody was hurt, because the miller had gone to a wedding."
    async with library_bot(telegram, tmp_path):
        sent = telegram.write(text, person=ADMIN["id"], forward_origin=origin, **ROOT)
        assert await reply_to(telegram, sent, live())
        sent = telegram.write("Why was nobody hurt?")
        answer = await reply_to(telegram, sent, "The mill burned down\n27 July 2016 · t.me")
        assert "the miller had gone to a wedding" in answer


async def test_a_document_becomes_quotes_and_a_newer_one_replaces_it(
    telegram: BotApi, tmp_path: Path
) -> None:
    async with library_bot(telegram, tmp_path):
        for year in ("1742", "1743"):
            content = f"The mill\n\nIt has stood there since {year}.\n".encode()
            sent = telegram.upload("mill.txt", content, person=ADMIN["id"], **ROOT)
            await reply_to(telegram, sent, "Live: ")
            sent = telegram.write(f"Since when has it stood there? {year}")
            assert year in await reply_to(telegram, sent, "The mill\n")
