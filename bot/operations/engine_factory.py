"""The engine that the settings describe."""

from pathlib import Path

from bot.settings import Settings
from index.embedding.base import Embedder
from index.engine.engine import Engine
from index.ranking.cross_encoder import CrossEncoderReranker
from index.reading.onnx_reader import OnnxReader
from index.storage.generation_store import EmbeddedStore

__all__ = ["engine_of", "reader_of"]


def engine_of(
    settings: Settings, data: Path, embedder: Embedder, reader: OnnxReader | None
) -> Engine:
    """An engine that has yet to take up a generation of `data`. Raises ModelUnavailable."""
    name = settings.reranker_model
    return Engine(
        EmbeddedStore(data),
        embedder,
        threshold=settings.answer_threshold,
        reranker=CrossEncoderReranker(name) if name else None,
        reader=reader,
    )


def reader_of(settings: Settings, budget: float | None = None) -> OnnxReader | None:
    """The reader, if the settings want one; it is loaded when it is needed.

    `budget` is how many seconds it may delay an answer.
    """
    return OnnxReader(budget=budget) if settings.reader == "auto" else None
