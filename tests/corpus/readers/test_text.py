from datetime import date

import pytest

from corpus import Article, UnreadableSource, sentence_spans
from corpus.readers import text as reader
from tests.source import ROOT

SHARED = ROOT.parent / "shared" / "data" / "moscow_times_nato.txt"
BODY = "The town council met on Monday to discuss the bridge. It will cost 5 million."
MORE = "“We need it,” the mayor said. “Now.”"
RUSSIAN = "Городской совет собрался в понедельник, чтобы обсудить мост. Мост закрыт."


def read(text: str, name: str = "/news/bridge_plan.txt") -> Article:
    (article,) = reader.read(text.encode(), name)
    return article


def texts(article: Article) -> list[str]:
    return [paragraph.text for paragraph in article.paragraphs]


@pytest.mark.parametrize(
    "head",
    [
        "Bridge Plan Approved\n\n14 March 2023\n\n",
        "14 March 2023\n\nBridge Plan Approved\n\n",
        "March 14, 2023\nBridge Plan Approved\n",
        "Bridge Plan Approved\n2023-03-14\n",
        "Bridge Plan Approved\n\nPublished: Tuesday, 14 March 2023 10:30\n\n",
        "Bridge Plan Approved\r\n\r\nPosted on March 14, 2023 | 5 min read\r\n\r\n",
        "\ufeffTitle: Bridge Plan Approved\nDate: 14.03.2023\n\n",
        "Subscribe to our newsletter\n\nShare\nFacebook Twitter\n\nBridge Plan Approved\n\n"
        "14 March 2023\n\nAdvertisement\n\n",
    ],
)
def test_headline_date_and_paragraphs(head: str) -> None:
    article = read(f"{head}{BODY}\n\n{MORE}\n")
    assert article.title == "Bridge Plan Approved"
    assert article.published == date(2023, 3, 14)
    assert article.updated is None
    assert texts(article) == [BODY, MORE]
    assert article.language == "en"


def test_byline_and_both_dates() -> None:
    article = read(
        f"Bridge Plan Approved\nBy Jane Doe and John Roe | March 3, 2021\n\n{BODY}\n\n{MORE}\n\n"
        "Last Updated: 07/04/2021\n\nAll rights reserved.\n"
    )
    assert article.author == "Jane Doe and John Roe"
    assert article.published == date(2021, 3, 3)
    assert article.updated == date(2021, 7, 4), "English labels come with the month first"
    assert texts(article) == [BODY, MORE]


def test_russian_news() -> None:
    article = read(
        "Совет одобрил ремонт моста\n\nОпубликовано: 5 мая 2021\nОбновлено: 6 мая 2021 г., 10:30\n"
        f"Автор: Анна Смирнова\n\n{RUSSIAN}\n\n«Мы ждали этого», — сказал мэр.\n\n"
        "Подписывайтесь на наш канал в Telegram\n\nПоделиться\n"
    )
    assert article.title == "Совет одобрил ремонт моста"
    assert (article.published, article.updated) == (date(2021, 5, 5), date(2021, 5, 6))
    assert article.author == "Анна Смирнова"
    assert texts(article) == [RUSSIAN, "«Мы ждали этого», — сказал мэр."]
    assert article.language == "ru"


@pytest.mark.parametrize(
    "headline",
    [
        "BRIDGE PLAN APPROVED",
        "“The bridge is safe”",
        "Why Is the Bridge Closed?",
        "Mayor: Bridge Will Open in the U.S.",
        "Совет одобрил ремонт",
        "市议会批准修桥",
    ],
)
def test_headlines(headline: str) -> None:
    article = read(f"{headline}\n\n{BODY}")
    assert article.title == headline
    assert texts(article) == [BODY]


def test_a_headline_on_two_lines() -> None:
    first, second = "The Town Council Finally Approves a Plan to Mend the", "Old Bridge in May"
    article = read(f"{first}\n{second}\n\n{BODY}")
    assert article.title == f"{first} {second}"
    assert texts(article) == [BODY]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BODY, [BODY]),
        ("Just one line", ["Just one line"]),
        (f"{BODY}\n\n{MORE}", [BODY, MORE]),
        ("Comments", ["Comments"]),
        ("- one thing\n\n- another", ["- one thing", "- another"]),
    ],
)
def test_without_a_headline_nothing_is_swallowed(text: str, expected: list[str]) -> None:
    article = read(text)
    assert article.title == "bridge plan"
    assert texts(article) == expected


