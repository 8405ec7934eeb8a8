import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis.stop_words import function_terms
from index.analysis.tokenizer import analyse


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "The bridges were opened", "opening a bridge"),
        ("ru", "построили мосты", "мост построила"),
        ("de", "die Brücken", "Brücke"),
        ("fr", "les ponts", "pont"),
    ],
)
def test_forms_of_a_word_share_a_term(language: str, one: str, other: str) -> None:
    assert set(analyse(one, language)) & set(analyse(other, language))


def test_accents_case_and_apostrophes_do_not_matter() -> None:
    assert analyse("Málaga’s ÉCOLE", None) == analyse("malaga's ecole", None)
    assert analyse("Ёлка", "ru") == analyse("елка", "ru")


def test_numbers_stay_whole_and_thousands_lose_their_commas() -> None:
    assert analyse("2,910 at 3.5", None) == ["2910", "at", "3.5"]


def test_scripts_without_spaces_give_characters_and_pairs() -> None:
    assert analyse("天气好", "zh") == ["天", "气", "好", "天气", "气好"]


def test_combining_vowels_do_not_split_words() -> None:
    assert len(analyse("हिन्दी भाषा", "hi")) == 2


def test_question_words_are_function_terms_in_each_listed_language() -> None:
    assert "where" in function_terms("en")
    assert set(analyse("когда где сколько", "ru")) <= function_terms("ru")
    assert not function_terms("xx")


@given(st.text())
def test_any_text_gives_terms_without_white_space(text: str) -> None:
    assert all(term and not term.isspace() for term in analyse(text, "en"))
