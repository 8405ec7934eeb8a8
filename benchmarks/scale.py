"""Speed and size of the index as it grows: seeded synthetic data, beside flat FAISS.

    .venv/bin/python -m benchmarks.scale [--json] [--questions N] [SENTENCES...]

For each size (1,000, 10,000, 100,000 and 1,000,000 sentences by default): a first build with
nothing known (embedding is synthetic and nearly free), a build with everything cached, one
paragraph changed until it is served, then questions in a process of its own: time, memory, and
recall@10 of the sentence vectors against exact float32 search in the same run. Every step is a
process of its own; processor time is given too, since a busy machine makes everybody wait. A million
takes ten minutes, 5 GB of memory and 6 GB under --data (a temporary folder by default). What --data
holds from an earlier run is used again: then there is no first build to measure.

Sentences have about 22 words, a paragraph four of them, an article twenty of those; words are
Zipfian, in five languages. Vectors have the spectrum and the neighbourhoods of real MiniLM sentence
vectors (participation ratio 105, nearest neighbour .65, tenth .42); questions are mixed with noise
until their tenth neighbour is no nearer than chance makes one in a million.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus import Article, Paragraph

DIMENSION = 384
POOL = 20_000
SENTENCES, PARAGRAPHS = 4, 20
LANGUAGES = ("en", "de", "ru", "fr", "es")
FUNCTION = {
    "en": "the of and to in a is was for on with that by at from it as be this are",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als",
    "ru": "и в не на что он с как это по но из у к за от о же для бы",
    "fr": "de la le et les des en un du une que est pour qui dans par plus sur au avec",
    "es": "de la que el en y a los se del las un por con no una su para es al",
}
QUESTION = {"en": "when did", "de": "wann hat", "ru": "когда", "fr": "quand", "es": "cuándo"}
SYLLABLES = {
    "ru": ("бвгдклмнпрст", "аеиоуы"),
    **dict.fromkeys(("en", "de", "fr", "es"), ("bcdfghklmnprstv", "aeiou")),
}
Vectors = NDArray[np.float32]


def library(sentences: int) -> Iterator[Article]:
    """Articles with so many sentences altogether; the same ones every time."""
    random = Random(1)
    vocabularies = {language: Vocabulary(language) for language in LANGUAGES}
    per_article = SENTENCES * PARAGRAPHS
    for number in range(-(-sentences // per_article)):
        language = LANGUAGES[number % len(LANGUAGES)]
        t = vocabularies[language]
        count = min(per_article, sentences - number * per_article)
        topics = [t.name(random) for _ in range(4)]
        lines = [t.sentence(random, topics[i * 4 // per_article]) for i in range(count)]
        yield Article(
            id=f"article-{number}",
            title=" ".join(topics[:2]),
            paragraphs=tuple(
                Paragraph(" ".join(lines[i : i + SENTENCES])) for i in range(0, count, SENTENCES)
            ),
            source=f"/articles/{number}.txt",
            language=language,
        )


class Vocabulary:
    """Made-up words of a language, the n-th as frequent as 1 / n, among real function words."""

    def __init__(self, language: str, size: int = 60_000) -> None:
        random = Random(zlib.crc32(language.encode()))
        consonants, vowels = SYLLABLES[language]
        self._words = [
            "".join(
                random.choice(consonants) + random.choice(vowels)
                for _ in range(random.randint(2, 5))
            )
            for _ in range(size)
        ]
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(size)))
        self._function = FUNCTION[language].split()

    def name(self, random: Random) -> str:
        return "".join(random.choices(self._words[1000:], k=2)).capitalize()

    def sentence(self, random: Random, topic: str) -> str:
        t = random.choices(self._words, cum_weights=self._weights, k=random.randint(9, 14))
        t += random.choices(self._function, k=random.randint(6, 11))
        random.shuffle(t)
        if random.random() < 0.3:
            t[random.randrange(len(t))] = str(random.randint(1700, 2025))
        return f"{' '.join(t).capitalize()} {topic}."


class SyntheticEmbedder:
    """Vectors computed from the text; a part depends on the topic that its last sentence names."""

    name, fingerprint, dimension = "synthetic", "synthetic-1", DIMENSION

    def __init__(self) -> None:
        random = np.random.default_rng(0)
        low, high = 0.0, 3.0
        for _ in range(50):  # a power law with the participation ratio of real vectors
            power = (low + high) / 2
            energy = (np.arange(DIMENSION) + 8.0) ** -power
            low, high = (
                (power, high) if energy.sum() ** 2 / (energy**2).sum() > 105 else (low, power)
            )
        axes, _ = np.linalg.qr(random.normal(size=(DIMENSION, DIMENSION)))
        shape = (np.sqrt(energy / energy.sum())[:, None] * axes).astype(np.float32)
        self._pool = random.standard_normal((POOL, DIMENSION), dtype=np.float32) @ shape

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        keys = np.array(
            [[zlib.crc32(text.encode()), zlib.crc32(text[-14:].encode())] for text in texts]
        )
        return self._vectors(keys[:, 0], keys[:, 1])

    def embed_query(self, text: str) -> Vectors:
        """A third depends on the text of its sentence, the rest is noise: hard on purpose."""
        noise = self._vectors(*np.full((2, 1), zlib.crc32(text.encode())))[0]
        vector = 0.55 * self.embed_passages([self.made_of[text]])[0] + 0.84 * noise
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)

    def for_many(self, _: int) -> "SyntheticEmbedder":
        return self

    def forget_recent(self) -> None:
        pass

    made_of: dict[str, str] = {}  # question → text  # noqa: RUF012

    def _vectors(self, text: NDArray[np.int64], topic: NDArray[np.int64]) -> Vectors:
        pool = self._pool
        own = pool[text % POOL] + pool[text // POOL % POOL]
        vectors = np.sqrt(0.4) * pool[topic % POOL] + np.sqrt(0.3) * own
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def questions(articles: Sequence[Article], count: int) -> dict[str, str]:
    """Questions of about eight words, each with the sentence that it was made from."""
    random = Random(2)
    asked: dict[str, str] = {}
    while len(asked) < count:
        article = random.choice(articles)
        sentence = (
            random.choice(random.choice(article.paragraphs).text.split(". ")).rstrip(".") + "."
        )
        t = sentence.rstrip(".").split()
        chosen = sorted(random.sample(range(len(t)), min(6, len(t))))
        asked[" ".join([QUESTION[article.language or "en"], *(t[i] for i in chosen)]) + "?"] = (
            sentence
        )
    return asked


def build_step(data: Path, sentences: int, *, changed: bool) -> dict[str, float]:
    from index.engine.engine import Engine
    from index.indexing.builder import build
    from index.storage.generation_store import EmbeddedStore

    articles = list(library(sentences))
    embedder = SyntheticEmbedder()
    if changed:
        paragraphs = articles[0].paragraphs
        paragraphs = (Paragraph(f"{paragraphs[0].text} And so it went on."), *paragraphs[1:])
        articles[0] = replace(articles[0], paragraphs=paragraphs)
    engine = Engine(EmbeddedStore(data), embedder)
    started, worked = time.perf_counter(), time.process_time()
    build(articles, "1", embedder, data)
    built, processor = time.perf_counter(), time.process_time() - worked
    engine.refresh()
    served = time.perf_counter()
    return {
        "build_s": built - started,
        "processor_s": processor,
        "serving_s": served - started,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def prepare_step(data: Path, sentences: int, count: int) -> dict[str, float]:
    embedder = SyntheticEmbedder()
    embedder.made_of = questions(list(library(sentences)), count)
    np.save(data / "asked.npy", [embedder.embed_query(question) for question in embedder.made_of])
    (data / "asked.json").write_text(json.dumps(list(embedder.made_of)))
    return {}


class Given:
    """Ready vectors of questions: encoding, measured elsewhere, takes no time or memory here."""

    name, fingerprint, dimension = SyntheticEmbedder.name, SyntheticEmbedder.fingerprint, DIMENSION

    def __init__(self, asked: Sequence[str], vectors: Vectors) -> None:
        self.embed_query = dict(zip(asked, vectors, strict=True)).__getitem__


def serve_step(data: Path, _: int) -> dict[str, float]:
    from index.engine.engine import Engine
    from index.storage.generation_store import EmbeddedStore

    asked, vectors = json.loads((data / "asked.json").read_text()), np.load(data / "asked.npy")
    engine = Engine(EmbeddedStore(data), Given(asked, vectors))  # type: ignore[arg-type]  # no passages are embedded
    before = memory()
    started = time.perf_counter()
    engine.refresh()
    opened = time.perf_counter() - started
    after_opening = memory()
    times, processor = [], []
    for question in asked:
        started, worked = time.perf_counter(), time.process_time()
        engine.ask(question)
        times.append(time.perf_counter() - started)
        processor.append(time.process_time() - worked)
    after = memory()
    generation = engine.current()
    folder = data / "generations" / generation.name
    np.save(data / "found.npy", [padded(generation.sentences.search(v, 10)) for v in vectors])
    return {
        "mb": sum(file.stat().st_size for file in folder.iterdir()) / 1e6,
        "open_s": opened,
        "before_mb": sum(before.values()),
        "opened_mb": sum(after_opening.values()),
        "anonymous_mb": after["RssAnon"],
        "mapped_mb": after["RssFile"],
        "p50_ms": percentile(times, 50),
        "p95_ms": percentile(times, 95),
        "processor_p50_ms": percentile(processor, 50),
        "processor_p95_ms": percentile(processor, 95),
    }


def flat_step(data: Path, _: int) -> dict[str, float]:
    """Time of a flat index of the same sentence vectors, and our share of its ten nearest."""
    import faiss

    from index.storage.generation_store import EmbeddedStore

    store = EmbeddedStore(data)
    generation = store.open(store.current_name() or "", verify=False)
    texts = [
        generation.article_of(p).title
        + ". "
        + generation.text(p)[slice(*generation.layout.span[s])]
        for p in range(len(generation.paragraphs))
        for s in generation.sentence_range(p)
    ]
    embedder = SyntheticEmbedder()
    flat = faiss.IndexFlatIP(DIMENSION)
    started = time.perf_counter()
    for i in range(0, len(texts), 10_000):
        flat.add(embedder.embed_passages(texts[i : i + 10_000]))
    faiss.omp_set_num_threads(1)
    built = time.perf_counter() - started
    asked, found = np.load(data / "asked.npy"), np.load(data / "found.npy")
    times, hits = [], []
    for vector, ours in zip(asked, found, strict=True):
        started = time.perf_counter()
        exact = flat.search(vector[None, :], 10)[1][0]
        times.append(time.perf_counter() - started)
        hits.append(np.isin(exact, ours).mean())
    return {
        "recall": float(np.mean(hits)),
        "flat_build_s": built,
        "flat_mb": len(texts) * DIMENSION * 4 / 1e6,
        "flat_p50_ms": percentile(times, 50),
        "flat_p95_ms": percentile(times, 95),
    }


def memory() -> dict[str, float]:
    """Resident memory in megabytes, by kind."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return {
        line.split(":")[0]: int(line.split()[1]) / 1024
        for line in lines
        if line.startswith(("RssAnon", "RssFile"))
    }


