"""A byte of an index is changed: `status --verify` names the file, and no answer shows it."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.faults.scene import ANSWER, Outcome, articles, engine_of, publish
from corpus.errors import IndexUnavailable
from index.storage.generation_store import EmbeddedStore

_QUESTIONS = ("When did people dance on the old bridge?", "What is told of kettle6 in the harbour?")


def run(seed: int, quick: bool) -> list[Outcome]:
    return [flip("a byte of the index flipped", 50 if quick else 1_000, seed)]


def flip(name: str, flips: int, seed: int) -> Outcome:
    """Flip bytes of the current generation's files and of CURRENT, one at a time.

    Files take turns, so that small ones are tested as often; the byte and its bits are random.
    """
    outcome = Outcome(name, flips)
    chance = random.Random(seed)
    with TemporaryDirectory() as folder:
        data = Path(folder)
        for version in (1, 2):
            publish(data, version)
        true = {p.text for version in (1, 2) for a in articles(version) for p in a.paragraphs}
        store = EmbeddedStore(data)
        directory = store.path(store.current_name() or "")
        files = [*sorted(directory.iterdir()), data / "CURRENT"]
        for number in range(flips):
            path = files[number % len(files)]
            content = path.read_bytes()
            place, bits = chance.randrange(len(content)), chance.randrange(1, 256)
            changed = bytearray(content)
            changed[place] ^= bits
            path.write_bytes(changed)
            what = f"{path.name}[{place}] ^= {bits}"
            shown = path.name if path.parent == data else f"{directory.name}/{path.name}"
            outcome.expect(shown in store.damage(), f"{what}: --verify doesn't see it")
            outcome.bad += [f"{what}: {problem}" for problem in _wrong(data, true)]
            path.write_bytes(content)
        outcome.expect(not store.damage(), "damaged at the end")
        outcome.note = f"over {len(files)} files in turn"
    return outcome


def _wrong(data: Path, true: set[str]) -> list[str]:
    """What is wrong with the answers of an engine that opens this."""
    try:
        engine = engine_of(data)
    except IndexUnavailable as error:
        return [f"the generation before doesn't serve: {error}"]
    problems = [] if engine.problem else ["the engine noticed nothing"]
    for question in _QUESTIONS:
        passages = engine.ask(question).passages
        problems += [f"wrong text: {p.text!r}" for p in passages if p.text not in true]
        problems += [] if passages else ["no passages"]
    if ANSWER not in {p.quote.text for p in engine.ask(_QUESTIONS[0]).passages}:
        problems.append("the answer is gone")
    return problems
