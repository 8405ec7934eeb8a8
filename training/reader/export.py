"""Exports trained weights as an ONNX model in int8, with its card."""

import logging
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch

from index.checksum import checksum
from index.embedding.model_sources import bundled_model_path
from index.reading.onnx_reader import ReaderCard
from training.reader.model import new_reader

__all__ = ["export"]

_OPSET = 17
_NAMES = ("ids", "kinds", "mask", "start", "end")


def export(
    weights: Path, out: Path, *, trained_on: Sequence[str], held_out: Sequence[str] = ()
) -> None:
    """Write `out/reader.onnx` and its card, `out/reader.json`. Raises OSError.

    `weights` is the file of `train`; `trained_on` and `held_out` are for the card. Matrices are
    quantised to 8 bits with one scale each, activations when the model runs (dynamic quantisation).
    The model is a quarter of the size, and two to four times as fast on a CPU with VNNI.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out.mkdir(parents=True, exist_ok=True)
    model = out / "reader.onnx"
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "reader.onnx"
        _to_onnx(weights, whole)
        logging.getLogger().setLevel(logging.ERROR)  # no advice to prepare: that changes nothing
        quantize_dynamic(whole, model, weight_type=QuantType.QInt8)
    card = ReaderCard(
        languages=("en",),
        bytes=model.stat().st_size,
        sha256=checksum(model)["sha256"],
        vocabulary=checksum(bundled_model_path() / "tokenizer.json")["sha256"],
        trained_on=tuple(trained_on),
        held_out=tuple(held_out),
    )
    (out / "reader.json").write_text(card.to_json(), "utf-8")


def _to_onnx(weights: Path, path: Path) -> None:
    reader = new_reader(weights).eval()
    ids = torch.ones((2, 16), dtype=torch.long)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are about fixed lengths; a test compares the outputs
        torch.onnx.export(
            reader,
            (ids, torch.zeros_like(ids), ids),
            str(path),
            dynamo=False,  # the newer exporter needs a further package
            opset_version=_OPSET,
            input_names=_NAMES[:3],
            output_names=_NAMES[3:],
            dynamic_axes={name: {0: "batch", 1: "tokens"} for name in _NAMES},
        )
