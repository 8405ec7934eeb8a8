"""The power fails at any point of a build, and of writers with mistakes made on purpose."""

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from unittest.mock import patch

import index.storage.generation_store
from benchmarks.faults.lost_power import Luck, Recording
from benchmarks.faults.scene import Outcome, articles, publish
from corpus.errors import IndexUnavailable
from index.indexing.builder import build
from index.storage.generation import Generation
from index.storage.generation_store import EmbeddedStore
from index.storage.manifest import manifest_digest
from tests.fake_index import FakeEmbedder

Mutant = Callable[[], AbstractContextManager[object]]
_IGNORED = (
    "vectors.db",
    "analyses.db",
    "build.lock",
)  # SQLite takes care of its files; a lock need not be safe


def run(seed: int, quick: bool) -> list[Outcome]:
    draws = 1 if quick else 12
    found = [replay(name, act, seed, draws) for name, act in SCENES.items()]
    return found + [caught(name, seed, draws) for name in MUTANTS]


def first_build(data: Path) -> None:
    """Build without an earlier generation."""
    publish(data, 1, stories=2)


def next_build(data: Path) -> None:
    """Build a third generation: the first is deleted, the second stays."""
    publish(data, 3, stories=2)


def build_without_an_article(data: Path) -> None:
    """Build after a removal: both earlier generations are deleted, as they hold the article."""
    build(articles(3, 2)[1:], "3", FakeEmbedder(), data)


def rollback(data: Path) -> None:
    """Go back to the first of two generations."""
    EmbeddedStore(data).rollback()


SCENES = {
    "power lost in the first `build`": first_build,
    "power lost in a `build`": next_build,
    "power lost in a `build` after `remove`": build_without_an_article,
    "power lost in a `rollback`": rollback,
}


def replay(
    name: str, act: Callable[[Path], object], seed: int, draws: int, *, enough: int = 100
) -> Outcome:
    """Record `act`, then open every disk that a loss of power may leave.

    Each must have the index from before or after `act`, whole, without damage; at the end, the one
    from after. Disks that are the same to a reader are opened once. After `enough` bad disks, no
    more are opened.
    """
    outcome = Outcome(name)
    with TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        if act is not first_build:
            publish(data, 1, stories=2)
            publish(data, 2, stories=2)
        before = _contents(data)
        recording = Recording(data, _IGNORED)
        with recording.running():
            act(data)
        after = _contents(data)
        outcome.expect(before != after, "nothing happened")
        points = len(recording.events)
        opened: set[tuple[str, bool]] = set()
        for point, luck in _crashes(points, seed, draws):
            disk = recording.after(point, luck)
            outcome.cases += 1
            done = point == points
            look = sha256(repr([*disk.visible(recording.top)]).encode()).hexdigest()
            if (look, done) not in opened and len(outcome.bad) < enough:
                opened.add((look, done))
                left = Path(folder) / look
                disk.write(recording.top, left)
                problems = _problems(left, {after} if done else {before, after})
                outcome.bad += [f"point {point} of {points}: {problem}" for problem in problems]
                rmtree(left)
        outcome.note = f"{len(opened)} that differ to a reader, after each of {points} operations"
    return outcome


def caught(
    name: str, seed: int, draws: int, scenes: Iterable[Callable[[Path], object]] = SCENES.values()
) -> Outcome:
    """A writer with a mistake: it counts as bad only if no disk shows the mistake."""
    with MUTANTS[name]():
        found = [replay(name, scene, seed, draws, enough=1) for scene in scenes]
    noticed = [scene for scene in found if scene.bad]
    outcome = Outcome(f"mutant: {name}", sum(scene.cases for scene in found))
    outcome.note = f"noticed in {len(noticed)} of {len(found)} recordings"
    outcome.expect(bool(noticed), "nobody noticed")
    return outcome


def _crashes(points: int, seed: int, draws: int) -> Iterator[tuple[int, Luck]]:
    """After how many events the power fails, and what happens to changes not synced by then."""
    chance = random.Random(seed)
    for point in range(points + 1):
        yield point, Luck(None)
        yield point, Luck(None, names=True, contents=True)
        yield point, Luck(None, names=True)
        yield point, Luck(None, contents=True)
        for _ in range(draws):
            yield point, Luck(chance)


def _contents(data: Path) -> str | None:
    """All text that may be quoted; None when there is no index."""
    store = EmbeddedStore(data)
    if store.current_name() is None and not store.names():
        return None
    return _said(store.open_current()[0])


def _said(generation: Generation) -> str:
    texts = [generation.text(p) for p in range(len(generation.layout.article))]
    return repr((generation.articles(), texts))


def _problems(disk: Path, wanted: set[str | None]) -> Iterator[str]:
    store = EmbeddedStore(disk)
    try:
        if _contents(disk) not in wanted:
            yield "neither the old index nor the new"
    except IndexUnavailable as error:
        yield str(error)
    damage = store.damage()
    if None in wanted and damage == ["CURRENT"] and not (disk / "CURRENT").exists():
        return  # the very first generation has its name and isn't pointed to yet
    yield from (f"{name} is damaged" for name in damage)


@contextmanager
def _syncing(only: Callable[[Path], bool]) -> Iterator[None]:
    sync = index.storage.generation_store._sync
    with patch(
        "index.storage.generation_store._sync", lambda path: sync(path) if only(path) else None
    ):
        yield


def _rename_first(self: EmbeddedStore, directory: Path) -> str:
    name = self._new_name(manifest_digest(directory))
    target = self.path(name)
    directory.rename(target)
    self._point_to(name)
    for path in (*target.iterdir(), target, target.parent):
        index.storage.generation_store._sync(path)
    return name


def _point_in_place(self: EmbeddedStore, name: str) -> None:
    self._current.write_text(name + "\n", "ascii")
    index.storage.generation_store._sync(self._current)
    index.storage.generation_store._sync(self._root)


def _delete_in_place(self: EmbeddedStore, name: str, earlier: list[str]) -> None:
    for other in set(self.names()) - {name, *earlier[:1]}:
        for file in self.path(other).iterdir():
            file.unlink()
        index.storage.generation_store._sync(self.path(other))
        self.path(other).rmdir()


_mutated = partial(patch.object, EmbeddedStore)
MUTANTS: dict[str, Mutant] = {
    "no fsync": lambda: _syncing(lambda path: False),
    "no fsync of files": lambda: _syncing(lambda path: path.is_dir()),
    "no fsync of directories": lambda: _syncing(lambda path: path.is_file()),
    "renamed before it is synced": lambda: _mutated("publish", _rename_first),
    "CURRENT written in place": lambda: _mutated("_point_to", _point_in_place),
    "deleted in place": lambda: _mutated("_clean_up", _delete_in_place),
}
