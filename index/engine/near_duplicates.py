"""Candidates that tell nearly the same, as the same story in two papers."""

import numpy as np
from numpy.typing import NDArray

from index.search.candidates import Candidates

__all__ = ["NearDuplicates"]

_SAME = 0.8  # share of common terms (Jaccard) from which two paragraphs are the same story


class NearDuplicates:
    """Which of a question's candidates nearly repeat each other; compares only what is asked."""

    def __init__(self, candidates: Candidates) -> None:
        """Prepare the distinct terms of each candidate."""
        runs = candidates.terms_of_paragraphs()
        keys = np.arange(len(runs)).repeat(runs.lengths) << 32 | runs.tokens
        keys.sort()
        is_first = np.ones(len(keys), dtype=bool)
        is_first[1:] = keys[1:] != keys[:-1]
        keys = keys[is_first]
        self._owner, self._terms = keys >> 32, keys & 0xFFFFFFFF
        self._sizes = np.bincount(self._owner, minlength=len(runs))
        self._starts = np.cumsum(self._sizes) - self._sizes
        self._is_own = np.zeros(int(self._terms.max(initial=0)) + 1, dtype=bool)  # by term
        self._copies: dict[int, NDArray[np.bool_]] = {}

    def groups(self, order: NDArray[np.int64], k: int) -> list[list[int]]:
        """The first `k` different candidates of `order`, each with its later near-copies.

        Each group has places in `order`, ascending; a copy belongs to the first that it repeats.
        """
        ordered = np.asarray(order)
        group_of = np.full(len(ordered), -1)
        groups: list[list[int]] = []
        for place, candidate in enumerate(ordered.tolist()):
            if group_of[place] < 0 and len(groups) < k:
                same = self._copies_of(candidate)[ordered]
                group_of[same & (group_of < 0)] = len(groups)
                groups.append([])
            if group_of[place] >= 0:
                groups[group_of[place]].append(place)
        return groups

    def _copies_of(self, candidate: int) -> NDArray[np.bool_]:
        """(C,) whether each candidate nearly repeats this one; itself among them."""
        known = self._copies.get(candidate)
        if known is None:
            known = self._copies[candidate] = self._compare(candidate)
        return known

    def _compare(self, candidate: int) -> NDArray[np.bool_]:
        sizes, size = self._sizes, self._sizes[candidate]
        start = self._starts[candidate]
        own = self._terms[start : start + size]
        self._is_own[own] = True
        shared = np.bincount(self._owner[self._is_own[self._terms]], minlength=len(sizes))
        self._is_own[own] = False
        same = (shared > 0) & (shared >= _SAME * (sizes + size - shared))
        same[candidate] = True
        return np.asarray(same)
