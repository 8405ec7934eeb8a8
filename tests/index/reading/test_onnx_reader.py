"""The reader: which words it points at, and what happens when it can't."""

import json
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

import index.reading.onnx_reader
from corpus import sentence_spans
from index.reading.onnx_reader import OnnxReader, check_reader
from index.reading.ports import ReaderInput
from tests.tiny_reader import write_tiny_reader

BRIDGE = "It was cold. The bridge, long awaited, opened in 1907 at noon. People danced."


def passage(text: str, first: int = 0, title: str = "The Old Bridge") -> ReaderInput:
    """To be read from the sentence at `first` on, then from the beginning."""
    spans = sentence_spans(text, "en")
    return ReaderInput(title, text, spans, [*range(first, len(spans)), *range(first)])


@pytest.fixture
def reader(tmp_path: Path) -> OnnxReader:
    return OnnxReader(write_tiny_reader(tmp_path))


def said(text: str, reading) -> list[str]:
    return [text[start:end] for start, end in reading.spans]


def test_it_points_at_words_of_the_sentence_and_scores_them_against_nothing(reader) -> None:
    readings = reader.read("When did it open?", [passage(BRIDGE), passage("Nothing here.")])
    assert said(BRIDGE, readings[0])[1] == "1907"
    assert readings[0].scores.tolist() == [-10.0, 10.0, -10.0]
    assert readings[1].scores.tolist() == [-10.0]


def test_words_of_question_and_title_are_no_answer(reader) -> None:
    readings = reader.read("Was it 1907?", [passage("It was cold.", title="The year 1907")])
    assert readings[0].scores.tolist() == [-10.0]


def test_of_a_long_paragraph_the_most_promising_sentences_are_read(reader) -> None:
    filler = "Another sentence says something of no importance. " * 200
    text = f"It began in 1907. {filler}It ended in 1907 🎉 too. {filler}"
    assert len(text) > 20_000
    spans = sentence_spans(text, "en")
    found = reader.read("When?", [ReaderInput("", text, spans, [201, 0, 5, *range(300, 400)])])
    assert said(text, found[0])[201] == said(text, found[0])[0] == "1907"
    read = np.flatnonzero(np.isfinite(found[0].scores)).tolist()
    assert read[:3] == [0, 5, 201]
    assert read[3:] == list(range(300, 300 + len(read) - 3))
    assert len(read) < 20


def test_as_many_passages_are_read_as_are_quickly_read(reader) -> None:
    long = "Another sentence says something of no importance. " * 30
    assert 1 < len(reader.read("When?", [passage(long)] * 9)) < 5
    assert len(reader.read("When?", [passage(BRIDGE)] * 5)) == 5


def test_a_sentence_of_20000_characters_is_read_from_its_beginning(reader) -> None:
    text = "In 1907 " + "and again " * 2_000
    assert len(sentence_spans(text, "en")) == 1
    found = reader.read("When?", [passage(text)])
    assert said(text, found[0]) == ["1907"]


def test_a_question_of_300_words_is_read_without_its_end(reader) -> None:
    found = reader.read("when did the bridge open " * 60, [passage(BRIDGE)])
    assert said(BRIDGE, found[0])[1] == "1907"


@pytest.mark.parametrize("text", ["", "   ", "\u200d", "🎉🎉", "\ud800 half"])
def test_odd_text_scores_nothing_and_raises_nothing(reader, text: str) -> None:
    spans = sentence_spans(text, "en") or [(0, len(text))]
    found = reader.read("When?", [ReaderInput("", text, spans, range(len(spans)))])
    assert not (found[0].scores > 0).any()


def test_it_knows_the_languages_of_its_card(reader) -> None:
    assert reader.reads("en")
    assert not reader.reads("ru")
    assert not reader.reads(None)


