"""Two processes build at once; one of them is killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from benchmarks.faults.scene import ANSWER, Outcome, engine_of, processes, publish, quoted
from corpus.errors import QuotebotError
from index.storage.generation_store import EmbeddedStore


def run(seed: int, quick: bool) -> list[Outcome]:
    tries = 2 if quick else 20
    return [at_once("two builders at once", tries), _mutant()]


def at_once(name: str, tries: int) -> Outcome:
    """The second gets an error that names the first; when that is killed, the next one builds."""
    outcome = Outcome(name, tries)
    with TemporaryDirectory() as folder:
        data = Path(folder)
        publish(data, 0)
        for number in range(tries):
            ours, theirs = processes.Pipe()
            first = processes.Process(target=_hold, args=(data, theirs))
            first.start()
            theirs.close()
            unfinished = ours.recv()
            for act in (lambda: publish(data, 1), EmbeddedStore(data).rollback):
                try:
                    act()
                except QuotebotError as error:
                    outcome.expect(f"process {first.pid} " in str(error), f"{number}: {error}")
                else:
                    outcome.bad.append(f"{number}: the second was not refused")
            outcome.expect(Path(unfinished).exists(), f"{number}: the first one's work is gone")
            first.kill()
            first.join()
            publish(data, 2)
            outcome.expect(quoted(engine_of(data)) == ANSWER, f"{number}: another answer")
            outcome.expect(not Path(unfinished).exists(), f"{number}: the dead one's work is left")
    return outcome


def _hold(data: Path, out: Connection) -> None:
    with EmbeddedStore(data).building() as writer:
        out.send(str(writer.directory))
        out.poll(None)  # until it is killed


def _mutant() -> Outcome:
    with no_lock():
        found = at_once("", 1)
    outcome = Outcome("mutant: no lock", found.cases, note=f"{len(found.bad)} faults noticed")
    outcome.expect(bool(found.bad), "nobody noticed")
    return outcome


@contextmanager
def no_lock() -> Iterator[None]:
    """A writer without a lock."""
    with patch("index.storage.generation_store.fcntl.flock", lambda file, operation: None):
        yield
