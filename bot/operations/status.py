"""What `quotebot status` finds."""

from pathlib import Path
from typing import Any

from bot.cli.console import print_table
from corpus import Library
from corpus.errors import IndexUnavailable
from index.embedding.onnx_embedder import damaged_encoder, read_card, why_not
from index.reading.onnx_reader import check_reader
from index.search.score_scale import Trust
from index.storage.generation_store import EmbeddedStore
from index.storage.manifest import Manifest

__all__ = ["collect_status", "print_status"]

_LANGUAGES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
    "en": "English", "es": "Spanish", "fi": "Finnish", "fr": "French", "he": "Hebrew",
    "hi": "Hindi", "hu": "Hungarian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian",
    "und": "Unknown language", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def collect_status(data: Path, library_path: Path, *, verify: bool) -> dict[str, Any]:
    """Everything that `status` shows, ready for JSON; `damaged` is filled by `verify` alone."""
    with Library.open(library_path) as library:
        found: dict[str, Any] = {
            "data": str(data.resolve()),
            "library": {"articles": len(library), "revision": library.revision},
        }
    store = EmbeddedStore(data)
    found["current"] = store.current_name()
    found["generations"] = store.names()
    found["reader"] = check_reader() or "marks answers in English articles"
    found["index"] = None
    found["problem"] = None
    found["damaged"] = store.damage() if verify else []
    if found["current"] is None:
        missing = "CURRENT is missing or damaged" if store.names() else "there is no index yet"
        found["problem"] = f"{missing}: run `quotebot build`"
        return found
    try:
        manifest = store.manifest(found["current"])
    except IndexUnavailable as error:
        found["problem"] = str(error)
        return found
    found["index"] = _describe(manifest)
    found["encoder"] = _encoder(data, manifest)
    if verify:
        found["damaged"] += damaged_encoder(data, manifest.fingerprint)
    if manifest.library_revision != found["library"]["revision"]:
        found["problem"] = "the library has changed since: run `quotebot build`"
    return found


def print_status(found: dict[str, Any]) -> None:
    """For people."""
    rows: list[tuple[str, object]] = [
        ("data", found["data"]),
        ("library", f"{found['library']['articles']} articles"),
        ("generation", found["current"] or "none"),
    ]
    if index := found["index"]:
        rows += [
            ("built", index["created"]),
            ("model", f"{index['model']} ({index['dimension']} dimensions)"),
            ("index", f"{index['articles']} articles, {index['paragraphs']} paragraphs, "
                      f"{index['sentences']} sentences, {index['bytes'] / 1e6:.1f} MB"),
            ("questions", f"encoded by {found['encoder']}"),
            ("reader", found["reader"]),
            *(("language", line) for line in index["languages"]),
        ]  # fmt: skip
    if len(found["generations"]) > 1:
        rows.append(("kept", ", ".join(found["generations"])))
    if found["problem"]:
        rows.append(("problem", found["problem"]))
    rows += [("damaged", name) for name in found["damaged"]]
    print_table(("", ""), rows)


def _encoder(data: Path, manifest: Manifest) -> str:
    reason = why_not(read_card(data, manifest.fingerprint), manifest.model)
    return f"sentence-transformers ({reason})" if reason else "ONNX Runtime, without torch"


def _describe(manifest: Manifest) -> dict[str, Any]:
    return {
        "created": manifest.created,
        "model": manifest.model,
        "fingerprint": manifest.fingerprint,
        "dimension": manifest.dimension,
        "articles": manifest.articles,
        "paragraphs": manifest.paragraphs,
        "sentences": manifest.sentences,
        "bytes": sum(file["bytes"] for file in manifest.files.values()),
        "languages": [_in_words(code, trust) for code, trust in manifest.trust.items()],
    }


def _in_words(code: str, trust: Trust) -> str:
    name = _LANGUAGES.get(code, code)
    if trust.dense <= 0:
        return (
            f"{name}: the embedding model does not speak it; answers rest on words alone; "
            "set EMBEDDING_MODEL to a model that does"
        )
    if trust.dense < 1:
        return f"{name}: the embedding model speaks it a little; answers rest mostly on words"
    return f"{name}: the embedding model speaks it"
