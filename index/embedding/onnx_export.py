"""Exports a sentence-transformers model to ONNX, for processes that only answer.

`index.embedding.onnx_embedder` runs the export.
"""

import contextlib
import io
import shutil
import tempfile
import time
import warnings
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

from corpus.errors import ModelUnavailable
from index.arrays import Vectors
from index.checksum import checksum
from index.embedding.base import first_line
from index.embedding.int8_quantization import NothingToQuantize, quantize
from index.embedding.onnx_embedder import (
    EncoderCard,
    OnnxEmbedder,
    encoder_folder,
    is_of,
    read_card,
    stamp,
)
from index.embedding.probes import PROBES
from index.embedding.sentence_transformer import SentenceTransformerEmbedder
from index.error_codes import Code

__all__ = ["export_encoder"]

_CLOSE = 0.999  # lowest cosine between the model's vector and the export's, in the check
_CLOSE_IN_8_BITS = 0.99  # the same in 8 bits; texts of a word or two have the lowest
_OPSET = 17
_ROUNDS = 5  # of a measurement of time
_FILES = ("encoder.onnx", "tokenizer.json")
_CHECKED = (
    *(text for pair in PROBES for text in pair),
    "Сколько людей живёт на острове?", "¿Quién escribió la ópera?", "潮汐是什么引起的？",
    "  UPPER   case, a\ttab and a line\nbreak ", "naïve café – 3.14 %", "Riga", "who?",
    "a very long question " * 60,
)  # fmt: skip


def export_encoder(embedder: SentenceTransformerEmbedder, data: Path) -> EncoderCard:
    """Export the model to a folder below `data`, unless there is a usable export; return its card.

    When the model cannot be exported, or the export's vectors differ from the model's, the card has
    a `problem`. Exports of other models are deleted. Raises OSError.
    """
    folder = encoder_folder(data, embedder.fingerprint)
    card = read_card(data, embedder.fingerprint)
    if card is None or not is_of(card, embedder.name) or not _works(folder, card):
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            card = _export(embedder, new)
        except OSError:
            shutil.rmtree(new, ignore_errors=True)
            raise
        # No sync: if a power cut damages the files, the model itself is used.
        (new / "encoder.json").write_text(card.to_json(), "utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    return card


def _works(folder: Path, card: EncoderCard) -> bool:
    """Whether an export can be used on this machine, or its card has a `problem`."""
    with contextlib.suppress(ModelUnavailable):
        return card.problem is not None or bool(OnnxEmbedder(folder, card).dimension)
    return False


def _export(embedder: SentenceTransformerEmbedder, folder: Path) -> EncoderCard:
    model = embedder.model
    card = EncoderCard(
        model=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        stamp=stamp(embedder.name),
        query_prompt=_prompt(model.prompts, "query", model.default_prompt_name),
        passage_prompt=_prompt(model.prompts, "document", model.default_prompt_name),
        max_tokens=int(model.max_seq_length or 512),
        cosine=0.0,
        files={},
    )
    try:
        _write(embedder, folder)
        of_model = embedder.embed_queries(_CHECKED), embedder.embed_passages(_CHECKED)
        card = _checked(of_model, folder, card)
        if card.cosine < _CLOSE:
            raise ModelUnavailable(Code.VECTORS_DIFFER(cosine=f"{card.cosine:.4f}"))
        card = _quantized_if_better(of_model, folder, card) or card
    except OSError:  # such as a full disk: the next build tries again
        raise
    except Exception as error:  # noqa: BLE001  # exporters raise anything
        for name in _FILES:
            (folder / name).unlink(missing_ok=True)
        return replace(card, files={}, probe=[], problem=first_line(error))
    return card


def _checked(of_model: tuple[Vectors, Vectors], folder: Path, card: EncoderCard) -> EncoderCard:
    """The card with checksums, lowest cosine and probe of the files in a folder.

    `of_model` are the model's vectors of `_CHECKED`, as questions and as passages.
    """
    card = replace(card, files={name: checksum(folder / name) for name in _FILES}, probe=[])
    export = OnnxEmbedder(folder, card)
    exported = np.stack([export.embed_query(t) for t in _CHECKED]), export.embed_passages(_CHECKED)
    cosines = [(a * b).sum(1) for a, b in zip(of_model, exported, strict=True)]
    return replace(card, cosine=float(np.min(cosines)), probe=export.probe())


def _quantized_if_better(
    of_model: tuple[Vectors, Vectors], folder: Path, card: EncoderCard
) -> EncoderCard | None:
    """Replace the export by one in 8 bits, and return its card; None if that is not better.

    It is better when its vectors are close enough and it is faster.
    """
    whole = OnnxEmbedder(folder, card)
    samples = [whole.inputs(text) for text in (*chain.from_iterable(PROBES), *_CHECKED)]
    with tempfile.TemporaryDirectory(dir=folder) as name:
        other = Path(name)
        try:
            quantize(folder / "encoder.onnx", other / "encoder.onnx", samples)
        except NothingToQuantize:
            return None
        shutil.copy(folder / "tokenizer.json", other)
        quantized = replace(_checked(of_model, other, card), bits=8)
        if quantized.cosine < _CLOSE_IN_8_BITS:
            return None
        if _seconds(OnnxEmbedder(other, quantized)) >= _seconds(whole):
            return None
        (other / "encoder.onnx").replace(folder / "encoder.onnx")
    return quantized


def _seconds(export: OnnxEmbedder) -> float:
    """Processor time for embedding the questions of PROBES: the shortest of a few rounds."""
    rounds = []
    for _ in range(_ROUNDS):
        export.forget_recent()
        started = time.thread_time()
        for question, _ in PROBES:
            export.embed_query(question)
        rounds.append(time.thread_time() - started)
    return min(rounds)


def _prompt(prompts: Mapping[str, str | None], task: str, default: str | None) -> str:
    """The prompt that sentence-transformers puts before a text for a task."""
    return prompts.get(task) or (default and prompts.get(default)) or ""


def _write(embedder: SentenceTransformerEmbedder, folder: Path) -> None:
    import torch

    class SentenceEmbedding(torch.nn.Module):
        """The whole model as a function of two tensors."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = embedder.model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            vectors: torch.Tensor = self.inner(features)["sentence_embedding"]
            return vectors

    tokenizer = embedder.model.tokenizer
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    example = tokenizer(["one", "two or three"], padding=True, return_tensors="pt")
    text = {0: "text", 1: "token"}
    with warnings.catch_warnings(), torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # they are about fixed shapes; `_checked` tests the export
        torch.onnx.export(
            SentenceEmbedding().eval(),
            (example["input_ids"], example["attention_mask"]),
            str(folder / "encoder.onnx"),
            input_names=["input_ids", "attention_mask"],
            output_names=["vectors"],
            dynamic_axes={"input_ids": text, "attention_mask": text, "vectors": {0: "text"}},
            opset_version=_OPSET,
            dynamo=False,
        )
