"""Operations are for every front end: they know no command line, no terminal and no Telegram."""

import ast

import pytest

from tests.source import python_files

FRONT_ENDS = ("bot.cli", "bot.telegram", "bot.processes", "click", "rich", "telegram")


@pytest.mark.parametrize("folder", ["bot/operations", "bot/i18n"])
def test_no_front_end_is_imported(folder: str) -> None:
    for path in python_files(folder):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for name in names:
                assert not any(name == one or name.startswith(f"{one}.") for one in FRONT_ENDS), (
                    path,
                    name,
                )


@pytest.mark.parametrize("name", ["settings", "text", "data_paths", "log_setup"])
def test_leaves_import_nothing_of_this_room_but_codes(name: str) -> None:
    (path,) = (path for path in python_files("bot") if path.match(f"bot/{name}.py"))
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bot"):
            assert node.module == "bot.error_codes"