def padded(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.pad(ids, (0, 10 - len(ids)), constant_values=-1)


def percentile(seconds: Sequence[float], percent: int) -> float:
    """A percentile in milliseconds."""
    return float(np.percentile(seconds, percent)) * 1e3


def measure(data: Path, sentences: int, count: int) -> dict[str, object]:
    def step(name: str) -> dict[str, float]:
        command = [sys.executable, "-m", "benchmarks.scale", "--step", name, "--data", str(data)]
        ran = subprocess.run(
            [*command, "--questions", str(count), str(sentences)],
            check=True,
            stdout=subprocess.PIPE,
        )
        return json.loads(ran.stdout)

    first = {} if (data / "vectors.db").exists() else step("build")
    cached, changed = step("build"), step("change")
    step("prepare")
    manifest = json.loads(next((data / "generations").glob("*/manifest.json")).read_text())
    return {
        "sentences": sentences,
        "first_build_s": first.get("build_s"),
        "first_build_peak_mb": first.get("peak_mb"),
        "cached_build_s": cached["build_s"],
        "cached_build_processor_s": cached["processor_s"],
        "cached_build_peak_mb": cached["peak_mb"],
        "changed_to_serving_s": changed["serving_s"],
        **step("serve"),
        **step("flat"),
        "dense": manifest["dense"],
    }


ROWS = {
    "first build, s": "first_build_s",
    "build with all cached, s": "cached_build_s",
    "its processor time, s": "cached_build_processor_s",
    "its peak memory, MB": "cached_build_peak_mb",
    "one paragraph changed, to serving, s": "changed_to_serving_s",
    "on disk, MB": "mb",
    "open and verify, s": "open_s",
    "before opening, MB": "before_mb",
    "after the questions: anonymous, MB": "anonymous_mb",
    "after the questions: mapped, MB": "mapped_mb",
    "question p50, ms": "p50_ms",
    "question p95, ms": "p95_ms",
    "its processor time p50, ms": "processor_p50_ms",
    "its processor time p95, ms": "processor_p95_ms",
    "recall@10 of sentences": "recall",
    "flat float32: vectors of sentences, MB": "flat_mb",
    "flat float32: dense search p50, ms": "flat_p50_ms",
    "flat float32: dense search p95, ms": "flat_p95_ms",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--data", type=Path)
    parser.add_argument(
        "--step", choices=["build", "change", "prepare", "serve", "flat"], help=argparse.SUPPRESS
    )
    options = parser.parse_args()
    if options.step:
        size = options.sizes[0]
        run = {
            "build": lambda: build_step(options.data, size, changed=False),
            "change": lambda: build_step(options.data, size, changed=True),
            "prepare": lambda: prepare_step(options.data, size, options.questions),
            "serve": lambda: serve_step(options.data, size),
            "flat": lambda: flat_step(options.data, size),
        }[options.step]
        print(json.dumps(run()))
        return
    results = []
    with tempfile.TemporaryDirectory() as temporary:
        for size in options.sizes:
            print(f"{size:,} sentences ...", file=sys.stderr)
            results.append(
                measure((options.data or Path(temporary)) / str(size), size, options.questions)
            )
    if options.json:
        for result in results:
            print(json.dumps(result))
        return
    print(table(results), end="")


def table(results: Sequence[dict[str, Any]]) -> str:
    """A Markdown table, a column for each size."""
    rows = [("measure", [f"{r['sentences']:,}" for r in results]), ("---", ["---"] * len(results))]
    rows += [(label, [figure(r[key]) for r in results]) for label, key in ROWS.items()]
    return "".join(f"| {' | '.join([label, *cells])} |\n" for label, cells in rows)


def figure(value: object) -> str:
    if value is None:
        return "–"
    number = float(str(value))
    return (
        f"{number:.3f}" if number <= 1 else f"{number:,.1f}" if number < 100 else f"{number:,.0f}"
    )


if __name__ == "__main__":
    main()
