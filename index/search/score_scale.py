"""The scale of a model's cosines, and how far these can be trusted in a language."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from index.arrays import Vectors

__all__ = ["DenseScale", "Trust"]


@dataclass(frozen=True, slots=True)
class DenseScale:
    """Brings the cosines of a model to a scale that is common to all models.

    Models use different parts of 0..1: unrelated texts have a cosine of .05 in one model and .75 in
    another. `zero` is the mean cosine of unrelated texts, `one` that of a question and the sentence
    that answers it. Both are measured with `index.embedding.probes`.
    """

    zero: float
    one: float

    def apply(self, cosines: Vectors) -> Vectors:
        """Scale cosines of any shape: to 0 for unrelated texts, 1 for a question and its answer."""
        return (cosines - self.zero) / max(self.one - self.zero, 1e-3)

    def to_dict(self) -> dict[str, float]:
        """Return the fields, for the manifest."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Trust:
    """How far the dense scores of a language can be trusted, and what was measured for that.

    dense        weight of the dense features, 0..1
    likeness     mean scaled cosine of sentences of different articles: near 0 in a language that
                 the model knows, near 1 where all sentences look the same to it
    sampled      trials in which a sentence was hidden in its paragraph and used as a question
    dense_found  mean share of the other paragraphs that scored below the right one (.5 is chance)
    """

    dense: float
    likeness: float = 0.0
    sampled: int = 0
    dense_found: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, for the manifest."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "Trust":
        """Read the fields of a manifest. Unknown fields are ignored: old manifests have some."""
        return cls(
            **{field.name: plain[field.name] for field in fields(cls) if field.name in plain}
        )
