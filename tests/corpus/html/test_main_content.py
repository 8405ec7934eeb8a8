"""Pages of many kinds: what people read on them is kept, letter for letter; the rest is not."""

import json

import pytest

from corpus.readers import html
from tests.source import ROOT

PAGES = ROOT / "tests" / "pages"
SEGMENTS = json.loads((PAGES / "segments.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SEGMENTS)
def test_what_people_read_is_kept_and_nothing_else(name: str) -> None:
    path = PAGES / f"{name}.html"
    (article,) = html.read(path.read_bytes(), str(path))
    text = "\n".join(paragraph.text for paragraph in article.paragraphs)
    assert [one for one in SEGMENTS[name]["wanted"] if one not in text] == []
    assert [one for one in SEGMENTS[name]["unwanted"] if one in text] == []


def test_a_heading_stands_alone() -> None:
    (article,) = html.read((PAGES / "blog.html").read_bytes(), "blog.html")
    assert "The second survey" in [paragraph.text for paragraph in article.paragraphs]


def test_a_closed_dialog_is_not_shown() -> None:
    words = "Nobody in the village had seen the river so low since the winter of the frost."
    page = f"<article><p>{words}</p><dialog><p>Log in to read on, please.</p></dialog></article>"
    (article,) = html.read(page.encode(), "a.html")
    assert [paragraph.text for paragraph in article.paragraphs] == [words]


def test_an_article_that_a_page_marks_plainly_is_taken_whole_and_nothing_beside_it() -> None:
    prose = [f"In the year {year} the river rose above the lower road again, and " * 3 + "stayed."
             for year in range(1900, 1905)]  # fmt: skip
    body = "".join(f"<p>{text}</p>" for text in prose)
    page = (
        "<title>The river</title><nav><p>Weather and traffic for the whole of the county</p></nav>"
        f"<article><h1>The river</h1>{body}<p>Ice came late.</p></article>"
        "<aside><p>Subscribe to our letter and read about rivers every week of the year</p></aside>"
    )
    (article,) = html.read(page.encode(), "a.html")
    assert [one.text for one in article.paragraphs] == [*prose, "Ice came late."]
    box = "<div class=related><p>Ten more stories about rivers that readers liked.</p></div>"
    (article,) = html.read(page.replace("<p>Ice", box + "<p>Ice").encode(), "a.html")
    assert [one.text for one in article.paragraphs] == [*prose, "Ice came late."]
