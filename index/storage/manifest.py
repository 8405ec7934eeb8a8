"""The manifest of a generation: its facts, and the checksums of its files."""

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
    """The facts of a generation.

    created           ISO time in UTC
    model             name of the embedding model in the settings
    fingerprint       of the model; see `Embedder`
    dimension         length of a vector
    library_revision  revision of the library from which it was built
    articles          number of articles
    paragraphs        number of paragraphs
    sentences         number of sentences
    scale             scale of the model's cosines
    trust             language → how far its cosines count
    dense             in the embedded store: group of vectors → how it is stored
    files             in the embedded store: file name → `checksum`
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
        """Return the content of manifest.json."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        plain["scale"] = self.scale.to_dict()
        plain["trust"] = {language: trust.to_dict() for language, trust in self.trust.items()}
        plain["dense"] = {name: kind.to_dict() for name, kind in self.dense.items()}
        return json.dumps({"format": FORMAT, **plain}, indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """Read manifest.json.

        Raises ValueError, KeyError, TypeError or AttributeError when it is damaged or of another
        version.
        """
        plain = json.loads(text)
        if plain.pop("format") != FORMAT:
            raise ValueError("of another version of quotebot")
        plain["scale"] = DenseScale(**plain["scale"])
        plain["trust"] = {code: Trust.from_dict(trust) for code, trust in plain["trust"].items()}
        plain["dense"] = {name: DenseKind(**kind) for name, kind in plain["dense"].items()}
        return cls(**plain)


def manifest_digest(directory: Path) -> str:
    """Return the checksum of a manifest with which the name of its generation ends.

    So the name protects the manifest, and the manifest the other files. Raises OSError.
    """
    return hashlib.sha256((directory / "manifest.json").read_bytes()).hexdigest()[:8]


def read_manifest(directory: Path) -> Manifest:
    """Read the manifest of a generation. Raises IndexUnavailable when it is missing or damaged.

    The name of a directory that is still being built begins with a dot, and has no checksum.
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
    """Give the names of files that are missing or differ from the manifest."""
    for name, expected in manifest.files.items():
        try:
            if checksum(directory / name) != expected:
                yield name
        except OSError:
            yield name
