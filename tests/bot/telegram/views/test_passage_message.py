from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from telegram import MessageEntity

from bot.i18n.catalog import catalog_for
from bot.telegram.views.passage_message import Rendered, render_answer
from bot.text import snippet, source_name, utf16_length
from index.answer import AlsoIn, Answer, Passage, Quote, Span
from tests.fakes import a_passage, slices

say = catalog_for("en")
FAMILY = "👩‍👩‍👧‍👦"

pieces = st.sampled_from(
    [
        *["a", " ", "\n", "\r\n", "\t", "б", "e\u0301", "漢。", "“So.” ", "שלום ", "العربية "],
        *["😀", FAMILY, "🇫🇮", "👍🏽", "𝔘", "\u2028", "\u200d", "\u202e", "\ufeff", "\ud800"],
        *["/start ", "@bot ", "<b>", "*_`"],
    ]
)
odd_text = st.lists(pieces | st.text(max_size=20), max_size=40).map("".join)
long_text = st.tuples(odd_text, st.integers(0, 300)).map(lambda pair: pair[0] * pair[1])


urls = st.sampled_from([None, "https://example.org/a", "ftp://x", "javascript:alert(1)", "http://"])


@st.composite
def passages(draw: st.DrawFn) -> Passage:
    text = draw(odd_text | long_text)
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, len(text)))
    quote = Quote(start, end, text[start:end])
    title = draw(odd_text | long_text)
    return replace(a_passage(), title=title, url=draw(urls), text=text, quote=quote)


def show(passage: Passage, answered: bool = True) -> Rendered:
    return render_answer(Answer("?", answered, 0.5, (passage,)))


def spans(shown: Rendered) -> list[tuple[str, str]]:
    return slices(shown.text, [entity.to_dict() for entity in shown.entities])


def sendable(text: str) -> str:
    """What becomes of text on its way: half a surrogate pair cannot be sent."""
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def test_an_answer_shows_title_date_place_and_the_bold_sentence() -> None:
    shown = show(a_passage())
    assert shown.text == (
        "The Old Bridge\n1 May 2020 · example.org · ¶ 3\n"
        "It was cold. The bridge opened in 1907 🎉. People danced."
    )
    assert spans(shown) == [
        ("text_link", "The Old Bridge"),
        ("expandable_blockquote", "It was cold. The bridge opened in 1907 🎉. People danced."),
        ("bold", "The bridge opened in 1907 🎉."),
    ]
    assert shown.entities[0].url == "https://example.org/bridge"


@pytest.mark.parametrize("url", [None, "javascript:alert(1)", "http://", "https://[", "http://a b"])
def test_without_a_web_address_the_title_is_bold(url: str | None) -> None:
    assert spans(show(a_passage(url=url)))[0] == ("bold", "The Old Bridge")


def test_dates() -> None:
    updated = date(2016, 7, 27)
    assert (
        "\nupdated 27 July 2016 · example.org · ¶"
        in show(a_passage(published=None, updated=updated)).text
    )
    assert "\n1 May 2020 · example.org · ¶" in show(a_passage(updated=updated)).text
    assert "\nexample.org · ¶ 3" in show(a_passage(published=None)).text


def test_no_answer_says_so_before_the_nearest_passage() -> None:
    shown = show(a_passage(), answered=False)
    assert shown.text.startswith(f"{say('nearest')}\n\nThe Old Bridge\n")
    assert spans(shown)[-1] == ("bold", "The bridge opened in 1907 🎉.")
    assert render_answer(Answer("?", False, 0.0, ())) == Rendered(say("no_answer"))


def test_the_place_of_the_passage_is_shown() -> None:
    answer = Answer("?", True, 0.5, (a_passage(), a_passage(paragraph=9)))
    assert "¶ 10 · 2 of 2\n" in render_answer(answer, 1).text


def test_a_quote_below_the_fold_is_shown_above_the_block_too() -> None:
    shown = show(a_passage("People danced. " * 20 + "The bridge opened.", "The bridge opened."))
    assert [kind for kind, _ in spans(shown)] == [
        "text_link",
        "bold",
        "expandable_blockquote",
        "bold",
    ]
    assert spans(shown)[1] == spans(shown)[3] == ("bold", "The bridge opened.")


def marking(passage: Passage, answer: str) -> Passage:
    start = passage.text.index(answer)
    return replace(passage, answer=Span(start, start + len(answer), answer))


def test_a_known_answer_is_bold_inside_a_plain_quote() -> None:
    shown = show(marking(a_passage(), "1907"))
    assert [text for kind, text in spans(shown) if kind == "bold"] == ["1907"]
    assert shown.text == show(a_passage()).text


def test_below_the_fold_the_answer_is_bold_in_both_places() -> None:
    text = "It was cold 🎉. " * 20 + "The bridge opened in 1907."
    shown = show(marking(a_passage(text, "The bridge opened in 1907."), "in 1907"))
    assert [text for kind, text in spans(shown) if kind == "bold"] == ["in 1907"] * 2
    assert shown.text.count("The bridge opened in 1907.") == 2


@given(passages(), st.data())
def test_whatever_is_marked_the_bold_text_is_it_or_its_beginning(passage, data) -> None:
    quote = passage.quote
    start = data.draw(st.integers(quote.start, quote.end))
    end = data.draw(st.integers(start, quote.end))
    text = passage.text[start:end]
    shown = show(replace(passage, url="https://example.org/a", answer=Span(start, end, text)))
    for kind, bold in spans(shown):
        assert kind != "bold" or sendable(text).strip().startswith(bold)


