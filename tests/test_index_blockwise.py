"""Models with their matrices in 8 bits: they still compute the same."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from index.blockwise import quantize
from index.session import open_session


def write_model(path: Path, *matrices: tuple[str, np.ndarray]) -> None:
    """A chain of products with the matrices, by the names of their nodes."""
    first, last = matrices[0][1].shape[0], matrices[-1][1].shape[1]
    ends = ["x", *(f"h{i}" for i in range(1, len(matrices))), "y"]
    nodes = [
        helper.make_node("MatMul", [ends[i], f"m{i}"], [ends[i + 1]], name=name)
        for i, (name, _) in enumerate(matrices)
    ]
    graph = helper.make_graph(
        nodes,
        "chain",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", first])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", last])],
        [numpy_helper.from_array(m, f"m{i}") for i, (_, m) in enumerate(matrices)],
    )
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)


def matrix(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height).normal(size=(height, width)).astype(np.float32)


def test_a_quarter_of_the_bytes_give_nearly_the_same_vectors(tmp_path: Path) -> None:
    whole, light = tmp_path / "whole.onnx", tmp_path / "light.onnx"
    write_model(whole, ("/one/MatMul", matrix(128, 96)), ("/two/MatMul", matrix(96, 64)))
    quantize(whole, light)
    assert light.stat().st_size < 0.45 * whole.stat().st_size
    x = np.random.default_rng(0).normal(size=(5, 128)).astype(np.float32)
    expected, found = (open_session(path).run(None, {"x": x})[0] for path in (whole, light))
    lengths = np.linalg.norm(expected, axis=1) * np.linalg.norm(found, axis=1)
    assert ((expected * found).sum(1) / lengths).min() > 0.9995
    assert not np.array_equal(expected, found)


def test_a_matrix_of_zeros_stays_one(tmp_path: Path) -> None:
    write_model(tmp_path / "whole.onnx", ("/one/MatMul", np.zeros((64, 32), np.float32)))
    quantize(tmp_path / "whole.onnx", tmp_path / "light.onnx")
    found = open_session(tmp_path / "light.onnx").run(None, {"x": matrix(3, 64)})[0]
    assert np.abs(found).max() < 1e-6


@pytest.mark.parametrize(
    ("name", "height"), [("/one/MatMul", 50), ("/layer.0/attention/self/value/MatMul", 64)]
)
def test_what_must_stay_whole_does(tmp_path: Path, name: str, height: int) -> None:
    write_model(tmp_path / "whole.onnx", (name, matrix(height, 32)))
    with pytest.raises(ValueError, match="no matrix"):
        quantize(tmp_path / "whole.onnx", tmp_path / "light.onnx")
