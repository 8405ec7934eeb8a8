"""Documents, links and posts of admins, as files and addresses that `corpus` can read.

Files are saved in the folder `inbox` under safe names: the name that a person gave a file is never
used as a path.
"""

import json
import re
from pathlib import Path

from telegram import Document, Message, MessageEntity, MessageOriginChannel
from telegram.ext import filters

from bot.telegram.transport.rate_limiter import retry_idempotent

__all__ = ["IS_MATERIAL", "LARGEST_DOCUMENT", "Material", "link_in", "save_document", "save_post"]

LARGEST_DOCUMENT = 20_000_000
"""Bytes of the largest file that Telegram lets a bot fetch."""
_UNSAFE = re.compile(r"[^\w.-]+")
_TITLE_LENGTH = 80  # characters


class Material(filters.MessageFilter):
    """A document, a forwarded post with text, or a link and nothing else."""

    def filter(self, message: Message) -> bool:
        """Whether an admin may mean this to be imported."""
        forwarded = message.forward_origin is not None and bool(message.text or message.caption)
        return bool(message.document) or forwarded or link_in(message) is not None


IS_MATERIAL = Material()


def link_in(message: Message) -> str | None:
    """The address in a message that consists of an address alone; None for other messages."""
    text = (message.text or "").strip()
    if text != message.text or not text.lower().startswith(("http://", "https://")):
        return None
    whole = message.parse_entities([MessageEntity.URL]).values()
    return text if text in whole or not text.split()[1:] else None


async def save_document(document: Document, folder: Path) -> Path:
    """Fetch a document into the folder; its path. It replaces a file of the same name.

    Raises TelegramError when it cannot be fetched, OSError when it cannot be written.
    """
    path = folder / _file_name(document.file_name or f"document-{document.file_unique_id}.txt")
    path.parent.mkdir(parents=True, exist_ok=True)
    file = await retry_idempotent(document.get_file)
    path.write_bytes(await retry_idempotent(file.download_as_bytearray))
    return path


def save_post(message: Message, folder: Path) -> Path:
    """Save a forwarded post as an article; the path of the file.

    The first line of the post is the title, and its date is the article's. Raises OSError when the
    file cannot be written.
    """
    text = (message.text or message.caption or "").strip()
    origin = message.forward_origin
    article: dict[str, str | None] = {
        "title": text.splitlines()[0][:_TITLE_LENGTH],
        "text": text,
        "published": origin.date.date().isoformat() if origin is not None else None,
    }
    name = f"post-{message.chat_id}-{message.message_id}"
    if isinstance(origin, MessageOriginChannel):
        name = f"post-{origin.chat.id}-{origin.message_id}"
        if origin.chat.username:
            article["url"] = f"https://t.me/{origin.chat.username}/{origin.message_id}"
            article["source"] = article["url"]
    path = folder / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {field: value for field, value in article.items() if value}
    path.write_text(json.dumps(kept, ensure_ascii=False) + "\n", "utf-8", "replace")
    return path


def _file_name(name: str) -> str:
    safe = _UNSAFE.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1])[-80:].lstrip(".-_")
    return safe or "document.txt"
