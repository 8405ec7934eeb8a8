"""docs/languages.md lists every file that knows particular languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.source import ROOT, python_files

PAGE = ROOT / "docs" / "languages.md"
LISTED = set(re.findall(r"`([\w./]+/[\w.]+\.(?:py|json|ftz))`", PAGE.read_text("utf-8")))
CODES = {"en", "ru", "de", "fr", "es", "it", "uk", "zh", "ja", "ar"}
CYRILLIC_WORD = re.compile("[а-яё]{4,}", re.IGNORECASE)


def strings(tree: ast.AST) -> Iterator[str]:
    """The string constants of a module, without docstrings."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and id(node) not in docstrings:
            yield text


def tables(tree: ast.AST) -> Iterator[set[object]]:
    """The constant keys of each dictionary and the constants of each set, list and tuple."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield {key.value for key in node.keys if isinstance(key, ast.Constant)}
        elif isinstance(node, ast.Set | ast.List | ast.Tuple):
            yield {one.value for one in node.elts if isinstance(one, ast.Constant)}


def knows_languages(path: Path) -> bool:
    tree = ast.parse(path.read_text("utf-8"))
    return any(map(CYRILLIC_WORD.search, strings(tree))) or any(
        len(CODES & table) >= 3 for table in tables(tree)
    )


@pytest.mark.parametrize("name", sorted(LISTED))
def test_every_file_of_the_list_exists(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("room", ["bot", "corpus", "index"])
def test_every_file_that_knows_languages_is_in_the_list(room: str) -> None:
    found = {path for path in python_files(room) if knows_languages(path)}
    missing = {path.relative_to(ROOT).as_posix() for path in found} - LISTED
    assert not missing, f"add them to docs/languages.md: {sorted(missing)}"


def test_the_check_would_notice_a_file_that_is_missing() -> None:
    assert len([name for name in LISTED if name[-3:] == ".py" and knows_languages(ROOT / name)]) > 9
