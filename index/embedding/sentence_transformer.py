"""Embeds texts with any sentence-transformers model."""

import hashlib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus.cpus import processors
from corpus.errors import ModelUnavailable
from index.arrays import Vectors
from index.embedding.base import Embedder, RecentQuestions, first_line, unit
from index.embedding.library_settings import configure_model_libraries
from index.embedding.model_sources import BUNDLED, MULTILINGUAL, bundled_model_path
from index.error_codes import Code

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["SentenceTransformerEmbedder"]


_BATCH = 8  # texts of similar length; larger batches only add padding
_TRIAL = 32  # texts with which the two precisions are compared
_CLOSE = 0.998  # lowest cosine between the vectors of both precisions


class SentenceTransformerEmbedder(RecentQuestions):
    """A sentence-transformers model on the CPU, with the model's own query and passage prompts.

    Many passages are split into batches. Each core embeds batches on one thread, so that threads
    never wait for each other. A question takes one thread, too: with two threads, beside another
    busy process, it took 394 ms instead of 9.
    """

    def __init__(self, name: str = BUNDLED) -> None:
        """Load the bundled model, the model in a folder, or one that sentence-transformers knows.

        Raises ModelUnavailable when it cannot be loaded.
        """
        super().__init__()
        self.name = name
        self.model = _load(name)
        self.dimension = int(self.model.get_embedding_dimension() or 0)
        self.fingerprint = _fingerprint(self.model)
        self._half: bool | None = None

    def for_many(self, count: int) -> Embedder:
        """See `Embedder`."""
        return self

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`. Computes in bfloat16 where that is faster (`_half_is_faster`)."""
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
        """Whether bfloat16 takes less time for these texts, at a cosine of `_CLOSE` or more.

        It is faster on processors with AMX or AVX512-BF16; others emulate it slowly.
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
        """Return unit vectors of several questions: float32 (len(texts), dimension)."""
        vectors = self.model.encode_query(
            list(texts), show_progress_bar=False, convert_to_numpy=True
        )
        return unit(np.asarray(vectors, dtype=np.float32))

    def _encode_query(self, text: str) -> Vectors:
        return np.asarray(self.embed_queries([text])[0])


def _load(name: str) -> "SentenceTransformer":
    source = str(bundled_model_path()) if name == BUNDLED else name
    is_local = name == MULTILINGUAL or Path(source).exists()
    configure_model_libraries(offline=is_local, threads=1)
    if name == MULTILINGUAL:
        from index.embedding.nano_e5 import load_multilingual  # loads an optional package

        return load_multilingual()
    from sentence_transformers import SentenceTransformer  # takes seconds

    try:
        return SentenceTransformer(source, device="cpu")
    except Exception as error:  # loaders raise anything; all mean the same here
        source_kind = Code.MODEL_FOLDER() if is_local else Code.MODEL_NAME()
        raise ModelUnavailable(
            Code.MODEL_NOT_LOADED(model=name, source=source_kind, error=first_line(error))
        ) from error


def _fingerprint(model: "SentenceTransformer") -> str:
    """32 digits of a SHA-256 of what decides the vectors: weights, vocabulary, prompts, limit."""
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
