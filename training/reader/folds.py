"""Splits examples by article: no article is in two folds."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from training.reader.data import Example

__all__ = ["folds"]


def folds(examples: Sequence[Example], count: int, seed: int) -> list[frozenset[str]]:
    """Divide the groups into `count` sets with about equally many questions each.

    The same seed gives the same sets.
    """
    sizes = Counter(example.group for example in examples)
    names = sorted(sizes)
    order = [names[i] for i in np.random.default_rng(seed).permutation(len(names))]
    held: list[set[str]] = [set() for _ in range(count)]
    filled = [0] * count
    for name in sorted(order, key=lambda name: -sizes[name]):  # stable: equals stay shuffled
        smallest = filled.index(min(filled))
        held[smallest].add(name)
        filled[smallest] += sizes[name]
    return [frozenset(groups) for groups in held]
