import json
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus import Article, UnreadableSource
from corpus.readers import jsonl

SOURCE = "/data/articles.jsonl"
GOOD = '{"title": "Good", "text": "One. Two."}'


def read(*lines: str) -> list[Article | UnreadableSource]:
    return list(jsonl.read("\n".join(lines).encode(), SOURCE))


def test_everything_that_is_given_is_kept() -> None:
    record = {
        "id": "bridge-1",
        "title": "The Bridge",
        "paragraphs": ["  One.  ", "", "Two\u2028three\r\n", "\x00\ufeff"],
        "url": "https://ex.org/a",
        "source": "https://ex.org/feed",
        "author": "Jane Doe",
        "published": "2021-05-04T10:00:00Z",
        "updated": "2021-05-05",
        "language": "en",
        "unknown": {"ignored": True},
    }
    (article,) = read(json.dumps(record))
    assert isinstance(article, Article)
    assert [paragraph.text for paragraph in article.paragraphs] == record["paragraphs"]
    assert (article.id, article.title, article.language) == ("bridge-1", "The Bridge", "en")
    assert (article.url, article.source) == ("https://ex.org/a", "https://ex.org/feed")
    assert (article.published, article.updated) == (date(2021, 5, 4), date(2021, 5, 5))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
@example(["\x7f" * 9, "\x00", "\u2028\x85\ufeff"])
def test_paragraphs_are_kept_exactly(paragraphs: list[str]) -> None:
    paragraphs.append("text")
    (article,) = read(json.dumps({"title": "T", "paragraphs": paragraphs}, ensure_ascii=False))
    assert isinstance(article, Article)
    assert [paragraph.text for paragraph in article.paragraphs] == paragraphs


def test_text_is_cut_like_a_text_file_and_an_empty_title_comes_from_it() -> None:
    (article,) = read(json.dumps({"title": "", "text": "One two.\r\n\r\nThree.", "url": None}))
    assert isinstance(article, Article)
    assert [paragraph.text for paragraph in article.paragraphs] == ["One two.", "Three."]
    assert (article.title, article.source) == ("One two.", SOURCE)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{bad", "not valid JSON"),
        ("[1]", "not a JSON object but a list"),
        ("null", "not a JSON object but null"),
        ("[" * 100_000, "nested too deeply"),
        ("1" * 5000, "a number is too long"),
        ('{"text": "x"}', 'no "title"'),
        ('{"title": "x"}', 'neither "paragraphs" nor "text"'),
        ('{"title": "x", "text": "y", "paragraphs": ["z"]}', 'both "paragraphs" and "text"'),
        ('{"title": 1, "text": "x"}', '"title" must be a string, not a number'),
        ('{"title": "x", "paragraphs": "y"}', '"paragraphs" must be a list of strings'),
        ('{"title": "x", "paragraphs": ["a", 3]}', '"paragraphs" item 2 must be a string'),
        ('{"title": "x", "paragraphs": []}', "no text"),
        ('{"title": "x", "text": " "}', "no text"),
        ('{"title": "x", "text": "\\ud800"}', "half a surrogate pair"),
        ('{"title": "x", "text": "y", "published": "May 4"}', '"published" is no ISO date'),
        ('{"title": "x", "text": "y", "id": "a\\nb"}', '"id" must be a printable string'),
        ('{"title": "x", "text": "y", "author": true}', '"author" must be a string, not a boolean'),
    ],
)
def test_a_broken_line_is_named_and_the_rest_lands(line: str, reason: str) -> None:
    first, error, last = read(GOOD, "", line, GOOD)
    assert isinstance(first, Article)
    assert isinstance(last, Article)
    assert first.id != last.id
    assert isinstance(error, UnreadableSource)
    assert str(error).startswith(f"{SOURCE} line 3: ")
    assert reason in str(error)


def test_an_id_comes_once() -> None:
    line = '{"title": "x", "text": "y", "id": "a1"}'
    first, error = read(line, line)
    assert isinstance(first, Article)
    assert str(error) == f"{SOURCE} line 2: its id 'a1' is taken by line 1"


def test_the_same_file_gives_the_same_ids() -> None:
    assert read(GOOD, GOOD) == read(GOOD, GOOD)


def test_surrogate_pairs_are_characters() -> None:
    (article,) = read('{"title": "\\ud83d\\ude00", "text": "y"}')
    assert isinstance(article, Article)
    assert article.title == "😀"
