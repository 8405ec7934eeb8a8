"""Which class runs an embedding model, by the model's name in the settings."""

from index.embedding.base import Embedder
from index.embedding.sentence_transformer import SentenceTransformerEmbedder

__all__ = ["load_model"]


def load_model(name: str) -> Embedder:
    """Load a model; a class for other kinds of models gets a line here, for the names of these.

    Raises ModelUnavailable.
    """
    return SentenceTransformerEmbedder(name)
