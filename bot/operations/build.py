"""Library → index."""

from collections.abc import Callable

from bot.data_paths import DataPaths
from corpus import Library
from corpus.errors import IndexUnavailable
from index.embedding.base import Embedder
from index.progress import ProgressCallback
from index.storage.generation_store import EmbeddedStore

__all__ = ["build_library", "is_current"]


def build_library(
    paths: DataPaths, embedder: Callable[[], Embedder], progress: ProgressCallback | None = None
) -> tuple[str, int]:
    """Build a new generation of the whole library; its name, and how many articles it has.

    The model is loaded by `embedder`, after the library was read. Raises QuotebotError.
    """
    with Library.open(paths.library) as library:
        revision = library.revision
        articles = list(library.articles())
    from index.indexing.builder import build  # only a build needs FAISS

    return build(articles, revision, embedder(), paths.root, progress), len(articles)


def is_current(paths: DataPaths, model: str) -> bool:
    """Whether the current generation is of this library as it is now, and of the model so named.

    Raises LibraryError when the library cannot be read.
    """
    store = EmbeddedStore(paths.root)
    name = store.current_name()
    if name is None:
        return False
    try:
        manifest = store.manifest(name)
    except IndexUnavailable:
        return False
    with Library.open(paths.library) as library:
        revision = library.revision
    return manifest.library_revision == revision and manifest.model == model
