"""Training a reader: what it learns from, and that an interrupted training ends the same."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from corpus.errors import UnreadableSource
from index.embedding.model_sources import bundled_model_path
from index.reading.onnx_reader import OnnxReader, check_reader
from index.reading.ports import ReaderInput, SpanScores
from index.reading.token_windows import open_tokenizer
from training.reader import qamr, train
from training.reader.data import Example, Passage, hard_negatives, read_examples
from training.reader.export import export
from training.reader.features import Featurizer, epoch
from training.reader.folds import folds
from training.reader.report import figures, read_all

QUIET = Console(quiet=True)
MILL = Passage(
    "Mill", "The mill was built in 1873. It burned down, and people rebuilt it in stone."
)
LAKE = Passage("Lake", "The lake froze in January. Children skated on it until the mill was lit.")
LONG = Passage(
    "Long", "Nothing much was said of it. " * 60 + "The gate fell in 1907. " + "So it was. " * 60
)


def example(question: str, passage: Passage, answer: str) -> Example:
    start = passage.text.index(answer)
    return Example(question, passage, ((start, start + len(answer)),), passage.title)


EXAMPLES = hard_negatives([
    example("When was the mill built?", MILL, "1873"),
    example("What was the mill rebuilt in?", MILL, "stone"),
    example("When did the lake freeze?", LAKE, "January"),
    example("When did the gate fall?", LONG, "in 1907"),
])  # fmt: skip


@pytest.fixture(scope="module")
def tokenizer():
    return open_tokenizer(bundled_model_path() / "tokenizer.json")


def test_every_positive_window_has_its_answer_and_every_negative_none(tokenizer) -> None:
    seen = []
    for seed in range(5):
        for batch in epoch(EXAMPLES, Featurizer(tokenizer), size=3, negatives=1, seed=seed):
            for ids, start, end in zip(batch.sequences.ids, batch.start, batch.end, strict=True):
                assert start <= end
                seen.append(tokenizer.decode(ids[start : end + 1].tolist()) if start else "")
            assert (np.diff(batch.sequences.text) <= 96).all()
    assert set(seen) == {"", "1873", "stone", "january", "in 1907"}


def test_an_epoch_is_the_same_for_the_same_seed(tokenizer) -> None:
    one, same, other = (
        [b.sequences.ids.tolist() for b in epoch(EXAMPLES, Featurizer(tokenizer), 2, 1, seed)]
        for seed in (1, 1, 2)
    )
    assert one == same != other


def test_other_paragraphs_come_nearest_first_and_never_have_the_answer() -> None:
    by_question = {x.question: x for x in EXAMPLES}
    assert by_question["When was the mill built?"].others[0] == LAKE
    twin = Passage("Mill again", "They say 1873 is when the mill was built.")
    found = hard_negatives([*EXAMPLES, example("Who says so?", twin, "They")])
    assert twin not in found[0].others


def test_folds_share_no_article_and_have_as_many_questions() -> None:
    many = [
        example("q", Passage(f"{n % 7}", "a b c"), "b") for n in range(70)
    ]  # fmt: skip
    held = folds(many, 3, seed=0)
    assert sorted(name for part in held for name in part) == [str(n) for n in range(7)]
    sizes = [sum(x.group in part for x in many) for part in held]
    assert max(sizes) - min(sizes) <= 10
    assert held == folds(many, 3, seed=0)


def test_examples_of_a_file_that_is_wrong_about_places_are_put_right(tmp_path: Path) -> None:
    answers = [{"text": "1873", "answer_start": 3}]
    gone = [{"text": "1999", "answer_start": 3}]
    qas = [{"question": "When?", "answers": answers}, {"question": "Gone?", "answers": gone}]
    paragraphs = [{"context": MILL.text, "qas": qas}]
    path = tmp_path / "some.json"
    path.write_text(json.dumps({"data": [{"title": "Old_Mill", "paragraphs": paragraphs}]}))
    (found,) = read_examples(path)
    start, end = found.answers[0]
    assert (found.passage.text[start:end], found.group) == ("1873", "Old Mill")
    path.write_text("{")
    with pytest.raises(UnreadableSource, match="not JSON"):
        read_examples(path)


def test_qamr_becomes_paragraphs_with_answers_in_their_places(tmp_path: Path) -> None:
    (tmp_path / "filtered").mkdir()
    sentence = "Wiki1k:wikinews:1:0:0"
    (tmp_path / "wiki-sentences.tsv").write_text(
        f"{sentence}\tAnn -LRB- 41 -RRB- said `` no '' .\n"
    )
    rows = [
        [sentence, "0", "7", "0", "0", "Who said no?", "0", "8:0", "9:0"],
        [sentence, "0", "7", "1", "0", "How old is Ann?", "2", "8:2", "9:4"],
        [sentence, "0", "7", "2", "0", "Disagreed?", "2", "8:0", "9:4"],
        [sentence, "0", "7", "3", "0", "In pieces?", "0 2", "8:0 2", "9:0 2"],
    ]
    for part, some in (("dev", rows), ("test", [])):
        lines = "".join("\t".join(row) + "\n" for row in some)
        (tmp_path / "filtered" / f"{part}.tsv").write_text(lines)
    path = tmp_path / "qamr.json"
    path.write_text(json.dumps(qamr.read(tmp_path)))
    found = {x.question: x.passage.text[slice(*x.answers[0])] for x in read_examples(path)}
    assert found == {"Who said no?": "Ann", "How old is Ann?": "41"}
    assert read_examples(path)[0].passage.text == 'Ann (41) said "no".'


class Oracle:
    """Reads the right words of MILL, and finds nothing elsewhere."""

    def reads(self, language: str | None) -> bool:
        return True

    def read(self, question: str, passages: list[ReaderInput]) -> list[SpanScores]:
        (passage,) = passages
        scores = np.full(len(passage.sentences), -1.0, dtype=np.float32)
        spans = np.zeros((len(passage.sentences), 2), dtype=np.int64)
        if passage.text == MILL.text:
            scores[0], spans[0] = 5.0, (22, 26)
        return [SpanScores(scores, spans)]


def test_the_report_counts_what_is_right_with_intervals() -> None:
    measured = figures(read_all(Oracle(), EXAMPLES[:3]))
    assert measured["exact match"][0] == pytest.approx(1 / 3)
    assert measured["right sentence"][0] == pytest.approx(2 / 3)
    for value, low, high in measured.values():
        assert low <= value <= high


@pytest.mark.model
def test_an_interrupted_training_ends_the_same_and_can_be_shipped(
    tmp_path: Path, tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "_SAVE_EVERY", 1)
    recipe = train.Recipe(epochs=1, batch=4, negatives=1)
    whole = train.train(EXAMPLES, tokenizer, recipe, tmp_path / "whole", QUIET)

    def steps() -> Iterator[bool]:
        yield True
        while True:
            yield False

    going, step = steps(), train._step

    def interrupted(*arguments) -> float:
        if not next(going):
            raise KeyboardInterrupt
        return step(*arguments)

    monkeypatch.setattr(train, "_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train.train(EXAMPLES, tokenizer, recipe, tmp_path / "parts", QUIET)
    assert not (tmp_path / "parts" / "weights.pt").exists()
    monkeypatch.setattr(train, "_step", step)
    resumed = train.train(EXAMPLES, tokenizer, recipe, tmp_path / "parts", QUIET)
    one, other = (torch.load(path, weights_only=True) for path in (whole, resumed))
    assert all(torch.equal(one[name], other[name]) for name in one)

    export(whole, tmp_path / "shipped", trained_on=[])
    assert check_reader(tmp_path / "shipped") is None
    assert (tmp_path / "shipped" / "reader.onnx").stat().st_size < 25_000_000
    (reading,) = OnnxReader(tmp_path / "shipped").read(
        "When?", [ReaderInput("Mill", MILL.text, [(0, 27), (28, len(MILL.text))], [0, 1])]
    ) or [None]
    assert reading is not None
    assert np.isfinite(reading.scores).all()
