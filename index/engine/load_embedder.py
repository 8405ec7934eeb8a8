"""Which embedder questions are encoded with: the model's export, or the model itself."""

from contextlib import suppress
from pathlib import Path

from corpus.errors import IndexUnavailable, ModelUnavailable
from index.embedding.base import Embedder
from index.embedding.onnx_embedder import OnnxEmbedder, encoder_folder, read_card, why_not
from index.embedding.sentence_transformer import SentenceTransformerEmbedder
from index.storage.generation_store import EmbeddedStore

__all__ = ["load_embedder"]


def load_embedder(name: str, data: Path) -> Embedder:
    """The embedder for questions to the index under `data`, of the model of that name.

    The export of the current generation's model where it can be used, else the model itself.
    Raises ModelUnavailable.
    """
    store = EmbeddedStore(data)
    current = store.current_name()
    if current is not None:
        with suppress(IndexUnavailable):  # the engine reports it, and opens another generation
            fingerprint = store.manifest(current).fingerprint
            card = read_card(data, fingerprint)
            if card is not None and why_not(card, name) is None:
                with suppress(ModelUnavailable):  # damaged: `status --verify` reports it
                    return OnnxEmbedder(encoder_folder(data, fingerprint), card)
    return SentenceTransformerEmbedder(name)
