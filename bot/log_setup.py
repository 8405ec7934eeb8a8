"""Logging: one line for each record on stderr, as text or JSON, with every secret replaced.

A traceback is shown at level DEBUG only; otherwise the line names the exception and its site.
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

__all__ = ["exception_site", "redact", "set_up_logging"]

_TOKEN = re.compile(r"\d+(?::|%3[Aa])[A-Za-z0-9_-]{20,}", re.ASCII)
_PLACEHOLDER = re.compile(r"%[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")
_REPLACEMENT = "[secret]"
_SHORTEST_SECRET = 4  # characters; replacing shorter ones would make the log unreadable


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with the given secrets, and anything that looks like a bot token, replaced."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, _REPLACEMENT).replace(quote(secret, safe=""), _REPLACEMENT)
    return _TOKEN.sub(_REPLACEMENT, text)


def exception_site(error: BaseException) -> str:
    """The class of an exception and the line that raised it, without its message.

    The message may hold what a person wrote, or a secret.
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name} ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{place}"


def set_up_logging(
    level: str = "INFO",
    form: str = "text",
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Send every record to `stream` (stderr unless given).

    `level` is the name of a level, `form` is "text" or "json". Each record is sent without the
    `secrets`. A second call replaces the first.
    """
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
    # At DEBUG it logs what people write; what it logs at INFO does not help an admin.
    logging.getLogger("telegram").setLevel(logging.INFO if level == "DEBUG" else quiet)


class _Formatter(logging.Formatter):
    """Base of the two formatters: the parts of a line, without secrets."""

    def __init__(self, secrets: tuple[str, ...], tracebacks: bool) -> None:
        super().__init__()
        self._secrets = secrets
        self._tracebacks = tracebacks

    def _message(self, record: logging.LogRecord) -> str:
        if record.name.partition(".")[0] == "telegram":
            # The values of its records may be whole updates, with what people write.
            return redact(_PLACEHOLDER.sub("…", str(record.msg)), self._secrets)
        return redact(record.getMessage(), self._secrets)

    def _error(self, record: logging.LogRecord) -> str:
        if not record.exc_info or record.exc_info[1] is None:
            return ""
        error = record.exc_info[1]
        if not self._tracebacks:
            return redact(exception_site(error), self._secrets)
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
