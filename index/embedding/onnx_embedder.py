"""Questions to vectors without torch: a model exported when the index was built.

    encoders/<fingerprint>/
        encoder.json      the model's name, prompts and limits, and a checksum of each file
        encoder.onnx      token ids and their mask in, sentence vectors out
        tokenizer.json    text to token ids

A process that only answers needs neither torch nor sentence-transformers: it starts in a fifth of
the time, in half of the memory, and a question takes a third as long. What is here is derived: it
can be deleted, and the model itself answers instead.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.cpus import processors
from corpus.errors import IndexUnavailable, ModelUnavailable
from index.arrays import Vectors
from index.checksum import checksum
from index.embedding.onnx_session import open_session
from index.embedding.sentence_transformer import (
    Embedder,
    RecentQuestions,
    SentenceTransformerEmbedder,
    first_line,
    source_folder,
    unit,
)
from index.storage.generation_store import EmbeddedStore

__all__ = [
    "EncoderCard",
    "OnnxEmbedder",
    "damaged_encoder",
    "encoder_folder",
    "is_of",
    "load_embedder",
    "read_card",
    "stamp",
    "why_not",
]

_FORMAT = 3
_PROBE = "How deep is the harbour at low tide?"
_SAME = 0.99  # cosine
_MANY = 1_000  # passages from which loading torch, with its faster precisions, may pay


@dataclass(frozen=True, slots=True)
class EncoderCard:
    """What encoder.json says.

    `stamp` is that of the folder that the model came from; `cosine` the lowest between its vectors
    and these, over the texts of the check; `bits` those of a weight, 8 where that is quicker
    (`index.embedding.int8_quantization`); `problem` why there is no export, if there is none;
    `probe` the vector of a question, by which another processor shows that it computes the same.
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
        """As kept in encoder.json."""
        plain = {"format": _FORMAT, **asdict(self)}
        return json.dumps({"sha256": _digest(plain), **plain}, indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "EncoderCard":
        """Read encoder.json. Raises ValueError, KeyError or TypeError when it isn't one."""
        plain = json.loads(text)
        if plain.pop("sha256") != _digest(plain) or plain.pop("format") != _FORMAT:
            raise ValueError("damaged, or of another version of quotebot")
        return cls(**plain)


def _digest(plain: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def encoder_folder(data: Path, fingerprint: str) -> Path:
    """Where the export of the model of that fingerprint lies, or would."""
    return data / "encoders" / fingerprint


def read_card(data: Path, fingerprint: str) -> EncoderCard | None:
    """The card of a model's export, or None when there is none that makes sense."""
    try:
        text = (encoder_folder(data, fingerprint) / "encoder.json").read_text("utf-8")
        return EncoderCard.from_json(text)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def stamp(name: str) -> str:
    """Changes whenever the files of a model's folder do: their names, sizes and times.

    Empty for a model that has no folder of its own.
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


def load_embedder(name: str, data: Path) -> Embedder:
    """The model that questions to the index under `data` are embedded with.

    Its export where there is one, else the model itself. Raises ModelUnavailable.
    """
    store = EmbeddedStore(data)
    current = store.current_name()
    if current is not None:
        with suppress(IndexUnavailable):  # the engine will say so, and fall back
            fingerprint = store.manifest(current).fingerprint
            card = read_card(data, fingerprint)
            if card is not None and why_not(card, name) is None:
                with suppress(ModelUnavailable):  # damaged: `status --verify` says so
                    return OnnxEmbedder(encoder_folder(data, fingerprint), card)
    return SentenceTransformerEmbedder(name)


def why_not(card: EncoderCard | None, name: str) -> str | None:
    """Why the model of that name isn't served from its export; None when it is."""
    if card is None:
        return "not exported yet: run `quotebot build`"
    if card.problem:
        return f"it cannot be exported: {card.problem}"
    if not is_of(card, name):
        return "its files have changed since the export: run `quotebot build`"
    return None


def is_of(card: EncoderCard, name: str) -> bool:
    """Whether a card is of the model of that name as its files are now."""
    return card.model == name and card.stamp == stamp(name)


def damaged_encoder(data: Path, fingerprint: str) -> Iterator[str]:
    """Files of an export that are missing or differ from its card."""
    folder, card = encoder_folder(data, fingerprint), read_card(data, fingerprint)
    for file, expected in card.files.items() if card else ():
        if not (folder / file).exists() or checksum(folder / file) != expected:
            yield str((folder / file).relative_to(data))


class OnnxEmbedder(RecentQuestions):
    """An exported model under ONNX Runtime; one text takes one thread."""

    def __init__(self, folder: Path, card: EncoderCard) -> None:
        """Load the export in `folder`. Raises ModelUnavailable when it is damaged or won't load."""
        from tokenizers import Tokenizer

        super().__init__()
        self.name = card.model
        self.fingerprint = card.fingerprint
        self.dimension = card.dimension
        self._card = card
        try:
            for file, expected in card.files.items():
                if checksum(folder / file) != expected:
                    raise ModelUnavailable(f"{folder / file} is damaged: run `quotebot build`")
            # An arena would keep what the longest text ever took.
            self._session = open_session(folder / "encoder.onnx", arena=False)
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._tokenizer.enable_truncation(card.max_tokens)
            self._tokenizer.no_padding()
            if card.probe and float(np.dot(self.probe(), card.probe)) < _SAME:
                raise ModelUnavailable(
                    f"{folder} computes something else on this processor: run `quotebot build`"
                )
        except ModelUnavailable:
            raise
        except Exception as error:  # loaders raise anything; all mean the same here
            raise ModelUnavailable(
                f"{folder} cannot be loaded: run `quotebot build` ({first_line(error)})"
            ) from error

    def probe(self) -> list[float]:
        """What is kept in `EncoderCard.probe`: a unit vector, rounded."""
        return [round(float(value), 4) for value in self._encode(_PROBE)]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`. A text a run, without padding, and as many runs as there are cores."""
        prompt = self._card.passage_prompt
        with ThreadPoolExecutor(processors()) as workers:
            rows = list(workers.map(lambda text: self._encode(prompt + text), texts))
        return np.array(rows, dtype=np.float32).reshape(len(texts), self.dimension)

    def for_many(self, count: int) -> Embedder:
        """See `Embedder`. For many, the model itself is worth loading."""
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
        """What the model takes for a text: its T tokens, int64, (1, T) each."""
        encoding = self._tokenizer.encode(text.strip())
        return {
            "input_ids": np.array([encoding.ids], dtype=np.int64),
            "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
        }
