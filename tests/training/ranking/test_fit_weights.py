"""Learning the weights of the ranking from a dozen articles, with a model without weights."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

import training.ranking.fit_weights
from index.engine.engine import Engine
from index.evaluation.datasets import read_collection
from index.indexing.builder import build
from index.ranking.features import PARAGRAPH_FEATURES, SENTENCE_FEATURES
from index.ranking.ranker import COEFFICIENTS, CONFIDENCE_FEATURES, Coefficients, coefficients, rank
from index.storage.generation_store import EmbeddedStore
from tests.fake_index import FakeEmbedder
from tests.training.ranking.tiny_collection import TOWNS, write_collection
from training.ranking.examples import Example, gather, is_quote_correct, layouts, parts_of
from training.ranking.fit_weights import collect, learn_sets, main

Examples = tuple[list[Example], list[Example]]


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    folder = tmp_path_factory.mktemp("learning")
    path, embedder = write_collection(folder / "towns.json"), FakeEmbedder()
    return gather(
        [path],
        lambda collection, left_out: collect(collection, embedder, folder, left_out),
        Console(file=io.StringIO()),
        count_as=1,
    )


def nothing() -> Coefficients:
    def zeros(names: tuple[str, ...]) -> np.ndarray:
        return np.zeros(len(names), dtype=np.float32)

    return Coefficients(
        zeros(SENTENCE_FEATURES),
        zeros(PARAGRAPH_FEATURES),
        0.0,
        zeros(CONFIDENCE_FEATURES),
        zeros(CONFIDENCE_FEATURES),
        (0.0, 0.0),
    )


def shares(examples: list[Example], sets: dict[str, Coefficients]) -> tuple[float, float]:
    """Of the questions, those with the right paragraph first, and with the answer quoted first."""
    rankings = [rank(x.features, sets) for x in examples]
    pairs = list(zip(examples, rankings, strict=True))
    right = [bool(x.right[r.order[0]]) for x, r in pairs]
    return float(np.mean(right)), float(np.mean([is_quote_correct(x, r) for x, r in pairs]))


@pytest.fixture(scope="module")
def weights(examples: Examples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the command writes."""
    folder = tmp_path_factory.mktemp("weights")
    run(examples, folder)
    return folder / "weights.json"


@pytest.fixture
def learned(weights: Path) -> dict[str, Coefficients]:
    """The sets of the file, as the ranker reads them."""
    return coefficients(weights)


def run(examples: Examples, folder: Path, *options: str) -> str:
    """The command's output, on examples that are gathered already."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(training.ranking.fit_weights, "gather", lambda *_: examples)
        patched.setattr(training.ranking.fit_weights, "SentenceTransformerEmbedder", FakeEmbedder)
        path, out = write_collection(folder / "towns.json"), folder / "weights.json"
        arguments = [str(path), "--out", str(out), *options]
        result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_an_example_says_what_is_right(examples: Examples) -> None:
    whole, parts = examples
    assert {x.group for x in whole} == set(TOWNS)
    assert {x.collection for x in whole} == {"towns", "towns as news"}
    assert all(x.answerable and x.right.any() for x in whole)
    assert 0 < sum(x.answerable for x in parts) < len(parts)
    for x in parts:
        assert x.answerable or not (x.right.any() or x.holds.any() or x.shows.any())
        assert not (x.holds & ~x.rows()).any()


def test_what_is_learned_puts_the_right_paragraph_first_and_quotes_the_answer(
    examples: Examples, learned: dict[str, Coefficients]
) -> None:
    before = shares(examples[0], {"full": nothing(), "words": nothing()})
    after = shares(examples[0], learned)
    assert after[0] > max(before[0], 0.9)
    assert after[1] > max(before[1], 0.7)  # some answers are far from the words


def test_what_is_learned_answers_what_is_in_the_index_only(
    examples: Examples, learned: dict[str, Coefficients]
) -> None:
    scores: dict[bool, list[float]] = {True: [], False: []}
    for x in examples[1]:
        scores[x.answerable].append(rank(x.features, learned).answer_score)
    assert np.mean(np.array(scores[False]) > 0.5) < 0.1
    assert np.mean(np.array(scores[True]) > 0.5) > 0.5


def test_an_engine_ranks_with_what_was_written(
    learned: dict[str, Coefficients], tmp_path: Path
) -> None:
    collection = read_collection(write_collection(tmp_path / "towns.json"))
    build(collection.articles, "1", FakeEmbedder(), tmp_path)
    engine = Engine(EmbeddedStore(tmp_path), FakeEmbedder())
    engine.refresh()
    found = engine.retrieve("When did the mill of Epsom open?")
    assert found is not None
    assert rank(found.features, learned).scores[0] != rank(found.features).scores[0]


def test_the_words_set_has_no_weight_for_what_the_model_says(
    learned: dict[str, Coefficients],
) -> None:
    for name in ("cosine", "plain"):
        assert learned["words"].sentence[SENTENCE_FEATURES.index(name)] == 0
    assert learned["words"].paragraph[PARAGRAPH_FEATURES.index("best_cosine")] == 0
    assert learned["full"].sentence[SENTENCE_FEATURES.index("cosine")] != 0


def test_the_readers_block_stays_and_the_shipped_weights_are_not_touched(weights: Path) -> None:
    written = json.loads(weights.read_text("utf-8"))
    shipped = json.loads(COEFFICIENTS.read_text("utf-8"))
    assert written["reader"] == shipped["reader"]
    assert written["full"] != shipped["full"]
    assert written.keys() == shipped.keys()


def test_cross_validation_prints_a_line_for_each_collection_and_writes_nothing(
    examples: Examples, tmp_path: Path
) -> None:
    lines = run(examples, tmp_path, "--check").replace("R@1 1.0", "R@1 0.9").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["towns", "towns as news"]
    assert all("R@1 0.9" in line and "silence AUROC" in line for line in lines)
    assert not (tmp_path / "weights.json").exists()


def test_the_same_is_learned_again(examples: Examples, weights: Path) -> None:
    written = json.loads(weights.read_text("utf-8"))
    assert learn_sets(*examples) == {name: written[name] for name in ("full", "words")}


def test_short_paragraphs_have_the_same_text_and_know_where_the_answer_went(tmp_path: Path) -> None:
    plain, news = layouts(read_collection(write_collection(tmp_path / "towns.json")))
    assert news.name == "towns as news"
    for article, short in zip(plain.articles, news.articles, strict=True):
        assert " ".join(p.text for p in short.paragraphs) == " ".join(
            p.text for p in article.paragraphs
        )
        assert len(short.paragraphs) > len(article.paragraphs)
    texts = {article.id: article.paragraphs for article in news.articles}
    for question in news.questions:
        for article, paragraph in question.relevant:
            assert question.answers[0] in texts[article][paragraph].text


def test_parts_are_two_halves_and_each_article_alone(tmp_path: Path) -> None:
    collection = read_collection(write_collection(tmp_path / "towns.json"))
    left_out = [places for places, _ in parts_of(collection)]
    assert len(left_out) == 2 + len(TOWNS)
    assert left_out[0] | left_out[1] == set(range(len(TOWNS)))
    assert [len(places) for places in left_out[2:]] == [len(TOWNS) - 1] * len(TOWNS)
    asked = [part for _, part in parts_of(collection)][2]
    assert [q.article == 0 for q in asked.questions] == [True] * 5 + [False] * 5
