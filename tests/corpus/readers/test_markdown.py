from datetime import date

import pytest

from corpus import Article, UnreadableSource
from corpus.readers import markdown
from corpus.readers.front_matter import cut_front_matter


def read(text: str, name: str = "/notes/old_bridge.md") -> Article:
    (article,) = markdown.read(text.encode(), name)
    return article


def texts(text: str) -> list[str]:
    return [paragraph.text for paragraph in read(text).paragraphs]


def test_the_first_heading_is_the_title_and_later_ones_are_paragraphs() -> None:
    article = read("# The *Old* Bridge\n\nOne.\n\n## History\n\nTwo.\n")
    assert article.title == "The Old Bridge"
    assert [paragraph.text for paragraph in article.paragraphs] == ["One.", "History", "Two."]


def test_a_title_in_the_front_matter_is_not_repeated_by_the_first_heading() -> None:
    article = read(
        "---\ntitle: The Old Bridge\n---\n# The old bridge\n\nOne.\n\n## History\n\nTwo.\n"
    )
    assert [paragraph.text for paragraph in article.paragraphs] == ["One.", "History", "Two."]


def test_without_a_heading_the_file_name_is_the_title() -> None:
    article = read("Bridge talk\n\nOne. Two.\n")
    assert article.title == "old bridge"
    assert len(article.paragraphs) == 2


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (
            "It is **bold**, *so*, [a link](http://x.org) and `code`.",
            "It is bold, so, a link and code.",
        ),
        ("AT&amp;T &mdash; \\*stars\\* 5 < 6", "AT&T — *stars* 5 < 6"),
        ("wrapped\nsoftly", "wrapped softly"),
        ("one  \ntwo<br>three<br/>four", "one\ntwo\nthree\nfour"),
        ("a <b>bold</b> <span class='x'>word</span>", "a bold word"),
        ("![A bridge](b.png)", "A bridge"),
        ("“Curly”\u00a0and — so", "“Curly”\u00a0and — so"),
        ("> quoted words", "quoted words"),
        ("<div>In <i>HTML</i> &amp; more</div>", "In HTML & more"),
        ("| a | b |\n|---|---|", "a | b"),
    ],
)
def test_marks_become_plain_text(source: str, shown: str) -> None:
    assert texts(f"# T\n\n{source}\n") == [shown]


def test_items_rows_and_code_are_paragraphs() -> None:
    source = "# T\n\n- one\n- two\n  more\n    1. three\n\n| a | b |\n|-|-|\n| 1 | 2 |\n\n"
    source += "```python\nx = 1\n\ny = 2\n```\n\n<script>alert(1)</script>\n"
    assert texts(source) == ["one", "two more", "three", "a | b", "1 | 2", "x = 1\n\ny = 2"]


def test_date_and_byline_under_the_heading() -> None:
    article = read("# T here\n\n*By Jane Doe*\n**14 March 2023**\n\nOne. Two.\n")
    assert article.author == "Jane Doe"
    assert article.published == date(2023, 3, 14)
    assert [paragraph.text for paragraph in article.paragraphs] == ["One. Two."]


def test_a_number_at_the_start_is_not_a_list() -> None:
    article = read("# T here\n\n3. Oktober 2022\n\n1987. What a year!\n")
    assert article.published == date(2022, 10, 3)
    assert [paragraph.text for paragraph in article.paragraphs] == ["1987. What a year!"]


def test_yaml_front_matter() -> None:
    article = read(
        '---\ntitle: "The Bridge: a story"\ndate: 2021-05-04T10:00:00Z\nlastmod: 2021-06-01\n'
        "author: [Jane Doe, 'John Roe']\ntags:\n  - x\ncanonical: https://ex.org/a\n"
        "lang: en-GB\nid: bridge-1 # stable\n---\n\n# Another heading\n\nOne.\n"
    )
    assert article.title == "The Bridge: a story"
    assert (article.published, article.updated) == (date(2021, 5, 4), date(2021, 6, 1))
    assert article.author == "Jane Doe, John Roe"
    assert article.url == "https://ex.org/a"
    assert (article.id, article.language) == ("bridge-1", "en")
    assert [paragraph.text for paragraph in article.paragraphs] == ["Another heading", "One."]


@pytest.mark.parametrize(
    ("block", "title", "author"),
    [
        ("title: The bridge: a story", "The bridge: a story", None),
        ("title: [Draft] The bridge", "[Draft] The bridge", None),
        ("title: @home # note\nauthor: Jane", "@home", "Jane"),
        ('title: "unclosed', '"unclosed', None),
        ("title: >\n  The long\n  bridge\nauthor: Jane", "The long bridge", "Jane"),
        ("title: yes\nauthor: ~", "yes", None),
        ("title: 1.10\nauthor:\n  - name: Jane\n  - name: John", "1.10", "Jane, John"),
        ("title: 'It''s'\ntitle: \"a \\\"b\\\"\"", 'a "b"', None),
    ],
)
def test_front_matter_as_people_write_it(block: str, title: str, author: str | None) -> None:
    article = read(f"---\n{block}\n---\nOne.\n")
    assert (article.title, article.author) == (title, author)
    assert [paragraph.text for paragraph in article.paragraphs] == ["One."]


@pytest.mark.parametrize(
    "block",
    [
        *("Dear all, please note: it is closed.", "1. one\n2. two", "- a\n- b", "[a]: b"),
        *("x: &a [y, y]\nz: [*a, *a]\n- w", "title: " + "a" * 40_000),
    ],
)
def test_what_only_looks_like_front_matter_stays_text(block: str) -> None:
    assert cut_front_matter(f"---\n{block}\n---\nOne.\n") == ({}, f"---\n{block}\n---\nOne.\n")


def test_front_matter_is_data() -> None:
    values, _ = cut_front_matter("---\ntitle: !!python/object/apply:os.getcwd []\n---\nOne.\n")
    assert values == {"title": ""}


def test_toml_front_matter() -> None:
    article = read("+++\ntitle = 'T'\ndate = 2020-01-02\n+++\nBody text.\n")
    assert (article.title, article.published) == ("T", date(2020, 1, 2))


def test_text_between_rules_is_not_front_matter() -> None:
    assert "Just a line of text, no metadata." in texts(
        "---\n\nJust a line of text, no metadata.\n\n---\n\nText.\n"
    )


def test_links_that_are_no_urls_are_not_taken() -> None:
    assert read("---\nurl: javascript:alert(1)\n---\nOne.\n").url is None


@pytest.mark.parametrize("text", ["# Only a heading\n", "---\ntitle: x\n---\n", "<!-- x -->\n"])
def test_no_text_is_said(text: str) -> None:
    with pytest.raises(UnreadableSource, match="no text"):
        read(text)


@pytest.mark.parametrize("text", ["[" * 20_000, "*" * 20_000, "> " * 2_000 + "x", "`" * 20_000])
def test_hostile_markup_is_read_in_bounded_time(text: str) -> None:
    assert read(f"One.\n\n{text}").paragraphs
