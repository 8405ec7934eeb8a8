"""Results on stdout, everything else on stderr; bars and colours on a terminal only."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.backend import EmbeddedBackend
from bot.cli.console import print_json, print_table, progress, say, waiting
from bot.operations.import_sources import import_sources
from tests.source import ROOT

SAMPLE = [str(ROOT / "corpus" / "sample")]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stdout and stderr count as terminals."""
    monkeypatch.setenv("FORCE_COLOR", "1")


def test_without_a_terminal_nothing_shows_progress(capfd: pytest.CaptureFixture[str]) -> None:
    with progress("Reading") as report, waiting("Loading"):
        assert report is None
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("terminal")
def test_a_bar_on_a_terminal_is_drawn_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Reading") as report:
        assert report is not None
        report("Embedding", 3, None)
        report("Embedding", 3, 7)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Embedding" in shown.err
    assert "3/7" in shown.err


@pytest.mark.usefixtures("terminal")
def test_an_import_draws_nothing_by_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A document that arrives in Telegram draws no bar on the terminal of the server."""
    assert import_sources(EmbeddedBackend(tmp_path), SAMPLE).any_readable
    assert capsys.readouterr() == ("", "")


def test_an_import_reports_how_many_files_are_done(tmp_path: Path) -> None:
    steps: list[tuple[str, int, int | None]] = []
    outcomes = import_sources(
        EmbeddedBackend(tmp_path), SAMPLE, progress=lambda *step: steps.append(step)
    )
    count = outcomes.count("added")
    assert steps[-1] == (f"Reading, {count} articles", count, count)
    assert [done for _, done, _ in steps] == sorted(done for _, done, _ in steps)


def test_a_table_in_a_pipe_is_a_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "count"), [("two\nlines\tand a tab", 1), ("", 2)])
    say("said")
    assert capsys.readouterr() == ("two lines and a tab\t1\n\t2\n", "said\n")


@pytest.mark.usefixtures("terminal")
def test_a_table_on_a_terminal_has_a_heading(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "count"), [("[bold]x[/bold]", 1)])
    shown = capsys.readouterr().out
    assert "name" in shown
    assert "[bold]x[/bold]" in shown  # text is never markup


def test_json_is_one_line_with_dates_in_iso_form(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"day": date(2024, 5, 1), "at": datetime(2024, 5, 1, 7, tzinfo=UTC), "path": Path("ä")}
    print_json(value | {"text": "x" * 500 + "\n"})
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "day": "2024-05-01",
        "at": "2024-05-01T07:00:00+00:00",
        "path": "ä",
        "text": "x" * 500 + "\n",
    }
    assert '"ä"' in line
