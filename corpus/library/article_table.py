"""The tables `articles` and `state`: the articles, and the number of changes.

The columns `root` and `place` hold an article's origin (its source and its place). `copy_of` holds
the position of the canonical article of its cluster of near copies.
"""

import json
import sqlite3
from collections.abc import Mapping
from datetime import date

from corpus.article import Article
from corpus.error_codes import Code
from corpus.errors import ArticleNotFound
from corpus.library.entry import Entry
from corpus.library.entry_filter import ArticleFilter, Sort
from corpus.library.history import now
from corpus.library.row_mapping import article_of, entry_of
from corpus.source_name import source_name

__all__ = [
    "add_functions", "copy_ids", "count", "count_change", "delete", "find", "find_stored", "get",
    "get_entry", "insert", "near_copies", "places_of", "present_at", "read_page", "resolve",
    "revision", "set_present", "set_vanished", "update",
]  # fmt: skip

ENTRY = (
    "id, title, published, updated, source, url, language, paragraph_count, first_seen, changed_at,"
    " author, root, vanished_at,"
    " (SELECT id FROM articles AS c WHERE c.position = articles.copy_of) AS canonical"
)
# Only these constants and our conditions become part of a statement; values are always bound.
_SELECT_ENTRY = f"SELECT {ENTRY} FROM articles"  # noqa: S608 - constant names
_SORT_BY = {
    "changed": "changed_at",
    "published": "published",
    "title": "casefold(title)",
    "source": "casefold(source)",
    "language": "casefold(language)",
    "paragraphs": "paragraph_count",
}

_Values = Mapping[str, str | int | None]


def add_functions(connection: sqlite3.Connection) -> None:
    """Add the SQL function `casefold`: SQLite's `lower` changes only English letters."""
    connection.create_function("casefold", 1, _casefold, deterministic=True)


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def count(connection: sqlite3.Connection) -> int:
    """Count the articles."""
    return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])


def revision(connection: sqlite3.Connection) -> str:
    """Return the random name of the library and its number of changes, as one text."""
    row = connection.execute("SELECT library, changes FROM state").fetchone()
    return f"{row[0]}-{row[1]}"


def count_change(connection: sqlite3.Connection) -> None:
    """Add one to the number of changes of content."""
    connection.execute("UPDATE state SET changes = changes + 1")


def resolve(connection: sqlite3.Connection, id_prefix: str) -> str:
    """Return the id that is, or begins with, `id_prefix`.

    Raises ArticleNotFound when there is no such id, or more than one.
    """
    rows = connection.execute(
        "SELECT id FROM articles WHERE id = :id OR substr(id, 1, length(:id)) = :id"
        " ORDER BY id = :id DESC, id LIMIT 4",
        {"id": id_prefix},
    ).fetchall()
    found = [str(row[0]) for row in rows] if id_prefix else []
    if not found:
        raise ArticleNotFound(Code.NO_SUCH_ARTICLE(id=repr(id_prefix)))
    if len(found) > 1 and found[0] != id_prefix:
        several = ", ".join(found[:3]) + (", …" if len(found) > 3 else "")
        raise ArticleNotFound(Code.SEVERAL_ARTICLES(id=repr(id_prefix), ids=several))
    return found[0]


def get(connection: sqlite3.Connection, article_id: str) -> Article:
    """Return the article with an id, which must exist."""
    rows = connection.execute("SELECT * FROM articles WHERE id = ?", (article_id,))
    return article_of(rows.fetchone())


def get_entry(connection: sqlite3.Connection, article_id: str) -> Entry:
    """Return the entry of the article with an id, which must exist."""
    rows = connection.execute(f"{_SELECT_ENTRY} WHERE id = ?", (article_id,))
    return entry_of(rows.fetchone())


def read_page(
    connection: sqlite3.Connection, after: int, limit: int, *, copies: bool
) -> tuple[list[Article], int]:
    """Return up to `limit` articles at positions above `after`, and the position of the last."""
    canonical = "" if copies else " AND copy_of IS NULL"
    rows = connection.execute(
        f"SELECT * FROM articles WHERE position > ?{canonical}"  # noqa: S608 - constant
        " ORDER BY position LIMIT ?",
        (after, limit),
    ).fetchall()
    return [article_of(row) for row in rows], rows[-1]["position"] if rows else after


