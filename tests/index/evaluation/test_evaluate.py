"""Evaluation on small collections, with a fake model."""

import json
from pathlib import Path

import pytest

from corpus.errors import UnreadableSource
from index.evaluation.datasets import read_collection
from index.evaluation.evaluate import evaluate
from index.evaluation.metrics import METRICS
from tests.fake_index import FakeEmbedder, FakeReader

FACTS = ["fox sleeps in the barn", "lake froze in January", "tower is 40 metres tall",
         "mayor opened the bridge", "train leaves at noon", "bakery sells rye bread"]  # fmt: skip


UNANSWERED = {"context": "x", "qas": [{"question": "y", "answers": []}]}


def _paragraph(question_id: str, fact: str):
    answers = [{"text": fact, "answer_start": 21}]
    return {
        "context": f"First some words. The {fact}. Then more words.",
        "qas": [{"id": question_id, "question": f"The {fact}?", "answers": answers}],
    }


def squad(path: Path, **change) -> Path:
    entries = [
        {"title": f"Story_{i}", "paragraphs": [_paragraph(f"q{i}", fact)]}
        for i, fact in enumerate(FACTS)
    ]
    path.write_text(json.dumps({"version": "1", "data": entries, **change}), "utf-8")
    return path


def beir(folder: Path) -> Path:
    (folder / "qrels").mkdir(parents=True)
    corpus = [{"_id": f"d{i}", "title": "", "text": f"The {f}."} for i, f in enumerate(FACTS)]
    queries = [{"_id": f"q{i}", "text": f"the {f}"} for i, f in enumerate(FACTS)]
    for name, rows in {"corpus": corpus, "queries": queries}.items():
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    lines = ["query-id\tcorpus-id\tscore", *(f"q{i}\td{i}\t1" for i in range(len(FACTS)))]
    (folder / "qrels/test.tsv").write_text("\n".join(lines), "utf-8")
    return folder


@pytest.mark.parametrize("make", [squad, beir])
def test_questions_in_the_words_of_the_text_are_all_found(tmp_path: Path, make) -> None:
    collection = read_collection(make(tmp_path / "collection"))
    (ours, naive, words) = evaluate(collection, FakeEmbedder(), tmp_path / "data", baseline=True)
    assert [e.system for e in (ours, naive, words)] == ["quotebot", "naive", "bm25"]
    for evaluation in (ours, naive, words):
        for name in ("R@1", "R@10", "MRR@10", "nDCG@10"):
            assert evaluation.metrics[name] == 1
    assert ours.metrics["silence AUROC"] == 1
    expected = 1 if make is squad else None
    assert ours.metrics["answer-in-quote@1"] == expected


def test_a_limit_draws_the_same_questions_for_the_same_seed(tmp_path: Path) -> None:
    collection = read_collection(squad(tmp_path / "s.json"))
    runs = [
        evaluate(collection, FakeEmbedder(), tmp_path / "data", limit=3, seed=seed)[0].questions
        for seed in (1, 1, 2)
    ]
    assert len(runs[0]) == 3
    assert runs[0] == runs[1] != runs[2]


def test_one_article_alone_has_no_silence_to_measure(tmp_path: Path) -> None:
    path = squad(tmp_path / "s.json")
    data = json.loads(path.read_text())["data"][:1]
    path.write_text(json.dumps({"data": data}))
    (ours,) = evaluate(read_collection(path), FakeEmbedder(), tmp_path / "data")
    assert ours.metrics["silence AUROC"] is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "SQuAD format"),
        ('{"data": [{"title": "x"}]}', "SQuAD format"),
        ('{"data": [{"paragraphs": [{"context": "x"}]}]}', "SQuAD format"),
        ('{"data": []}', "no question"),
        (json.dumps({"data": [{"paragraphs": [UNANSWERED]}]}), "no question"),
        ("[" * 100_000, "not JSON"),
    ],
)  # fmt: skip
def test_malformed_files_are_refused_in_one_line(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content, "utf-8")
    with pytest.raises(UnreadableSource, match=reason) as refused:
        read_collection(path)
    assert "bad.json" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("corpus.jsonl", "{broken", "corpus.jsonl line 1"),
        ("queries.jsonl", '{"text": "no id"}', "queries.jsonl line 1"),
        ("qrels/test.tsv", "q0\td0\tmany", "test.tsv line 1"),
    ],
)
def test_broken_lines_of_a_beir_folder_are_named(
    tmp_path: Path, file: str, content: str, reason: str
) -> None:
    folder = beir(tmp_path / "set")
    (folder / file).write_text(content, "utf-8")
    with pytest.raises(UnreadableSource, match=reason):
        read_collection(folder)


def test_marked_answers_are_measured_as_squad_does(tmp_path: Path) -> None:
    collection = read_collection(squad(tmp_path / "s.json"))
    answer = collection.questions[0].answers[0]
    (ours,) = evaluate(
        collection, FakeEmbedder(), tmp_path / "data", reader=FakeReader(f"The {answer}")
    )
    assert ours.metrics["marked"] == pytest.approx(1 / len(collection.questions))
    assert ours.metrics["exact match of marked"] == 1  # articles don't count
    (without,) = evaluate(collection, FakeEmbedder(), tmp_path / "data")
    assert "marked" not in without.metrics


def test_every_metric_of_a_squad_file_is_measured(tmp_path: Path) -> None:
    collection = read_collection(squad(tmp_path / "s.json"))
    reader = FakeReader(f"The {FACTS[0]}")
    runs = evaluate(collection, FakeEmbedder(), tmp_path / "data", baseline=True, reader=reader)
    ours, naive, words = (run.metrics for run in runs)
    assert list(ours) == list(METRICS)
    of_quotebot_alone = {"marked", "exact match of marked", "F1 of marked", "calibration error"}
    assert naive.keys() == words.keys() == METRICS.keys() - of_quotebot_alone
    for metrics in (ours, naive, words):
        assert all(metrics[name] is not None for name in metrics)
        assert metrics["answer-in-quote@1"] == 1
        assert 0 < metrics["p50 ms"] <= metrics["p95 ms"]
    assert ours["answered when in the index"] == 1
    assert naive["answered when not"] == words["answered when not"] == 1  # they always answer
    assert ours["answered when not"] < 1


def test_a_beir_folder_has_no_metric_of_answers(tmp_path: Path) -> None:
    collection = read_collection(beir(tmp_path / "set"))
    assert (collection.name, len(collection.articles), len(collection.questions)) == ("set", 6, 6)
    (ours,) = evaluate(collection, FakeEmbedder(), tmp_path / "data")
    assert ours.metrics["answer-in-quote@1"] is None
    assert "calibration error" not in ours.metrics
    assert ours.metrics["nDCG@10"] == 1
    assert not ours.right.any()
    assert len(ours.confidence) == len(ours.is_answerable) == 2 * len(collection.questions)


def test_grades_of_zero_and_unknown_documents_are_left_out(tmp_path: Path) -> None:
    folder = beir(tmp_path / "set")
    rows = ["query-id\tcorpus-id\tscore", "q0\td0\t2", "q0\td1\t0", "q1\tnowhere\t1", "q2\td2\t1"]
    (folder / "qrels/test.tsv").write_text("\n".join(rows), "utf-8")
    (folder / "qrels/train.tsv").write_text("q3\td3\t1", "utf-8")
    relevant = {q.id: q.relevant for q in read_collection(folder).questions}
    assert relevant == {"q0": {("d0", 0): 2}, "q2": {("d2", 0): 1}}
