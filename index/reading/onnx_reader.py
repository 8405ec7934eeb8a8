"""The reader: a small model that marks the answer in a passage, or says that it is not there.

It is MiniLM with a span head, trained by `python -m training.reader` and run by ONNX Runtime. Its
weights and their card are in `weights/`; docs/reader.md says how they were made. When they are
missing or damaged, questions are answered without a reader.
"""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelUnavailable, Reason
from index.checksum import checksum
from index.embedding.base import first_line
from index.embedding.model_sources import bundled_model_path
from index.embedding.onnx_session import open_session
from index.error_codes import Code
from index.reading.ports import ReaderInput, SpanScores

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

    from index.reading.token_windows import Sequences, Window

__all__ = ["WEIGHTS", "OnnxReader", "ReaderCard", "check_reader", "load", "read_card"]

WEIGHTS = Path(__file__).with_name("weights")
"""Folder of the bundled reader: `reader.onnx` and its card, `reader.json`."""

_MOST_TOKENS = 256  # for one question: two long passages, or three short ones
_SECONDS_PER_TOKEN = 1.2e-4  # first estimate; measurements correct it
_LATEST_SHARE = 0.2  # weight of the latest measurement in the running mean
_RETRY_FACTOR = 0.9
"""Factor by which each skipped question lowers the estimated time. Only reading measures the time,
so an estimate that is too high would otherwise stop all reading for ever."""

_log = logging.getLogger(__name__)
Floats = NDArray[np.float32]
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ReaderCard:
    """The content of reader.json.

    languages   ISO 639-1 codes of the languages for which the reader was trained
    bytes       size of reader.onnx
    sha256      checksum of reader.onnx
    vocabulary  SHA-256 of the tokenizer.json that it needs
    trained_on  names of the files of questions with which it was trained
    held_out    titles of articles in these files that were left out
    """

    languages: tuple[str, ...]
    bytes: int
    sha256: str
    vocabulary: str
    trained_on: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the content of reader.json."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "ReaderCard":
        """Read reader.json; unknown fields are ignored.

        Raises ValueError, KeyError, TypeError or AttributeError when it is damaged.
        """
        plain = json.loads(text)
        return cls(
            tuple(plain["languages"]),
            plain.get("bytes", 0),
            plain["sha256"],
            plain["vocabulary"],
            tuple(plain.get("trained_on", ())),
            tuple(plain.get("held_out", ())),
        )


class OnnxReader:
    """The reader in a folder, loaded at the first question. `problem` says why it is not usable."""

    def __init__(self, folder: Path = WEIGHTS, *, budget: float | None = None) -> None:
        """Use the reader in `folder`; it is loaded later.

        With a `budget` in seconds, passages that would take longer are not read; and the first
        questions, while the reader is being loaded, are not read.
        """
        self._folder = folder
        self._budget = budget
        self._loading = Lock()
        self._reading = Lock()
        self._seconds_per_token = _SECONDS_PER_TOKEN
        self._loaded: tuple[Tokenizer, InferenceSession] | None = None
        self._languages: frozenset[str] | None = None
        self.problem: str | None = None

    def reads(self, language: str | None) -> bool:
        """See `Reader`."""
        if self._languages is None:
            try:
                self._languages = frozenset(read_card(self._folder).languages)
            except ModelUnavailable as error:
                self._fail(error)
                self._languages = frozenset()
        return language in self._languages

    def read(self, question: str, passages: Sequence[ReaderInput]) -> list[SpanScores] | None:
        """See `Reader`."""
        loaded = self.load() if self._budget is None else self._load_in_background()
        if loaded is None:
            return None
        tokenizer, session = loaded
        windows, batch = _batch(tokenizer, question, passages, self._most_tokens())
        logits = self._run(session, {"ids": batch.ids, "kinds": batch.kinds, "mask": batch.mask})
        if logits is None:
            return None
        return [
            _span_scores(part, start, end, first)
            for part, start, end, (first, _) in zip(windows, *logits, batch.text, strict=True)
        ]

    def _most_tokens(self) -> float:
        """How many tokens can be read within the budget."""
        if self._budget is None:
            return _MOST_TOKENS
        return min(_MOST_TOKENS, self._budget / self._seconds_per_token)

    def _run(
        self, session: "InferenceSession", inputs: dict[str, Ids]
    ) -> tuple[Floats, Floats] | None:
        """Start and end logits, (B, T) each; None when they would take longer than the budget.

        One question is read at a time; the budget includes the time of waiting for the others.
        """
        needed = self._seconds_per_token * inputs["ids"].size
        wait = -1.0 if self._budget is None else self._budget - needed
        if self._budget is not None and wait < 0:
            self._seconds_per_token *= _RETRY_FACTOR
            return None
        if not self._reading.acquire(timeout=wait):
            return None
        try:
            began = time.perf_counter()
            start, end = session.run(None, inputs)
            took = (time.perf_counter() - began) / inputs["ids"].size
            self._seconds_per_token += _LATEST_SHARE * (took - self._seconds_per_token)
        finally:
            self._reading.release()
        return start, end

    def load(self) -> "tuple[Tokenizer, InferenceSession] | None":
        """Load tokenizer and model once; return None, and set `problem`, when that fails."""
        with self._loading:
            if self._loaded is None and self.problem is None:
                try:
                    self._loaded = load(self._folder)
                except ModelUnavailable as error:
                    self._fail(error)
            return self._loaded

    def _load_in_background(self) -> "tuple[Tokenizer, InferenceSession] | None":
        """Call `load` in a thread; return None until it has finished, so that no question waits."""
        if self._loaded is None and self.problem is None and not self._loading.locked():
            Thread(target=self.load, name="reader", daemon=True).start()
        return self._loaded

    def _fail(self, error: ModelUnavailable) -> None:
        self.problem = str(error)
        _log.warning("%s; answers go on without it", error)


