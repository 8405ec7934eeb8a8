"""What reading changes in an answer."""

from pathlib import Path

import pytest

from index.answer import Span
from index.engine.engine import Engine
from index.indexing.builder import build
from index.reading.onnx_reader import WEIGHTS, OnnxReader, check_reader
from index.storage.generation_store import EmbeddedStore
from tests.fake_index import FakeEmbedder, FakeReader, an_article
from tests.tiny_reader import write_tiny_reader

BRIDGE = an_article(
    "Bridge", "When the bridge opened, people danced. It was in 1907 that the ribbon was cut."
)
MILL = an_article("Mill", "The mill and the bridge opened in the same year, say people who danced.")
RUSSIAN = an_article("Мост", "Мост построили в 1907 году. Люди танцевали на мосту.", language="ru")
QUESTION = "when was the bridge opened for the people who danced"


def engine_of(data: Path, *articles, reader=None, reranker=None) -> Engine:
    build(articles, "1", FakeEmbedder(), data)
    engine = Engine(EmbeddedStore(data), FakeEmbedder(), reader=reader, reranker=reranker)
    engine.refresh()
    return engine


def test_the_sentence_that_the_reader_points_at_is_quoted_and_the_answer_marked(tmp_path) -> None:
    before = engine_of(tmp_path, BRIDGE).ask(QUESTION).passages[0]
    assert "1907" not in before.quote.text
    assert before.answer is None
    after = engine_of(tmp_path, BRIDGE, reader=FakeReader("1907")).ask(QUESTION).passages[0]
    assert after.quote.text.endswith("It was in 1907 that the ribbon was cut.")
    start = after.text.index("1907")
    assert after.answer == Span(start, start + 4, "1907")


def test_a_reader_that_finds_nothing_marks_nothing_and_lowers_the_confidence(tmp_path) -> None:
    plain = engine_of(tmp_path, BRIDGE, MILL).ask(QUESTION)
    read = engine_of(tmp_path, BRIDGE, MILL, reader=FakeReader("absent")).ask(QUESTION)
    assert read.passages[0].answer is None
    assert read.confidence < plain.confidence


def test_the_passage_with_the_answer_moves_up_among_those_read(tmp_path) -> None:
    plain = engine_of(tmp_path, BRIDGE, MILL).ask(QUESTION)
    wanted = {"Bridge": "same year", "Mill": "1907"}[plain.passages[0].title]
    read = engine_of(tmp_path, BRIDGE, MILL, reader=FakeReader(wanted)).ask(QUESTION)
    assert read.passages[0].title != plain.passages[0].title
    scores = [passage.score for passage in read.passages]
    assert scores == sorted(scores, reverse=True)
    assert len(read.passages) == len(plain.passages)


def test_a_language_that_the_reader_does_not_know_is_answered_as_before(tmp_path) -> None:
    reader = FakeReader("1907")
    question = "когда построили мост"
    plain = engine_of(tmp_path, RUSSIAN).ask(question)
    assert engine_of(tmp_path, RUSSIAN, reader=reader).ask(question) == plain
    assert reader.seen == []


def test_a_russian_question_leaves_english_articles_unread(tmp_path) -> None:
    reader = FakeReader("1907")
    engine_of(tmp_path, BRIDGE, reader=reader).ask("когда открыли bridge")
    assert reader.seen == []


def test_copies_of_a_story_are_read_once(tmp_path) -> None:
    reader = FakeReader("1907")
    copy = an_article("Bridge again", BRIDGE.paragraphs[0].text)
    engine_of(tmp_path, BRIDGE, copy, reader=reader).ask(QUESTION)
    assert reader.seen.count(BRIDGE.paragraphs[0].text) == 1


