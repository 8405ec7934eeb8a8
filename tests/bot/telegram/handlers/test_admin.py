"""What admins send and ask for."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.chat.passage_ref import PassageRef
from bot.chat.records import Rating
from bot.i18n.catalog import catalog_for
from bot.processes.build_subprocess import build_in_child
from corpus import Library
from corpus.errors import QuotebotError
from index.error_codes import Code
from index.progress import ProgressCallback
from tests.fakes import (
    ADMIN,
    ANN,
    PRIVATE,
    FakeEngine,
    FakeRequest,
    a_passage,
    an_answer,
    fake_bot,
    message_update,
    press_update,
)
from tests.reasons import a_reason

say = catalog_for("en")
ROOT = {"from": ADMIN, "chat": {**PRIVATE, "id": 99}}
DOCUMENT = {"file_id": "f1", "file_unique_id": "u1", "file_name": "../../etc/Bridge news.txt"}
CHANNEL = {"id": -1001, "type": "channel", "title": "News", "username": "news"}
ORIGIN = {"type": "channel", "date": 1_469_577_600, "chat": CHANNEL, "message_id": 12}


class Files(FakeRequest):
    """Also serves files."""

    def __init__(self, content: bytes = b"", **results: object) -> None:
        file = {"file_id": "f1", "file_unique_id": "u1", "file_path": "documents/1.txt"}
        super().__init__(getFile=file, sendDocument=self._message(), **results)
        self.content = content

    @staticmethod
    def _message() -> dict[str, Any]:
        return {"message_id": 901, "date": 0, "chat": PRIVATE}

    async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        if "/file/" in url:
            return 200, self.content
        return await super().do_request(url, *args, **kwargs)


class Told(Files):
    """Keeps what a document says that was sent."""

    told = ""

    async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        data = kwargs.get("request_data") or (args[1] if len(args) > 1 else None)
        if url.endswith("sendDocument"):
            ((_, content, _),) = data.multipart_data.values()
            self.told = content.decode()
        return await super().do_request(url, *args, **kwargs)


class Builder:
    """Stands in for the child process."""

    def __init__(self, error: QuotebotError | None = None) -> None:
        self.builds = 0
        self._error = error

    async def __call__(self, step: ProgressCallback) -> str:
        self.builds += 1
        step("Embedding", 1, 2)
        await asyncio.sleep(0.05)
        if self._error is not None:
            raise self._error
        return "g2"


def edits(request: FakeRequest) -> list[str]:
    return [edit["text"] for edit in request.named("editMessageText")]


async def test_a_document_is_imported_built_and_told_about(tmp_path: Path) -> None:
    build, request = Builder(), Files(b"Bridge opens\n\nIt opened in 1907. People danced.\n")
    async with fake_bot(tmp_path, request=request, build=build, admin_ids=(99,)) as bot:
        await bot.feed(message_update(document=DOCUMENT, **ROOT))
        assert bot.engine.refreshed.is_set()
        await bot.feed(press_update("d:0", **{"from": ADMIN}))
    assert build.builds == 1
    first = request.named("sendMessage")[0]["text"]
    assert first == say("import_reading", name="../../etc/Bridge news.txt")
    assert edits(request)[-1] == say("import_done", added=1, changed=0, unchanged=0, skipped=0)
    assert (tmp_path / "inbox" / "Bridge_news.txt").exists()
    with Library.open(tmp_path / "library.db") as library:
        (article,) = library.articles()
    assert article.title == "Bridge opens"
    assert len(request.named("sendDocument")) == 1


async def test_what_a_reader_left_out_is_told_on_request(tmp_path: Path) -> None:
    page = b"""<html><body><nav><a href=/>Home</a> <a href=/a>All our news</a></nav><article>
    <h1>Bridge opens</h1><p>The bridge of the town opened in 1907, and people danced on it for a
    whole night, because nobody had believed that it would ever be finished.</p><p>It was closed for
    a year after that, since the paint had to dry, and then it opened again.</p></article></body>"""
    request = Told(page)
    async with fake_bot(tmp_path, request=request, build=Builder(), admin_ids=(99,)) as bot:
        document = {**DOCUMENT, "file_name": "bridge.html"}
        await bot.feed(message_update(document=document, **ROOT))
        await bot.feed(press_update("d:0", **{"from": ADMIN}))
        await bot.feed(press_update("d:0"))
    assert request.named("answerCallbackQuery")[-1]["text"] == say("forgotten")
    assert "added" in request.told
    assert "left out: " in request.told
    assert "All our news" in request.told


async def test_the_same_again_builds_nothing(tmp_path: Path) -> None:
    build, request = Builder(), Files(b"Bridge opens\n\nIt opened in 1907.\n")
    async with fake_bot(tmp_path, request=request, build=build, admin_ids=(99,)) as bot:
        for number in (1, 2):
            await bot.feed(message_update(document=DOCUMENT, **ROOT, message_id=number))
    assert build.builds == 1
    assert edits(request)[-1] == say("import_unchanged", unchanged=1, skipped=0)


async def test_a_forwarded_post_becomes_an_article(tmp_path: Path) -> None:
    build, request = Builder(), Files()
    text = "The bridge is open.\n\nIt was closed for a year."
    async with fake_bot(tmp_path, request=request, build=build, admin_ids=(99,)) as bot:
        await bot.feed(message_update(text, forward_origin=ORIGIN, **ROOT))
    with Library.open(tmp_path / "library.db") as library:
        (article,) = library.articles()
    assert article.url == article.source == "https://t.me/news/12"
    assert str(article.published) == "2016-07-27"
    assert [p.text for p in article.paragraphs][-1] == "It was closed for a year."


async def test_a_forwarded_post_is_imported_whatever_it_says(tmp_path: Path) -> None:
    request = Files()
    async with fake_bot(tmp_path, request=request, build=Builder(), admin_ids=(99,)) as bot:
        for number, text in enumerate(("/ban 7", "/remove a1\n\nSo said the manual.")):
            await bot.feed(message_update(text, forward_origin=ORIGIN, message_id=number, **ROOT))
        assert not bot.bot.services.chats.is_banned(7)
    with Library.open(tmp_path / "library.db") as library:
        assert "So said the manual." in [p.text for a in library.articles() for p in a.paragraphs]


async def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    request = Files(b"")
    async with fake_bot(tmp_path, request=request, build=Builder(), admin_ids=(99,)) as bot:
        await bot.feed(message_update(document=DOCUMENT, **ROOT))
        huge = {**DOCUMENT, "file_size": 30_000_000}
        await bot.feed(message_update(document=huge, **ROOT, message_id=2))
    assert edits(request)[0].startswith(say("import_nothing", reason=""))
    assert edits(request)[1] == say("import_too_big")


async def test_an_admin_reads_reasons_in_their_own_language(tmp_path: Path) -> None:
    russian, ivan = catalog_for("ru"), {"from": {**ADMIN, "language_code": "ru"}}
    broken = Code.BUILD_DIFFERS()
    build, request = Builder(QuotebotError(broken)), Told(b"%PDF-1.7 but no more")
    async with fake_bot(tmp_path, request=request, build=build, admin_ids=(99,)) as bot:
        document = {**DOCUMENT, "file_name": "bridge.pdf"}
        await bot.feed(message_update(document=document, **ROOT | ivan))
        assert edits(request)[-1].startswith("Не удалось ничего прочитать: повреждённый PDF (")
        await bot.feed(press_update("d:0", **ivan))
        assert f"skipped  {tmp_path}/inbox/bridge.pdf: повреждённый PDF (" in request.told
        removed = await bot.ask("/remove zzz", **ROOT | ivan)
        assert removed["text"] == "нет статьи с id 'zzz': см. quotebot list"
        status = await bot.ask("/status", **ROOT | ivan)
        assert status["text"].endswith("Неполадка: индекса пока нет: запустите `quotebot build`")
        await bot.feed(message_update("/reindex", **ROOT | ivan, message_id=9))
    assert edits(request)[-1] == russian("import_failed", reason=russian.reason(broken))
    assert "построенный индекс не читается" in edits(request)[-1]


async def test_a_build_tells_its_steps_in_the_language_of_the_admin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram.handlers.admin_imports._EDIT_EVERY", 0.01)
    async with fake_bot(tmp_path, build=Builder(), admin_ids=(99,)) as bot:
        ivan = {"from": {**ADMIN, "language_code": "ru"}}
        await bot.feed(message_update("/reindex", **ROOT | ivan))
    assert "Строю индекс: векторы 50% …" in edits(bot.request)


async def test_a_build_that_fails_is_said_and_costs_nothing(tmp_path: Path) -> None:
    build, request = Builder(QuotebotError(a_reason("the disk is full"))), Files(b"News\n\nText.\n")
    async with fake_bot(tmp_path, request=request, build=build, admin_ids=(99,)) as bot:
        await bot.feed(message_update(document=DOCUMENT, **ROOT))
        await bot.ask("When?", **ROOT, message_id=3)
    assert edits(request)[-1] == say("import_failed", reason="the disk is full")
    assert bot.engine.questions == ["When?"]


async def test_everybody_elses_documents_are_declined(tmp_path: Path) -> None:
    async with fake_bot(tmp_path, admin_ids=(99,)) as bot:
        await bot.feed(message_update(document=DOCUMENT))
        assert bot.request.named("sendMessage")[-1]["text"] == say("declined")
        await bot.feed(message_update("https://example.org/a", message_id=5))
    assert bot.engine.questions == ["https://example.org/a"]


async def test_builds_that_wait_are_done_once(tmp_path: Path) -> None:
    build = Builder()
    async with fake_bot(tmp_path, build=build, admin_ids=(99,)) as bot:
        await asyncio.gather(
            *(bot.feed(message_update("/reindex", **ROOT, message_id=n)) for n in range(1, 6))
        )
    assert build.builds < 5
    assert edits(bot.request).count(say("reindex_done", name="g1")) == 5


async def test_remove_and_status(tmp_path: Path) -> None:
    build, request = Builder(), Files(b"Bridge opens\n\nIt opened in 1907.\n")
    async with fake_bot(tmp_path, request=request, build=build, admin_ids=(99,)) as bot:
        await bot.feed(message_update(document=DOCUMENT, **ROOT))
        with Library.open(tmp_path / "library.db") as library:
            (entry,) = library.find()
        assert "Articles: 1" in (await bot.ask("/status", **ROOT))["text"]
        assert (await bot.ask("/remove", **ROOT))["text"] == say("remove_usage")
        assert "no article with id" in (await bot.ask("/remove zzz", **ROOT))["text"]
        await bot.ask(f"/remove {entry.id}", **ROOT)
        assert say("removed", title="Bridge opens") in [
            sent["text"] for sent in request.named("sendMessage")
        ]
        with Library.open(tmp_path / "library.db") as library:
            assert len(library) == 0
    assert build.builds == 2


async def test_stats_with_a_file_of_the_unanswered(tmp_path: Path) -> None:
    engine = FakeEngine(lambda q: an_answer(1, q == "What opened in 1907?", q))
    async with fake_bot(tmp_path, engine, Told(), admin_ids=(99,)) as bot:
        for number, question in enumerate(("What opened in 1907?", "Where is it?", "where is it")):
            await bot.ask(question, message_id=number + 1)
        feedback = bot.bot.services.feedback
        feedback.set_rating("key", 7, 0, PassageRef.of(a_passage()), Rating.OTHER)
        feedback.add_comment("key", 7, 0, "Another\nbridge")
        text = (await bot.ask("/stats", **ROOT))["text"]
    assert "Questions: 3\nAnswered: 33%" in text
    (sent,) = bot.request.named("sendDocument")
    assert sent["caption"] == say("stats_file")
    told = bot.request.told
    assert told.startswith(f"{say('stats_unanswered')}\n\n2 × Where is it?")
    assert f"{say('stats_slowest')}\n\n" in told
    assert " ms  What opened in 1907?\n" in told
    assert told.endswith(f"{say('stats_comments')}\n\na1 ¶ 3: Another bridge\n")


async def test_ban(tmp_path: Path) -> None:
    async with fake_bot(tmp_path, admin_ids=(99,)) as bot:
        assert (await bot.ask("/ban me", **ROOT))["text"] == say("ban_usage")
        assert (await bot.ask("/ban 99", **ROOT))["text"] == say("ban_admin")
        assert (await bot.ask("/ban 7", **ROOT))["text"] == say("banned", id=7)
        await bot.ask("When?")
        assert bot.engine.questions == []
        assert (await bot.ask("/ban 7", **ROOT))["text"] == say("unbanned", id=7)
        await bot.ask("When?")
        assert bot.engine.questions == ["When?"]


@pytest.mark.parametrize(
    "text", ["https://example.org/a b", "see https://example.org", "ftp://example.org"]
)
async def test_a_link_among_words_is_a_question(tmp_path: Path, text: str) -> None:
    async with fake_bot(tmp_path, admin_ids=(99,), build=Builder()) as bot:
        await bot.ask(text, **ROOT)
    assert bot.engine.questions == [text]


async def test_the_child_says_what_went_wrong(tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    (tmp_path / "library.db").write_text("no library")
    build = build_in_child(tmp_path, "/no/such/model")
    with pytest.raises(QuotebotError) as caught:
        await build(lambda *step: steps.append(step))
    assert "not a library of articles" in str(caught.value)
    assert json.dumps(steps)


async def test_an_admin_is_known_by_id_alone(tmp_path: Path) -> None:
    async with fake_bot(tmp_path, admin_ids=(99,)) as bot:
        fake = {**ANN, "first_name": "Root", "username": "root"}
        assert (await bot.ask("/stats", **{"from": fake}))["text"] == say("admin_only")
