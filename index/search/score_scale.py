"""The scale of a model's cosines, and how far they can be trusted in each language."""

from dataclasses import asdict, dataclass
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
    """What a language's self-test found; `dense` (0..1) is how far the dense arm counts.

    `likeness` is the mean scaled cosine of sentences of different articles: near 0 in a language
    that the model speaks, near 1 where everything looks alike to it. In `sampled` trials a sentence
    was hidden from its paragraph and used as a question: `dense_found` and `lexical_found` are the
    mean shares of other paragraphs that each arm put below the right one (.5 is guessing).
    """

    dense: float
    likeness: float = 0.0
    sampled: int = 0
    dense_found: float = 0.0
    lexical_found: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """For the manifest."""
        return asdict(self)
