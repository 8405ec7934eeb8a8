"""The reader: a small model that points at the answer inside a passage, and says "not here".

MiniLM with a span head, trained by `python -m training.reader` and run by ONNX Runtime. Its weights
and their card lie in `weights/`; docs/reader.md says what they were made of. Without them, or
when they are damaged, answers are what they were without a reader.
"""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelUnavailable
from index.checksum import checksum
from index.embedding.base import first_line
from index.embedding.model_sources import bundled_model_path
from index.embedding.onnx_session import open_session

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

    from index.reading.token_windows import Sequences, Window

__all__ = ["WEIGHTS", "OnnxReader", "Reader", "Reading", "Unread", "check_reader"]

WEIGHTS = Path(__file__).with_name("weights")
"""Folder of the bundled reader: `reader.onnx` and its card, `reader.json`."""

_MOST = 256  # tokens in all: two windows of long passages, or three short ones
_PER_TOKEN = 1.2e-4  # seconds, until it is measured
_PATIENCE = 0.9  # what an estimate that led to skipping is multiplied by, so that it is tried again

_log = logging.getLogger(__name__)
Floats = NDArray[np.float32]
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Unread:
    """A passage to read.

    `sentences` are the spans of all its sentences in `text`, `order` their places, the most
    promising first: of a long text, only those are read.
    """

    title: str
    text: str
    sentences: Sequence[tuple[int, int]]
    order: Sequence[int]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in the S sentences of a passage.

    scores (S,): log-odds of the likeliest answer in each sentence against "not here", -inf where
    it was not read; spans (S, 2): that answer, in code points of the passage's text.
    """

    scores: Floats
    spans: Ids


class Reader(Protocol):
    """Points at answers. Safe to call from several threads."""

    def reads(self, language: str | None) -> bool:
        """Whether it knows the language."""

    def read(self, question: str, passages: Sequence[Unread]) -> list[Reading] | None:
        """Readings of the passages in order, at least of the first, as many as are quickly read.

        None when there is no time or no model.
        """


class OnnxReader:
    """A reader in a folder, loaded when it is first needed."""

    def __init__(self, folder: Path = WEIGHTS, *, budget: float | None = None) -> None:
        """`budget` is in seconds: a question with longer to wait goes without. None is for ever."""
        self._folder = folder
        self._budget = budget
        self._loading = Lock()
        self._reading = Lock()
        self._per_token = _PER_TOKEN
        self._loaded: tuple[Tokenizer, InferenceSession] | None = None
        self._languages: frozenset[str] | None = None
        self.problem: str | None = None

    def reads(self, language: str | None) -> bool:
        """See `Reader`."""
        if self._languages is None:
            try:
                self._languages = frozenset(read_card(self._folder)["languages"])
            except ModelUnavailable as error:
                self._fail(error)
                self._languages = frozenset()
        return language in self._languages

    def read(self, question: str, passages: Sequence[Unread]) -> list[Reading] | None:
        """See `Reader`."""
        loaded = self.load() if self._budget is None else self._load_aside()
        if loaded is None:
            return None
        tokenizer, session = loaded
        windows, batch = _batch(tokenizer, question, passages, self._most())
        logits = self._run(session, {"ids": batch.ids, "kinds": batch.kinds, "mask": batch.mask})
        if logits is None:
            return None
        return [
            _reading(part, start, end, first)
            for part, start, end, (first, _) in zip(windows, *logits, batch.text, strict=True)
        ]

    def _most(self) -> float:
        """Tokens that there is time for."""
        return _MOST if self._budget is None else min(_MOST, self._budget / self._per_token)

    def _run(
        self, session: "InferenceSession", inputs: dict[str, Ids]
    ) -> tuple[Floats, Floats] | None:
        """Logits, or None when they would come too late: one question is read at a time."""
        needed = self._per_token * inputs["ids"].size
        wait = -1.0 if self._budget is None else self._budget - needed
        if self._budget is not None and wait < 0:
            self._per_token *= _PATIENCE
            return None
        if not self._reading.acquire(timeout=wait):
            return None
        try:
            began = time.perf_counter()
            start, end = session.run(None, inputs)
            took = (time.perf_counter() - began) / inputs["ids"].size
            self._per_token += 0.2 * (took - self._per_token)
        finally:
            self._reading.release()
        return start, end

    def load(self) -> "tuple[Tokenizer, InferenceSession] | None":
        """Tokenizer and model, loaded once; None, with the reason in `problem`, when that fails."""
        with self._loading:
            if self._loaded is None and self.problem is None:
                try:
                    self._loaded = load(self._folder)
                except ModelUnavailable as error:
                    self._fail(error)
            return self._loaded

    def _load_aside(self) -> "tuple[Tokenizer, InferenceSession] | None":
        """The same without waiting: the questions until then go without."""
        if self._loaded is None and self.problem is None and not self._loading.locked():
            Thread(target=self.load, name="reader", daemon=True).start()
        return self._loaded

    def _fail(self, error: ModelUnavailable) -> None:
        self.problem = str(error)
        _log.warning("%s; answers go on without it", error)


def _batch(
    tokenizer: "Tokenizer", question: str, passages: Sequence[Unread], most: float
) -> "tuple[list[Window], Sequences]":
    """Windows of the passages, and as one batch of `most` tokens or a window."""
    from index.reading.token_windows import TEXT_TOKENS, pad, sequence, tokenize, window

    asked = tokenize(tokenizer, question).ids
    windows: list[Window] = []
    rows: list[tuple[Ids, int]] = []
    longest = 0
    for passage in passages:
        title = tokenize(tokenizer, passage.title).ids
        part = window(tokenizer, passage.text, passage.sentences, passage.order, TEXT_TOKENS)
        row = sequence(asked, title, part.text.ids)
        longest = max(longest, len(row[0]))
        if rows and longest * (len(rows) + 1) > most:
            break
        windows.append(part)
        rows.append(row)
    return windows, pad(rows, [len(part.text.ids) for part in windows])


def _reading(part: "Window", start: Floats, end: Floats, first: int) -> Reading:
    from index.reading.token_windows import best_spans

    size = len(part.text.ids)
    own = np.r_[0, first : first + size]
    scores, tokens = best_spans(start[own], end[own], part.bounds)
    spans = np.zeros_like(tokens)
    read = np.isfinite(scores)
    spans[read, 0] = part.text.offsets[tokens[read, 0], 0]
    spans[read, 1] = part.text.offsets[tokens[read, 1], 1]
    return Reading(scores, spans)


def check_reader(folder: Path = WEIGHTS) -> str | None:
    """What is wrong with a reader's files, in a line; None when they are whole."""
    try:
        _check(folder, read_card(folder))
    except ModelUnavailable as error:
        return str(error)
    return None


