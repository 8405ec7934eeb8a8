"""How `quotebot status` shows what it found: a table for people, or one JSON object."""

from typing import Any

from babel import Locale

from bot.cli.console import print_json, print_table
from bot.operations.status import IndexStatus, Status

__all__ = ["print_status", "to_json"]


def print_status(status: Status, *, reader_is_off: bool, as_json: bool) -> None:
    """Print the status on stdout; `reader_is_off` when the setting READER is."""
    if as_json:
        print_json(to_json(status, reader_is_off=reader_is_off))
    else:
        print_table(("", ""), _rows(status, _reader(status, reader_is_off)))


def to_json(status: Status, *, reader_is_off: bool) -> dict[str, Any]:
    """The status as `status --json` has it."""
    index = status.index
    found: dict[str, Any] = {
        "data": str(status.data),
        "library": {"articles": status.articles, "revision": status.revision},
        "current": status.current,
        "generations": list(status.generations),
        "reader": _reader(status, reader_is_off),
        "index": None,
        "problem": None if status.problem is None else str(status.problem),
        "damaged": list(status.damaged),
    }
    if index is not None:
        found["index"] = {
            "created": index.created,
            "model": index.model,
            "fingerprint": index.fingerprint,
            "dimension": index.dimension,
            "articles": index.articles,
            "paragraphs": index.paragraphs,
            "sentences": index.sentences,
            "bytes": index.size,
            "languages": _languages(index),
        }
        found["encoder"] = _encoder(index)
    return found


def _rows(status: Status, reader: str) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        ("data", status.data),
        ("library", f"{status.articles} articles"),
        ("generation", status.current or "none"),
    ]
    if index := status.index:
        rows += [
            ("built", index.created),
            ("model", f"{index.model} ({index.dimension} dimensions)"),
            ("index", f"{index.articles} articles, {index.paragraphs} paragraphs, "
                      f"{index.sentences} sentences, {index.size / 1e6:.1f} MB"),
            ("questions", f"encoded by {_encoder(index)}"),
            ("reader", reader),
            *(("language", line) for line in _languages(index)),
        ]  # fmt: skip
    if len(status.generations) > 1:
        rows.append(("kept", ", ".join(status.generations)))
    if status.problem:
        rows.append(("problem", status.problem))
    rows += [("damaged", name) for name in status.damaged]
    return rows


def _reader(status: Status, is_off: bool) -> str:
    if is_off:
        return "off (READER)"
    return str(status.reader_problem or "marks answers in English articles")


def _encoder(index: IndexStatus) -> str:
    if index.encoder_problem:
        return f"sentence-transformers ({index.encoder_problem})"
    return "ONNX Runtime, without torch"


def _languages(index: IndexStatus) -> list[str]:
    """A line for each language: how far the embedding model speaks it."""
    names = Locale("en").languages
    return [
        f"{names.get(code, code)}: {_support(weight)}" for code, weight in index.languages.items()
    ]


def _support(weight: float) -> str:
    if weight <= 0:
        return (
            "the embedding model does not speak it; answers rest on words alone; "
            "set EMBEDDING_MODEL to a model that does"
        )
    if weight < 1:
        return "the embedding model speaks it a little; answers rest mostly on words"
    return "the embedding model speaks it"
