"""A data folder that version 0.1.0 made (commit 5744c9a), with its own code, opens and goes on.

`old_data.zip` holds three articles, two generations by the fake embedder, both caches, and a
bot.db with one answer, its buttons, ratings and settings.
"""

import zipfile
from pathlib import Path

import pytest

from bot.backend import EmbeddedBackend
from bot.chat.passage_ref import find_passage
from bot.chat.records import Comment, Preferences
from bot.operations.build import build_library, is_current
from index.engine.engine import Engine
from tests.fake_index import FakeEmbedder
from tests.source import ROOT

MADE_AT = 1_795_769_100.0  # shortly after it was made: later, answers would be purged for their age
KEY = "GjAGtHlvDeY"
OLD = ["20261127T084427Z-000-d5e6535a", "20261127T084427Z-001-578d8636"]
QUESTION = "When was the bridge opened?"


@pytest.fixture
def backend(tmp_path: Path) -> EmbeddedBackend:
    with zipfile.ZipFile(ROOT / "tests" / "old_data.zip") as archive:
        archive.extractall(tmp_path / "data")
    return EmbeddedBackend(tmp_path / "data")


@pytest.fixture
def _then(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("chat_store", "feedback_store", "rate_limit_store"):
        monkeypatch.setattr(f"bot.storage.{module}.time.time", lambda: MADE_AT)


def answers(backend: EmbeddedBackend) -> Engine:
    engine = Engine(backend.generations, FakeEmbedder())
    engine.refresh()
    assert engine.problem is None
    return engine


def test_the_library_is_whole(backend: EmbeddedBackend) -> None:
    with backend.open_library() as library:
        titles = [article.title for article in library.articles()]
        assert titles == ["The Bridge", "The Mill", "The Ferry"]
        assert library.get("the-mill").url == "https://example.org/mill"
        assert [event.what for event in library.history("the-ferry")] == ["added"]
        (source,) = library.sources()
        assert (source.name, source.articles) == ("/articles", 3)
        assert source.problem == "/articles/old.pdf: it is encrypted"
        stamp = library.last_visit("/articles/the-mill.txt")
        assert stamp is not None
        assert (stamp.etag, stamp.mark) == ("e1", "m1")


def test_it_answers_and_rebuilds_and_goes_back(backend: EmbeddedBackend) -> None:
    assert list(backend.generations.names()) == OLD
    assert list(backend.generations.damage()) == []
    assert is_current(backend, "fake")
    answer = answers(backend).ask(QUESTION)
    assert answer.answered
    assert answer.confidence == pytest.approx(0.999822770151341, abs=1e-6)
    order = [passage.article_id for passage in answer.passages]
    assert order == ["the-bridge", "the-bridge", "the-ferry", "the-mill", "the-mill"]
    embedder = FakeEmbedder()
    name, articles = build_library(backend, lambda: embedder)
    assert articles == 3
    assert embedder.embedded == []  # every vector was kept
    again = answers(backend)
    assert again.generation == name
    assert again.ask(QUESTION) == answer
    assert backend.generations.rollback() == OLD[1]
    assert answers(backend).ask(QUESTION) == answer


@pytest.mark.usefixtures("_then")
def test_buttons_and_settings_go_on_working(backend: EmbeddedBackend) -> None:
    chats = backend.open_chats()
    assert chats.chats.preferences(7) == Preferences("ru", 3, "articles", "en", 30)
    assert chats.chats.is_banned(99)
    kept = chats.chats.get_answer(KEY)
    assert kept is not None
    assert (kept.question, kept.answered, kept.message, kept.shown) == (QUESTION, True, 12, 1)
    assert chats.chats.answer_in_message(7, 12) == chats.chats.answer_to_question(7, 11) == kept
    engine = answers(backend)
    texts = []
    for ref in kept.passages:
        passage = find_passage(engine.article(ref.article), ref)
        assert passage is not None
        texts.append(passage.quote.text)
    assert texts[0] == "The old bridge was opened in 1907."
    context = chats.chats.context(7, 7)
    assert context is not None
    assert (context.question, context.article_id) == (QUESTION, "the-bridge")
    assert chats.feedback.comments(1) == [Comment("the-bridge", 0, "It is green.")]
    assert chats.feedback.statistics(1).questions == 1
    assert chats.feedback.prompt(7, 15) == (KEY, 0)
    chats.close()
