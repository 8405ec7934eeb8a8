"""Articles that say the same: found by MinHash, linked, and only the best of them speaks.

Two articles are copies when four fifths of their runs of three words are the same (estimated from
120 hashes each), or, for those too short to estimate, when title and text are equal. Copies form
groups; the longest of a group speaks, a web address and a date making up for a tenth of the length
each, and among equals the first that came.
"""

import hashlib
import re
import sqlite3
import struct
from array import array
from functools import lru_cache

from corpus.article import Article

__all__ = ["index", "relink", "unlink"]

SIMILAR = 0.8
HASHES, BAND = 120, 6  # 20 bands: two articles with .8 in common meet in one 99.8 % of the time
LEAST_RUNS = 30  # of three words, or characters of Chinese and the like
MOST_CANDIDATES = 500  # that are compared: more look alike only when something is wrong with all
SEED = 20

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]|[^\W\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]+"
)

_ASCII_GAPS = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) == "_")}


def index(connection: sqlite3.Connection, position: int, article: Article) -> None:
    """Note what tells whether other articles say the same as this one."""
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


def relink(connection: sqlite3.Connection, position: int) -> None:
    """Put an article, already indexed, into the group of its copies, and choose who speaks."""
    copies = _copies(connection, position)
    if not copies:
        return  # nobody speaks for it: that is how it comes here
    speakers = {position, *(_speaker(connection, copy) for copy in copies)}
    members = set(speakers)
    for speaker in speakers:
        rows = connection.execute("SELECT position FROM articles WHERE copy_of = ?", (speaker,))
        members |= {int(row[0]) for row in rows}
    best = max(speakers, key=lambda one: (_quality(connection, one), -one))
    for member in members:
        connection.execute(
            "UPDATE articles SET copy_of = ? WHERE position = ? AND copy_of IS NOT ?",
            (None if member == best else best, member, None if member == best else best),
        )


def unlink(connection: sqlite3.Connection, position: int) -> None:
    """Take an article out of its group; its copies find each other again."""
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
        "UPDATE articles SET copy_of = NULL WHERE copy_of = ?1 OR position = ?1", (position,)
    )
    for copy in left:
        relink(connection, copy)


def _words(text: str) -> list[str]:
    # The same for ASCII, in a third of the time.
    return text.translate(_ASCII_GAPS).split() if text.isascii() else _WORD.findall(text)


def _digest(text: str) -> bytes | None:
    words = _words(text.casefold())
    runs = list(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
    if len(runs) < LEAST_RUNS:
        return None
    from rensa import RMinHash  # lazy: only writing needs it

    hashes = RMinHash(num_perm=HASHES, seed=SEED)
    hashes.update(runs)
    return array("I", hashes.digest()).tobytes()


@lru_cache(maxsize=16)  # an article is put in and then looked for
def _keys(digest: bytes | None) -> tuple[int, ...]:
    """One number for each band: equal in two articles when all of the band's hashes are."""
    size = BAND * array("I").itemsize
    pieces = (
        bytes([band]) + (digest or b"")[start : start + size]
        for band, start in enumerate(range(0, len(digest or b""), size))
    )
    hashed = b"".join(hashlib.blake2b(piece, digest_size=8).digest() for piece in pieces)
    return struct.unpack(f">{len(hashed) // 8}q", hashed)


def _copies(connection: sqlite3.Connection, position: int) -> set[int]:
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


def _speaker(connection: sqlite3.Connection, position: int) -> int:
    (speaker,) = connection.execute(
        "SELECT coalesce(copy_of, position) FROM articles WHERE position = ?", (position,)
    ).fetchone()
    return int(speaker)


def _quality(connection: sqlite3.Connection, position: int) -> float:
    (quality,) = connection.execute(
        "SELECT quality FROM signatures WHERE position = ?", (position,)
    ).fetchone()
    return float(quality)
