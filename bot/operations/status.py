"""What `quotebot status` and `/status` show: library, generations, model, problems."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.backend import Backend
from bot.error_codes import Code
from corpus.errors import IndexUnavailable, Reason
from index.embedding.onnx_embedder import damaged_encoder, read_card, why_not
from index.error_codes import Code as IndexCode
from index.reading.onnx_reader import check_reader
from index.storage.manifest import Manifest
from index.storage.ports import GenerationStore

__all__ = ["IndexStatus", "Status", "collect_status"]


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The current generation, as its manifest describes it.

    `created` is ISO 8601, `dimension` that of the model's vectors, `size` in bytes. `languages`
    maps the code of each language to the weight of the embeddings in it: 1 where the model speaks
    it, 0 where it does not. `encoder_problem` says why questions are embedded by the model itself
    instead of its export; None when the export does it.
    """

    created: str
    model: str
    fingerprint: str
    dimension: int
    articles: int
    paragraphs: int
    sentences: int
    size: int
    languages: Mapping[str, float]
    encoder_problem: Reason | None


@dataclass(frozen=True, slots=True)
class Status:
    """The state of an installation.

    `current` is the name of the current generation, `generations` has all, oldest first. `index` is
    None without a readable generation. `reader_problem` and `problem` say what is wrong, or None.
    `damaged` lists files that differ from what was written; only `verify` looks for them.
    """

    data: Path
    articles: int
    revision: str
    current: str | None
    generations: tuple[str, ...]
    index: IndexStatus | None
    reader_problem: Reason | None
    problem: Reason | None
    damaged: tuple[str, ...]


def collect_status(backend: Backend, *, verify: bool) -> Status:
    """Look at the library and the index; with `verify`, compare the checksums of every generation.

    Raises LibraryError when the library, IndexUnavailable when the folder of generations cannot be
    read.
    """
    with backend.open_library() as library:
        articles, revision = len(library), library.revision
    store, paths = backend.generations, backend.paths
    current, generations = store.current_name(), store.names()
    damaged = list(store.damage()) if verify else []
    manifest, problem = _read_current(store, current)
    if manifest is not None:
        if manifest.library_revision != revision:
            problem = Code.LIBRARY_CHANGED_SINCE_BUILD()
        if verify:
            damaged += damaged_encoder(paths.exports, manifest.fingerprint)
    return Status(
        data=paths.root.resolve(),
        articles=articles,
        revision=revision,
        current=current,
        generations=tuple(generations),
        index=_describe(paths.exports, manifest) if manifest is not None else None,
        reader_problem=check_reader(),
        problem=problem,
        damaged=tuple(damaged),
    )


def _read_current(
    store: GenerationStore, current: str | None
) -> tuple[Manifest | None, Reason | None]:
    """The manifest of the current generation, or why there is none."""
    if current is None:
        return None, IndexCode.CURRENT_DAMAGED() if store.names() else IndexCode.NO_INDEX()
    try:
        return store.manifest(current), None
    except IndexUnavailable as error:
        return None, error.reason


def _describe(exports: Path, manifest: Manifest) -> IndexStatus:
    return IndexStatus(
        created=manifest.created,
        model=manifest.model,
        fingerprint=manifest.fingerprint,
        dimension=manifest.dimension,
        articles=manifest.articles,
        paragraphs=manifest.paragraphs,
        sentences=manifest.sentences,
        size=sum(file["bytes"] for file in manifest.files.values()),
        languages={code: trust.dense for code, trust in manifest.trust.items()},
        encoder_problem=why_not(read_card(exports, manifest.fingerprint), manifest.model),
    )
