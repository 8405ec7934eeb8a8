"""Embeds texts without torch, with the export that was made of a model when the index was built.

    encoders/<fingerprint>/
        encoder.json      the model's name, prompts and limits, and a checksum of each file
        encoder.onnx      the network: token ids and their mask → sentence vectors
        tokenizer.json    the tokenizer: text → token ids

A process that only answers loads neither torch nor sentence-transformers. So it starts in a fifth
of the time, uses half of the memory, and embeds a question in a third of the time. When the export
is missing or damaged, the model itself is used.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.cpus import processors
from corpus.errors import ModelUnavailable, Reason
from index.arrays import Vectors
from index.checksum import checksum
from index.embedding.base import Embedder, RecentQuestions, first_line, unit
from index.embedding.model_sources import source_folder
from index.embedding.onnx_session import open_session
from index.embedding.sentence_transformer import SentenceTransformerEmbedder
from index.error_codes import Code

__all__ = [
    "EncoderCard",
    "OnnxEmbedder",
    "damaged_encoder",
    "encoder_folder",
    "is_of",
    "read_card",
    "stamp",
    "why_not",
]

_FORMAT = 3
_PROBE = "How deep is the harbour at low tide?"
_SAME = 0.99  # cosine
_MANY = 1_000  # passages, from which the model with torch is faster although it must be loaded


@dataclass(frozen=True, slots=True)
class EncoderCard:
    """The content of encoder.json.

    model           name of the model in the settings
    fingerprint     of the model; see `Embedder`
    dimension       length of a vector
    stamp           `stamp` of the model's folder at the export
    query_prompt    text that is put before each question
    passage_prompt  text that is put before each passage
    max_tokens      longer texts are truncated
    cosine          lowest cosine between a vector of the model and of the export, in the check
    files           `checksum` of each file by name
    bits            size of a weight; 8 where that is faster (`index.embedding.int8_quantization`)
    probe           vector of a fixed question, to detect a processor that computes other vectors
    problem         why the model cannot be exported; None if it was
    """

    model: str
    fingerprint: str
    dimension: int
    stamp: str
    query_prompt: str
    passage_prompt: str
    max_tokens: int
    cosine: float
    files: dict[str, dict[str, Any]]
    bits: int = 32
    probe: list[float] = field(default_factory=list)
    problem: str | None = None

    def to_json(self) -> str:
        """Return the content of encoder.json."""
        plain = {"format": _FORMAT, **asdict(self)}
        return json.dumps({"sha256": _digest(plain), **plain}, indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "EncoderCard":
        """Read encoder.json. Raises ValueError, KeyError or TypeError when it is damaged."""
        plain = json.loads(text)
        if plain.pop("sha256") != _digest(plain) or plain.pop("format") != _FORMAT:
            raise ValueError("encoder.json is damaged or of another version")
        return cls(**plain)


def _digest(plain: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def encoder_folder(data: Path, fingerprint: str) -> Path:
    """Return the folder for the export of a model; it may not exist."""
    return data / "encoders" / fingerprint


def read_card(data: Path, fingerprint: str) -> EncoderCard | None:
    """Read the card of a model's export; None when it is missing or damaged."""
    try:
        text = (encoder_folder(data, fingerprint) / "encoder.json").read_text("utf-8")
        return EncoderCard.from_json(text)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def stamp(name: str) -> str:
    """Return names, sizes and times of the files in the folder of a model, as JSON.

    Empty for a model without a folder. Raises ModelUnavailable.
    """
    folder = source_folder(name)
    if folder is None:
        return ""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return json.dumps([
        (str(path.relative_to(folder)), (status := path.stat()).st_size, status.st_mtime_ns)
        for path in files
        if "__pycache__" not in path.parts
    ])  # fmt: skip


def why_not(card: EncoderCard | None, name: str) -> Reason | None:
    """Return why the export of the model `name` is not used; None when it is used."""
    if card is None:
        return Code.NOT_EXPORTED()
    if card.problem:
        return Code.NOT_EXPORTABLE(problem=card.problem)
    if not is_of(card, name):
        return Code.MODEL_CHANGED()
    return None


def is_of(card: EncoderCard, name: str) -> bool:
    """Whether the card belongs to the model `name` with its present files."""
    return card.model == name and card.stamp == stamp(name)


def damaged_encoder(data: Path, fingerprint: str) -> Iterator[str]:
    """Give the paths, below `data`, of files of an export that are missing or damaged."""
    folder, card = encoder_folder(data, fingerprint), read_card(data, fingerprint)
    for file, expected in card.files.items() if card else ():
        if not (folder / file).exists() or checksum(folder / file) != expected:
            yield str((folder / file).relative_to(data))


class OnnxEmbedder(RecentQuestions):
    """An exported model, run by ONNX Runtime; each text is encoded on one thread."""

    def __init__(self, folder: Path, card: EncoderCard) -> None:
        """Load the export in `folder`. Raises ModelUnavailable when it cannot be used."""
        from tokenizers import Tokenizer

        super().__init__()
        self.name = card.model
        self.fingerprint = card.fingerprint
        self.dimension = card.dimension
        self._card = card
        try:
            for file, expected in card.files.items():
                if checksum(folder / file) != expected:
                    raise ModelUnavailable(Code.EXPORT_DAMAGED(path=folder / file))
            # Without an arena, which would keep the memory for the longest text for ever.
            self._session = open_session(folder / "encoder.onnx", arena=False)
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._tokenizer.enable_truncation(card.max_tokens)
            self._tokenizer.no_padding()
            if card.probe and float(np.dot(self.probe(), card.probe)) < _SAME:
                raise ModelUnavailable(Code.EXPORT_COMPUTES_OTHERWISE(path=folder))
        except ModelUnavailable:
            raise
        except Exception as error:  # loaders raise anything; all mean the same here
            raise ModelUnavailable(
                Code.EXPORT_NOT_LOADED(path=folder, error=first_line(error))
            ) from error

    def probe(self) -> list[float]:
        """Compute the value of `EncoderCard.probe`: a unit vector, rounded to 4 digits."""
        return [round(float(value), 4) for value in self._encode(_PROBE)]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`. Each run takes one text, without padding, on as many threads as cores."""
        prompt = self._card.passage_prompt
        with ThreadPoolExecutor(processors()) as workers:
            rows = list(workers.map(lambda text: self._encode(prompt + text), texts))
        return np.array(rows, dtype=np.float32).reshape(len(texts), self.dimension)

    def for_many(self, count: int) -> Embedder:
        """See `Embedder`. From 1,000 passages on, the model itself is faster, with its loading."""
        if count < _MANY:
            return self
        model = SentenceTransformerEmbedder(self.name)
        return model if model.fingerprint == self.fingerprint else self

    def _encode_query(self, text: str) -> Vectors:
        return self._encode(self._card.query_prompt + text)

    def _encode(self, text: str) -> Vectors:
        """Unit vector of a text: float32, (dimension,)."""
        found = self._session.run(["vectors"], self.inputs(text))[0]
        vectors: Vectors = unit(np.asarray(found))
        return np.asarray(vectors[0])

    def inputs(self, text: str) -> dict[str, NDArray[np.int64]]:
        """Return `input_ids` and `attention_mask` of a text of T tokens: int64 (1, T) each."""
        encoding = self._tokenizer.encode(text.strip())
        return {
            "input_ids": np.array([encoding.ids], dtype=np.int64),
            "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
        }
