"""Library → index."""

from collections.abc import Callable
from pathlib import Path

from bot.cli.console import progress, say
from corpus import Library
from index.embedding.base import Embedder
from index.progress import ProgressCallback

__all__ = ["build_index", "build_library"]


def build_index(
    data: Path, library_path: Path, embedder: Callable[[], Embedder], *, unless_current: bool
) -> None:
    """Build a new generation of the library, with progress.

    With `unless_current` an index that is already of this library and this model's name is left
    as it is, and the model isn't even loaded.
    """
    if unless_current and _is_current(data, library_path):
        say("The index is up to date.")
        return
    with progress("Building") as step:
        name, articles = build_library(data, library_path, embedder, step)
    say(f"Built {name}: {articles} articles.")


def build_library(
    data: Path,
    library_path: Path,
    embedder: Callable[[], Embedder],
    step: ProgressCallback,
) -> tuple[str, int]:
    """Build a new generation; its name, and how many articles it has.

    Calls back with (step, done, total). Raises QuotebotError.
    """
    with Library.open(library_path) as library:
        revision = library.revision
        articles = list(library.articles())
    from index.indexing.builder import build

    return build(articles, revision, embedder(), data, step), len(articles)


def _is_current(data: Path, library_path: Path) -> bool:
    from bot.settings import load_settings
    from corpus.errors import IndexUnavailable
    from index.embedding.model_sources import BUNDLED
    from index.storage.generation_store import EmbeddedStore

    store = EmbeddedStore(data)
    name = store.current_name()
    if name is None:
        return False
    try:
        manifest = store.manifest(name)
    except IndexUnavailable:
        return False
    with Library.open(library_path) as library:
        revision = library.revision
    wanted = load_settings().embedding_model or BUNDLED
    return manifest.library_revision == revision and manifest.model == wanted