def _batch(
    tokenizer: "Tokenizer", question: str, passages: Sequence[ReaderInput], most: float
) -> "tuple[list[Window], Sequences]":
    """Windows of the first passages, and one batch of them, with at most `most` tokens.

    The first passage is always in the batch.
    """
    from index.reading.token_windows import TEXT_TOKENS, pad, sequence, tokenize, window

    question_ids = tokenize(tokenizer, question).ids
    windows: list[Window] = []
    rows: list[tuple[Ids, int]] = []
    longest = 0
    for passage in passages:
        title = tokenize(tokenizer, passage.title).ids
        part = window(tokenizer, passage.text, passage.sentences, passage.order, TEXT_TOKENS)
        row = sequence(question_ids, title, part.text.ids)
        longest = max(longest, len(row[0]))
        if rows and longest * (len(rows) + 1) > most:
            break
        windows.append(part)
        rows.append(row)
    return windows, pad(rows, [len(part.text.ids) for part in windows])


def _span_scores(part: "Window", start: Floats, end: Floats, first: int) -> SpanScores:
    from index.reading.token_windows import best_spans

    size = len(part.text.ids)
    own = np.r_[0, first : first + size]
    scores, tokens = best_spans(start[own], end[own], part.bounds)
    spans = np.zeros_like(tokens)
    read = np.isfinite(scores)
    spans[read, 0] = part.text.offsets[tokens[read, 0], 0]
    spans[read, 1] = part.text.offsets[tokens[read, 1], 1]
    return SpanScores(scores, spans)


def check_reader(folder: Path = WEIGHTS) -> Reason | None:
    """Return what is wrong with the files of a reader; None when they are whole."""
    try:
        _check(folder, read_card(folder))
    except ModelUnavailable as error:
        return error.reason
    return None


def read_card(folder: Path) -> ReaderCard:
    """Read the card of the reader in a folder. Raises ModelUnavailable."""
    path = folder / "reader.json"
    try:
        return ReaderCard.from_json(path.read_text("utf-8"))
    except OSError as error:
        raise ModelUnavailable(Code.READER_MISSING(path=path, error=error.strerror)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelUnavailable(Code.READER_CARD_DAMAGED(path=path)) from error


def load(folder: Path) -> "tuple[Tokenizer, InferenceSession]":
    """Load tokenizer and model of the reader in a folder. Raises ModelUnavailable."""
    _check(folder, read_card(folder))
    from index.reading.token_windows import open_tokenizer

    tokenizer = open_tokenizer(_vocabulary())
    try:
        session = open_session(folder / "reader.onnx")
    except Exception as error:  # ONNX Runtime raises anything for a file that is not a model
        raise ModelUnavailable(Code.READER_NOT_LOADED(error=first_line(error))) from error
    return tokenizer, session


def _check(folder: Path, card: ReaderCard) -> None:
    """Raise ModelUnavailable when a file is missing or is not the one of the card."""
    files = (folder / "reader.onnx", card.sha256), (_vocabulary(), card.vocabulary)
    for path, expected in files:
        try:
            found = checksum(path)["sha256"]
        except OSError as error:
            raise ModelUnavailable(Code.READER_MISSING(path=path, error=error.strerror)) from error
        if found != expected:
            raise ModelUnavailable(Code.READER_DAMAGED(path=path))


def _vocabulary() -> Path:
    return bundled_model_path() / "tokenizer.json"