def truncate(folder: Path) -> None:
    data = (folder / "reader.onnx").read_bytes()
    (folder / "reader.onnx").write_bytes(data[: len(data) // 2])


def other_checksum(folder: Path) -> None:
    card = json.loads((folder / "reader.json").read_text())
    (folder / "reader.json").write_text(json.dumps({**card, "sha256": "0" * 64}))


def other_vocabulary(folder: Path) -> None:
    card = json.loads((folder / "reader.json").read_text())
    (folder / "reader.json").write_text(json.dumps({**card, "vocabulary": "0" * 64}))


DAMAGE = {
    "truncated weights": (truncate, "damaged"),
    "no weights": (lambda folder: (folder / "reader.onnx").unlink(), "missing"),
    "no card": (lambda folder: (folder / "reader.json").unlink(), "missing"),
    "card is not JSON": (lambda folder: (folder / "reader.json").write_text("{"), "damaged"),
    "card is another thing": (lambda folder: (folder / "reader.json").write_text("[]"), "damaged"),
    "card with a wrong checksum": (other_checksum, "damaged"),
    "made with another vocabulary": (other_vocabulary, "damaged"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_reader_reads_nothing_and_says_so(tmp_path: Path, case: str) -> None:
    spoil, word = DAMAGE[case]
    folder = write_tiny_reader(tmp_path)
    assert check_reader(folder) is None
    spoil(folder)
    reader = OnnxReader(folder)
    assert reader.read("When?", [passage(BRIDGE)]) is None
    assert word in str(check_reader(folder))
    assert reader.problem == str(check_reader(folder))
    assert "\n" not in (reader.problem or "")


def test_a_model_that_is_none_is_said_to_be_so(tmp_path: Path) -> None:
    import hashlib

    folder = write_tiny_reader(tmp_path)
    (folder / "reader.onnx").write_bytes(b"not a model")
    card = json.loads((folder / "reader.json").read_text())
    card["sha256"] = hashlib.sha256(b"not a model").hexdigest()
    (folder / "reader.json").write_text(json.dumps(card))
    reader = OnnxReader(folder)
    assert reader.read("When?", [passage(BRIDGE)]) is None
    assert "cannot be loaded" in (reader.problem or "")


def test_nobody_waits_for_it_to_be_loaded_where_time_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = Event(), Event()
    made = index.reading.onnx_reader.load(write_tiny_reader(tmp_path))

    def slowly(folder: Path):
        begun.set()
        go_on.wait(10)
        return made

    monkeypatch.setattr(index.reading.onnx_reader, "load", slowly)
    reader = OnnxReader(tmp_path, budget=10.0)
    assert reader.read("When?", [passage(BRIDGE)]) is None
    assert begun.wait(10)
    assert reader.read("When?", [passage(BRIDGE)]) is None
    go_on.set()
    reader.load()
    assert reader.read("When?", [passage(BRIDGE)]) is not None


def test_without_time_it_does_not_read_and_tries_again_later(tmp_path: Path) -> None:
    folder = write_tiny_reader(tmp_path)
    assert OnnxReader(folder, budget=0.0).read("When?", [passage(BRIDGE)]) is None
    hurried = OnnxReader(
        folder, budget=1e-4
    )  # too little for what a first reading is thought to take
    hurried.load()
    outcomes = [hurried.read("When?", [passage(BRIDGE)]) for _ in range(100)]
    assert outcomes[0] is None
    assert any(outcomes)


def test_a_question_goes_without_while_another_is_read_for_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, finish = Event(), Event()
    tokenizer, session = index.reading.onnx_reader.load(write_tiny_reader(tmp_path))

    class Slow:
        def run(self, names, inputs):
            reading.set()
            finish.wait(10)
            return session.run(names, inputs)

    monkeypatch.setattr(index.reading.onnx_reader, "load", lambda _: (tokenizer, Slow()))
    reader = OnnxReader(tmp_path, budget=0.05)
    reader.load()
    found = []
    first = Thread(target=lambda: found.append(reader.read("When?", [passage(BRIDGE)])))
    first.start()
    assert reading.wait(10)
    assert reader.read("When?", [passage(BRIDGE)]) is None
    finish.set()
    first.join()
    assert found[0] is not None
