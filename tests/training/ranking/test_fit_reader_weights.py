"""Learning what a reader's scores are worth, with a reader that takes every 1907 for the answer."""

import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

import training.ranking.fit_reader_weights
from index.ranking.ranker import COEFFICIENTS, rank
from index.ranking.reader_rescoring import reader_coefficients, rescore
from tests.fake_index import FakeEmbedder
from tests.tiny_reader import write_tiny_reader
from tests.training.ranking.tiny_collection import TOWNS, write_collection
from training.ranking.examples import gather, is_quote_correct
from training.ranking.fit_reader_weights import OutOfFold, ReadExample, collect, main

Examples = tuple[list[ReadExample], list[ReadExample]]


def write_readers(folder: Path) -> Path:
    """Two readers, each for half of the articles."""
    write_tiny_reader(folder / "fold0", TOWNS[::2])
    write_tiny_reader(folder / "fold1", TOWNS[1::2])
    return folder


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    folder = tmp_path_factory.mktemp("learning")
    path, embedder = write_collection(folder / "towns.json"), FakeEmbedder()
    reader = OutOfFold(write_readers(folder / "readers"))
    return gather(
        [path],
        lambda collection, left_out: collect(collection, reader, embedder, folder, left_out),
        Console(file=io.StringIO()),
        count_as=1,
    )


@pytest.fixture(scope="module")
def written(examples: Examples, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The file that the command writes, and its output."""
    folder = tmp_path_factory.mktemp("weights")
    return folder / "weights.json", run(examples, folder)


def run(examples: Examples, folder: Path, *options: str) -> str:
    """The command's output, on examples that are gathered already."""
    module = training.ranking.fit_reader_weights
    path, readers = write_collection(folder / "towns.json"), write_readers(folder / "readers")
    arguments = [str(path), "--readers", str(readers), "--out", str(folder / "weights.json")]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "gather", lambda *_: examples)
        patched.setattr(module, "SentenceTransformerEmbedder", FakeEmbedder)
        result = CliRunner().invoke(main, [*arguments, *options], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_a_question_is_read_by_the_reader_that_was_trained_without_its_article(
    tmp_path: Path,
) -> None:
    reader = OutOfFold(write_readers(tmp_path))
    assert not reader.reads("en")
    reader.title = TOWNS[3]
    assert reader.reads("en")
    assert not reader.reads("ru")
    reader.title = "elsewhere"
    assert not reader.reads("en")


def test_an_example_has_the_readings_of_its_best_candidates(examples: Examples) -> None:
    whole, parts = examples
    assert len(whole) > len(TOWNS)
    assert len(parts) > 0
    for x in whole:
        assert 0 < len(x.readings) <= 3
        for candidate, reading in x.readings.items():
            size = x.example.features.start[candidate + 1] - x.example.features.start[candidate]
            assert len(x.spans[candidate]) == len(reading.scores) == size
    assert any("1907" in texts for x in whole for texts in x.spans.values())


def test_what_is_learned_is_read_back_and_quotes_more_answers(
    examples: Examples, written: tuple[Path, str]
) -> None:
    learned = reader_coefficients(written[0])
    mills = [x for x in examples[0] if x.answers == ("1907",)]
    assert mills
    assert learned.sentence > 0
    without, read = 0, 0
    for x in mills:
        before = rank(x.example.features)
        if int(before.order[0]) not in x.readings:
            continue
        after = rescore(x.example.features, before, x.readings, learned)
        without += is_quote_correct(x.example, before)
        read += is_quote_correct(x.example, after)
    assert read >= max(without, 0.9 * len(mills))


def test_only_the_readers_block_is_written(written: tuple[Path, str]) -> None:
    weights = json.loads(written[0].read_text("utf-8"))
    shipped = json.loads(COEFFICIENTS.read_text("utf-8"))
    assert weights["reader"] != shipped["reader"]
    assert weights["reader"].keys() == shipped["reader"].keys()
    assert (weights["full"], weights["words"]) == (shipped["full"], shipped["words"])


def test_cross_validation_compares_answers_with_and_without_the_reader(
    written: tuple[Path, str],
) -> None:
    lines = written[1].splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "towns, without reader", "towns, with", "towns as news, without reader",
        "towns as news, with",
    ]  # fmt: skip
    assert ["marked" in line for line in lines] == [False, True, False, True]


def test_cross_validation_alone_writes_nothing(
    examples: Examples, written: tuple[Path, str], tmp_path: Path
) -> None:
    assert run(examples, tmp_path, "--check") == written[1]
    assert not (tmp_path / "weights.json").exists()
