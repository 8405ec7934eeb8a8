"""A tiny ONNX model in place of the reader's: the answer to every question is 1907."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import onnx
from onnx import TensorProto, helper
from tokenizers import Tokenizer

from index.embedding.model_sources import bundled_model_path

ANSWER = "1907"


def write_tiny_reader(folder: Path, held_out: Sequence[str] = ()) -> Path:
    """`reader.onnx` and `reader.json` in a folder: logits of 10 at 1907, 5 at [CLS], else 0."""
    vocabulary = bundled_model_path() / "tokenizer.json"
    wanted = Tokenizer.from_file(str(vocabulary)).token_to_id(ANSWER)
    model = folder / "reader.onnx"
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(_graph(wanted, nothing=101), model)
    card = {
        "languages": ["en"],
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "vocabulary": hashlib.sha256(vocabulary.read_bytes()).hexdigest(),
        "held_out": list(held_out),
    }
    (folder / "reader.json").write_text(json.dumps(card), "utf-8")
    return folder


def _graph(wanted: int, nothing: int) -> onnx.ModelProto:
    shape = ["batch", "tokens"]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, shape)
        for name in ("ids", "kinds", "mask")
    ]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("start", "end")
    ]
    nodes = [
        helper.make_node("Equal", ["ids", "wanted"], ["is_wanted"]),
        helper.make_node("Cast", ["is_wanted"], ["wanted_here"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["wanted_here", "ten"], ["strong"]),
        helper.make_node("Equal", ["ids", "nothing"], ["is_nothing"]),
        helper.make_node("Cast", ["is_nothing"], ["nothing_here"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["nothing_here", "five"], ["weak"]),
        helper.make_node("Add", ["strong", "weak"], ["start"]),
        helper.make_node("Identity", ["start"], ["end"]),
    ]
    constants = [
        helper.make_tensor("wanted", TensorProto.INT64, [], [wanted]),
        helper.make_tensor("nothing", TensorProto.INT64, [], [nothing]),
        helper.make_tensor("five", TensorProto.FLOAT, [], [5.0]),
        helper.make_tensor("ten", TensorProto.FLOAT, [], [10.0]),
    ]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
