"""What the engine answers, with a fake model."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import Article
from index.answer import Filters
from index.engine.engine import Engine
from index.indexing.builder import build
from index.storage.generation_store import EmbeddedStore
from tests.fake_index import FakeEmbedder, an_article

FOX = an_article(
    "Fox", "The red fox sleeps in the barn. It wakes at noon.", "A farmer feeds the fox.",
    published=date(2021, 5, 5), source="/news/fox.txt",
)  # fmt: skip
LAKE = an_article("Lake", "The quiet lake froze in January.", updated=date(2022, 1, 9))
MOST = an_article("Мост", "Красный мост построили в 1907 году.", language="ru")


def engine_of(data: Path, *articles: Article, **options) -> Engine:
    build(articles, "1", FakeEmbedder(), data)
    engine = Engine(EmbeddedStore(data), FakeEmbedder(), **options)
    engine.refresh()
    return engine


def titles(engine: Engine, question: str, filters: Filters | None = None) -> list[str]:
    return [p.title for p in engine.ask(question, k=10, filters=filters).passages]


def test_passages_come_best_first_and_as_many_as_asked(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, FOX, LAKE, MOST)
    passages = engine.ask("where does the red fox sleep", k=2).passages
    assert len(passages) == 2
    assert passages[0].quote.text == "The red fox sleeps in the barn."
    assert passages[0].score >= passages[1].score
    assert len(engine.ask("fox", k=50).passages) == 4


def test_a_sentence_that_leans_is_quoted_with_the_one_before(tmp_path: Path) -> None:
    quote = engine_of(tmp_path, FOX).ask("when does it wake at noon").passages[0].quote
    assert quote.text == "The red fox sleeps in the barn. It wakes at noon."


def test_two_neighbours_that_compete_are_both_quoted(tmp_path: Path) -> None:
    text = (
        "The mill stands at the brook. The old mill burned in 1907 and the miller left. "
        "The old mill burned in 1911 and the miller stayed. Nobody was hurt."
    )
    engine = engine_of(tmp_path, an_article("Mill", text))
    quote = engine.ask("When was it that the old mill burned and the miller").passages[0].quote
    assert quote.text == text[quote.start : quote.end]
    assert quote.text.startswith("The old mill burned in 1907")
    assert quote.text.endswith("and the miller stayed.")
    one = engine.ask("Where does the mill stand at the brook?").passages[0].quote
    assert one.text == "The mill stands at the brook."


@pytest.mark.parametrize("question", ["", "  ", "?!", "🎉🎉", "—"])
def test_a_question_without_words_gets_no_passages(tmp_path: Path, question: str) -> None:
    answer = engine_of(tmp_path, FOX).ask(question)
    assert (answer.answered, answer.passages) == (False, ())


def test_an_empty_library_makes_an_index_that_answers_nothing(tmp_path: Path) -> None:
    assert engine_of(tmp_path).ask("fox").passages == ()


def test_other_scripts_are_found_by_their_own_words(tmp_path: Path) -> None:
    assert titles(engine_of(tmp_path, FOX, MOST), "когда построили мост")[0] == "Мост"


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (Filters(language="ru"), {"Мост"}),
        (Filters(source="news/"), {"Fox"}),
        (Filters(article="lake"), {"Lake"}),
        (Filters(after=date(2022, 1, 1)), {"Lake"}),
        (Filters(before=date(2021, 12, 31)), {"Fox"}),
        (Filters(after=date(2021, 5, 5), before=date(2021, 5, 5)), {"Fox"}),
        (Filters(language="fr"), set()),
    ],
)
def test_filters_leave_only_what_passes(tmp_path: Path, filters: Filters, left: set[str]) -> None:
    assert (
        set(titles(engine_of(tmp_path, FOX, LAKE, MOST), "the fox and the lake", filters)) == left
    )


def test_the_same_story_in_two_papers_shows_once(tmp_path: Path) -> None:
    text = "The council voted on Monday to rebuild the old harbour wall by 2031, the mayor said."
    engine = engine_of(
        tmp_path,
        an_article("Gazette", text),
        an_article("Herald", text.replace("said", "says")),
        LAKE,
    )
    first, *others = engine.ask("When did the council vote on the harbour wall?", k=5).passages
    assert {first.title, *(also.title for also in first.also_in)} == {"Gazette", "Herald"}
    assert [p.title for p in others] == ["Lake"]


def test_a_hundred_identical_paragraphs_are_one_passage(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, an_article("Copies", *["The bell rang at six."] * 100))
    answer = engine.ask("when did the bell ring")
    assert [p.quote.text for p in answer.passages] == ["The bell rang at six."]


def test_ten_languages_and_empty_titles_live_together(tmp_path: Path) -> None:
    texts = {
        "en": "The tower is 40 metres tall.", "ru": "Башня имеет высоту 40 метров.",
        "de": "Der Turm ist 40 Meter hoch.", "fr": "La tour mesure 40 mètres.",
        "es": "La torre mide 40 metros.", "zh": "塔高四十米。",
        "ja": "塔の高さは四十メートルです。",
        "ar": "يبلغ ارتفاع البرج أربعين مترا.", "th": "หอคอยสูงสี่สิบเมตร",
        "el": "Ο πύργος έχει ύψος 40 μέτρα.",
    }  # fmt: skip
    articles = [an_article("", t, id=c, source=c, language=c) for c, t in texts.items()]
    engine = engine_of(tmp_path, *articles)
    for code, text in texts.items():
        assert engine.ask(text).passages[0].article_id == code


def test_the_reranker_has_the_last_word(tmp_path: Path) -> None:
    class LikesLakes:
        def scores(self, question, passages):
            return np.array([float("lake" in passage) for passage in passages], dtype=np.float32)

    plain = titles(engine_of(tmp_path / "1", FOX, LAKE), "red fox barn")
    again = titles(engine_of(tmp_path / "2", FOX, LAKE, reranker=LikesLakes()), "red fox barn")
    assert plain[0] == "Fox"
    assert again[0] == "Lake"


def test_the_threshold_decides_what_counts_as_an_answer(tmp_path: Path) -> None:
    question = "where does the red fox sleep in the barn"
    assert engine_of(tmp_path / "1", FOX, threshold=0.0).ask(question).answered
    assert not engine_of(tmp_path / "2", FOX, threshold=1.0).ask(question).answered


@given(st.lists(st.text(min_size=1, max_size=200), min_size=1, max_size=4), st.text(max_size=50))
@settings(max_examples=30)
def test_every_quote_is_a_slice_of_its_paragraph(
    tmp_path_factory: pytest.TempPathFactory, paragraphs: list[str], question: str
) -> None:
    kept = [p.encode("utf-8", "ignore").decode() or "x" for p in paragraphs]
    engine = engine_of(tmp_path_factory.mktemp("any"), an_article("Any", *kept))
    for passage in engine.ask(f"{question} {kept[0]}", k=10).passages:
        assert passage.text == kept[passage.paragraph]
        assert passage.text[passage.quote.start : passage.quote.end] == passage.quote.text
        assert passage.quote.text.strip()


def test_what_stands_under_a_heading_answers_instead_of_it(tmp_path: Path) -> None:
    article = an_article(
        "Handbook of the pool",
        "Opening hours of the swimming pool",
        "The doors open at seven in the morning on weekdays, and at nine on Saturdays; in August "
        "they stay shut.",
        "What does a ticket cost?",
        "Grown-ups pay four euros at the door, children half of that, and swimmers with a season "
        "card nothing.",
        "Lost property",
    )
    build([article], "1", FakeEmbedder(), tmp_path)
    engine = Engine(EmbeddedStore(tmp_path), FakeEmbedder())
    engine.refresh()
    hours = engine.ask("What are the opening hours of the swimming pool?").passages[0]
    assert hours.text.startswith("The doors open at seven")
    assert engine.ask("What does a ticket cost?").passages[0].paragraph == 3
    assert engine.ask("Lost property").passages[0].paragraph == 4  # nothing stands under it
