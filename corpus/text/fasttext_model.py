"""Reads a quantised fastText classifier (`.ftz`) and predicts with it, in numpy.

It has what the language model lid.176.ftz needs: supervised, hierarchical softmax, character
n-grams, pruned and quantised input with quantised norms, no word n-grams. Layout and arithmetic
follow fastText 0.9.2 (MIT): `args.cc`, `dictionary.cc`, `quantmatrix.cc`, `loss.cc`. The Python
packages of fastText have no wheels for some of the Python versions that we support.
"""

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FastTextModel", "UnknownModelFormat"]

_MAGIC = 793712314
_VERSION = 12
_HIERARCHICAL_SOFTMAX = 1
_WORD = 0  # types of dictionary entries
_LABEL_PREFIX = "__label__"
_END_OF_LINE = "</s>"
_SEPARATORS = str.maketrans(dict.fromkeys("\n\r\t\v\f\0", " "))
_CENTROIDS = 256  # of each part of a vector
_FNV_OFFSET = np.uint32(2166136261)
_FNV_PRIME = np.uint32(16777619)
_EPSILON = 1e-5  # fastText adds it before each logarithm
_UNUSED_COUNT = 10**15  # larger than the count of any node of the tree
_FAR = 80  # beyond it a probability is 0 or 1, and exp overflows

_Floats = NDArray[np.float32]
_Ids = NDArray[np.int64]


class UnknownModelFormat(Exception):
    """The file is not a fastText model of the kind that this module reads."""


@dataclass(frozen=True, slots=True)
class _Subwords:
    """The rows of the character n-grams that the pruned model kept."""

    shortest: int  # characters
    longest: int
    rows: NDArray[np.uint16]  # (buckets,) row in the input matrix; 0 for an n-gram left out

    def rows_of(self, words: list[str]) -> NDArray[np.uint16]:
        """(n,) rows of the n-grams of `<word>` for each word, in any order, with repetitions."""
        hashes = _ngram_hashes(words, self.shortest, self.longest)
        rows = self.rows[hashes % np.uint32(len(self.rows))]
        return np.asarray(rows[rows > 0])


@dataclass(frozen=True, slots=True)
class _Tree:
    """The Huffman tree of the labels, as the path between the root and each label."""

    nodes: _Ids  # (labels, depth) row of the output matrix at each step; 0 beyond the leaf
    signs: _Floats  # (labels, depth) 1 to the right, -1 to the left, 0 beyond the leaf


class FastTextModel:
    """A classifier of short texts. Immutable, so several threads may use it at once."""

    def __init__(self, path: Path, sha256: str | None = None) -> None:
        """Load a `.ftz` file; compare it with a checksum in hexadecimal, if one is given.

        Raises OSError, and UnknownModelFormat when the file has another checksum or format.
        """
        data = path.read_bytes()
        if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
            raise UnknownModelFormat(f"{path.name} is damaged: its checksum is another")
        file = _File(data)
        if file.values("ii") != (_MAGIC, _VERSION):
            raise UnknownModelFormat(f"{path.name} is not a fastText model of version {_VERSION}")
        dimensions, _, _, _, _, word_ngrams, loss, _, buckets, shortest, longest, _ = file.values(
            "12i"
        )
        file.values("d")
        if loss != _HIERARCHICAL_SOFTMAX or word_ngrams > 1 or shortest < 2:
            raise UnknownModelFormat(f"{path.name} is another kind of fastText model")
        self._words, self.labels, counts, pruned = _read_dictionary(file)
        subword_rows = np.zeros(buckets, np.uint16)
        subword_rows[pruned[:, 0]] = pruned[:, 1] + len(self._words)
        self._subwords = _Subwords(shortest, longest, subword_rows)
        self._input = _read_quantized(file, dimensions)
        self._output = _read_output(file)
        self._tree = _tree_of(counts)

    def predict(self, text: str) -> tuple[str | None, float]:
        """Return the likeliest label, without its prefix, and its probability.

        Returns (None, 0.0) when the model knows nothing in the text. The text must not have lone
        surrogates.
        """
        words = [*text.translate(_SEPARATORS).split(" "), _END_OF_LINE]
        words = [word for word in words[: words.index(_END_OF_LINE) + 1] if word]
        ids = [self._words[word] for word in words if word in self._words]
        spelled = [
            word for word in words if word != _END_OF_LINE and not word.startswith(_LABEL_PREFIX)
        ]
        rows = np.concatenate([np.array(ids, np.int64), self._subwords.rows_of(spelled)])
        if not len(rows):
            return None, 0.0
        hidden = self._input[rows].mean(axis=0, dtype=np.float32)
        # Not a matrix product: a BLAS library may start threads, and this process may fork.
        scores = (self._output * hidden).sum(axis=1)
        likelihoods = self._likelihoods(scores)
        best = int(likelihoods.argmax())
        return self.labels[best], float(np.exp(likelihoods[best]))

    def _likelihoods(self, scores: _Floats) -> _Floats:
        """Logarithm of the probability of each label, from the scores of the tree's nodes."""
        exponents = np.clip(scores[self._tree.nodes] * self._tree.signs, -_FAR, _FAR)
        turns = 1 / (1 + np.exp(-exponents))
        steps = np.where(self._tree.signs == 0, 0, np.log(turns + _EPSILON))
        return np.asarray(steps.sum(axis=1), np.float32)


