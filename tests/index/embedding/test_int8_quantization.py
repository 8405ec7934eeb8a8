"""Models with their matrices in 8 bits: they still compute the same."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from index.embedding.int8_quantization import quantize
from index.embedding.onnx_session import open_session


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


def some(rows: int, width: int, seed: int = 0) -> np.ndarray:
    """Inputs like a transformer's: a few columns and rows are far larger than the rest."""
    x = np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32)
    x[:, ::17] *= 30
    x[::3] *= 8
    return x


def cosines(whole: Path, light: Path, x: np.ndarray) -> np.ndarray:
    expected, found = (open_session(path).run(None, {"x": x})[0] for path in (whole, light))
    assert not np.array_equal(expected, found)
    lengths = np.linalg.norm(expected, axis=1) * np.linalg.norm(found, axis=1)
    return (expected * found).sum(1) / lengths


@pytest.mark.parametrize("shapes", [((128, 96), (96, 64)), ((64, 32),), ((32, 256), (256, 32))])
def test_a_quarter_of_the_bytes_give_nearly_the_same_vectors(
    tmp_path: Path, shapes: tuple[tuple[int, int], ...]
) -> None:
    whole, light = tmp_path / "whole.onnx", tmp_path / "light.onnx"
    write_model(whole, *((f"/{i}/MatMul", matrix(*shape)) for i, shape in enumerate(shapes)))
    quantize(whole, light, [{"x": some(20, shapes[0][0], 1)}])
    weights = 4 * sum(height * width for height, width in shapes)
    assert light.stat().st_size < whole.stat().st_size - 0.7 * weights + 4_000 * len(shapes)
    assert cosines(whole, light, some(9, shapes[0][0])).min() > 0.998


def test_two_products_of_the_same_and_nodes_without_names(tmp_path: Path) -> None:
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "a"], ["xa"]),
            helper.make_node("MatMul", ["x", "b"], ["xb"]),
            helper.make_node("Add", ["xa", "xb"], ["y"]),
        ],
        "both",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", 48])],
        [numpy_helper.from_array(matrix(64, 48), name) for name in "ab"],
    )
    opsets = [helper.make_opsetid("", 17)]
    whole, light = tmp_path / "whole.onnx", tmp_path / "light.onnx"
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), whole)
    quantize(whole, light, [{"x": some(20, 64, 1)}])
    assert cosines(whole, light, some(9, 64)).min() > 0.999


def test_a_large_table_is_looked_up_in_bytes(tmp_path: Path) -> None:
    table, small = matrix(5_000, 16), matrix(7, 16)
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["words", "ids"], ["word"]),
            helper.make_node("Gather", ["places", "ids"], ["place"]),
            helper.make_node("Add", ["word", "place"], ["sum"]),
            helper.make_node("MatMul", ["sum", "m"], ["y"]),
        ],
        "table",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["tokens"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["tokens", 16])],
        [
            numpy_helper.from_array(table, "words"),
            numpy_helper.from_array(small, "places"),
            numpy_helper.from_array(np.eye(16, dtype=np.float32), "m"),
        ],
    )
    opsets = [helper.make_opsetid("", 17)]
    whole, light = tmp_path / "whole.onnx", tmp_path / "light.onnx"
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), whole)
    ids = np.array([0, 3, 6])
    quantize(whole, light, [{"ids": ids}])
    assert light.stat().st_size < 0.4 * whole.stat().st_size
    found = open_session(light).run(None, {"ids": ids})[0]
    assert np.abs(found - (table[ids] + small[ids])).max() < 0.06


def test_a_matrix_of_zeros_stays_one_and_rows_of_zeros_too(tmp_path: Path) -> None:
    whole, light = tmp_path / "whole.onnx", tmp_path / "light.onnx"
    write_model(whole, ("/one/MatMul", np.zeros((64, 32), np.float32)))
    quantize(whole, light, [{"x": matrix(3, 64)}])
    assert np.abs(open_session(light).run(None, {"x": matrix(3, 64)})[0]).max() < 1e-6
    write_model(whole, ("/one/MatMul", matrix(64, 32)))
    quantize(whole, light, [{"x": matrix(3, 64)}])
    assert not open_session(light).run(None, {"x": np.zeros((3, 64), np.float32)})[0].any()


def test_a_model_without_matrices_is_refused(tmp_path: Path) -> None:
    nodes = [helper.make_node("Abs", ["x"], ["y"])]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", 8]) for name in "xy"]
    graph = helper.make_graph(nodes, "none", ends[:1], ends[1:])
    onnx.save(helper.make_model(graph, ir_version=8), tmp_path / "whole.onnx")
    with pytest.raises(ValueError, match="no matrix"):
        quantize(tmp_path / "whole.onnx", tmp_path / "light.onnx", [])
