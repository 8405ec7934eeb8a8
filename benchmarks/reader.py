"""Speed of the reader: `python -m benchmarks.reader FILE` (SQuAD format), one thread."""

import sys
import time
from pathlib import Path

import numpy as np
from rich.console import Console

from corpus import sentence_spans
from index.reading.onnx_reader import OnnxReader
from index.reading.ports import ReaderInput
from training.reader.data import read_examples

QUESTIONS = 150


def main() -> None:
    reader = OnnxReader()
    started = time.perf_counter()
    if reader.load() is None:
        sys.exit(reader.problem)
    Console().print(f"loaded in {time.perf_counter() - started:.2f} s")
    examples = read_examples(Path(sys.argv[1]))
    examples = examples[:: max(1, len(examples) // QUESTIONS)]
    for count in (1, 2, 3):
        took = []
        for example in examples:
            text = example.passage.text
            spans = sentence_spans(text, "en")
            passage = ReaderInput(example.passage.title, text, spans, range(len(spans)))
            started = time.perf_counter()
            reader.read(example.question, [passage] * count)
            took.append(1e3 * (time.perf_counter() - started))
        p50, p95 = np.quantile(took, [0.5, 0.95])
        Console().print(f"{count} windows: p50 {p50:.1f} ms, p95 {p95:.1f} ms")


if __name__ == "__main__":
    main()
