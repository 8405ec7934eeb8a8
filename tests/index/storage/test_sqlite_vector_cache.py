"""A damaged file of vectors, and damaged rows in it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import QuotebotError
from index.storage.vector_cache import SqliteVectorCache
from tests.fake_index import FakeEmbedder


@pytest.fixture
def cache(tmp_path: Path) -> SqliteVectorCache:
    return SqliteVectorCache(tmp_path / "vectors.db")


@pytest.mark.parametrize(
    "damage", ["UPDATE batches SET texts = ?", "UPDATE batches SET vectors = ?"]
)
@pytest.mark.parametrize("value", [b"", b"short", "text", 5])
def test_a_damaged_batch_is_as_good_as_none(
    tmp_path: Path, cache: SqliteVectorCache, damage: str, value: object
) -> None:
    cache.embed(FakeEmbedder(), ["fox", "barn"])
    with closing(sqlite3.connect(tmp_path / "vectors.db")) as connection, connection:
        connection.execute(damage, (value,))
    embedder = FakeEmbedder()
    found = cache.embed(embedder, ["fox", "barn"])
    assert embedder.embedded == ["fox", "barn"]
    assert np.abs(found - embedder.embed_passages(["fox", "barn"])).max() < 1e-3
    cache.keep_only(["fox"])
    again = FakeEmbedder()
    cache.embed(again, ["fox", "barn"])
    assert again.embedded == ["barn"]


@pytest.mark.parametrize("content", [b"no database at all " * 300, bytes(5_000)])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vectors.db"
    path.write_bytes(content)
    with pytest.raises(QuotebotError, match=r"vectors\.db is damaged: delete it"):
        SqliteVectorCache(path).embed(FakeEmbedder(), ["fox"])
