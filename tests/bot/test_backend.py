"""One place opens what is kept."""

import ast
from pathlib import Path

from bot.backend import EmbeddedBackend, backend_for
from index.storage.generation_store import EmbeddedStore
from tests.fake_index import an_article
from tests.source import ROOT, python_files

OPENERS = {  # what opens a store, and who may call it
    "Library.open": {"bot/backend.py"},
    "BotDatabase": {"bot/backend.py"},
    "DataPaths": {"bot/backend.py"},
    # `build` and `load_embedder` of a folder are for the index room's own evaluation
    "EmbeddedStore": {
        "bot/backend.py", "index/engine/load_embedder.py", "index/evaluation/evaluate.py",
        "index/indexing/builder.py",
    },
    "SqliteVectorCache": {"index/evaluation/evaluate.py", "index/indexing/builder.py"},
    "SqliteAnalysisCache": {"index/indexing/builder.py"},
    "sqlite3.connect": {"corpus/sqlite.py", "index/storage/sqlite_cache.py"},
}  # fmt: skip


def test_nothing_else_opens_a_store() -> None:
    found: dict[str, set[str]] = {name: set() for name in OPENERS}
    for room in ("bot", "index", "corpus"):
        for path in python_files(room):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in OPENERS:
                    opener = ast.unparse(node.func)
                    found[opener].add(path.relative_to(ROOT).as_posix())
    assert found == OPENERS


def test_the_embedded_backend_keeps_all_under_one_folder(tmp_path: Path) -> None:
    backend = backend_for(tmp_path / "data")
    assert isinstance(backend, EmbeddedBackend)
    with backend.open_library() as library:
        library.add(an_article("Fox", "The fox sleeps."))
    chats = backend.open_chats()
    chats.close()
    backend.open_caches()
    assert backend.generations.current_name() is None
    assert isinstance(backend.generations, EmbeddedStore)
    names = {path.name.partition("-")[0] for path in (tmp_path / "data").iterdir()}
    assert names == {"library.db", "bot.db", "vectors.db", "analyses.db"}
    assert {path.name for path in tmp_path.iterdir()} == {"data"}
