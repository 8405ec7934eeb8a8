"""Dependencies point one way: between the rooms, and between the sub-packages of each."""

import ast
import re
import subprocess
import sys

import pytest

from tests.import_graph import ROOMS, circles, modules, sub_package, sub_packages
from tests.source import ROOT, python_files

BELOW = {  # the rooms that a room may import
    "corpus": set(),
    "index": {"corpus"},
    "bot": {"index", "corpus"},
    "training": {"index", "corpus"},
}
LIBRARIES = {  # third parties that a room must not import
    "corpus": {"telegram", "faiss", "torch", "sentence_transformers", "aiohttp"},
    "index": {"telegram", "aiohttp"},
    "training": {"telegram", "aiohttp"},
    "bot": {"faiss", "torch"},
}
ROWS = {  # what each sub-package imports of its own room: only what stands below it here
    # corpus
    "corpus.ingest": "web sandbox library readers place_result reader_output source_name"
    " error_codes article errors",
    "corpus.web": "sandbox readers place_result reader_output error_codes article errors",
    "corpus.sandbox": "readers text reader_output article_json cpus error_codes article errors",
    "corpus.library": "place_result sqlite source_name error_codes article errors",
    "corpus.readers": "html structure text reader_output error_codes article errors",
    "corpus.html": "structure text error_codes errors",
    "corpus.structure": "text error_codes article errors",
    "corpus.text": "error_codes errors",
    "corpus.place_result": "reader_output article errors",
    "corpus.reader_output": "article errors",
    "corpus.article_json": "article",
    "corpus.sqlite": "error_codes errors",
    "corpus.source_name": "error_codes errors",
    "corpus.cpus": "",
    "corpus.error_codes": "errors",
    "corpus.article": "",
    "corpus.errors": "",
    # index
    "index.evaluation": "engine indexing reading storage search embedding arrays progress"
    " error_codes",
    "index.engine": "ranking reading storage search embedding analysis article_text answer"
    " error_codes",
    "index.indexing": "storage search embedding analysis arrays progress",
    "index.ranking": "reading search embedding analysis error_codes",
    "index.reading": "embedding checksum error_codes",
    "index.storage": "search embedding analysis article_text answer arrays checksum error_codes",
    "index.search": "analysis article_text arrays error_codes",
    "index.embedding": "arrays checksum error_codes",
    "index.analysis": "arrays",
    "index.article_text": "answer",
    "index.answer": "",
    "index.arrays": "",
    "index.checksum": "",
    "index.progress": "",
    "index.error_codes": "",
    # bot
    "bot.cli": "telegram processes operations backend chat i18n settings log_setup text"
    " error_codes",
    "bot.telegram": "telegram.handlers telegram.context telegram.transport telegram.views"
    " processes backend chat monitoring http i18n settings log_setup error_codes",
    "bot.telegram.handlers": "telegram.context telegram.transport telegram.views processes"
    " operations chat i18n log_setup text error_codes",
    "bot.telegram.context": "telegram.views backend chat monitoring i18n settings text",
    "bot.telegram.transport": "chat monitoring http settings log_setup error_codes",
    "bot.telegram.views": "chat i18n text",
    "bot.processes": "operations backend settings log_setup error_codes",
    "bot.operations": "backend settings log_setup error_codes",
    "bot.backend": "storage chat data_paths",
    "bot.storage": "chat text error_codes",
    "bot.chat": "",
    "bot.monitoring": "http",
    "bot.http": "error_codes",
    "bot.i18n": "",
    "bot.settings": "error_codes",
    "bot.log_setup": "",
    "bot.text": "",
    "bot.data_paths": "",
    "bot.error_codes": "",
    # training
    "training.ranking": "",
    "training.reader": "",
}


@pytest.mark.parametrize("name", ROWS)
def test_a_sub_package_imports_only_what_its_row_says(name: str) -> None:
    room = name.partition(".")[0]
    wanted = {other for other in sub_packages()[name] if other.startswith(f"{room}.")}
    assert wanted - {f"{room}.{other}" for other in ROWS[name].split()} == set()


def test_a_row_names_only_rows_below_it() -> None:
    order = list(ROWS)
    for place, name in enumerate(order):
        room = name.partition(".")[0]
        for other in ROWS[name].split():
            assert order.index(f"{room}.{other}") > place, f"{name} imports {other}, which is above"


def test_every_sub_package_has_a_row() -> None:
    assert sub_packages().keys() == {*ROWS, *ROOMS}


def test_rows_name_what_is_there_and_nothing_more() -> None:
    graph = sub_packages()
    for name, row in ROWS.items():
        room = name.partition(".")[0]
        allowed = {f"{room}.{other}" for other in row.split()}
        assert allowed - graph[name] == set(), f"{name} no longer imports these"


def test_no_circle_among_modules_and_none_among_sub_packages() -> None:
    assert circles(modules()) == []
    assert circles(sub_packages()) == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_reaches_up(room: str) -> None:
    for module, imported in modules().items():
        if module.partition(".")[0] == room:
            rooms = {name.partition(".")[0] for name in imported} - {room}
            assert rooms <= BELOW[room], module


@pytest.mark.parametrize("room", ROOMS)
def test_no_module_imports_the_front_of_its_own_room(room: str) -> None:
    inside = [name for name in modules() if name.startswith(f"{room}.")]
    assert [name for name in inside if room in modules()[name]] == []


@pytest.mark.parametrize("room", LIBRARIES)
def test_a_room_leaves_other_rooms_libraries_alone(room: str) -> None:
    wrong = {
        (file.name, name)
        for file in python_files(room)
        for name in third_parties(file.read_text("utf-8"))
        if name in LIBRARIES[room]
    }
    assert not wrong


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert sub_package("bot.telegram.views.keyboards") == "bot.telegram.views"
    assert sub_package("corpus.errors") == "corpus.errors"


def third_parties(source: str) -> set[str]:
    """The top-level names of all that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("room", [*ROOMS, *(f"tests/{room}" for room in ROOMS)])
def test_sql_stands_in_storage_alone(room: str) -> None:
    sql = re.compile(r"import sqlite3\b|\b(SELECT|INSERT INTO|DELETE FROM|UPDATE \w+ SET|PRAGMA)\b")
    for path in python_files(room):
        if path.parent.name not in ("storage", "library") and path.name != "sqlite.py":
            assert not sql.search(path.read_text("utf-8")), path


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
