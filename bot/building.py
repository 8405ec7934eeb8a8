"""Library → index, with progress."""

from collections.abc import Callable
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.console import err, say
from corpus import Library
from index.embedder import Embedder

__all__ = ["build_index"]


def build_index(
    data: Path, library_path: Path, embedder: Callable[[], Embedder], *, unless_current: bool
) -> None:
    """Build a new generation of the library.

    With `unless_current` an index that is already of this library and this model's name is left
    as it is, and the model isn't even loaded.
    """
    with Library.open(library_path) as library:
        revision = library.revision
        articles = list(library.articles())
    if unless_current and _is_current(data, revision):
        say("The index is up to date.")
        return
    from index.build import build

    model = embedder()
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=err, transient=True,
    ) as progress:  # fmt: skip
        task = progress.add_task("Building", total=None)
        name = build(
            articles,
            revision,
            model,
            data,
            lambda what, done, total: progress.update(
                task, description=what, completed=done, total=total
            ),
        )
    say(f"Built {name}: {len(articles)} articles.")


def _is_current(data: Path, revision: str) -> bool:
    from bot.settings import load_settings
    from corpus.errors import IndexUnavailable
    from index.embedder import BUNDLED
    from index.generation import read_manifest
    from index.store import GenerationStore

    store = GenerationStore(data)
    name = store.current_name()
    if name is None:
        return False
    try:
        manifest = read_manifest(store.path(name))
    except IndexUnavailable:
        return False
    wanted = load_settings().embedding_model or BUNDLED
    return manifest.library_revision == revision and manifest.model == wanted
