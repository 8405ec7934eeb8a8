"""The scene of every fault: a small index that grows, and a question with a known answer."""

import json
import multiprocessing
from dataclasses import dataclass, field
from pathlib import Path

from corpus import Article
from index.answer import Answer
from index.engine.engine import Engine
from index.indexing.builder import build
from index.storage.generation_store import EmbeddedStore
from tests.fake_index import FakeEmbedder, an_article

QUESTION = "When did people dance on the old bridge?"
ANSWER = "The old bridge opened in 1907, and people danced on the bridge all night."
BRIDGE = an_article(
    "The bridge", "The bridge over the river was closed in winter.", ANSWER, "A ferry came first."
)

processes = multiprocessing.get_context("forkserver")
"""Children start within milliseconds, from a process that has only imported these modules."""
processes.set_forkserver_preload(
    [f"benchmarks.faults.{name}" for name in ("builders", "disk", "kills", "swaps")]
)


@dataclass(slots=True)
class Outcome:
    """The result of a fault: the number of cases, what went wrong, and a note."""

    name: str
    cases: int = 0
    bad: list[str] = field(default_factory=list)
    note: str = ""

    def expect(self, good: bool, what: str) -> None:
        """Count `what` as bad unless `good`."""
        if not good:
            self.bad.append(what)


def articles(version: int, stories: int = 12) -> list[Article]:
    """The bridge, and stories; every third story differs from version to version."""
    return [BRIDGE, *(_story(n, version if n % 3 == 0 else 0) for n in range(stories))]


def _story(number: int, version: int) -> Article:
    return an_article(
        f"Story {number}",
        *(
            f"Tale {number} of edition {version}, part {part}, is about kettle{number * part}. "
            f"It was told {version + number} times in the harbour. Nobody remembers verse {part}."
            for part in range(6)
        ),
        id=f"story-{number}",
    )


def publish(data: Path, version: int, stories: int = 12) -> str:
    """Build a version and make it current; the generation's name."""
    return build(articles(version, stories), str(version), FakeEmbedder(), data)


def engine_of(data: Path) -> Engine:
    """A fresh engine with the current generation. Raises IndexUnavailable."""
    engine = Engine(EmbeddedStore(data), FakeEmbedder(), threshold=0)
    engine.refresh()
    return engine


def quoted(engine: Engine) -> str:
    """The answer to `QUESTION`, word for word."""
    return _first_quote(engine.ask(QUESTION))


def _first_quote(answer: Answer) -> str:
    return answer.passages[0].quote.text if answer.passages else ""


def left_over(data: Path) -> list[str]:
    """Names of leftovers in the folder of generations."""
    return [entry.name for entry in (data / "generations").glob(".*")]


def table(outcomes: list[Outcome]) -> str:
    """A Markdown table, for a terminal and for docs/faults.md."""
    rows = ["| fault | cases | bad | |", "| --- | ---: | ---: | --- |"]
    rows += [f"| {o.name} | {o.cases:,} | {len(o.bad)} | {o.note} |" for o in outcomes]
    return "\n".join(rows)


def details(outcomes: list[Outcome], most: int = 5) -> list[str]:
    """The first few things that went wrong with each fault, a line each."""
    return [json.dumps([o.name, *o.bad[:most]], ensure_ascii=False) for o in outcomes if o.bad]
