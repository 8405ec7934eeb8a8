"""Token buckets in `bot.db`."""

import time

from bot.chat.rate_limits import Bucket, BucketLevel, Verdict, take_token
from bot.storage.sqlite_connection import SqliteConnection

__all__ = ["SqliteRateLimitStore"]


class SqliteRateLimitStore:
    """Implements `bot.chat.ports.RateLimitStore`."""

    def __init__(self, connection: SqliteConnection) -> None:
        """Use a connection that other stores may share."""
        self._connection = connection

    def take(self, name: str, bucket: Bucket) -> Verdict:
        """Take a token of the bucket `name`."""
        with self._connection.unit_of_work():
            rows = self._connection.rows(
                "SELECT tokens, warned, at FROM buckets WHERE name = ?", name
            )
            before = BucketLevel(rows[0][0], bool(rows[0][1]), rows[0][2]) if rows else None
            level, verdict = take_token(before, bucket, time.time())
            self._connection.execute(
                "INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?)",
                name,
                level.tokens,
                level.warned,
                level.at,
            )
        return verdict
