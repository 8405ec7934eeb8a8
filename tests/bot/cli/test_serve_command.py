"""`quotebot start` and `quotebot bot`; the bot itself is tested in `tests/bot/telegram`."""

import pytest

from tests.command_line import Run


def test_start_adds_the_sample_once_and_chats(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDDING_MODEL", "fake")  # so that the index counts as that of the model
    started = run("start", stdin="When did the bridge open?\n")
    assert started.code == 0
    assert started.err.startswith("No articles yet: adding the sample articles\nBuilt ")
    again = run("start", stdin="")
    assert (again.code, again.out) == (0, "")
    assert again.err == "The index is up to date.\n"


def test_start_with_articles_of_ones_own_adds_no_sample(run: Run, files: object) -> None:
    run("add", "--no-build", str(files))
    assert "sample" not in run("start").err
    assert len(run("list").out.splitlines()) == 2


def test_the_bot_needs_a_token(run: Run) -> None:
    ran = run("bot")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "quotebot: TELEGRAM_BOT_TOKEN is not set: get a token from @BotFather\n"


def test_start_with_a_token_serves(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[object] = []
    monkeypatch.setattr("bot.cli.serve_command._serve", served.append)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:AAAAAAAAAAAAAAAAAAAAAAAAA")
    assert run("start").code == 0
    assert len(served) == 1