@pytest.mark.parametrize(
    "line",
    [
        "MOSCOW, July 3 (Agency) — The council met.",
        "July 3, 2021 was the day when the bridge fell.",
        "By then it was late.",
        "Share prices fell on Monday.",
        "Follow us into the forest, the ranger said.",
        "Copyright law changed in 1998 when the council met.",
        "Read more books, the mayor said.",
        "Subscribe to nothing but joy, he said.",
        "Advertisements are everywhere in this town.",
        "Related species live in the north.",
        "Реклама — двигатель торговли.",
        "More",
        "Link",
        "Комментарии мэра были краткими.",
        "Подписаться на журнал можно было за рубль.",
        "Get the latest bus at ten, she said.",
    ],
)
@pytest.mark.parametrize("place", ["{line}\n\n{body}", "{body}\n\n{line}"])
def test_prose_that_looks_like_a_page_stays(line: str, place: str) -> None:
    text = "Headline Here\n\n" + place.format(line=line, body=BODY)
    assert line in texts(read(text))


@pytest.mark.parametrize(
    "line",
    [
        "Get the latest news as it happens — right in your inbox",
        "Sign up for our daily newsletter",
        "Share this article on Facebook",
        "Share",
        "Facebook | Twitter | WhatsApp | Email",
        "Read more: The bridge that fell",
        "Advertisement",
        "This website uses cookies to give you the best experience.",
        "© 2021 The Town Paper. All rights reserved.",
        "3 Comments",
        "Читайте также: Мост, который упал",
        "На правах рекламы",
        "Все права защищены.",
        "Мы используем файлы cookie",
    ],
)
def test_page_lines_go_from_head_and_tail_but_not_from_the_middle(line: str) -> None:
    assert texts(read(f"{line}\n\nHeadline Here\n\n{BODY}\n\n{MORE}\n\n{line}")) == [BODY, MORE]
    many = "\n\n".join(f"{BODY} Point {number}." for number in range(20))
    assert line in texts(read(f"Headline Here\n\n{many}\n\n{line}\n\n{many}"))


def test_a_wrapped_sentence_keeps_a_line_that_alone_would_be_a_button() -> None:
    text = (
        "Headline Here\n\nThe mayor, who had come late to the meeting, asked everybody to\n"
        "share this article\nwith all of their friends and with their families at once.\n"
    )
    assert "share this article" in " ".join(texts(read(text)))


def test_only_the_head_holds_dates() -> None:
    chronicle = "\n\n".join(f"{day} May 2021\n\n{BODY}" for day in range(1, 9))
    article = read(f"A Week in May\n\n{chronicle}")
    assert article.published == date(2021, 5, 1)
    assert texts(article).count(BODY) == 8
    assert "8 May 2021" in texts(article)


def test_a_date_at_the_end_is_text_unless_it_says_updated() -> None:
    body = "\n\n".join(f"{BODY} Point {number}." for number in range(20))
    article = read(f"Headline Here\n\n{body}\n\n14 March 2023\n\nUpdated: 15 March 2023")
    assert (article.published, article.updated) == (None, date(2023, 3, 15))
    assert texts(article)[-1] == "14 March 2023"


def test_an_ambiguous_date_is_no_paragraph_and_no_date() -> None:
    article = read(f"Headline Here\n\n07/04/2016\n\n{BODY}")
    assert (article.published, texts(article)) == (None, [BODY])


def test_nothing_but_a_date_is_no_article() -> None:
    with pytest.raises(UnreadableSource, match="no text"):
        read("14 March 2023\n")


def test_a_large_file_takes_no_time() -> None:
    article = read("Headline Here\n\n" + f"{BODY}\n\n" * 20_000)
    assert len(article.paragraphs) == 20_000


@pytest.mark.skipif(not SHARED.exists(), reason="the shared sample article is not there")
def test_a_real_article_copied_from_a_web_page() -> None:
    blocks = [block for block in SHARED.read_text(encoding="utf-8").split("\n\n") if block.strip()]
    (article,) = reader.read(SHARED.read_bytes(), str(SHARED))
    assert article.title == blocks[2]
    assert texts(article) == [block.strip() for block in blocks[3:]]
    assert (article.published, article.updated) == (None, date(2016, 7, 27))
    assert article.language == "en"
    for paragraph in article.paragraphs:
        for start, end in sentence_spans(paragraph.text, article.language):
            assert paragraph.text[end - 1] in ".?!”"
            assert paragraph.text[start].isupper() or paragraph.text[start] == "“"