class _File:
    """The bytes of a file, read from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def values(self, layout: str) -> tuple[Any, ...]:
        """The next values, little-endian and without padding, as `struct` lays them out."""
        found = struct.unpack_from("<" + layout, self._data, self._at)
        self._at += struct.calcsize("<" + layout)
        return found

    def array(self, kind: str, count: int) -> NDArray[Any]:
        """The next values of one type, as an array."""
        found = np.frombuffer(self._data, np.dtype(kind).newbyteorder("<"), count, self._at)
        self._at += found.nbytes
        return found

    def string(self) -> str:
        """The next string, which ends with a zero byte."""
        end = self._data.index(b"\0", self._at)
        found = self._data[self._at : end].decode("utf-8", "replace")
        self._at = end + 1
        return found


def _read_dictionary(
    file: _File,
) -> tuple[dict[str, int], list[str], list[int], NDArray[np.int32]]:
    """Row of each word, labels, count of each label in training, and the n-grams that were kept.

    The last is int32 (n, 2): a bucket of n-grams, and its row, counted from the first one after the
    words.
    """
    size, words, _ = file.values("3i")
    _, kept = file.values("qq")
    entries = []
    for _ in range(size):
        text = file.string()
        count, kind = file.values("qb")
        entries.append((text, count, kind))
    in_order = all((kind == _WORD) == (at < words) for at, (_, _, kind) in enumerate(entries))
    if not 0 < kept <= np.iinfo(np.uint16).max - words or not in_order:
        raise UnknownModelFormat("the model is not pruned, or its dictionary has another order")
    return (
        {text: number for number, (text, _, _) in enumerate(entries[:words])},
        [text.removeprefix(_LABEL_PREFIX) for text, _, _ in entries[words:]],
        [count for _, count, _ in entries[words:]],
        file.array("i4", 2 * kept).reshape(kept, 2),
    )


def _read_quantized(file: _File, dimensions: int) -> _Floats:
    """The input matrix (rows, dimensions), after the product quantisation was undone."""
    (quantized,) = file.values("?")
    (norms,) = file.values("?") if quantized else (False,)
    if not norms:
        raise UnknownModelFormat("the model's words are not quantised with their norms")
    rows, columns = file.values("qq")
    (size,) = file.values("i")
    codes = file.array("u1", size).reshape(rows, -1)
    _, parts, width, last = file.values("4i")
    if columns != dimensions or parts * width != dimensions or last != width:
        raise UnknownModelFormat("the parts of the model's vectors differ in size")
    centroids = file.array("f4", dimensions * _CENTROIDS).reshape(parts, _CENTROIDS, width)
    norm_codes = file.array("u1", rows)
    file.values("4i")
    norm_values = file.array("f4", _CENTROIDS)
    vectors = np.empty((rows, dimensions), np.float32)
    for part in range(parts):  # part by part: all at once would take five times the memory
        vectors[:, part * width : (part + 1) * width] = centroids[part][codes[:, part]]
    vectors *= norm_values[norm_codes][:, None]
    return vectors


def _read_output(file: _File) -> _Floats:
    """The output matrix (labels, dimensions): a row for each inner node of the tree."""
    (quantized,) = file.values("?")
    if quantized:
        raise UnknownModelFormat("the model's output is quantised")
    rows, columns = file.values("qq")
    return np.asarray(file.array("f4", rows * columns).reshape(rows, columns), np.float32)


def _tree_of(counts: list[int]) -> _Tree:
    """The Huffman tree of labels in descending order of their counts, as fastText builds it."""
    labels = len(counts)
    total = counts + [_UNUSED_COUNT] * (labels - 1)
    parent, is_right = [-1] * len(total), [False] * len(total)
    leaf, inner = labels - 1, labels  # the rarest leaf and the rarest inner node without a parent
    for node in range(labels, 2 * labels - 1):
        children = []
        for _ in range(2):
            if leaf >= 0 and total[leaf] < total[inner]:
                children.append(leaf)
                leaf -= 1
            else:
                children.append(inner)
                inner += 1
        total[node] = total[children[0]] + total[children[1]]
        parent[children[0]] = parent[children[1]] = node
        is_right[children[1]] = True
    paths: list[list[tuple[int, int]]] = []
    for label in range(labels):
        path, node = [], label
        while parent[node] != -1:
            path.append((parent[node] - labels, 1 if is_right[node] else -1))
            node = parent[node]
        paths.append(path)
    deepest = max(map(len, paths))
    padded = np.array([path + [(0, 0)] * (deepest - len(path)) for path in paths])
    return _Tree(padded[:, :, 0].copy(), padded[:, :, 1].astype(np.float32))


def _ngram_hashes(words: list[str], shortest: int, longest: int) -> NDArray[np.uint32]:
    """(n,) FNV-1a hashes of the n-grams of `<word>` for each word.

    Each byte is sign-extended before it is hashed, as in fastText.
    """
    stream = np.frombuffer("".join(f"<{word}>" for word in words).encode(), np.int8)
    starts = np.flatnonzero((stream & -64) != -128)  # not 10xxxxxx: a character starts here
    lengths = np.diff(starts, append=len(stream))  # bytes of each character
    sizes = np.array([len(word) + 2 for word in words], np.int64)  # characters
    word_end = np.repeat(np.cumsum(sizes), sizes)  # for each character, the end of its word
    values = stream.astype(np.uint32)  # sign-extended
    hashes = np.full(len(starts), _FNV_OFFSET)
    position = np.arange(len(starts))  # the character that each n-gram starts with
    found = []
    for size in range(1, longest + 1):
        whole = position + size <= word_end[position]
        position, hashes = position[whole], hashes[whole]
        added = position + size - 1
        first, length = starts[added], lengths[added]
        for byte in range(int(length.max(initial=0))):
            more = length > byte
            hashes[more] = (hashes[more] ^ values[first[more] + byte]) * _FNV_PRIME
        if size >= shortest:
            found.append(hashes.copy())
    return np.concatenate(found) if found else np.zeros(0, np.uint32)
