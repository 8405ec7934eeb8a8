"""The manifest of a generation: what it is, and the checksums of its files."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus.errors import IndexUnavailable
from index.checksum import checksum
from index.error_codes import Code
from index.search.faiss_index import DenseKind
from index.search.score_scale import DenseScale, Trust

__all__ = ["FORMAT", "Manifest", "damaged_files", "manifest_digest", "read_manifest"]

FORMAT = 4


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself.

    `created` is an ISO time in UTC; `model`, `fingerprint` and `dimension` are the embedder's;
    `library_revision` is the state of the library it was built from; articles, paragraphs and
    sentences are counts; `scale` and `trust` (by language) say how cosines count. Of a generation
    in files: `dense` says how each group of vectors is kept, `files` has the `checksum` of each.
    """

    created: str
    model: str
    fingerprint: str
    dimension: int
    library_revision: str
    articles: int
    paragraphs: int
    sentences: int
    scale: DenseScale
    trust: dict[str, Trust]
    dense: dict[str, DenseKind] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def to_json(self) -> str:
        """As kept in manifest.json."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        plain["scale"] = self.scale.to_dict()
        plain["trust"] = {language: trust.to_dict() for language, trust in self.trust.items()}
        plain["dense"] = {name: kind.to_dict() for name, kind in self.dense.items()}
        return json.dumps({"format": FORMAT, **plain}, indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """Read manifest.json. Raises ValueError, KeyError or TypeError when it isn't one."""
        plain = json.loads(text)
        if plain.pop("format") != FORMAT:
            raise ValueError("of another version of quotebot")
        plain["scale"] = DenseScale(**plain["scale"])
        plain["trust"] = {code: Trust.from_dict(trust) for code, trust in plain["trust"].items()}
        plain["dense"] = {name: DenseKind(**kind) for name, kind in plain["dense"].items()}
        return cls(**plain)


def manifest_digest(directory: Path) -> str:
    """What the name of a generation ends in: its manifest vouches for its files, the name for it.

    Raises OSError.
    """
    return hashlib.sha256((directory / "manifest.json").read_bytes()).hexdigest()[:8]


def read_manifest(directory: Path) -> Manifest:
    """The manifest of a generation. Raises IndexUnavailable when there is none that makes sense.

    A directory that is still being built, whose name begins with a dot, has no checksum in it.
    """
    try:
        if not directory.name.startswith(".") and not directory.name.endswith(
            f"-{manifest_digest(directory)}"
        ):
            raise IndexUnavailable(
                Code.GENERATION_DAMAGED(name=directory.name, file="manifest.json")
            )
        return Manifest.from_json((directory / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexUnavailable(Code.NO_MANIFEST(name=directory.name)) from error


def damaged_files(directory: Path, manifest: Manifest) -> Iterator[str]:
    """Names of files that are missing or differ from the manifest."""
    for name, expected in manifest.files.items():
        try:
            if checksum(directory / name) != expected:
                yield name
        except OSError:
            yield name
