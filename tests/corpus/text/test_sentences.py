import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus import sentence_spans

# Each example is one paragraph, written with | where a sentence must begin; nowhere else may one.
EXAMPLES = {
    "en": [
        "It rained all day. |Nobody minded.",
        "Dr. Lee met Mrs. Okoro at St. Mary’s. |They talked.",
        "J. R. R. Tolkien wrote it. |He taught at Oxford.",
        "The U.S. Army arrived. |It stayed.",
        "She moved to the U.S. |She liked it there.",
        "He left at 10 p.m. |He slept well.",
        "The doors open at 9 a.m. Monday in Leeds. |Come early.",
        "It cost $3.5 million. |Nobody paid.",
        "See No. 5 and Fig. 3 on p. 12. |They explain it.",
        "Use a tool, e.g. a hammer, i.e. something heavy. |Then hit it.",
        "“Stop!” Mary said. |“Why?” he asked.",
        "“We won,” she said. |“We really did.”",
        "“What now?” the mayor asked, and left.",
        "He wondered (was it late?) and went home. |Then he slept.",
        "He sat down. |(It was late. He was tired.) |Then he slept.",
        "Well … maybe. |Or maybe not.",
        "Wait... what is that?",
        "See https://example.com/a.b?c=d.e for more. |It is short.",
        "Version 3.11.4 is out. |Python 2.7 is not.",
        "Yahoo! said it would close. |Nobody cried.",
        "Smith et al. found nothing. |We did.",
        "Acme Inc. employs forty people. |It was founded in 1990.",
        "Acme Ltd. |This was its name.",
        "Is it over? |Yes! |It is.",
        "He took vitamin C. |He felt better.",
        "It fell to minus 20 C. |Some people stayed out.",
        "Did you see it?! |I did.",
        "The answer is in Sec. 4 of the law. |Read it.",
        "She has a Ph.D. from Leeds. |She teaches.",
        "Gen. Ivanov and Lt. Col. Petrov came. |They ate.",
        "First point.\n\n|Second point without a stop\n\n|Third point",
        "You need:\n|- two eggs\n|- a cup of milk\n|- flour",
        "The line was\nwrapped by hand. |The next\nwas too.",
        "12 High Street\nSpringfield",
        "Who wrote “Who Goes There?” is known.",
        "It was Jan. 5 when he came. |Snow fell.",
    ],
    "ru": [
        "Дождь шёл весь день. |Никто не возражал.",
        "А. С. Пушкин родился в Москве. |Он писал стихи.",
        "Т. е. он не пришёл. |Жаль.",
        "Купили хлеб, молоко и т. д. |Потом ушли домой.",
        "«Поехали!» — сказал он. |Все засмеялись.",
        "— Кто там? — спросила она. |Никто не ответил.",
        "В 1961 г. Гагарин полетел в космос. |Его ждали.",
        "Это было в 1961 г. |Потом он вернулся.",
        "Он жил на ул. Ленина, д. 5, кв. 12. |Там тихо.",
        "Вышел приказ № 5. |Его прочли.",
        "Цена — 3,5 млн руб. за штуку. |Дорого.",
        "Г-н Петров и проф. Сидоров спорили. |Победил Петров.",
        "Он ушёл… и не вернулся. |Его искали.",
        "Мороз минус 20 °C. |Снег скрипел.",
        "Смотри рис. 3 и табл. 2. |Там всё ясно.",
        "На сайте example.ru есть карта. |Она точная.",
        "Он сказал: «Я не приду». |И не пришёл.",
        "Наступил XX в. до н. э. или нет?",
    ],
    "de": [
        "Am 3. Mai kam er z. B. nach Berlin. |Er blieb dort.",
        "Der 2. Weltkrieg begann 1939. |Er dauerte lange.",
        "Dr. Müller wohnt in Nr. 5. |Sie ist Ärztin.",
        "„Komm!“, rief er. |Niemand kam.",
        "Er zahlte 5 Tsd. Dollar. |Sie ging.",
        "Das kostet ca. 5 Mio. Euro. |Das ist viel.",
    ],
    "fr": [
        "M. Dupont est arrivé. |Il est parti.",
        "César est né en 100 av. J.-C. à Rome. |Il fut consul.",
        "« Oui ! » dit-il. |Personne ne répondit.",
        "Elle a vu Mme. Durand, p. ex. hier. |Elle dort.",
    ],
    "es": [
        "El Sr. López vive en EE. UU. desde 1990. |Trabaja mucho.",
        "¿Quién es? |¡Es Juan! |Pasa.",
        "La Dra. Ruiz vio el núm. 5. |Era rojo.",
    ],
    "zh": [
        "今天下雨。|没人在意。",
        "他说：“我不知道。”|然后他走了。",
        "“我不去。”他说。|外面下雨了！|真的吗？",
        "价格是3.5元。|很便宜。",
    ],
    "ja": [
        "今日は雨だ。|誰も気にしない。",
        "「行く。」と彼は言った。|外は暗い。",
        "本当ですか？|はい！",
    ],
}
CASES = [(language, text) for language, texts in EXAMPLES.items() for text in texts]


def sentences(text: str, language: str | None) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, language)]


@pytest.mark.parametrize(("language", "marked"), CASES)
def test_sentences_begin_where_a_reader_says(language: str, marked: str) -> None:
    expected = [part.strip() for part in marked.split("|")]
    assert sentences(marked.replace("|", ""), language) == expected


@given(
    st.text(alphabet=st.characters() | st.sampled_from(" \n.!?…“”«»()—аЯaZ。」1")),
    st.sampled_from(["en", "ru", "de", "zh", "ja", "th", "xx", "", None]),
)
@example("\ud800. A\u200b.\x00 B", "en")
@example("", None)
@example(" \n\t ", "ru")
@example("...... A", "zh")
@example("a\n\n\n- b\n- c", "ru")
def test_spans_are_ordered_trimmed_and_cover_everything(text: str, language: str | None) -> None:
    spans = sentence_spans(text, language)
    last = 0
    for start, end in spans:
        assert last <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        assert not text[last:start].strip()
        last = end
    assert not text[last:].strip()


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
@pytest.mark.parametrize(
    "text",
    ["." * 20_000, "“" * 80_000, "(" * 80_000, "He ran. " * 10_000, "A. " * 27_000, "A\n" * 40_000],
)
def test_time_grows_with_the_length_only(language: str, text: str) -> None:
    started = time.perf_counter()
    sentence_spans(text, language)
    assert time.perf_counter() - started < 2  # 0.2 s measured; a quadratic step takes much longer


def test_a_long_text_has_the_sentences_of_its_parts() -> None:
    part = "The mayor spoke on Monday. She said (it was short. Really.) that it was over. "
    assert sentences(part * 500, "en") == sentences(part, "en") * 500
    assert sentences("Bo ran. " * 3000, "en") == ["Bo ran."] * 3000


def test_unknown_language_goes_by_script() -> None:
    text = "А. С. Пушкин родился в Москве. Он писал стихи."
    assert sentences(text, None) == sentences(text, "ru")
    assert len(sentences("今天下雨。没人在意。", None)) == 2
