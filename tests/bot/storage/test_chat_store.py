import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.passage_ref import PassageRef, find_place, parse_link
from bot.chat.rate_limits import Bucket, Verdict, take
from bot.storage.chat_store import ANSWER_DAYS, CONTEXT_MINUTES, Preferences, State
from bot.storage.feedback_store import GOOD, Records
from bot.storage.schema import StateError
from bot.telegram.views.settings_keyboard import changed
from index.answer import AlsoIn, Span
from index.article_text import ArticleText
from index.engine.follow_up import Context
from tests.fakes import a_passage, an_article

PLACE = PassageRef.of(a_passage())
CONTEXT = Context("When?", "a1", 2, "The Old Bridge")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


def test_everything_outlives_a_restart(path: Path) -> None:
    wanted = Preferences("ru", 3, "example.org", "en", 30)
    with State(path) as state:
        state.prefer(7, wanted)
        key = state.remember(7, 7, 41, "When?", True, (PLACE, PLACE))
        state.sent(key, 900)
        state.turned(key, 1)
        state.talked(7, 7, CONTEXT)
        assert state.ban(8) is True
    with State(path) as state:
        assert state.preferences(7) == wanted
        assert state.preferences(9) == Preferences()
        kept = state.recall(key)
        assert kept is not None
        assert (kept.places, kept.shown, kept.question) == ((PLACE, PLACE), 1, "When?")
        assert state.answer_to(7, 41) == state.answer_in(7, 900) == kept
        assert state.answer_to(8, 41) is None
        assert state.context(7, 7) == CONTEXT
        assert state.context(-70, 7) is None
        assert state.is_banned(8)
        assert state.ban(8) is False


def test_what_is_old_goes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with State(path) as state:
        key = state.remember(7, 7, 41, "When?", True, (PLACE,))
        state.talked(7, 7, CONTEXT)
        now = time.time()
        monkeypatch.setattr(
            "bot.storage.chat_store.time.time", lambda: now + CONTEXT_MINUTES * 60 + 1
        )
        assert state.context(7, 7) is None
        state.tidy()
        assert state.recall(key) is not None
        monkeypatch.setattr(
            "bot.storage.chat_store.time.time", lambda: now + ANSWER_DAYS * 86_400 + 1
        )
        state.tidy()
        assert state.recall(key) is None


def test_forgetting_leaves_no_trace_of_a_person(path: Path) -> None:
    with State(path) as state:
        records = Records(state)
        key = state.remember(7, 7, 41, "my private question", True, (PLACE,))
        state.talked(7, 7, CONTEXT)
        state.prefer(7, Preferences("ru"))
        records.judge(key, 7, 0, PLACE, "wrong")
        records.prompt(7, 901, key, 0)
        records.asked(7, "my private question", True, 5)
        other = state.remember(8, 8, 42, "theirs", True, (PLACE,))
        state.forget(7)
        assert state.recall(key) is None
        assert state.recall(other) is not None
        for table in ("preferences", "answers", "contexts", "feedback", "prompts", "questions"):
            column = "chat" if table in ("preferences", "prompts") else "person"
            assert state.rows(f"SELECT 1 FROM {table} WHERE {column} = 7") == []  # noqa: S608


def test_a_group_that_moves_takes_its_settings_along(path: Path) -> None:
    with State(path) as state:
        state.prefer(-70, Preferences("ru"))
        state.move_chat(-70, -100_70)
        assert state.preferences(-100_70).language == "ru"
        assert state.preferences(-70) == Preferences()


def test_figures(path: Path) -> None:
    with State(path) as state:
        records = Records(state)
        for number in range(20):
            records.asked(7, "x" * 400 if number else None, number % 2 == 0, number)
        records.judge("k1", 7, 0, PLACE, GOOD)
        records.judge("k1", 8, 0, PLACE, "wrong")
        records.judge("k1", 8, 0, PLACE, "other")
        records.comment("k1", 8, 0, "because")
        figures = records.figures(30)
        assert (figures.questions, figures.answered, figures.good) == (20, 10, 1)
        assert figures.reasons == {"other": 1}
        assert (figures.slowest, figures.p95) == (19, 19)
        assert {len(text) for text in records.unanswered(30)} == {300}


def test_a_bucket_warns_once_and_fills_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr("bot.chat.rate_limits.time.time", lambda: now)
    bucket = Bucket(2, 10.0)
    with State(path) as state:
        verdicts = [take(state, "p", bucket) for _ in range(4)]
        assert verdicts == [Verdict.GO, Verdict.GO, Verdict.WARN, Verdict.SILENT]
        assert take(state, "q", bucket) is Verdict.GO
        now += 10
        assert take(state, "p", bucket) is Verdict.GO
        now -= 1_000_000  # the clock was set back
        assert take(state, "p", bucket) is Verdict.WARN
        now += 10
        assert take(state, "p", bucket) is Verdict.GO


