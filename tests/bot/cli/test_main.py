"""The command line as an admin meets it: exit codes, one-line errors, JSON; with a fake model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.context import CliContext
from bot.cli.main import cli
from index.answer import Answer
from tests.bot_api import BotApi
from tests.command_line import Run
from tests.fake_index import FakeEmbedder
from tests.fakes import TOKEN, slices
from tests.source import ROOT


def test_add_then_ask(run: Run, files: Path) -> None:
    added = run("add", str(files))
    assert added.code == 0
    assert "2 added" in added.err
    asked = run("ask", "where does the red fox sleep in the barn", "--json", "-k", "2")
    answer = json.loads(asked.out)
    passage = answer["passages"][0]
    assert passage["title"] == "The Fox in the Barn"
    assert passage["published"] == "2021-05-05"
    assert passage["updated"] is None
    assert passage["url"] is None
    assert passage["paragraph"] == 0
    start, end = passage["quote"]["start"], passage["quote"]["end"]
    assert passage["text"][start:end] == passage["quote"]["text"]
    assert "The red fox sleeps in the barn." in passage["quote"]["text"]
    assert 0 <= answer["confidence"] <= 1
    scores = [p["score"] for p in answer["passages"]]
    assert scores == sorted(scores, reverse=True)


def test_adding_the_same_again_changes_nothing(run: Run, files: Path) -> None:
    run("add", str(files))
    before = run("list").out
    again = run("add", str(files))
    assert again.code == 0
    assert "2 unchanged" in again.err
    assert run("list").out == before


def test_one_bad_file_is_named_and_the_good_ones_land(run: Run, files: Path) -> None:
    (files / "bad.txt").write_bytes(b"\x00\x01\x02" * 100)
    (files / "empty.txt").write_bytes(b"")
    added = run("add", str(files), "--no-build")
    assert added.code == 0
    assert "bad.txt" in added.err
    assert "empty.txt" in added.err
    assert "2 added" in added.err


@pytest.mark.parametrize("source", ["missing.txt", "empty.txt"])
def test_nothing_to_add_fails(run: Run, tmp_path: Path, source: str) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    added = run("add", source)
    assert added.code == 1
    assert source in added.err


def test_questions_from_stdin_get_one_json_object_a_line(run: Run, files: Path) -> None:
    run("add", str(files))
    asked = run("ask", "-", "--json", stdin="red fox\n\nlake 1907\r\n🎉🎉\n" + "x" * 10_000 + "\n")
    assert asked.code == 0
    answers = [json.loads(line) for line in asked.out.splitlines()]
    assert [a["question"] for a in answers[:3]] == ["red fox", "lake 1907", "🎉🎉"]
    assert answers[2]["answered"] is False
    assert answers[2]["passages"] == []
    assert len(answers) == 4


def test_chat_without_a_terminal_answers_each_line(run: Run, files: Path) -> None:
    run("add", str(files))
    chat = run("chat", stdin="where does the red fox sleep in the barn\nlake\n")
    assert chat.code == 0
    assert "The red fox sleeps in the barn." in chat.out
    assert "The quiet lake froze in January 1907." in chat.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["ask", ""], 2),
        (["ask", "  "], 2),
        (["ask"], 2),
        (["ask", "x", "-k", "0"], 2),
        (["nonsense"], 2),
        (["add"], 2),
        (["ask", "anything"], 1),
        (["show", "nothing"], 1),
        (["remove", "nothing"], 1),
        (["rollback"], 1),
        (["chat"], 1),
        (["bot"], 1),
        (["eval", "missing.json"], 1),
    ],
)
def test_mistakes_get_one_line_and_the_right_code(
    run: Run, arguments: list[str], code: int
) -> None:
    ran = run(*arguments)
    assert ran.code == code
    assert ran.out == ""
    assert ran.err.startswith("quotebot: ")
    assert ran.err.count("\n") == 1


def test_no_index_says_what_to_do(run: Run) -> None:
    assert "quotebot add" in run("ask", "anything").err


def test_a_malformed_token_is_named_but_never_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "not-a-token-at-all")
    ran = run("bot")
    assert ran.code == 1
    assert "TELEGRAM_BOT_TOKEN" in ran.err
    assert "not-a-token" not in ran.err


def test_another_model_is_refused_until_the_index_is_rebuilt(
    run: Run, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("add", str(files))
    monkeypatch.setattr(CliContext, "embedder", lambda self: FakeEmbedder("another"))
    ran = run("ask", "fox")
    assert ran.code == 1
    assert "quotebot build" in ran.err
    assert run("build").code == 0
    assert run("ask", "fox").code == 0


def test_removed_articles_are_quoted_no_more(run: Run, files: Path, tmp_path: Path) -> None:
    run("add", str(files))
    fox = next(line.split("\t")[0] for line in run("list").out.splitlines() if "Fox" in line)
    assert run("remove", fox, "--yes").code == 0
    answer = json.loads(run("ask", "red fox barn", "--json").out)
    assert [p["title"] for p in answer["passages"]] == ["The Lake"]


def test_export_can_be_added_again(run: Run, files: Path, tmp_path: Path) -> None:
    run("add", str(files), "--no-build")
    exported = run("export").out
    (tmp_path / "all.jsonl").write_text(exported, "utf-8")
    run("--data", "other", "add", "all.jsonl", "--no-build")
    assert run("--data", "other", "export").out == exported


def test_show_prints_every_paragraph_with_its_number(run: Run, files: Path) -> None:
    run("add", str(files), "--no-build")
    lake = next(line.split("\t")[0] for line in run("list").out.splitlines() if "Lake" in line)
    shown = run("show", lake)
    assert "¶ 1" in shown.out
    assert "The quiet lake froze in January 1907." in shown.out


def test_status_tells_of_a_stale_index(run: Run, files: Path) -> None:
    run("add", str(files / "fox.txt"))
    run("add", str(files / "lake.txt"), "--no-build")
    status = run("status")
    assert "2 articles" in status.out
    assert "quotebot build" in status.out
    assert json.loads(run("status", "--json").out)["index"]["articles"] == 1


def test_status_verify_finds_a_flipped_byte(run: Run, files: Path) -> None:
    run("add", str(files))
    assert run("status", "--verify").code == 0
    name = json.loads(run("status", "--json").out)["current"]
    path = Path("data/generations") / name / "text.bin"
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)
    ran = run("status", "--verify")
    assert ran.code == 1
    assert "text.bin" in ran.err


def test_status_tells_of_a_current_that_leads_nowhere(run: Run, files: Path) -> None:
    run("add", str(files))
    Path("data/CURRENT").write_bytes(b"nowhere\n")
    assert "CURRENT" in run("status").out
    ran = run("status", "--verify")
    assert ran.code == 1
    assert "CURRENT" in ran.err
    assert "fox" in run("ask", "red fox").out
    run("build")
    assert run("status", "--verify").code == 0


def test_rollback_says_why_there_is_nothing_to_go_back_to(run: Run, files: Path) -> None:
    run("add", str(files))
    fox = next(line.split("\t")[0] for line in run("list").out.splitlines() if "Fox" in line)
    run("remove", fox, "--yes")
    ran = run("rollback")
    assert ran.code == 1
    assert "removed" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_file_is_named(run: Run, files: Path) -> None:
    (files / "fox.txt").chmod(0)
    added = run("add", str(files), "--no-build")
    assert "fox.txt" in added.err
    assert "1 added" in added.err


@pytest.mark.model
def test_the_real_program_from_add_to_answer(files: Path, tmp_path: Path, telegram: BotApi) -> None:
    """A process of its own, with the bundled model, as the console script runs it."""
    program = [sys.executable, "-c", "from bot.cli.main import main; main()", "--data", "data"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def quotebot(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*program, *arguments], input=stdin, capture_output=True, text=True, cwd=tmp_path,
            env=environment, check=True,
        )  # fmt: skip

    quotebot("add", str(files))
    asked = quotebot("ask", "-", "--json", stdin="In which year did the lake freeze?\n")
    (answer,) = map(json.loads, asked.stdout.splitlines())
    assert answer["answered"]
    assert answer["passages"][0]["quote"]["text"] == "The quiet lake froze in January 1907."
    assert "Traceback" not in asked.stderr

    (tmp_path / "bot").mkdir()  # somebody's own folder, from which nothing may be taken
    (tmp_path / "bot" / "__init__.py").write_text("raise SystemExit('not this one')")
    environment |= {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_BASE_URL": telegram.base_url}
    served = [sys.executable, "-P", *program[1:], "bot"]
    with subprocess.Popen(
        served, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
    ) as bot:
        try:
            telegram.write("In which year did the lake freeze?")
            (said,) = telegram.wait_for("sendMessage", seconds=60)
            bot.terminate()
            log = bot.communicate(timeout=20)[1]
        finally:
            bot.kill()
    assert "The quiet lake froze in January 1907." in said["text"]
    assert ("bold", "1907") in slices(said["text"], said["entities"])  # it was read
    assert bot.returncode == 0
    assert TOKEN not in log
    assert "Traceback" not in log


def test_a_question_that_is_not_utf8_is_answered_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    class Listening:
        def ask(self, question: str, **_: object) -> Answer:
            asked.append(question)
            return Answer(question, False, 0.0, ())

    monkeypatch.setattr(CliContext, "engine", lambda _: Listening())
    assert CliRunner().invoke(cli, ["ask", "who \udcff built it?"]).exit_code == 0
    assert asked == ["who \ufffd built it?"]
