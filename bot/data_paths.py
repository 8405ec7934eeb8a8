"""The names of the files and folders that this room keeps in the data folder.

    library.db      the articles, their sources and their history (`corpus.library`)
    bot.db          chats, answers, feedback (`bot.storage`)
    inbox/          what admins sent in Telegram, as it was read
    chat_history    what was typed in the terminal chat
    evaluation/     indexes of `quotebot eval`, and the vectors that the next run uses again

The index gets `root` and names its own files there: `generations/`, `CURRENT` and `build.lock`
(`index.storage.generation_store`), `vectors.db` and `analyses.db` (`index.indexing.builder`),
`encoders/` (`index.embedding.onnx_embedder`).
"""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["DataPaths"]


@dataclass(frozen=True, slots=True)
class DataPaths:
    """Paths under one data folder; nothing is created by asking for them."""

    root: Path

    @property
    def exports(self) -> Path:
        """The folder that holds `encoders/`, the exported models."""
        return self.root

    @property
    def library(self) -> Path:
        """The database of articles."""
        return self.root / "library.db"

    @property
    def chats(self) -> Path:
        """The database of chats, answers and feedback."""
        return self.root / "bot.db"

    @property
    def inbox(self) -> Path:
        """The folder of documents and posts that admins sent."""
        return self.root / "inbox"

    @property
    def chat_history(self) -> Path:
        """The lines that were typed in the terminal chat."""
        return self.root / "chat_history"

    @property
    def evaluation(self) -> Path:
        """The folder of the indexes that `quotebot eval` builds."""
        return self.root / "evaluation"
