"""Near copies: articles with almost the same text, found by MinHash and put into clusters.

Two articles are near copies when four fifths of their runs of three words are the same (estimated
from 120 hashes of each). Articles too short for an estimate are near copies when title and text are
equal. Each cluster has one canonical article: the longest. A web address and a date each add a
tenth to its length; of equal articles, the one that was added first is canonical. The column
`articles.copy_of` of the others holds the position of the canonical article.

Only this module writes that column and the tables `signatures` and `bands`.
"""

import hashlib
import re
import sqlite3
import struct
from array import array
from functools import lru_cache

from corpus.article import Article
from corpus.library.row_mapping import article_of

__all__ = ["add_signature", "cluster_all", "recluster", "remove_from_cluster"]

SIMILAR = 0.8  # share of common runs, from which two articles are near copies
HASHES, BAND = 120, 6  # 20 bands: articles with .8 in common share a band in 99.8 % of all cases
LEAST_RUNS = 30  # runs of three words (or characters of Chinese and the like) for an estimate
MOST_CANDIDATES = 500  # articles that are compared: a limit on the time
SEED = 20

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]|[^\W\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]+"
)

_ASCII_GAPS = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) == "_")}


def add_signature(connection: sqlite3.Connection, position: int, article: Article) -> None:
    """Store the hashes by which near copies of an article are found, and its quality."""
    text = "\n".join(paragraph.text for paragraph in article.paragraphs)
    digest = _digest(text)
    quality = len(text) * (1 + 0.1 * bool(article.url) + 0.1 * bool(article.published))
    whole = hashlib.sha256(f"{article.title}\0{text}".encode()).digest()
    connection.execute(
        "INSERT OR REPLACE INTO signatures (position, whole, digest, quality) VALUES (?, ?, ?, ?)",
        (position, whole, digest, quality),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO bands (key, position) VALUES (?, ?)",
        [(key, position) for key in _keys(digest)],
    )


def recluster(connection: sqlite3.Connection, position: int) -> None:
    """Put an article with a signature into the cluster of its near copies.

    The article must not be in a cluster yet. Clusters that it connects become one, and the
    canonical article is chosen again.
    """
    copies = _near_copies(connection, position)
    if not copies:
        return
    canonical = {position, *(_canonical(connection, copy) for copy in copies)}
    members = set(canonical)
    for one in canonical:
        rows = connection.execute("SELECT position FROM articles WHERE copy_of = ?", (one,))
        members |= {int(row[0]) for row in rows}
    best = max(canonical, key=lambda one: (_quality(connection, one), -one))
    for member in members:
        connection.execute(
            "UPDATE articles SET copy_of = ? WHERE position = ? AND copy_of IS NOT ?",
            (None if member == best else best, member, None if member == best else best),
        )


def remove_from_cluster(connection: sqlite3.Connection, position: int) -> None:
    """Delete the signature of an article and take it out of its cluster.

    If it was the canonical article, the others are clustered again.
    """
    row = connection.execute(
        "SELECT digest FROM signatures WHERE position = ?", (position,)
    ).fetchone()
    if row is not None:
        connection.executemany(
            "DELETE FROM bands WHERE key = ? AND position = ?",
            [(key, position) for key in _keys(row[0])],
        )
        connection.execute("DELETE FROM signatures WHERE position = ?", (position,))
    copies = connection.execute("SELECT position FROM articles WHERE copy_of = ?", (position,))
    left = [int(one[0]) for one in copies.fetchall()]
    connection.execute(
        "UPDATE articles SET copy_of = NULL WHERE copy_of = ? OR position = ?",
        (position, position),
    )
    for copy in left:
        recluster(connection, copy)


def cluster_all(connection: sqlite3.Connection) -> None:
    """Find the near copies among all articles, in a library without signatures."""
    for row in connection.execute("SELECT * FROM articles ORDER BY position").fetchall():
        add_signature(connection, row["position"], article_of(row))
        recluster(connection, row["position"])


def _words(text: str) -> list[str]:
    # For ASCII, `split` gives the same words in a third of the time.
    return text.translate(_ASCII_GAPS).split() if text.isascii() else _WORD.findall(text)


def _digest(text: str) -> bytes | None:
    words = _words(text.casefold())
    runs = list(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
    if len(runs) < LEAST_RUNS:
        return None
    from rensa import RMinHash  # lazy: it loads slowly, and only writing needs it

    hashes = RMinHash(num_perm=HASHES, seed=SEED)
    hashes.update(runs)
    return array("I", hashes.digest()).tobytes()


@lru_cache(maxsize=16)  # `add_signature` and `recluster` call it with the same digest
def _keys(digest: bytes | None) -> tuple[int, ...]:
    """One number for each band, the same in two articles whose hashes of the band are equal."""
    size = BAND * array("I").itemsize
    pieces = (
        bytes([band]) + (digest or b"")[start : start + size]
        for band, start in enumerate(range(0, len(digest or b""), size))
    )
    hashed = b"".join(hashlib.blake2b(piece, digest_size=8).digest() for piece in pieces)
    return struct.unpack(f">{len(hashed) // 8}q", hashed)


def _near_copies(connection: sqlite3.Connection, position: int) -> set[int]:
    """The positions of the other articles with almost the same text."""
    whole, digest = connection.execute(
        "SELECT whole, digest FROM signatures WHERE position = ?", (position,)
    ).fetchone()
    rows = connection.execute(
        "SELECT position FROM signatures WHERE whole = ? AND position != ? LIMIT ?",
        (whole, position, MOST_CANDIDATES),
    )
    same = {int(row[0]) for row in rows}
    if digest is None:
        return same
    keys = _keys(digest)
    places = ", ".join("?" * len(keys))
    rows = connection.execute(
        f"SELECT DISTINCT position FROM bands WHERE key IN ({places}) LIMIT ?",  # noqa: S608
        (*keys, MOST_CANDIDATES),
    )
    candidates = {int(row[0]) for row in rows}
    for candidate in candidates - same - {position}:
        (other,) = connection.execute(
            "SELECT digest FROM signatures WHERE position = ?", (candidate,)
        ).fetchone()
        if other is not None and _similarity(digest, other) >= SIMILAR:
            same.add(candidate)
    return same


def _similarity(one: bytes, other: bytes) -> float:
    hashes = zip(array("I", one), array("I", other), strict=True)
    return sum(left == right for left, right in hashes) / HASHES


def _canonical(connection: sqlite3.Connection, position: int) -> int:
    (canonical,) = connection.execute(
        "SELECT coalesce(copy_of, position) FROM articles WHERE position = ?", (position,)
    ).fetchone()
    return int(canonical)


def _quality(connection: sqlite3.Connection, position: int) -> float:
    (quality,) = connection.execute(
        "SELECT quality FROM signatures WHERE position = ?", (position,)
    ).fetchone()
    return float(quality)
