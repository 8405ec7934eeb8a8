"""A check of the SQLite file of the embedded library."""

from corpus import Library

__all__ = ["assert_sound"]


def assert_sound(library: Library, articles: int) -> None:
    """Check that the file is intact, and that it has a signature for each of `articles` articles.

    Signatures find near copies.
    """
    connection = library._database.connection
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert connection.execute("SELECT count(*) FROM signatures").fetchone()[0] == articles
