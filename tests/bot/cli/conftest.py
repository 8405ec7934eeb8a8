"""Fixtures that run the command line in a new folder, with a fake model."""

import io
import sys
from pathlib import Path

import pytest

from bot.cli.context import CliContext
from bot.cli.main import main
from tests.command_line import Ran, Run
from tests.fake_index import FakeEmbedder

FOX = "The Fox in the Barn\n\n5 May 2021\n\nThe red fox sleeps in the barn. It wakes at noon.\n"
LAKE = "The Lake\n\nThe quiet lake froze in January 1907.\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "fox.txt").write_text(FOX, "utf-8")
    (folder / "lake.txt").write_text(LAKE, "utf-8")
    return folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs the command line in a new folder, with the data folder `data`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(CliContext, "embedder", lambda self: FakeEmbedder())

    def run(*arguments: str, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "argv", ["quotebot", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Ran(code, captured.out, captured.err)

    return run