def read_card(folder: Path) -> dict[str, Any]:
    """The card of the reader in a folder. Raises ModelUnavailable."""
    path = folder / "reader.json"
    try:
        card = json.loads(path.read_text("utf-8"))
        card["languages"], card["sha256"], card["vocabulary"]  # KeyError when absent
    except OSError as error:
        raise ModelUnavailable(f"the reader is missing: {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelUnavailable(f"the reader is damaged: {path} is not its card") from error
    return dict(card)


def load(folder: Path) -> "tuple[Tokenizer, InferenceSession]":
    """Tokenizer and model of the reader in a folder. Raises ModelUnavailable."""
    _check(folder, read_card(folder))
    from index.reading.token_windows import open_tokenizer

    tokenizer = open_tokenizer(_vocabulary())
    try:
        session = open_session(folder / "reader.onnx")
    except Exception as error:  # anything, for a file that is no model
        raise ModelUnavailable(f"the reader cannot be loaded: {first_line(error)}") from error
    return tokenizer, session


def _check(folder: Path, card: dict[str, Any]) -> None:
    """Raises ModelUnavailable when a file is not the one that the card describes."""
    for path, wanted in ((folder / "reader.onnx", "sha256"), (_vocabulary(), "vocabulary")):
        try:
            found = checksum(path)["sha256"]
        except OSError as error:
            raise ModelUnavailable(f"the reader is missing: {path}: {error.strerror}") from error
        if found != card[wanted]:
            raise ModelUnavailable(
                f"the reader is damaged: {path} is not the file of its card (SHA-256 differs): "
                "install quotebot again"
            )


def _vocabulary() -> Path:
    return bundled_model_path() / "tokenizer.json"
