"""Quality and speed of language detectors: `python -m benchmarks.language_detector FOLDER`.

The folder holds files in SQuAD's JSON format whose names contain the language: `xquad_de_16.json`,
`tydi_korean_train.json`. Other detectors are measured too if they are installed (py3langid,
lingua-language-detector, fasttext-predict). Each runs in its own process.
"""

import json
import multiprocessing
import random
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from corpus.text import language

Detector = Callable[[str], str | None]
PER_LANGUAGE = 300
CODES = {"arabic": "ar", "bengali": "bn", "english": "en", "finnish": "fi", "indonesian": "id",
         "korean": "ko", "russian": "ru", "swahili": "sw", "telugu": "te"}  # fmt: skip
WEIGHTS = Path(language.__file__).with_name("weights") / "lid.176.ftz"


def ours() -> Detector:
    return language.detect_language


def ours_model_alone() -> Detector:
    return lambda text: language._model().predict(text)[0]


def fasttext_alone() -> Detector:
    import fasttext

    model = fasttext.load_model(str(WEIGHTS))
    return lambda text: next(iter(model.predict(text)[0]), "").removeprefix("__label__")


def py3langid() -> Detector:
    import py3langid

    return lambda text: py3langid.classify(text)[0]


def lingua(low_accuracy: bool = False) -> Detector:
    from lingua import LanguageDetectorBuilder

    builder = LanguageDetectorBuilder.from_all_languages()
    detector = (builder.with_low_accuracy_mode() if low_accuracy else builder).build()

    def detect(text: str) -> str | None:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else None

    return detect


DETECTORS = {
    "detect_language": ours,
    "lid.176 in numpy": ours_model_alone,
    "lid.176 in fastText": fasttext_alone,
    "py3langid": py3langid,
    "lingua": lingua,
    "lingua, low accuracy": partial(lingua, low_accuracy=True),
}


def samples(folder: Path) -> dict[str, dict[str, list[str]]]:
    """Questions and paragraphs by language."""
    found: dict[str, dict[str, set[str]]] = {}
    for path in sorted(folder.rglob("*.json")):
        name = path.stem.split("_")[1] if path.stem.startswith(("xquad", "tydi")) else ""
        if not (code := CODES.get(name, name)):
            continue
        texts = found.setdefault(code, {"questions": set(), "paragraphs": set()})
        for article in json.loads(path.read_text("utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                texts["paragraphs"].add(" ".join(paragraph["context"].split()))
                texts["questions"] |= {" ".join(qa["question"].split()) for qa in paragraph["qas"]}
    chosen = random.Random(1)
    return {
        code: {
            kind: chosen.sample(sorted(texts), min(PER_LANGUAGE, len(texts)))
            for kind, texts in kinds.items()
        }
        for code, kinds in sorted(found.items())
    }


def measure(name: str, folder: Path, results: "multiprocessing.Queue[object]") -> None:
    """Shares that are right by kind and language, µs a text by kind, seconds to load, MiB."""
    texts = samples(folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    try:
        detect = DETECTORS[name]()
        detect("Is this English, or what else could it be?")
    except ImportError:
        results.put(None)
        return
    loaded = time.perf_counter() - started
    right: dict[str, dict[str, float]] = {"questions": {}, "paragraphs": {}}
    took = dict.fromkeys(right, 0.0)
    for code, kinds in texts.items():
        for kind, those in kinds.items():
            started = time.perf_counter()
            answers = [detect(text) for text in those]
            took[kind] += time.perf_counter() - started
            right[kind][code] = sum(answer == code for answer in answers) / len(those)
    count = {kind: sum(len(kinds[kind]) for kinds in texts.values()) for kind in right}
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    speed = {kind: 1e6 * took[kind] / count[kind] for kind in took}
    results.put((right, speed, loaded, memory))


def main() -> None:
    folder = Path(sys.argv[1])
    spawn = multiprocessing.get_context("spawn")
    table, rows = Table("", box=None), {}
    for name in DETECTORS:
        results = spawn.Queue()
        process = spawn.Process(target=measure, args=(name, folder, results))
        process.start()
        if (found := results.get()) is not None:
            rows[name] = found
            table.add_column(name, justify="right")
        process.join()
    for kind in ("questions", "paragraphs"):
        for code in sorted(next(iter(rows.values()))[0][kind]):
            table.add_row(f"{kind} {code}", *(f"{row[0][kind][code]:.3f}" for row in rows.values()))
        means = [sum(row[0][kind].values()) / len(row[0][kind]) for row in rows.values()]
        table.add_row(f"{kind}, mean", *(f"{mean:.3f}" for mean in means))
        table.add_row(f"{kind}, µs each", *(f"{row[1][kind]:.0f}" for row in rows.values()))
    table.add_row("seconds to load", *(f"{row[2]:.2f}" for row in rows.values()))
    table.add_row("MiB of memory", *(f"{row[3]:.0f}" for row in rows.values()))
    Console(width=200).print(table)


if __name__ == "__main__":
    main()
