"""The backend: one object that opens every store of an installation.

No other module opens a database, an index or a path in the data folder. Another kind of storage is
another class here, with its own implementations of the same protocols: `corpus.library.ports`,
`index.storage.ports`, `index.storage.cache_ports` and `bot.chat.ports`.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot.data_paths import DataPaths

if TYPE_CHECKING:  # a command loads only what it opens: `list` needs no numpy
    from bot.chat.ports import BotStorage
    from corpus.library.ports import IngestStore
    from index.indexing.builder import BuildCaches
    from index.storage.ports import GenerationStore

__all__ = ["Backend", "EmbeddedBackend", "backend_for"]


class Backend(Protocol):
    """The stores of one installation. Its methods may be called from any thread."""

    @property
    def paths(self) -> DataPaths:
        """Files that stay on this machine, also when the stores are elsewhere."""

    def open_library(self) -> AbstractContextManager["IngestStore"]:
        """The articles, their sources and their history. Raises LibraryError."""

    def open_chats(self) -> "BotStorage":
        """What the bot keeps of chats; the caller closes it. Raises StateError."""

    def open_caches(self) -> "BuildCaches":
        """The analyses and vectors of earlier builds. Raises QuotebotError."""

    @property
    def generations(self) -> "GenerationStore":
        """The built indexes."""


class EmbeddedBackend:
    """Everything in files under one data folder: SQLite, FAISS and arrays."""

    def __init__(self, data: Path) -> None:
        """Keep everything under `data`; nothing is opened or created yet."""
        self.paths = DataPaths(data)

    @contextmanager
    def open_library(self) -> Iterator["IngestStore"]:
        """See `Backend`."""
        from corpus.library.library import Library

        with Library.open(self.paths.library) as library:
            yield library

    def open_chats(self) -> "BotStorage":
        """See `Backend`."""
        from bot.storage.database import BotDatabase

        return BotDatabase(self.paths.chats)

    def open_caches(self) -> "BuildCaches":
        """See `Backend`."""
        from index.indexing.builder import BuildCaches

        return BuildCaches.under(self.paths.root)

    @property
    def generations(self) -> "GenerationStore":
        """See `Backend`."""
        from index.storage.generation_store import EmbeddedStore

        return EmbeddedStore(self.paths.root)


def backend_for(data: Path) -> Backend:
    """The backend of an installation; `data` is the folder of QUOTEBOT_DATA or of --data.

    Every process gets its backend here, so another kind is chosen here alone, by a setting.
    """
    return EmbeddedBackend(data)
