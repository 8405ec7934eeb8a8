"""Building the index from the library."""

from collections.abc import Callable

from bot.backend import Backend
from corpus.errors import IndexUnavailable
from index.embedding.base import Embedder
from index.progress import ProgressCallback

__all__ = ["build_library", "is_current"]


def build_library(
    backend: Backend, embedder: Callable[[], Embedder], progress: ProgressCallback | None = None
) -> tuple[str, int]:
    """Build a new generation of the whole library; its name, and how many articles it has.

    `embedder` loads the model; it is called after the library was read. Raises QuotebotError.
    """
    with backend.open_library() as library:
        revision = library.revision
        articles = list(library.articles())
    from index.indexing.builder import build_generation  # only a build needs FAISS

    name = build_generation(
        articles,
        revision,
        embedder(),
        backend.generations,
        backend.open_caches,
        backend.paths.exports,
        progress,
    )
    return name, len(articles)


def is_current(backend: Backend, model: str) -> bool:
    """Whether the current generation was built from the library as it is now, with this model.

    Raises LibraryError when the library cannot be read.
    """
    store = backend.generations
    name = store.current_name()
    if name is None:
        return False
    try:
        manifest = store.manifest(name)
    except IndexUnavailable:
        return False
    with backend.open_library() as library:
        revision = library.revision
    return manifest.library_revision == revision and manifest.model == model
