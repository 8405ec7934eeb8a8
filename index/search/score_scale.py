"""The scale of a model's cosines, and how far they can be trusted in each language."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from index.arrays import Vectors

__all__ = ["DenseScale", "Trust"]


@dataclass(frozen=True, slots=True)
class DenseScale:
    """A model's cosines on a common scale.

    Models use different parts of 0..1: unrelated texts have a cosine of .05 with one and .75 with
    another. `zero` is the mean cosine of unrelated texts, `one` that of a question and the
    sentence that answers it, both measured on fixed probes.
    """

    zero: float
    one: float

    def apply(self, cosines: Vectors) -> Vectors:
        """Scaled cosines, same shape: 0 for unrelated, 1 for a question and its answer."""
        return (cosines - self.zero) / max(self.one - self.zero, 1e-3)

    def to_dict(self) -> dict[str, float]:
        """For the manifest."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Trust:
    """How far the dense scores of a language can be trusted, and what was measured for that.

    `dense` (0..1) is the weight of the dense features. `likeness` is the mean scaled cosine of
    sentences of different articles: near 0 in a language that the model knows, near 1 where all
    sentences look the same to it. In `sampled` trials a sentence was hidden from its paragraph and
    used as a question: `dense_found` is the mean share of other paragraphs that scored below the
    right one (.5 is guessing).
    """

    dense: float
    likeness: float = 0.0
    sampled: int = 0
    dense_found: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """For the manifest."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "Trust":
        """From a manifest. Unknown fields are ignored: earlier versions wrote `lexical_found`."""
        return cls(
            **{field.name: plain[field.name] for field in fields(cls) if field.name in plain}
        )