def test_an_answer_deep_in_a_sentence_of_many_clauses_is_inside_the_quote(tmp_path) -> None:
    clauses = ", ".join(f"the bridge opened number {i} for people" for i in range(40))
    text = f"{clauses}, and the last one in 1907, {clauses}."
    passage = engine_of(
        tmp_path, an_article("Bridges", text), reader=FakeReader("1907")
    ).ask(QUESTION).passages[0]  # fmt: skip
    assert passage.answer is not None
    assert passage.answer.text in passage.quote.text
    assert len(passage.quote.text) < len(text)


@pytest.mark.parametrize("reader", ["none", "damaged", "hurried"])
def test_without_a_working_reader_answers_are_what_they_were(tmp_path, reader: str) -> None:
    plain = engine_of(tmp_path / "plain", BRIDGE, MILL).ask(QUESTION)
    made = {
        "none": lambda: OnnxReader(tmp_path / "nowhere"),
        "damaged": lambda: OnnxReader(_damaged(tmp_path / "weights")),
        "hurried": lambda: OnnxReader(write_tiny_reader(tmp_path / "weights"), budget=0.0),
    }[reader]()
    assert engine_of(tmp_path / "read", BRIDGE, MILL, reader=made).ask(QUESTION) == plain


def _damaged(folder: Path) -> Path:
    write_tiny_reader(folder)
    (folder / "reader.onnx").write_bytes(b"")
    return folder


def test_the_tiny_reader_marks_the_year(tmp_path) -> None:
    reader = OnnxReader(write_tiny_reader(tmp_path / "weights"))
    passage = engine_of(tmp_path / "data", BRIDGE, reader=reader).ask(QUESTION).passages[0]
    assert passage.answer is not None
    assert passage.answer.text == "1907"


LIGHTHOUSE = an_article(
    "Hook Point",
    "Hook Point has been a beacon for centuries. The lighthouse, which stands 41 metres above the "
    "sea, was painted red by Maria Lund. Ferries pass it twice a day, in summer more often.",
    "The keeper's house is a museum now, and open on Sundays from May to September.",
)


def test_the_bundled_reader_marks_the_answer_itself(tmp_path) -> None:
    reader = OnnxReader()
    engine = engine_of(tmp_path, LIGHTHOUSE, MILL, reader=reader)
    for question, wanted in {
        "How high above the sea does the lighthouse stand?": "41 metres",
        "Who painted the lighthouse red?": "Maria Lund",
        "When is the museum open?": "Sundays",
    }.items():
        passage = engine.ask(question).passages[0]
        assert passage.answer is not None
        assert wanted in passage.answer.text
        assert len(passage.answer.text) < len(passage.quote.text) / 2
    assert reader.problem is None


def test_the_bundled_reader_sees_that_an_answer_is_not_there(tmp_path) -> None:
    passage = engine_of(tmp_path, LIGHTHOUSE, reader=OnnxReader()).ask(
        "How many goats does the lighthouse own?"
    ).passages[0]  # fmt: skip
    assert passage.answer is None


def test_the_bundled_weights_are_whole_and_small() -> None:
    assert check_reader() is None
    assert (WEIGHTS / "reader.onnx").stat().st_size <= 25_000_000


def test_in_a_crowd_nobody_is_kept_by_the_reader(tmp_path) -> None:
    reader = FakeReader("1907")
    engine = engine_of(tmp_path, BRIDGE, reader=reader)
    assert engine.ask(QUESTION, crowded=True).passages
    assert not reader.seen
    engine.ask(QUESTION, crowded=False)
    assert reader.seen


def test_a_heading_is_neither_read_nor_shown(tmp_path) -> None:
    article = an_article(
        "The baths",
        "Who may use the sauna?",
        "Nobody younger than sixteen is let in without a parent, and towels are lent at the "
        "counter by the door.",
    )
    reader = FakeReader("Who may use")
    answer = engine_of(tmp_path, article, reader=reader).ask("Who may use the sauna?")
    assert [passage.paragraph for passage in answer.passages] == [1]
    assert not any("Who may use" in text for text in reader.seen)
