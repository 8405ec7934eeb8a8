import pytest

from corpus import Article
from corpus.readers import mbox

HEAD = (
    "From mira@x.example Thu May  2 08:00:00 2024\nFrom: Mira <mira@x.example>\nSubject: Lamps\n"
    "Content-Type: text/plain; charset=utf-8\n\n"
)


def read(body: str) -> Article:
    (article,) = mbox.read(f"{HEAD}{body}\n".encode(), "/mail/list.mbox")
    assert isinstance(article, Article)
    return article


@pytest.mark.parametrize(
    "introduction",
    [
        "On Monday Nils wrote:",
        "Am 2. Mai 2024 um 08:00 schrieb Nils Kost <nils@x.example>:",
        "Nils schrieb:",
        "Le 2 mai 2024 à 08:00, Nils a écrit :",
        "12 мая 2024 Иван написал(а):",
    ],
)
def test_what_a_message_quotes_is_not_its_text(introduction: str) -> None:
    article = read(f"All forty burn.\n\n{introduction}\n> Do they burn?\n\nAnd all night.\n")
    assert [paragraph.text for paragraph in article.paragraphs] == [
        "All forty burn.",
        "And all night.",
    ]
    assert article.stripped == (introduction, "> Do they burn?")


def test_a_line_that_introduces_no_quotation_is_text() -> None:
    article = read("Im Protokoll schrieb Nils:\n\nAlle brennen.\n")
    assert "schrieb Nils" in article.paragraphs[0].text


def test_answers_between_quoted_lines_stay_in_order() -> None:
    article = read("> Do they burn?\n\nAll of them.\n\n> Who lights them?\n\nNils.\n")
    assert [paragraph.text for paragraph in article.paragraphs] == ["All of them.", "Nils."]


def test_a_signature_is_left_out() -> None:
    article = read("All forty burn.\n\n-- \nMira\nHarbour office\n")
    assert [paragraph.text for paragraph in article.paragraphs] == ["All forty burn."]