def find(
    connection: sqlite3.Connection,
    where: ArticleFilter,
    sort: Sort,
    *,
    reverse: bool,
    limit: int | None,
    offset: int,
) -> list[Entry]:
    """Return the entries that fit; see `ports.ArticleStore.find` for the order."""
    conditions, values = _conditions(where)
    fits = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    descending = " DESC" if reverse else ""
    if sort == "added":
        order = f"position{descending}"
    else:
        by = _SORT_BY[sort]
        order = f"{by} IS NULL, {by}{descending}, position"
    rows = connection.execute(
        f"{_SELECT_ENTRY}{fits} ORDER BY {order} LIMIT ? OFFSET ?",
        [*values, -1 if limit is None else limit, offset],
    )
    return [entry_of(row) for row in rows.fetchall()]


def _conditions(where: ArticleFilter) -> tuple[list[str], list[str]]:
    """Conditions in SQL, and the values that are bound in them, in order."""
    parts = [
        (condition, [value])
        for condition, value in (
            ("instr(casefold(title), ?)", where.title and where.title.casefold()),
            ("language = ?", where.language and where.language.lower()),
            ("coalesce(published, '0001-01-01') >= ?", _iso(where.since)),
            ("coalesce(published, '9999-12-31') <= ?", _iso(where.until)),
            ("root = ?", where.source_name),
            ("place = ?", where.place),
            # One value for all ids: SQLite limits the number of bound values.
            (
                "id IN (SELECT value FROM json_each(?))",
                None if where.ids is None else json.dumps(list(where.ids)),
            ),
        )
        if value is not None
    ]
    if where.source is not None:
        from_where = "source || char(10) || coalesce(url, '') || char(10) || coalesce(root, '')"
        values = [where.source.casefold(), source_name(where.source)]
        parts.append((f"(instr(casefold({from_where}), ?) OR root = ?)", values))
    conditions = [condition for condition, _ in parts]
    if where.vanished:
        conditions.append("vanished_at IS NOT NULL")
    if where.copies:
        conditions.append("copy_of IS NOT NULL")
    return conditions, [value for _, values in parts for value in values]


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def near_copies(connection: sqlite3.Connection, article_id: str) -> list[Entry]:
    """Return the other articles of the cluster of an article."""
    rows = connection.execute(
        f"{_SELECT_ENTRY} WHERE id != :id AND coalesce(copy_of, position) ="  # noqa: S608
        " (SELECT coalesce(copy_of, position) FROM articles WHERE id = :id)"
        " ORDER BY position",
        {"id": article_id},
    )
    return [entry_of(row) for row in rows.fetchall()]


def copy_ids(connection: sqlite3.Connection) -> set[str]:
    """Return the ids of the articles that are near copies of another one."""
    rows = connection.execute("SELECT id FROM articles WHERE copy_of IS NOT NULL")
    return {str(row[0]) for row in rows}


def places_of(connection: sqlite3.Connection, name: str) -> set[str]:
    """Return the places of a source with articles that have not vanished."""
    rows = connection.execute(
        "SELECT DISTINCT place FROM articles WHERE root = ? AND vanished_at IS NULL", (name,)
    )
    return {str(row[0]) for row in rows if row[0] is not None}


def find_stored(connection: sqlite3.Connection, article_id: str) -> sqlite3.Row | None:
    """Return position, content_hash, root, place and vanished_at of an article; None without it."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT position, content_hash, root, place, vanished_at FROM articles WHERE id = ?",
        (article_id,),
    ).fetchone()
    return row


def insert(connection: sqlite3.Connection, values: _Values) -> int:
    """Insert an article from its columns, and return its position."""
    names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    statement = f"INSERT INTO articles ({names}) VALUES ({places})"  # noqa: S608 - our names
    return connection.execute(statement, values).lastrowid or 0


def update(connection: sqlite3.Connection, values: _Values) -> None:
    """Replace columns of an article; `values` must have its id."""
    changes = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(f"UPDATE articles SET {changes} WHERE id = :id", values)  # noqa: S608


def set_present(
    connection: sqlite3.Connection, article_id: str, source_name: str | None, place: str | None
) -> None:
    """Set the source and place of an article, and that it has not vanished."""
    connection.execute(
        "UPDATE articles SET root = ?, place = ?, vanished_at = NULL WHERE id = ?",
        (source_name, place, article_id),
    )


def present_at(connection: sqlite3.Connection, place: str) -> list[str]:
    """Return the ids of the articles of a place that have not vanished."""
    rows = connection.execute(
        "SELECT id FROM articles WHERE place = ? AND vanished_at IS NULL", (place,)
    )
    return [str(row[0]) for row in rows]


def set_vanished(connection: sqlite3.Connection, article_id: str) -> None:
    """Mark an article as vanished from its source, at the current time."""
    connection.execute("UPDATE articles SET vanished_at = ? WHERE id = ?", (now(), article_id))


def delete(connection: sqlite3.Connection, article_id: str) -> None:
    """Delete an article."""
    connection.execute("DELETE FROM articles WHERE id = ?", (article_id,))
