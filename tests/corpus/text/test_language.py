import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import detect_language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How cold was it on Red Square?", "en"),
        ("Who is Ivan?", "en"),
        ("What?", "en"),
        ("What is the capital of Mongolia?", "en"),
        ("capital of Mongolia", "en"),
        ("HOW COLD WAS IT ON RED SQUARE", "en"),
        ("Кто такой Иван?", "ru"),
        ("Где?", "ru"),
        ("Хто такий Іван?", "uk"),
        ("Її ім'я", "uk"),
        ("Wo ist der Bahnhof?", "de"),
        ("Wer?", "de"),
        ("Où est la gare ?", "fr"),
        ("¿Dónde está la estación?", "es"),
        ("東京はどこ？", "ja"),
        ("北京在哪里", "zh"),
        ("서울은 어디입니까?", "ko"),
        ("กรุงเทพ", "th"),
        ("Πού είναι;", "el"),
        ("מי זה?", "he"),
        ("من هو؟", "ar"),
        ("The council met on Monday.\n\nIt will cost five million.", "en"),
        ("", None),
        ("2 + 2 = 4", None),
        ("😀😀😀", None),
        ("NATO", None),
        ("x", None),
    ],
)
def test_questions_and_articles(text: str, expected: str | None) -> None:
    assert detect_language(text) == expected


def test_it_never_opens_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert detect_language("The council met on Monday evening.") == "en"


def test_threads_agree() -> None:
    texts = ["How cold was it on Red Square?", "Кто такой Иван?", "Wo ist der Bahnhof?"] * 50
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(detect_language, texts)) == ["en", "ru", "de"] * 50


@given(st.text(st.characters()))
def test_any_text_has_a_code_or_none(text: str) -> None:
    code = detect_language(text)
    assert code is None or (len(code) == 2 and code.isalpha())
