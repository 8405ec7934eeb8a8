import json

from hypothesis import given
from hypothesis import strategies as st

from corpus import Article, Paragraph
from corpus.article_json import from_record, to_json, to_record

TEXT = st.text(min_size=1)
ARTICLES = st.builds(
    Article,
    id=TEXT,
    title=st.text(),
    paragraphs=st.lists(st.builds(Paragraph, st.text(), st.none() | st.integers(1, 9))).map(tuple),
    source=TEXT,
    url=st.none() | TEXT,
    author=st.none() | TEXT,
    published=st.none() | st.dates(),
    updated=st.none() | st.dates(),
    language=st.none() | TEXT,
)


@given(ARTICLES)
def test_an_article_survives_being_json(article: Article) -> None:
    assert from_record(json.loads(to_json(article))) == article


def test_what_is_unknown_is_left_out() -> None:
    article = Article("a", "", (Paragraph("Text."),), "/a", url="")
    assert to_record(article) == {
        "id": "a", "title": "", "url": "", "source": "/a", "paragraphs": ["Text."],
    }  # fmt: skip
    assert from_record(to_record(article)).url is None
