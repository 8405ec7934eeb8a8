"""Chooses the embedder for questions: the model's export, or the model itself."""

from contextlib import suppress
from pathlib import Path

from corpus.errors import IndexUnavailable, ModelUnavailable
from index.embedding.base import Embedder
from index.embedding.load_model import load_model
from index.embedding.onnx_embedder import OnnxEmbedder, encoder_folder, read_card, why_not
from index.storage.generation_store import EmbeddedStore
from index.storage.ports import GenerationStore

__all__ = ["embedder_for", "load_embedder"]


def load_embedder(name: str, data: Path) -> Embedder:
    """Return `embedder_for` the embedded store and the exports below `data`."""
    return embedder_for(name, EmbeddedStore(data), data)


def embedder_for(name: str, store: GenerationStore, exports: Path) -> Embedder:
    """Return the embedder for questions to a store: of the model `name` in the settings.

    It is the export of the current generation's model if there is a usable one below `exports`,
    else the model itself. Raises ModelUnavailable.
    """
    current = store.current_name()
    if current is not None:
        with suppress(IndexUnavailable):  # the engine reports it and opens another generation
            fingerprint = store.manifest(current).fingerprint
            card = read_card(exports, fingerprint)
            if card is not None and why_not(card, name) is None:
                with suppress(ModelUnavailable):  # damaged: `status --verify` reports it
                    return OnnxEmbedder(encoder_folder(exports, fingerprint), card)
    return load_model(name)
