"""How a model's cosines are to be read, and how far they are to be believed in each language."""

from dataclasses import asdict, dataclass
from typing import Any

from index.embedder import Vectors

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
    """What a language's self-test found.

    A sentence is hidden from its paragraph and used as a question, `sampled` times; each arm found
    the paragraph first in a share of them. `dense` (0..1) is how far the dense arm counts.
    """

    dense: float
    sampled: int = 0
    dense_found: float = 0.0
    lexical_found: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """For the manifest."""
        return asdict(self)
