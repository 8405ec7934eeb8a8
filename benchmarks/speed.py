"""Start-up, embedding rate and question latency, beside the naive bot in the same run.

    .venv/bin/python -m benchmarks.speed [SQUAD.json]

Without a file the sample articles serve. Prints a Markdown table for docs/performance.md.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import faiss

from bot.importing import SAMPLE
from corpus import Article, read_sources
from index.build import build
from index.collection import read_collection
from index.embedder import SentenceTransformerEmbedder, bundled_model_path
from index.engine import Engine

ROUNDS = 3  # medians are reported
PARAGRAPHS = 200
QUESTIONS = 200
QUOTEBOT = str(Path(sys.executable).with_name("quotebot"))


def main() -> None:
    articles, questions = load(sys.argv[1:])
    rows = [*startup(), *embedding(articles), *latency(articles, questions)]
    print("| measure | quotebot | naive | ratio |\n| --- | --- | --- | --- |")
    for name, ours, naive in rows:
        ratio = f"{ours / naive:.2f}" if naive else ""
        print(f"| {name} | {ours:.2f} | {f'{naive:.2f}' if naive else '–'} | {ratio} |")


def load(arguments: list[str]) -> tuple[list[Article], list[str]]:
    if arguments:
        collection = read_collection(Path(arguments[0]))
        return list(collection.articles), [q.text for q in collection.questions]
    articles = [a for a in read_sources([str(SAMPLE)]) if isinstance(a, Article)]
    return articles, [f"What is said of {article.title}?" for article in articles]


def startup() -> list[tuple[str, float, float | None]]:
    with tempfile.TemporaryDirectory() as data:
        program = [QUOTEBOT, "--data", data]
        subprocess.run([*program, "add", str(SAMPLE)], check=True, capture_output=True)
        asked = [*program, "ask", "Who built the tower clock on Salt Square?"]
        return [
            ("quotebot --help, s", median(lambda: subprocess.run([QUOTEBOT, "--help"], check=True, capture_output=True)), None),
            ("cold start to first answer, s", median(lambda: subprocess.run(asked, check=True, capture_output=True)), None),
        ]  # fmt: skip


def embedding(articles: list[Article]) -> list[tuple[str, float, float | None]]:
    from sentence_transformers import SentenceTransformer

    texts = [p.text for a in articles for p in a.paragraphs][:PARAGRAPHS]
    embedder = SentenceTransformerEmbedder()
    model = SentenceTransformer(str(bundled_model_path()), device="cpu")
    ours = len(texts) / median(lambda: embedder.embed_passages(texts))
    naive = len(texts) / median(lambda: [model.encode(text) for text in texts])
    return [("embedding, paragraphs/s", ours, naive)]


def latency(articles: list[Article], questions: list[str]) -> list[tuple[str, float, float | None]]:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(bundled_model_path()), device="cpu")
    texts = [p.text for a in articles for p in a.paragraphs]
    flat = faiss.IndexFlatIP(384)
    flat.add(model.encode(texts, normalize_embeddings=True, show_progress_bar=False))
    with tempfile.TemporaryDirectory() as data:
        embedder = SentenceTransformerEmbedder()
        build(articles, "benchmark", embedder, Path(data))
        engine = Engine(Path(data), embedder)
        engine.refresh()
        asked = questions[:QUESTIONS]
        ours = [clock(lambda q=q: engine.ask(q)) for q in asked]
        naive = [clock(lambda q=q: flat.search(model.encode([q], normalize_embeddings=True), 5)) for q in asked]  # fmt: skip
    name = f"question over {len(texts)} paragraphs, ms"
    return [
        (f"{name}, p50", percentile(ours, 50), percentile(naive, 50)),
        (f"{name}, p95", percentile(ours, 95), percentile(naive, 95)),
    ]


def clock(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def median(act: Callable[[], object]) -> float:
    return statistics.median(clock(act) for _ in range(ROUNDS))


def percentile(seconds: list[float], percent: int) -> float:
    """In milliseconds."""
    return statistics.quantiles(seconds, n=100)[percent - 1] * 1e3


if __name__ == "__main__":
    main()
