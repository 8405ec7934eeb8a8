"""Web pages: what is shown, what belongs to the article, what the page says of itself."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import Article, UnreadableSource
from corpus.html.blocks import blocks_of
from corpus.html.parse import parse_page
from corpus.reader_output import Hints
from corpus.readers import html

PROSE = (
    "The harbour of Tolmin has forty lamps, and every one of them is lit by hand each evening.",
    "Nobody remembers why the council never took the offer of electric light in the old days.",
    "In winter the round takes three hours. In summer it takes four, because people stop to talk.",
    "Mira Kost has carried the ladder since 1987 and knows which lamps smoke and which pretend.",
)


def texts(markup: str) -> list[str]:
    return [block.text for block in blocks_of(parse_page(markup.encode(), "x"))]


def read(body: str, head: str = "", hints: Hints = Hints()) -> Article:  # noqa: B008
    page = f"<html><head>{head}</head><body>{body}</body></html>"
    (article,) = html.read(page.encode(), "/pages/lamp_round.html", hints)
    return article


def paragraphs(texts: tuple[str, ...] = PROSE) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def kept(body: str, head: str = "") -> list[str]:
    return [paragraph.text for paragraph in read(body, head).paragraphs]


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<p>one\n  two\t three</p>", ["one two three"]),
        ("<p>a<b> b </b> c</p>", ["a b c"]),
        ("<p>un<i>believ</i>able</p>", ["unbelievable"]),
        ("<p>a<br>b<br/>c</p>", ["a\nb\nc"]),
        ("<p>a<br><br>b</p>", ["a", "b"]),
        (f"{PROSE[0]} {PROSE[1]}<br>{PROSE[2]} {PROSE[3]}",
         [f"{PROSE[0]} {PROSE[1]}", f"{PROSE[2]} {PROSE[3]}"]),
        ("loose<p>p</p>tail", ["loose", "p", "tail"]),
        ("<div>a<div>b</div>c</div>", ["a", "b", "c"]),
        ("<ul><li>a<ul><li>b</li></ul>c</li></ul>", ["a", "b", "c"]),
        ("<p>See <a href=x>this</a>, <q>that</q> and <sup>1</sup>.</p>", ["See this, that and 1."]),
        ("<p>x<script>no</script>y<style>no</style>z<!-- no -->!</p>", ["xyz!"]),
        ("<p>a <span hidden>no</span><span style='display: none'>no</span>b</p>", ["a b"]),
        ("<p>a&nbsp;b &lt;c&gt; &amp;amp; &#150; &#x201c;</p>", ["a\u00a0b <c> &amp; – “"]),
        ("<p>Donau&shy;dampf\ufeff</p>", ["Donaudampf"]),
        ("<p>e\u0301 \u200d\u202f</p>", ["e\u0301 \u200d\u202f"]),
        ("<pre>a\n  b\n\n c </pre>", ["a\n  b\n\n c"]),
        ("<table><tr><td>a<td>b<p>c</p></tr></table>", ["a\tb c"]),
        ("<table><tr><td><p>a</p><p>b</p><p>c</p><p>d</p><td>e</tr></table>",
         ["a", "b", "c", "d", "e"]),
        ("<table><tr><td><table><tr><td>a<td>b</table></table>", ["a\tb"]),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", ["漢kan"]),
        ("<math><mi>x</mi><annotation>no</annotation></math>", ["x"]),
        ("<dl><dt>a<dd>b</dl><h2>c</h2>", ["a", "b", "c"]),
        ("<custom-tag>a <other-tag>b</other-tag></custom-tag>", ["a b"]),
    ],
)  # fmt: skip
def test_text_is_what_a_browser_shows(markup: str, shown: list[str]) -> None:
    assert texts(f"<body>{markup}</body>") == shown


@given(st.lists(st.text(st.sampled_from("ab \n<>&é­\u00a0"), min_size=1), min_size=1))
def test_no_letter_is_lost_or_added(pieces: list[str]) -> None:
    from html import escape

    markup = "".join(f"<p>{escape(piece)}</p>" for piece in pieces)
    letters = [c for c in "".join(pieces) if c not in " \n\u00ad"]
    found = [c for c in "".join(texts(f"<body>{markup}</body>")) if c not in " \n"]
    assert found == letters


def test_what_surrounds_an_article_is_stripped() -> None:
    body = "<header><a href=/>The Post</a></header><nav><a href=/n>News</a></nav><article>"
    body += f"<h1>Lamps</h1><div class='share-buttons'>Share this on Facebook</div>{paragraphs()}"
    body += "<aside class=related><h2>More</h2><a href=/g>A goat has been made mayor</a></aside>"
    body += "</article><div id=comments><p>First! What a lovely story about the lamps, thanks.</p>"
    body += "</div><footer>© 2024 The Post. All rights reserved.</footer>"
    article = read(body, "<title>Lamps | The Post</title>")
    assert [paragraph.text for paragraph in article.paragraphs] == list(PROSE)
    assert "A goat has been made mayor" in article.stripped
    assert "© 2024 The Post. All rights reserved." in article.stripped


def test_headings_inside_stay_and_the_headline_is_the_title() -> None:
    body = f"<article><h1>Lamps</h1>{paragraphs(PROSE[:2])}<h2>In winter</h2>"
    body += f"{paragraphs(PROSE[2:])}</article>"
    assert kept(body, "<title>Lamps</title>") == [*PROSE[:2], "In winter", *PROSE[2:]]


def test_prose_that_the_library_drops_is_kept() -> None:
    dated = (
        "<p>It opened on <time>4 May</time> at <output>noon</output> sharp, they said there.</p>"
    )
    body = f"<article>{paragraphs(PROSE[:2])}{dated}{paragraphs(PROSE[2:])}</article>"
    shown = "It opened on 4 May at noon sharp, they said there."
    assert kept(body) == [*PROSE[:2], shown, *PROSE[2:]]


def test_a_teaser_that_repeats_the_article_is_left_out() -> None:
    body = f"<div class=top><p>{PROSE[0]}</p></div><article>{paragraphs()}</article>"
    assert kept(body) == list(PROSE)


def test_json_ld_is_believed() -> None:
    data = '{"@graph": [{"@type": "WebSite", "name": "Post"}, {"@type": ["NewsArticle"], '
    data += '"headline": "Forty lamps", "datePublished": "2024-05-02T23:30:00+02:00", '
    data += '"dateModified": "2024-05-04", "author": [{"name": "Mira Kost"}, "Nils"]}]}'
    article = read(paragraphs(), f"<script type='application/ld+json'>{data}</script>")
    assert (article.title, article.author) == ("Forty lamps", "Mira Kost, Nils")
    assert (article.published, article.updated) == (date(2024, 5, 2), date(2024, 5, 4))


def test_meta_tags_and_links_are_believed() -> None:
    head = "<title>Forty lamps - The Post</title><meta property=og:site_name content='The Post'>"
    head += "<meta name=author content='By Mira Kost'><link rel=canonical href=/lamps?a=1>"
    head += "<meta property=article:published_time content='2024-05-02T10:00:00Z'>"
    article = read(paragraphs(), head, Hints(address="https://post.example/x"))
    assert (article.title, article.author) == ("Forty lamps", "Mira Kost")
    assert article.published == date(2024, 5, 2)
    assert article.url == "https://post.example/lamps?a=1"


def test_a_line_under_the_headline_is_believed_and_a_copyright_is_not() -> None:
    body = f"<article><h1>Forty lamps</h1><p>By Mira Kost | 2 May 2024</p>{paragraphs()}</article>"
    article = read(body, "<title>Forty lamps</title>")
    assert (article.author, article.published) == ("Mira Kost", date(2024, 5, 2))
    article = read(f"<article>{paragraphs()}</article><footer>Copyright 2001</footer>")
    assert article.published is None


def test_without_a_title_the_file_name_is_one() -> None:
    assert read(paragraphs()).title == "lamp round"


def test_the_servers_charset_counts_before_the_pages_own() -> None:
    page = f"<meta charset=utf-8><title>Кот</title><article>{'<p>Кот спит.</p>' * 9}</article>"
    (article,) = html.read(page.encode("cp1251"), "/x.html", Hints(charset="windows-1251"))
    assert article.paragraphs[0].text == "Кот спит."


@pytest.mark.parametrize("body", ["", "<script>x</script>", "<img src=x>", "<p> </p>"])
def test_a_page_without_text_is_refused(body: str) -> None:
    with pytest.raises(UnreadableSource, match="no text in it"):
        read(body)


@pytest.mark.parametrize("piece", ["<div>", "<b>", "<table><tr><td>", "<ul><li>", "&amp;", "<p"])
def test_hostile_markup_ends(piece: str) -> None:
    with suppress(UnreadableSource):  # too deep, or nothing in it
        list(html.read(piece.encode() * 1500 + b"<p>Some words at last.", "/x.html"))