def test_a_huge_paragraph_is_cut_at_sentences_around_the_whole_quote() -> None:
    filler = "Ducks swim in the river 🦆. "
    text = filler * 300 + "The bridge opened in 1907. " + filler * 300
    shown = show(a_passage(text, "The bridge opened in 1907."))
    kind, block = spans(shown)[1]
    assert kind == MessageEntity.EXPANDABLE_BLOCKQUOTE
    assert block.startswith("… Ducks swim")
    assert block.endswith("river 🦆. …")
    assert block.removeprefix("… ").removesuffix(" …") in text
    assert spans(shown)[2] == ("bold", "The bridge opened in 1907.")
    assert 3_900 < utf16_length(shown.text) <= 4_096


def test_a_quote_that_does_not_fit_is_cut_between_characters() -> None:
    text = FAMILY * 600
    kind, bold = spans(show(a_passage(text, text)))[-1]
    assert kind == "bold"
    assert bold == FAMILY * (len(bold) // len(FAMILY))


def test_a_long_title_is_cut_and_kept_to_one_line() -> None:
    shown = show(a_passage(title="A\nvery  long " + "title 🎉" * 100))
    title = spans(shown)[0][1]
    assert title.startswith("A very long title 🎉")
    assert title.endswith("…")
    assert utf16_length(title) <= 256
    assert show(a_passage(title=" \n")).text.startswith(say("untitled"))


def test_where_else_it_stands_is_told_below_the_quote() -> None:
    copies = tuple(
        AlsoIn(str(n), title, url, source, n)
        for n, (title, url, source) in enumerate(
            [
                ("Bridge opens", "https://news.example/1", "https://news.example/1"),
                ("The Old Bridge", "https://www.copy.example/b", "https://www.copy.example/b"),
                ("", None, "/srv/articles/old.txt"),
                ("A fourth", None, "d.txt"),
                ("A fifth", None, "e.txt"),
            ]
        )
    )
    shown = show(a_passage(also_in=copies))
    last = shown.text.rpartition("\n")[2]
    assert last == f"{say('also_in')} Bridge opens, copy.example, old.txt +2"
    assert spans(shown)[-2:] == [("text_link", "Bridge opens"), ("text_link", "copy.example")]
    assert shown.entities[-2].url == "https://news.example/1"
    assert spans(shown)[1][1].endswith("People danced.")
    huge = show(a_passage("Ducks 🦆. " * 900 + "End.", "End.", also_in=copies))
    assert huge.text.endswith(last)
    assert utf16_length(huge.text) <= 4_096


def test_a_quote_that_is_a_part_of_its_sentence_shows_where_it_was_cut() -> None:
    part = Quote(300, 318, "The bridge opened,", cut_before=True, cut_after=True)
    text = "x" * 299 + " " + part.text + " as they said."
    shown = show(replace(a_passage(text, part.text), quote=part))
    assert "¶ 3\n… The bridge opened, …\nxxx" in shown.text
    assert spans(shown)[1] == spans(shown)[3] == ("bold", "The bridge opened,")
    assert spans(shown)[2] == ("expandable_blockquote", text)
    assert snippet(part) == "… The bridge opened, …"
    assert snippet(replace(part, cut_before=False)) == "The bridge opened, …"
    assert snippet(replace(part, text=" ")) == ""


@pytest.mark.parametrize(
    ("url", "source", "name"),
    [
        ("https://www.example.org/a?b", "x", "example.org"),
        (None, "https://t.me/news/12", "t.me"),
        (None, "/home/me/articles/bridge.md", "bridge.md"),
        (None, "C:\\articles\\bridge.md", "bridge.md"),
        ("javascript:alert(1)", "all.zip!/b.txt", "b.txt"),
        (None, "-", "-"),
        ("http://[", "a\nb.txt", "a b.txt"),
    ],
)
def test_the_source_is_a_site_or_a_file_never_a_folder_of_ours(
    url: str | None, source: str, name: str
) -> None:
    assert source_name(url, source) == name
    assert f" · {name} · ¶ 3\n" in show(a_passage(url=url, source=source)).text


@given(passages(), st.booleans())
@example(replace(a_passage(" \n", " "), title="\u202e"), False)
def test_whatever_the_article_holds_the_entities_cover_what_they_should(
    passage: Passage, answered: bool
) -> None:
    shown = show(passage, answered)
    assert 0 < utf16_length(shown.text) <= 4_096
    assert shown.text == shown.text.strip()
    shown.text.encode("utf-8")
    found = spans(shown)
    for _, characters in found:
        assert characters == characters.strip() != ""
    block = next((text for kind, text in found if kind.endswith("blockquote")), "")
    block = block.removeprefix("… ").removesuffix(" …")
    assert block in sendable(passage.text)
    bold = [text for kind, text in found[1:] if kind == "bold"]
    quote = sendable(passage.quote.text).strip()
    if utf16_length(passage.quote.text) <= 3_600:
        assert set(bold) == ({quote} if quote else set())
    else:
        assert all(quote.startswith(text) for text in bold)


@given(passages())
def test_nothing_is_cut_when_everything_fits(passage: Passage) -> None:
    if utf16_length(passage.text) <= 3_600:
        assert sendable(passage.text).strip() in show(passage).text


@given(st.text())
def test_utf16_length(text: str) -> None:
    assert utf16_length(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2
