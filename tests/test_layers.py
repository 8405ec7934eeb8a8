"""Dependencies point one way: bot → index → corpus."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.source import ROOT, python_files

FORBIDDEN = {
    "corpus": {"index", "bot", "training", "telegram", "faiss", "torch", "sentence_transformers"},
    "index": {"bot", "training", "telegram"},
    "training": {"bot", "telegram"},
    "bot": {"training", "faiss", "torch"},
}


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("room", FORBIDDEN)
def test_no_room_reaches_up(room: str) -> None:
    wrong = {
        (file.name, name)
        for file in python_files(room)
        for name in imports(file)
        if name in FORBIDDEN[room]
    }
    assert not wrong


@pytest.mark.parametrize("arguments", [["--help"], ["add", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom bot.cli.main import main\n"
        f"sys.argv = ['quotebot', *{arguments!r}]\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code\n"
        "heavy = {'torch', 'faiss', 'numpy', 'telegram', 'pydantic', 'sentence_transformers'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stderr
