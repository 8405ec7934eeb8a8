"""Splits by article: no article is on both sides."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from training.reader.data import Example

__all__ = ["folds"]


def folds(examples: Sequence[Example], count: int, seed: int) -> list[frozenset[str]]:
    """`count` sets of groups with about as many questions each, the same for the same seed."""
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
