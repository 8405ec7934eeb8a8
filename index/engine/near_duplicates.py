"""Finds candidates with almost the same text, such as one story in two newspapers."""

import numpy as np
from numpy.typing import NDArray

from index.search.candidates import Candidates

__all__ = ["NearDuplicates"]

_SAME = 0.8  # share of common terms (Jaccard), from which two paragraphs are near copies


class NearDuplicates:
    """The near copies among the candidates of a question. They are compared when it is needed."""

    def __init__(self, candidates: Candidates) -> None:
        """Collect the distinct terms of each candidate."""
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
        """Group the candidates of `order`: the first `k` that differ, each with its near copies.

        A group has positions in `order`, ascending. A copy is in the group of the first candidate
        of which it is a copy.
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
        """(C,) whether each candidate is a near copy of this one; true for itself."""
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
