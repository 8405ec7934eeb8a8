from bot.telegram.context.answer_cache import AnswerCache, Load, QuestionKey
from index.answer import Filters
from tests.fakes import an_answer


def key(question: str, generation: str = "g1", filters: Filters | None = None) -> QuestionKey:
    return QuestionKey(generation, question, 5, filters, None)


def test_an_answer_counts_for_the_same_question_of_the_same_index_alone() -> None:
    cache, answer = AnswerCache(), an_answer()
    cache.put(key("When?"), answer)
    assert cache.get(key("When?")) is answer
    assert cache.get(key("When?", "g2")) is None
    assert cache.get(key("When?", filters=Filters(article="a1"))) is None


def test_the_answer_used_least_recently_goes() -> None:
    cache, answer = AnswerCache(), an_answer()
    for number in range(512):
        cache.put(key(str(number)), answer)
    assert cache.get(key("0")) is answer
    cache.put(key("512"), answer)
    assert cache.get(key("0")) is answer
    assert cache.get(key("1")) is None


def test_three_questions_at_once_are_a_crowd() -> None:
    load = Load()
    with load.question(), load.question():
        assert not load.is_crowded
        with load.question():
            assert load.is_crowded
        assert not load.is_crowded
