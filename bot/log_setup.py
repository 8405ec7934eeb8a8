"""Logging: one line a record on stderr, as text or JSON, with every secret blotted out.

A traceback is shown at level DEBUG only; otherwise a line says what was raised, and where.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TextIO
from urllib.parse import quote

__all__ = ["redact", "set_up_logging", "where"]

_TOKEN = re.compile(r"\d+(?::|%3[Aa])[A-Za-z0-9_-]{20,}", re.ASCII)
_PLACEHOLDER = re.compile(r"%[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")
_BLOT = "[secret]"
_SHORTEST_SECRET = 4  # blotting out shorter ones would only shred the log


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without the given secrets, and without anything that looks like a bot token."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, _BLOT).replace(quote(secret, safe=""), _BLOT)
    return _TOKEN.sub(_BLOT, text)


def where(error: BaseException) -> str:
    """What was raised and where, without its message, which may hold what a person wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name} ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{place}"


def set_up_logging(
    level: str = "INFO",
    form: str = "text",
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Send every record to `stream` (stderr unless given); call it again to change it."""
    handler = logging.StreamHandler(stream or sys.stderr)
    formatter = _JsonFormatter if form == "json" else _TextFormatter
    handler.setFormatter(formatter(tuple(secrets), tracebacks=level == "DEBUG"))
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old.formatter, _Formatter)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    quiet = max(logging.WARNING, root.level)
    for name in ("httpx", "httpcore", "asyncio"):  # their URLs carry the token
        logging.getLogger(name).setLevel(quiet)
    # Below INFO it logs what people write; its own news at INFO is of no use to an admin.
    logging.getLogger("telegram").setLevel(logging.INFO if level == "DEBUG" else quiet)


class _Formatter(logging.Formatter):
    """What both forms share: the pieces of a line, without secrets."""

    def __init__(self, secrets: tuple[str, ...], tracebacks: bool) -> None:
        super().__init__()
        self._secrets = secrets
        self._tracebacks = tracebacks

    def _message(self, record: logging.LogRecord) -> str:
        if record.name.partition(".")[0] == "telegram":
            # Its records may hold whole updates, that is, what people write.
            return redact(_PLACEHOLDER.sub("…", str(record.msg)), self._secrets)
        return redact(record.getMessage(), self._secrets)

    def _error(self, record: logging.LogRecord) -> str:
        if not record.exc_info or record.exc_info[1] is None:
            return ""
        error = record.exc_info[1]
        if not self._tracebacks:
            return redact(where(error), self._secrets)
        lines = traceback.format_tb(error.__traceback__)
        return redact("".join(lines) + type(error).__name__, self._secrets)

    @staticmethod
    def _time(record: logging.LogRecord) -> str:
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


class _TextFormatter(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        message = self._message(record).replace("\n", " ⏎ ")
        line = f"{self._time(record)} {record.levelname} {record.name}: {message}"
        error = self._error(record)
        separator = "\n" if self._tracebacks else ": "
        return f"{line}{separator}{error}" if error else line


class _JsonFormatter(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self._time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self._message(record),
        }
        error = self._error(record)
        return json.dumps({**line, "error": error} if error else line, ensure_ascii=False)
