"""The file `bot.db`; what the stores in it do is in the contract tests."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.chat.passage_ref import PassageRef
from bot.chat.ports import StateError
from bot.chat.rate_limits import Bucket, Verdict
from bot.chat.records import Comment, Preferences, Rating, SavedAnswer
from bot.storage.database import BotDatabase
from bot.storage.schema import APPLICATION_ID, MIGRATIONS
from index.answer import AlsoIn
from index.engine.follow_up import Context
from tests.fakes import a_passage

REF = PassageRef.of(a_passage())
CONTEXT = Context("When?", "a1", 2, "The Old Bridge")

FIRST_RELEASE = """
    INSERT INTO answers VALUES ('bq84IC60R20', 7, 7, 41, 900, 'When?', 1,
        '[["a1", 2, "4a920787", 13, 41, [{"article_id": "b2", "title": "Another", "url": null,
        "source": "b.txt", "paragraph": 4}], [34, 38]]]', 0, NOW);
    INSERT INTO banned VALUES (8, NOW);
    INSERT INTO buckets VALUES ('person 7', 5.3e-14, 1, NOW);
    INSERT INTO contexts VALUES (7, 7, 'When?', 'a1', 2, 'The Old Bridge', NOW);
    INSERT INTO feedback VALUES ('bq84IC60R20', 7, 0, 'a1', 2, 'wrong', 'no', NOW);
    INSERT INTO preferences VALUES (7, 'ru', 3, NULL, NULL, 30);
    INSERT INTO prompts VALUES (7, 901, 'bq84IC60R20', 0, NOW);
    INSERT INTO questions VALUES (1, 7, 'When?', 0, 5.0, NOW);
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


def test_a_file_that_is_not_ours_is_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    with pytest.raises(StateError, match="but not the bot's memory: move it away"):
        BotDatabase(path)
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StateError, match="not an SQLite database"):
        BotDatabase(path)


def test_a_newer_version_is_named(path: Path) -> None:
    BotDatabase(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StateError, match="newer quotebot"):
        BotDatabase(path)


def test_two_processes_share_the_file(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from bot.storage.database import BotDatabase\n"
        "from bot.chat.passage_ref import PassageRef\n"
        "state = BotDatabase(Path(sys.argv[1]))\n"
        "places = (PassageRef('a', 0, 'k', 0, 1),)\n"
        "for i in range(100): state.chats.save_answer(1, 1, i, 'q', True, places)\n"
    )
    children = [subprocess.Popen([sys.executable, "-c", program, str(path)]) for _ in range(2)]
    assert [child.wait(30) for child in children] == [0, 0]
    BotDatabase(path).close()
    with closing(sqlite3.connect(path)) as connection:
        for query, value in {
            "SELECT count(*) FROM answers": 200,
            "PRAGMA integrity_check": "ok",
            "PRAGMA journal_mode": "wal",
        }.items():
            assert connection.execute(query).fetchone()[0] == value


def test_no_row_of_a_forgotten_person_stays_in_the_file(path: Path) -> None:
    with BotDatabase(path) as storage:
        chats, feedback = storage.chats, storage.feedback
        key = chats.save_answer(7, 7, 41, "my private question", True, (REF,))
        chats.set_context(7, 7, CONTEXT)
        chats.set_preferences(7, Preferences("ru"))
        feedback.set_rating(key, 7, 0, REF, Rating.WRONG)
        feedback.set_prompt(7, 901, key, 0)
        feedback.record_question(7, "my private question", True, 5)
        chats.forget(7)
    with closing(sqlite3.connect(path)) as connection:
        for table in ("preferences", "answers", "contexts", "feedback", "prompts", "questions"):
            column = "chat" if table in ("preferences", "prompts") else "person"
            query = f"SELECT 1 FROM {table} WHERE {column} = 7"  # noqa: S608
            assert connection.execute(query).fetchall() == []


def test_a_file_of_the_first_release_keeps_its_meaning(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in MIGRATIONS[0]:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
        connection.executescript(FIRST_RELEASE.replace("NOW", repr(time.time())))
    copy = AlsoIn("b2", "Another", None, "b.txt", 4)
    ref = PassageRef("a1", 2, "4a920787", 13, 41, (copy,), (34, 38))
    with BotDatabase(path) as storage:
        chats, feedback = storage.chats, storage.feedback
        saved = chats.get_answer("bq84IC60R20")
        assert saved == SavedAnswer("bq84IC60R20", 7, 7, 41, 900, "When?", True, (ref,), 0)
        assert (saved.passages[0].also_in, saved.passages[0].answer) == ((copy,), (34, 38))
        assert chats.answer_in_message(7, 900) == chats.answer_to_question(7, 41) == saved
        assert chats.is_banned(8)
        assert chats.context(7, 7) == CONTEXT
        assert chats.preferences(7) == Preferences("ru", 3, None, None, 30)
        assert feedback.prompt(7, 901) == ("bq84IC60R20", 0)
        assert feedback.comments(1) == [Comment("a1", 2, "no")]
        assert feedback.statistics(1).bad == {"wrong": 1}
        assert feedback.unanswered_questions(1) == ["When?"]
        assert storage.rate_limits.take("person 7", Bucket(1, 1e9)) is Verdict.SILENT
