"""Start-up, embedding rate and question latency, beside the naive bot in the same run.

    .venv/bin/python -m benchmarks.speed [SQUAD.json]

Without a file, the sample articles are used. txtai is measured too if it is installed; it is no
dependency of ours. Prints a Markdown table for docs/performance.md.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import faiss
import torch

from bot.operations.import_sources import SAMPLE
from corpus import Article, read_sources
from index.embedding.model_sources import BUNDLED, bundled_model_path
from index.embedding.sentence_transformer import SentenceTransformerEmbedder
from index.engine.engine import Engine
from index.engine.load_embedder import load_embedder
from index.evaluation.datasets import read_collection
from index.indexing.builder import build
from index.reading.onnx_reader import OnnxReader
from index.storage.generation_store import EmbeddedStore

CORES = len(os.sched_getaffinity(0))
ROUNDS = 3  # medians are reported
PARAGRAPHS = 200
QUESTIONS = 200
QUOTEBOT = str(Path(sys.executable).with_name("quotebot"))


RESIDENT = """
import resource, sys
from pathlib import Path
from index.engine.engine import Engine
from index.storage.generation_store import EmbeddedStore
from index.engine.load_embedder import load_embedder
data = Path(sys.argv[1])
engine = Engine(EmbeddedStore(data), load_embedder("all-MiniLM-L6-v2", data))
engine.refresh()
engine.ask("Who built the tower clock on Salt Square?")
pages = int(Path("/proc/self/statm").read_text().split()[1])
print(pages * resource.getpagesize())
"""


class Row(NamedTuple):
    name: str
    ours: float
    naive: float | None = None
    txtai: float | None = None


def main() -> None:
    articles, questions = load(sys.argv[1:])
    rows = [*startup(), *embedding(articles), *latency(articles, questions)]
    print("| measure | quotebot | naive | ratio | txtai hybrid | ratio |\n" + "| --- " * 6 + "|")
    for row in rows:
        others = [f"{x:.2f} | {row.ours / x:.2f}" if x else "– | " for x in (row.naive, row.txtai)]
        print(f"| {row.name} | {row.ours:.2f} | {' | '.join(others)} |")


def load(arguments: list[str]) -> tuple[list[Article], list[str]]:
    if arguments:
        collection = read_collection(Path(arguments[0]))
        return list(collection.articles), [q.text for q in collection.questions]
    articles = [a for a in read_sources([str(SAMPLE)]) if isinstance(a, Article)]
    return articles, [f"What is said of {article.title}?" for article in articles]


def startup() -> list[Row]:
    with tempfile.TemporaryDirectory() as data:
        program = [QUOTEBOT, "--data", data]
        subprocess.run([*program, "add", str(SAMPLE)], check=True, capture_output=True)
        asked = [*program, "ask", "Who built the tower clock on Salt Square?"]
        resident = subprocess.run(
            [sys.executable, "-c", RESIDENT, data], check=True, capture_output=True, text=True
        )
        return [
            Row("quotebot --help, s", median(lambda: run([QUOTEBOT, "--help"]))),
            Row("cold start to first answer, s", median(lambda: run(asked))),
            Row("resident after an answer, MB", float(resident.stdout) / 1e6),
        ]


def run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


def embedding(articles: list[Article]) -> list[Row]:
    """Paragraphs per second of the encoder of builds and of `model.encode`, in turns."""
    from sentence_transformers import SentenceTransformer

    texts = [p.text for a in articles for p in a.paragraphs][:PARAGRAPHS]
    embedder = SentenceTransformerEmbedder()
    embedder.embed_passages(texts[:64])  # chooses its precision
    model = SentenceTransformer(str(bundled_model_path()), device="cpu")
    torch.set_num_threads(CORES)
    model.encode(texts[:64], show_progress_bar=False)
    ours, naive = [], []
    for _ in range(ROUNDS):
        ours.append(len(texts) / clock(lambda: embedder.embed_passages(texts)))
        torch.set_num_threads(CORES)
        naive.append(len(texts) / clock(lambda: model.encode(texts, show_progress_bar=False)))
        torch.set_num_threads(1)
    return [Row("embedding, paragraphs/s", statistics.median(ours), statistics.median(naive))]


def latency(articles: list[Article], questions: list[str]) -> list[Row]:
    """Time of questions: each is asked of all systems in turn, with encoders on one thread."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(bundled_model_path()), device="cpu")
    texts = [p.text for a in articles for p in a.paragraphs]
    torch.set_num_threads(CORES)
    flat = faiss.IndexFlatIP(384)
    flat.add(model.encode(texts, normalize_embeddings=True, show_progress_bar=False))
    txtai = txtai_hybrid(texts)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as data:
        build(articles, "benchmark", SentenceTransformerEmbedder(), Path(data))
        embedder = load_embedder(BUNDLED, Path(data))
        shipped = Engine(EmbeddedStore(Path(data)), embedder, reader=OnnxReader())
        unread = Engine(EmbeddedStore(Path(data)), embedder)

        def ours(engine: Engine) -> Callable[[str], object]:
            engine.refresh()

            def ask(question: str) -> object:
                embedder.forget_recent()
                return engine.ask(question)

            return ask

        def naive(question: str) -> object:
            return flat.search(model.encode([question], normalize_embeddings=True), 5)

        systems = [ours(shipped), ours(unread), naive, *([txtai] if txtai else [])]
        for act in systems:  # the first question loads models
            act(questions[0])
        table = [[clock(lambda a=act, q=q: a(q)) for act in systems] for q in questions[:QUESTIONS]]
    times = [list(column) for column in zip(*table, strict=True)]
    rows = []
    for name, of in (("p50", middle), ("p95", most), ("mean", mean)):
        read, plain, *others = (of(column) for column in times)
        label = f"question over {len(texts)} paragraphs, ms, {name}"
        rows += [Row(label, read, *others), Row(f"{label}, READER=off", plain, *others)]
    return rows


def txtai_hybrid(texts: list[str]) -> Callable[[str], object] | None:
    """txtai's hybrid search with the same model, where it is installed."""
    try:
        from txtai import Embeddings
    except ImportError:
        return None
    # Its FAISS back end fails with faiss 1.15 on an index as small as this.
    embeddings = Embeddings(
        path=str(bundled_model_path()), method="sentence-transformers", hybrid=True, backend="numpy"
    )
    embeddings.index((i, text, None) for i, text in enumerate(texts))
    return lambda question: embeddings.search(question, 5)


def clock(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def median(act: Callable[[], object]) -> float:
    return statistics.median(clock(act) for _ in range(ROUNDS))


def middle(seconds: list[float]) -> float:
    """The median in milliseconds; the next two functions also give milliseconds."""
    return statistics.median(seconds) * 1e3


def most(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] * 1e3


def mean(seconds: list[float]) -> float:
    return statistics.mean(seconds) * 1e3


if __name__ == "__main__":
    main()
