"""Text that was removed from the library is nowhere on the disk after the next build."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.faults.scene import ANSWER, BRIDGE, Outcome, engine_of, quoted
from corpus import Library
from corpus.errors import IndexUnavailable
from index.analysis.term_hashes import terms_of
from index.arrays import text_key
from index.indexing.builder import build
from index.storage.generation_store import EmbeddedStore
from tests.fake_index import FakeEmbedder, an_article

_TEXT = "Xylographer Quenby hid the ledger under the altar."
_OLD = "Zymurgist Vakker sold the barrels in secret."
_SECRET = an_article("The ledger", _TEXT, *(f"{_TEXT} Page {n}." for n in range(400)))
_EDITED = an_article("The barrels", _OLD, *(f"{_OLD} Cask {n}." for n in range(400)))


def run(seed: int, quick: bool) -> list[Outcome]:
    return [removed(), changed(), kept()]


def removed() -> Outcome:
    """The build after `remove` deletes both generations with the article; rollback says so."""
    outcome = Outcome("text of a removed article")
    with TemporaryDirectory() as folder, Library.open(Path(folder) / "library.db") as library:
        data = Path(folder)
        library.add(BRIDGE)
        library.add(_SECRET)
        _build(library, data)
        _build(library, data)
        outcome.expect(bool(holding(data, _TEXT)), "it was never there")
        library.remove([_SECRET.id])
        _build(library, data)
        outcome.cases = sum(1 for path in data.rglob("*") if path.is_file())
        outcome.bad += [f"in {name}" for name in holding(data, _TEXT)]
        outcome.expect(quoted(engine_of(data)) == ANSWER, "another answer")
        outcome.expect("removed" in _refusal(data), "rollback doesn't say why")
        titled = holding(data, _SECRET.title, derived=False)
        outcome.note = (
            f"files searched, byte by byte; its title is in {', '.join(titled) or 'none'}"
        )
    return outcome


def changed() -> Outcome:
    """The old text of an article stays in the generation before, until that is deleted."""
    outcome = Outcome("old text of a changed article")
    with TemporaryDirectory() as folder:
        data = Path(folder)
        with Library.open(data / "library.db") as library:
            library.add(BRIDGE)
            library.add(_EDITED)
            first = _build(library, data)
        with Library.open(data / "library.db") as library:
            library.add(an_article("The barrels", "Nothing is known."))
            _build(library, data)
        within = {Path(name).parts[:2] for name in holding(data, _OLD)}
        outcome.expect(within == {("generations", first)}, f"it is in {within}")
        with Library.open(data / "library.db") as library:
            _build(library, data)
        outcome.cases = sum(1 for path in data.rglob("*") if path.is_file())
        outcome.bad += [f"in {name}" for name in holding(data, _OLD)]
        outcome.note = "files searched, two builds later"
    return outcome


def kept() -> Outcome:
    """An earlier generation stays if it has no removed article, also if it is not the last one."""
    outcome = Outcome("rollback after a removal", 1)
    with TemporaryDirectory() as folder, Library.open(Path(folder) / "library.db") as library:
        data = Path(folder)
        library.add(BRIDGE)
        first = _build(library, data)
        library.add(_SECRET)
        _build(library, data)
        library.remove([_SECRET.id])
        last = _build(library, data)
        store = EmbeddedStore(data)
        outcome.expect(store.names() == [first, last], "not the one from before the article came")
        outcome.expect(store.rollback() == first, "rollback leads elsewhere")
        outcome.bad += [f"in {name}" for name in holding(data, _TEXT)]
    return outcome


def holding(data: Path, text: str, *, derived: bool = True) -> list[str]:
    """Files under `data` that hold a text, or its keys in the caches.

    The keys are that of its vectors, and the hash of its first word, which no other text has.
    """
    return sorted(_holding(data, text, derived=derived))


def _holding(data: Path, text: str, *, derived: bool) -> Iterator[str]:
    wanted = [text.encode(), text.encode("utf-16-le")]
    if derived:
        wanted.append(text_key(text))
        first_word = terms_of("en", "", [[text]]).terms[0]
        wanted.append(first_word.tobytes())
    for path in data.rglob("*"):
        if path.is_file() and any(part in path.read_bytes() for part in wanted):
            yield str(path.relative_to(data))


def _build(library: Library, data: Path) -> str:
    return build(library.articles(), library.revision, FakeEmbedder(), data)


def _refusal(data: Path) -> str:
    try:
        return EmbeddedStore(data).rollback()
    except IndexUnavailable as error:
        return str(error)
