"""Quantises an ONNX model to 8 bits, so that a question takes half of the time and memory.

X W, the product of inputs X and a constant matrix W, is computed in integers, with a scale for each
column of W. Before that, columns of X with large values are scaled down, and the rows of W are
scaled up in return (SmoothQuant: Xiao et al., 2023, arXiv:2211.10438). Where W has more rows than
columns, X is the output of an activation function, whose size differs most from token to token.
There each row of X is scaled to the same size (vector-wise quantisation: Dettmers et al., 2022,
arXiv:2208.07339). A large table, such as the word vectors, gets a scale for each row; that saves
memory, not time. docs/decisions/0005-encoding.md has the figures.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from index.embedding.onnx_session import open_session

__all__ = ["NothingToQuantize", "quantize"]

_ALPHA = 0.6
"""Share of the range of X that SmoothQuant moves to W; .5 to .7 give the same results here."""
_LARGEST = 127  # of signed bytes
_SMALLEST = 1e-6  # smaller values count as zero
_LARGE = 4_096  # rows, from which a table is quantised

Matrix = NDArray[np.float32]
Inputs = Mapping[str, NDArray[np.int64]]
"""The inputs of the model, by name."""


class NothingToQuantize(ValueError):
    """The model has no product with a constant matrix."""


def quantize(source: Path, target: Path, samples: Sequence[Inputs]) -> None:
    """Write the model in `source` to `target`, with its constant matrices and tables in 8 bits.

    `samples` are inputs of the model, with which the range of each X is measured. Raises
    NothingToQuantize.
    """
    model = onnx.load(source)
    matrices = {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in model.graph.initializer
        if len(tensor.dims) == 2 and tensor.data_type == TensorProto.FLOAT
    }
    products: dict[str, list[NodeProto]] = {}  # by the name of X
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in matrices:
            products.setdefault(node.input[0], []).append(node)
    if not products:
        raise NothingToQuantize("no matrix can be quantised")
    sizes = _sizes(model, list(products), samples)
    done: dict[str, list[NodeProto]] = {}
    for name, nodes in products.items():
        group = _Group(name, [matrices[node.input[1]] for node in nodes], sizes[name])
        model.graph.initializer.extend(group.constants)
        replaced = [group.prepared, *(group.product(i, nodes[i]) for i in range(len(nodes)))]
        done |= {node.output[0]: [] for node in nodes}
        done[nodes[0].output[0]] = list(chain.from_iterable(replaced))
    for node in model.graph.node:
        table = matrices.get(node.input[0]) if node.op_type == "Gather" else None
        if table is not None and len(table) >= _LARGE and not any(a.i for a in node.attribute):
            integers, scales = _quantized(table, axis=1)
            model.graph.initializer.extend(_constants(node.input[0], integers, scales))
            done[node.output[0]] = _table_lookup(node)
    _rewrite(model, done)
    onnx.save(model, target)


def _sizes(model: ModelProto, names: list[str], samples: Sequence[Inputs]) -> dict[str, Matrix]:
    """Largest magnitude in each column (K,) of each tensor (..., K), by name."""
    open_model = ModelProto()
    open_model.CopyFrom(model)
    open_model.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names
    )
    session = open_session(open_model.SerializeToString())
    sizes = {name: np.zeros(1, dtype=np.float32) for name in names}
    for sample in samples:
        for name, values in zip(names, session.run(names, dict(sample)), strict=True):
            rows = np.abs(np.asarray(values)).reshape(-1, np.shape(values)[-1])
            sizes[name] = np.maximum(sizes[name], rows.max(0, initial=0.0))
    return sizes


class _Group:
    """The products of one tensor X (..., K) with several matrices (K, N)."""

    def __init__(self, name: str, matrices: Sequence[Matrix], sizes: Matrix) -> None:
        self._name = name
        weights = np.abs(np.concatenate(matrices, axis=1)).max(1)
        factors = np.maximum(sizes, _SMALLEST) ** _ALPHA
        factors = (factors / np.maximum(weights, _SMALLEST) ** (1 - _ALPHA)).astype(np.float32)
        factors /= np.median(factors)
        self._by_rows = any(height > width for height, width in (m.shape for m in matrices))
        self.constants = [numpy_helper.from_array(1 / factors, f"{name}:smooth")]
        for i, matrix in enumerate(matrices):
            smooth = matrix * factors[:, None]
            integers, scales = _quantized(smooth, axis=0)
            self.constants += _constants(f"{name}:{i}", integers, scales[0])
            zeros = np.zeros(matrix.shape[1], np.int8)
            self.constants.append(numpy_helper.from_array(zeros, f"{name}:{i}:zeros"))

    @property
    def prepared(self) -> list[NodeProto]:
        """Nodes that turn X into integers (X:q), a scale, a zero point, and the sizes of rows."""
        name = self._name
        nodes = [helper.make_node("Mul", [name, f"{name}:smooth"], [f"{name}:even"])]
        even = f"{name}:even"
        if self._by_rows:
            nodes += [
                helper.make_node("Abs", [even], [f"{name}:abs"]),
                helper.make_node("ReduceMax", [f"{name}:abs"], [f"{name}:max"], axes=[-1]),
                helper.make_node("Max", [f"{name}:max", "quantized:smallest"], [f"{name}:rows"]),
                helper.make_node("Div", [even, f"{name}:rows"], [f"{name}:alike"]),
            ]
            even = f"{name}:alike"
        found = [f"{name}:q", f"{name}:scale", f"{name}:zero"]
        return [*nodes, helper.make_node("DynamicQuantizeLinear", [even], found)]

    def product(self, i: int, node: NodeProto) -> list[NodeProto]:
        """Nodes that compute X W_i as floats. ONNX Runtime fuses them into one operator."""
        name, out = self._name, node.output[0]
        factors = [f"{name}:q", f"{name}:{i}:integers", f"{name}:zero", f"{name}:{i}:zeros"]
        scaled = f"{out}:scaled" if self._by_rows else out
        nodes = [
            helper.make_node("MatMulInteger", factors, [f"{out}:sums"]),
            helper.make_node("Cast", [f"{out}:sums"], [f"{out}:floats"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{name}:scale", f"{name}:{i}:scales"], [f"{out}:factor"]),
            helper.make_node("Mul", [f"{out}:floats", f"{out}:factor"], [scaled]),
        ]
        if self._by_rows:
            nodes.append(helper.make_node("Mul", [scaled, f"{name}:rows"], [out]))
        return nodes


def _quantized(matrix: Matrix, axis: int) -> tuple[NDArray[np.int8], Matrix]:
    """A matrix as int8, in the same shape, and its scales: the axis has length 1 in these."""
    scales = np.maximum(np.abs(matrix).max(axis, keepdims=True), _SMALLEST) / _LARGEST
    return np.rint(matrix / scales).astype(np.int8), scales.astype(np.float32)


def _constants(name: str, integers: NDArray[np.int8], scales: Matrix) -> list[TensorProto]:
    return [
        numpy_helper.from_array(integers, f"{name}:integers"),
        numpy_helper.from_array(scales, f"{name}:scales"),
    ]


def _table_lookup(node: NodeProto) -> list[NodeProto]:
    """Nodes that look up rows of a quantised table as floats."""
    table, places = node.input
    out = node.output[0]
    return [
        helper.make_node("Gather", [f"{table}:integers", places], [f"{out}:bytes"]),
        helper.make_node("Gather", [f"{table}:scales", places], [f"{out}:scales"]),
        helper.make_node("Cast", [f"{out}:bytes"], [f"{out}:floats"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{out}:floats", f"{out}:scales"], [out]),
    ]


def _rewrite(model: ModelProto, done: Mapping[str, list[NodeProto]]) -> None:
    """Replace the nodes whose output is in `done`; drop constants that no node reads."""
    graph = model.graph
    nodes = [new for node in graph.node for new in done.get(node.output[0], [node])]
    graph.initializer.append(
        numpy_helper.from_array(np.array(_SMALLEST, dtype=np.float32), "quantized:smallest")
    )
    read = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in read]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)
