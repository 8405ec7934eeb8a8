"""The file `bot.db`; what the stores in it do is in the contract tests."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.chat.passage_ref import PassageRef
from bot.chat.ports import StateError
from bot.chat.records import Preferences, Rating
from bot.storage.database import BotDatabase
from index.engine.follow_up import Context
from tests.fakes import a_passage

REF = PassageRef.of(a_passage())
CONTEXT = Context("When?", "a1", 2, "The Old Bridge")


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
