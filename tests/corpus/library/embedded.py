"""What tests ask of the SQLite file of the embedded library, behind its protocols."""

from corpus import Library

__all__ = ["assert_sound"]


def assert_sound(library: Library, articles: int) -> None:
    """The file is whole, and each of so many articles has the signature that finds near copies."""
    connection = library._database.connection
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert connection.execute("SELECT count(*) FROM signatures").fetchone()[0] == articles
