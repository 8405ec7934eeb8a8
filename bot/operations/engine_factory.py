"""Creating the engine that the settings describe."""

from bot.settings import Settings
from index.embedding.base import Embedder
from index.engine.engine import Engine
from index.ranking.cross_encoder import CrossEncoderReranker
from index.reading.onnx_reader import OnnxReader
from index.storage.ports import GenerationStore

__all__ = ["engine_of", "reader_of"]


def engine_of(
    settings: Settings, store: GenerationStore, embedder: Embedder, reader: OnnxReader | None
) -> Engine:
    """An engine for the indexes of a store; it uses no generation before `refresh` or `use`.

    Raises ModelUnavailable when the reranker cannot be loaded.
    """
    name = settings.reranker_model
    return Engine(
        store,
        embedder,
        threshold=settings.answer_threshold,
        reranker=CrossEncoderReranker(name) if name else None,
        reader=reader,
    )


def reader_of(settings: Settings, budget: float | None = None) -> OnnxReader | None:
    """The reader model, or None when the setting READER is off; it is loaded when it is needed.

    `budget` is by how many seconds it may delay an answer; None for no limit.
    """
    return OnnxReader(budget=budget) if settings.reader == "auto" else None
