"""Finds the vectors nearest to that of a question, with FAISS.

Up to `EXACT_AT_MOST` vectors, the question is compared with all of them. In a larger index, a scan
of vectors with product quantisation finds the most promising ones, and their 8-bit vectors decide
(docs/decisions/0004-large-indexes.md).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from corpus.errors import IndexUnavailable
from index.arrays import Vectors
from index.error_codes import Code

__all__ = ["EXACT_AT_MOST", "DenseIndex", "DenseKind", "StoredVectors", "use_one_thread"]

EXACT_AT_MOST = 100_000
"""Vectors, up to which a search is exact: to compare a question with all of them takes 4 ms."""

StoredVectors = NDArray[np.float16] | Vectors
"""Unit vectors (n, dimension), in memory or mapped from disk."""

Ids = NDArray[np.int64]

_EXACT = "SQfp16"  # FAISS's name for float16 vectors
_REFINEMENTS = ("SQ8", _EXACT)  # the second is used if the first is not exact enough
_BLOCK = 16_384  # vectors that are converted to float32 at a time
_SAMPLE = 65_536  # vectors used for training
_TRIALS, _NEAREST = 256, 10  # trials of the tuning; how many nearest vectors each must find
_ROUNDING = 1e-6  # error of a cosine in float32
_RECALL = 0.983  # .98 is wanted; the standard error of 256 trials is .003
_DEPTHS = (100, 200, 400, 800, 1_600, 3_200, 6_400)  # values of `DenseKind.rescored` to try
# The fastest search depends on the share of vectors that a filter allows. From _SCAN_FROM on, it is
# the scan, with more results; below _SCORE_EACH_BELOW, scoring each allowed vector; between them,
# FAISS's own filter over all vectors.
_SCAN_FROM, _SCORE_EACH_BELOW = 1 / 8, 1 / 20


@dataclass(frozen=True, slots=True)
class DenseKind:
    """How vectors are stored and searched.

    `code` is FAISS's name of the index. The others are None for an exact search. `rescored` is how
    many of the scanned vectors are compared in full. `recall` is the share of the ten vectors found
    that were as near as the ten nearest ones, in the trials of the build.
    """

    code: str
    rescored: int | None = None
    recall: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, for the manifest."""
        return asdict(self)


