"""The matrices of an ONNX model in 8 bits, with one scale for every few weights.

A question is a dozen tokens, so that reading the weights takes longer than multiplying by them, and
a quarter of the bytes is read sooner. Scales for short blocks, of activations too, keep what one
scale for a matrix loses: docs/decisions/0005-encoding.md has the figures. The operator is ONNX
Runtime's `MatMulNBits`.
"""

import re
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

__all__ = ["quantize"]

_BLOCK = 16
"""Weights that share a scale: with 32, a tenth quicker, the cosine is .9990 instead of .9994."""
_VALUES = re.compile(r"[/.](value|v|v_proj|v_lin)[/.]")
"""Names of the matrices of attention's values. They do half of the harm with a twelfth of the
work (of the bundled model, on nine questions of a word or two), so that they stay as they are."""
_DOMAIN = "com.microsoft"
_ZERO = 128  # of unsigned bytes
_WITH_INTEGERS = 4  # `accuracy_level`: activations are quantised to 8 bits too


def quantize(source: Path, target: Path) -> None:
    """Write the model in `source` to `target` with its constant matrices in 8 bits.

    Matrices whose height a block does not divide stay as they are. Raises ValueError when that is
    all of them.
    """
    model = onnx.load(source)
    matrices = {
        tensor.name: tensor
        for tensor in model.graph.initializer
        if len(tensor.dims) == 2
        and tensor.data_type == TensorProto.FLOAT
        and tensor.dims[0] % _BLOCK == 0
    }
    nodes = [_in_blocks(model, matrices, node) for node in model.graph.node]
    if all(node.op_type != "MatMulNBits" for node in nodes):
        raise ValueError("no matrix can be quantised")
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    read = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in model.graph.initializer if tensor.name in read]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    model.opset_import.append(helper.make_opsetid(_DOMAIN, 1))
    onnx.save(model, target)


def _in_blocks(model: ModelProto, matrices: dict[str, TensorProto], node: NodeProto) -> NodeProto:
    """The node, or its product with a quantised matrix, which is added to the model."""
    if node.op_type != "MatMul" or node.input[1] not in matrices or _VALUES.search(node.name):
        return node
    name = node.input[1]
    height, width = matrices[name].dims
    weights, scales = _quantized(numpy_helper.to_array(matrices[name]))
    if all(tensor.name != f"{name}:8" for tensor in model.graph.initializer):
        model.graph.initializer.extend([
            numpy_helper.from_array(weights, f"{name}:8"),
            numpy_helper.from_array(scales, f"{name}:scales"),
        ])  # fmt: skip
    return helper.make_node(
        "MatMulNBits",
        [node.input[0], f"{name}:8", f"{name}:scales"],
        node.output,
        name=node.name,
        domain=_DOMAIN,
        K=height,
        N=width,
        bits=8,
        block_size=_BLOCK,
        accuracy_level=_WITH_INTEGERS,
    )


def _quantized(matrix: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A matrix (K, N) as bytes (N, K / _BLOCK, _BLOCK) and scales (N * K / _BLOCK,).

    A weight is (byte - 128) * scale; a block's farthest from 0 is the byte 0.
    """
    height, width = matrix.shape
    blocks = matrix.T.reshape(width, height // _BLOCK, _BLOCK)
    places = np.abs(blocks).argmax(-1, keepdims=True)
    scales = np.take_along_axis(blocks, places, -1) / -_ZERO
    scales[scales == 0] = 1e-9  # of a block of zeros
    weights = np.clip(np.rint(blocks / scales) + _ZERO, 0, 255).astype(np.uint8)
    return weights, scales.astype(np.float32).ravel()
