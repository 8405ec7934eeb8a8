import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bot.cli.answer_output import print_answer
from bot.cli.repl import Chat, answer_lines, chat_loop
from bot.i18n.catalog import catalog_for
from index.answer import AlsoIn, Answer, Filters, Span
from index.article_text import ArticleText
from tests.fakes import FakeEngine, a_passage, an_answer, an_article
from tests.source import ROOT

say = catalog_for("en")


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    console = Console(file=stream, highlight=False, width=100)
    monkeypatch.setattr("bot.cli.console.Console", lambda **_: console)
    monkeypatch.setattr("locale.getlocale", lambda: ("en_US", "UTF-8"))
    return stream


def test_a_conversation(screen: io.StringIO) -> None:
    engine = FakeEngine()
    texts = {0: "Before.", 1: a_passage().text, 2: "After."}
    engine.article_texts["a1"] = ArticleText(an_article().info, texts)
    chat = Chat(engine)
    for line in ("When did the bridge open?", "/next", "/more", "/back", "/back", "?!"):
        chat.reply_to(line)
    shown = screen.getvalue()
    assert shown.count("“The bridge opened in 1907 🎉.”") == 4
    assert "Before.\n\nIt was cold." in shown
    assert "After." in shown
    assert say("no_more") in shown
    assert say("ask_in_words") in shown
    chat.reply_to("and who built it?")
    assert Filters(article="a1") in engine.filters
    engine.filters.clear()
    chat.reply_to("/new")
    chat.reply_to("and who built it?")
    assert engine.filters == [None]


def test_looking_around(screen: io.StringIO) -> None:
    engine = FakeEngine()
    engine.article_texts["b"] = an_article("b", "Another bridge", count=2)
    chat = Chat(engine)
    for line in ("/sources", "/article old", "/article bridge", "/article zebra", "/article"):
        chat.reply_to(line)
    shown = screen.getvalue()
    assert "a1  The Old Bridge  1 May 2020" in shown
    assert "¶ 5  It was cold." in shown
    assert shown.count("Another bridge") == 2
    assert say("article_none") in shown
    assert say("article_usage") in shown
    for line in ("/search", "/search bridge", "/next", "/unknown"):
        chat.reply_to(line)
    shown = screen.getvalue()
    assert " 3. The Old Bridge" in shown
    assert shown.count("“The bridge opened in 1907 🎉.”") == 1
    assert say("terminal_help")[:40] in shown


def test_a_known_answer_is_bold_and_the_rest_of_the_quote_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100, highlight=False)
    monkeypatch.setattr("bot.cli.console.Console", lambda **_: console)
    passage = a_passage()
    start = passage.text.index("1907")
    passage = replace(passage, answer=Span(start, start + 4, "1907"))
    print_answer(Answer("When?", True, 0.9, (passage,)))
    assert "The bridge opened in \x1b[1m1907\x1b[0m 🎉." in console.file.getvalue()


def test_no_answer_is_called_that(screen: io.StringIO) -> None:
    print_answer(an_answer(1, answered=False))
    assert screen.getvalue().startswith(f"{say('no_answer')}\n{say('nearest')}\n“The bridge")
    print_answer(Answer("?", False, 0, ()))
    assert screen.getvalue().endswith(f"{say('no_answer')}\n")


def test_a_cut_quote_and_its_copies_are_shown_as_such(screen: io.StringIO) -> None:
    copies = (AlsoIn("b", "The Same Bridge", "https://copy.example/b", "b.md", 0),)
    passage = a_passage(also_in=copies)
    passage = replace(passage, quote=replace(passage.quote, cut_before=True, cut_after=True))
    print_answer(Answer("?", True, 0.9, (passage,)))
    assert screen.getvalue().startswith("“… The bridge opened in 1907 🎉. …”\n")
    assert passage.text in screen.getvalue()
    assert f"\n{say('also_in')} The Same Bridge  https://copy.example/b\n" in screen.getvalue()


def test_lines_are_independent_unless_they_are_a_chat(screen: io.StringIO) -> None:
    engine = FakeEngine()
    answer_lines(engine, ["When?", " ", "and why was that?"], 5, as_json=True)
    assert engine.filters == [None, None]
    first, second = map(json.loads, screen.getvalue().splitlines())
    assert (first["question"], second["question"]) == ("When?", "and why was that?")
    assert first["passages"][0]["quote"]["text"] == "The bridge opened in 1907 🎉."
    answer_lines(engine, ["When?", "and why was that?"], 5, as_json=False, follow=True)
    assert Filters(article="a1") in engine.filters


def test_a_history_that_cannot_be_written_takes_one_line(
    screen: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "/quit")
    said: list[str] = []
    monkeypatch.setattr("bot.cli.repl.say", said.append)
    chat_loop(FakeEngine(), tmp_path / "missing" / "history")
    assert [line for line in said if "could not be written" in line] == [said[-1]]


def test_the_terminal_loads_nothing_of_telegram() -> None:
    program = "import sys, bot.cli.repl; assert not {'telegram', 'aiohttp'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