def test_a_file_that_is_not_ours_is_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    with pytest.raises(StateError, match="but not the bot's memory: move it away"):
        State(path)
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StateError, match="not an SQLite database"):
        State(path)


def test_a_newer_version_is_named(path: Path) -> None:
    State(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StateError, match="newer quotebot"):
        State(path)


def test_two_processes_share_the_file(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from bot.storage.chat_store import State\n"
        "from bot.chat.passage_ref import PassageRef\n"
        "state = State(Path(sys.argv[1]))\n"
        "places = (PassageRef('a', 0, 'k', 0, 1),)\n"
        "for i in range(100): state.remember(1, 1, i, 'q', True, places)\n"
    )
    children = [subprocess.Popen([sys.executable, "-c", program, str(path)]) for _ in range(2)]
    assert [child.wait(30) for child in children] == [0, 0]
    with State(path) as state:
        assert state.rows("SELECT count(*) FROM answers")[0][0] == 200
        assert state.rows("PRAGMA integrity_check")[0][0] == "ok"
        assert state.rows("PRAGMA journal_mode")[0][0] == "wal"


# Places


def test_a_place_survives_a_rebuild_that_moves_the_paragraph() -> None:
    passage = a_passage(paragraph=2)
    place = PassageRef.of(passage)
    moved = ArticleText(an_article().info, {0: "New.", 7: passage.text})
    found = find_place(moved, place)
    assert found is not None
    assert (found.paragraph, found.quote) == (7, passage.quote)
    changed_text = ArticleText(an_article().info, {2: passage.text + " More."})
    assert find_place(changed_text, place) is None
    assert find_place(None, place) is None


def test_a_place_knows_where_its_quote_was_cut_and_where_else_it_stands() -> None:
    text = "It was cold. The bridge opened, they said, in 1907. People danced."
    copies = (AlsoIn("b2", "Another", None, "b.txt", 4),)
    for quote, before, after in (
        ("The bridge opened, they said, in 1907.", False, False),
        ("It was cold. The bridge opened, they said, in 1907.", False, False),
        ("they said, in 1907.", True, False),
        ("The bridge opened,", False, True),
    ):
        passage = a_passage(text, quote, also_in=copies)
        place = PassageRef.from_plain(json.loads(json.dumps(PassageRef.of(passage).plain)))
        found = find_place(ArticleText(an_article().info, {2: text}), place)
        assert found is not None
        assert found.quote == replace(passage.quote, cut_before=before, cut_after=after)
        assert found.also_in == copies


def test_a_place_remembers_the_answer_in_its_quote() -> None:
    passage = a_passage()
    start = passage.text.index("1907")
    article = ArticleText(an_article().info, {2: passage.text})
    for at, kept in ((start, Span(start, start + 4, "1907")), (0, None)):  # 0: not in the quote
        marked = replace(passage, answer=Span(at, at + 4, passage.text[at : at + 4]))
        place = PassageRef.from_plain(json.loads(json.dumps(PassageRef.of(marked).plain)))
        found = find_place(article, place)
        assert found is not None
        assert found.answer == kept


def test_places_of_an_older_version_are_read() -> None:
    assert PassageRef.from_plain(["a", 1, "k", 0, 5]) == PassageRef("a", 1, "k", 0, 5)


@given(st.text(min_size=1), st.integers(0, 99_999), st.text())
def test_a_link_leads_back(article: str, paragraph: int, text: str) -> None:
    place = PassageRef.of(a_passage(text + "!", "!", article_id=article, paragraph=paragraph))
    assert len(place.link) <= 64
    assert place.link.replace("_", "").isalnum()
    assert parse_link(place.link, ["other", article]) == place
    assert parse_link(place.link, ["other"]) is None
    assert parse_link(place.link + "x", [article]) is None


def test_settings_change_only_as_they_may() -> None:
    assert changed(Preferences(), "lang", "ru") == Preferences(language="ru")
    assert changed(Preferences("ru"), "lang", "auto") == Preferences()
    assert changed(Preferences(), "days", "30") == Preferences(days=30)
    assert changed(Preferences(days=30), "days", "0") == Preferences()
    for field, value in (("lang", "xx"), ("k", "999"), ("of", "x-1"), ("days", "7"), ("no", "1")):
        assert changed(Preferences(), field, value) is None