class DenseIndex:
    """Searches unit vectors by inner product. Several threads may search; each search uses one."""

    def __init__(
        self, index: faiss.Index, kind: DenseKind, scan: faiss.Index | None = None
    ) -> None:
        """`index` holds the vectors; `scan`, if any, finds the most promising ones."""
        self.kind = kind
        self._index = index
        self._scan = scan
        self._refined = None if scan is None else faiss.IndexRefine(scan, index)

    @classmethod
    def build(cls, vectors: StoredVectors, questions: StoredVectors | None = None) -> "DenseIndex":
        """Index vectors for searching; their ids are their row numbers.

        An approximate search is tuned with points between pairs of `questions`, which are `vectors`
        by default. The same vectors always give the same index.
        """
        if len(vectors) > EXACT_AT_MOST:
            found = cls._approximate(vectors, vectors if questions is None else questions)
            if found:
                return found
        return cls(_filled(_EXACT, vectors), DenseKind(_EXACT))

    @classmethod
    def build_for_scores(cls, vectors: StoredVectors) -> "DenseIndex":
        """Store vectors that are not searched, only scored by id: less exact if there are many."""
        code = _EXACT
        if len(vectors) > EXACT_AT_MOST:
            code = f"PQ{_part_count(vectors.shape[1])}x8np"
        return cls(_filled(code, vectors), DenseKind(code))

    @classmethod
    def _approximate(cls, vectors: StoredVectors, questions: StoredVectors) -> "DenseIndex | None":
        """The smallest and fastest index that reaches the wanted recall; None when none does."""
        trials = _trial_questions(questions)
        code = f"PQ{_part_count(vectors.shape[1])}x4fs"
        scan, index = _trained(code, vectors), _trained(_REFINEMENTS[0], vectors)
        tenth = _TenthScores(trials)
        for block in _blocks(vectors):  # one loop, since the conversion to float32 takes long
            scan.add(block)
            index.add(block)
            tenth.compare(block)
        for refinement in _REFINEMENTS:
            if refinement != _REFINEMENTS[0]:
                index = _filled(refinement, vectors)
            refined = faiss.IndexRefine(scan, index)
            for depth in _DEPTHS:
                found = refined.search(
                    trials, _NEAREST, params=_refine_parameters(depth, _NEAREST)
                )[1]
                scores = np.einsum("td,tkd->tk", trials, np.asarray(vectors[found], np.float32))
                if (recall := float((scores >= tenth.scores[:, None]).mean())) >= _RECALL:
                    kind = DenseKind(f"{code},Refine({refinement})", depth, round(recall, 4))
                    return cls(index, kind, scan)
        return None

    @classmethod
    def load(cls, path: Path, kind: DenseKind) -> "DenseIndex":
        """Map an index from disk. Raises IndexUnavailable when it cannot be read."""
        try:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
            # Not mapped: FAISS copies what it scans, so mapping would take the memory twice.
            scan = None if kind.rescored is None else faiss.read_index(str(_scan_path(path)))
        except RuntimeError as error:
            raise IndexUnavailable(Code.VECTORS_DAMAGED(file=path.name)) from error
        return cls(index, kind, scan)

    def save(self, path: Path) -> None:
        """Write the index to a new file, and the scan, if any, to a file beside it.

        Raises OSError when they cannot be written whole.
        """
        _write(self._index, path)
        if self._scan is not None:
            _write(self._scan, _scan_path(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def search(self, vector: Vectors, k: int, allowed: NDArray[np.bool_] | None = None) -> Ids:
        """Return the ids of the `k` nearest vectors, best first; fewer when there are fewer.

        `vector` is float32 (dimension,); `allowed` (n,) is false for ids to leave out.
        """
        k = min(k, len(self) if allowed is None else int(np.count_nonzero(allowed)))
        if k <= 0:
            return np.empty(0, dtype=np.int64)
        with _one_thread():
            found = self._search_scanned(vector, k, allowed)
            return found if len(found) == k else self._search_exactly(vector, k, allowed)

    def _search_scanned(self, vector: Vectors, k: int, allowed: NDArray[np.bool_] | None) -> Ids:
        """The `k` nearest vectors that the scan finds and the filter allows, or fewer.

        The scan cannot leave out ids, so it must find more vectors when the filter allows few.
        """
        wanted, depth = k, self.kind.rescored or 0
        share = 1.0 if allowed is None else np.count_nonzero(allowed) / len(self)
        if self._refined is None or share < _SCAN_FROM:
            return np.empty(0, dtype=np.int64)
        if allowed is not None:
            wanted, depth = min(int(2 * k / share), len(self)), int(depth / share)
        parameters = _refine_parameters(min(depth, len(self)), wanted)
        found = self._refined.search(vector[None, :], wanted, params=parameters)[1][0]
        found = found[found >= 0]
        return np.asarray((found if allowed is None else found[allowed[found]])[:k], dtype=np.int64)

    def _search_exactly(self, vector: Vectors, k: int, allowed: NDArray[np.bool_] | None) -> Ids:
        parameters = None
        if allowed is not None:
            if np.count_nonzero(allowed) < _SCORE_EACH_BELOW * len(self):
                ids = np.flatnonzero(allowed)
                return ids[np.argsort(-self.similarities(vector, ids), kind="stable")[:k]]
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(allowed), faiss.swig_ptr(bits))
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # by a wrapper
        found = self._index.search(vector[None, :], k, params=parameters)[1][0]
        return np.asarray(found[found >= 0], dtype=np.int64)

    def similarities(self, vector: Vectors, ids: Ids) -> Vectors:
        """Return inner products of `vector` with the vectors of `ids`: float32 (len(ids),)."""
        if self._halves is None:
            return np.asarray(self.vectors(ids) @ vector, dtype=np.float32)
        # The bits of a float16, moved to their places in a float32, are the number divided by
        # 2^112. This takes a fifth of the time of a conversion. The sign bit is at the top already,
        # since the bits were sign-extended.
        moved = self._halves[ids].astype(np.int32)
        moved <<= 13
        moved &= np.int32(-0x70000001)
        return np.asarray(np.dot(moved.view(np.float32), vector * np.float32(2.0**112)))

    @cached_property
    def _halves(self) -> NDArray[np.int16] | None:
        """Bits of the vectors (n, dimension), if they are float16."""
        if self.kind.code != _EXACT or not len(self):
            return None
        codes = faiss.downcast_index(self._index).codes  # type: ignore[attr-defined]  # by SWIG
        size = len(self) * 2 * self.dimension
        halves = faiss.rev_swig_ptr(codes.data(), size).view(np.int16)
        return np.asarray(halves.reshape(len(self), self.dimension))

    def vectors(self, ids: Ids) -> Vectors:
        """Return the vectors of `ids`: float32 (len(ids), dimension)."""
        if not len(ids):
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.asarray(self._index.reconstruct_batch(ids), dtype=np.float32)


def _filled(code: str, vectors: StoredVectors) -> faiss.Index:
    """A FAISS index with all vectors."""
    if code == _EXACT:
        return _exact_index(vectors)
    index = _trained(code, vectors)
    for block in _blocks(vectors):
        index.add(block)
    return index


def _exact_index(vectors: StoredVectors) -> faiss.Index:
    """A flat index; its codes are the float16 numbers themselves."""
    index = faiss.index_factory(vectors.shape[1], _EXACT, faiss.METRIC_INNER_PRODUCT)
    codes = np.ascontiguousarray(vectors, dtype="<f2").view(np.uint8).ravel()
    faiss.copy_array_to_vector(codes, index.codes)  # type: ignore[attr-defined]  # a stub of the base
    index.ntotal = len(vectors)
    return index


def _trained(code: str, vectors: StoredVectors) -> faiss.Index:
    """An empty FAISS index that was trained with a sample of the vectors."""
    index = faiss.index_factory(vectors.shape[1], code, faiss.METRIC_INNER_PRODUCT)
    quantizer = getattr(index, "pq", None)
    if isinstance(index, faiss.IndexPQ):  # ten times the training lowers the error by only 2 %
        index.pq.cp.niter, index.pq.cp.max_points_per_centroid = 3, 32
        index.pq.cp.min_points_per_centroid = 1  # no warnings
    with _one_thread():
        index.train(_sample(vectors, _SAMPLE))
    if quantizer is not None:
        quantizer.sync_transposed_centroids()  # the same codes in two thirds of the time
    return index


def use_one_thread() -> None:
    """Let FAISS use only one thread for the calls of the thread that calls this."""
    faiss.omp_set_num_threads(1)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let FAISS use one thread inside the block.

    Small steps on two threads are slow beside other busy processes: the threads wait for each
    other, and waiting keeps a processor busy. The number of threads is set for the calling thread.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _refine_parameters(depth: int, k: int) -> faiss.SearchParameters:
    """Parameters to find `k` vectors among the `depth` most promising ones."""
    factor = max(1.0, depth / k)
    return faiss.IndexRefineSearchParameters(k_factor=factor)  # type: ignore[call-arg]  # by a wrapper


def _write(index: faiss.Index, path: Path) -> None:
    with path.open("wb") as file:  # FAISS's own writer ignores an error in the last block
        writer = faiss.PyCallbackIOWriter(file.write)  # type: ignore[attr-defined]  # no stub
        faiss.write_index(index, writer)


def _scan_path(path: Path) -> Path:
    return path.with_name(f"{path.stem}.scan{path.suffix}")


def _part_count(dimension: int) -> int:
    """Number of equal parts of a vector for quantisation, each of at least four numbers."""
    return next(dimension // size for size in range(4, dimension + 1) if dimension % size == 0)


class _TenthScores:
    """The score of each trial's tenth nearest vector; a found vector that reaches it is right."""

    def __init__(self, trials: Vectors) -> None:
        self._trials = trials
        self._best = np.full((len(trials), _NEAREST), -np.inf, dtype=np.float32)  # rows ascend

    def compare(self, vectors: Vectors) -> None:
        """Compare the trials with more vectors."""
        scores = self._trials @ vectors.T
        above = scores > self._best[:, :1]
        for row in np.flatnonzero(above.any(axis=1)):
            both = np.concatenate([self._best[row], scores[row][above[row]]])
            self._best[row] = np.sort(both)[-_NEAREST:]

    @property
    def scores(self) -> Vectors:
        """(trials,) float32 score of the tenth nearest vector, less the rounding error."""
        return np.asarray(self._best[:, 0] - _ROUNDING, dtype=np.float32)


def _trial_questions(questions: StoredVectors) -> Vectors:
    """Unit vectors between pairs of `questions`, about as far from these as from an answer."""
    ends = _sample(questions, 2 * _TRIALS)
    between = ends[::2][: len(ends) // 2] + ends[1::2]
    return np.asarray(between / np.linalg.norm(between, axis=1, keepdims=True))


def _sample(vectors: StoredVectors, size: int) -> Vectors:
    """At most `size` of the vectors in float32, always the same ones."""
    chosen = np.random.default_rng(0).choice(len(vectors), min(size, len(vectors)), replace=False)
    return np.asarray(vectors[np.sort(chosen)], dtype=np.float32)


def _blocks(vectors: StoredVectors) -> Iterator[Vectors]:
    """The vectors in float32, in blocks, so that the copy stays small."""
    for start in range(0, len(vectors), _BLOCK):
        yield np.ascontiguousarray(vectors[start : start + _BLOCK], dtype=np.float32)
