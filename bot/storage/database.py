"""The file `bot.db`, which holds everything that the bot stores."""

from pathlib import Path
from typing import Self

from bot.storage.chat_store import SqliteChatStore
from bot.storage.feedback_store import SqliteFeedbackStore
from bot.storage.rate_limit_store import SqliteRateLimitStore
from bot.storage.sqlite_connection import SqliteConnection
from bot.storage.update_log import AlwaysLeader, MemoryUpdateLog

__all__ = ["BotDatabase"]


class BotDatabase:
    """Implements `bot.chat.ports.BotStorage` in one SQLite file, for a bot of one process."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it; delete expired records. Raises StateError."""
        self._connection = SqliteConnection(path)
        self.chats = SqliteChatStore(self._connection)
        self.feedback = SqliteFeedbackStore(self._connection)
        self.rate_limits = SqliteRateLimitStore(self._connection)
        self.updates = MemoryUpdateLog()
        self.leader = AlwaysLeader()
        self.chats.purge()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        """The storage itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()
