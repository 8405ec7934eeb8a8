"""`quotebot eval`: figures for people, JSON, and the HTML report."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.command_line import Run

FACTS = ["fox sleeps in the barn", "lake froze in January", "tower is 40 metres tall",
         "mayor opened the bridge", "train leaves at noon", "bakery sells rye bread"]  # fmt: skip
HOSTILE = "</td><script>alert('&amp;')</script>"


class Page(HTMLParser):
    """The tags and the text of a page; a tag that is closed out of turn fails the test."""

    VOID = frozenset({"meta"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def question(number: int, fact: str, text: str = "") -> dict[str, object]:
    answers = [{"text": fact, "answer_start": 21}]
    return {"id": f"q{number}", "question": text or f"The {fact}?", "answers": answers}


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """Six stories with a question each, and one question that leads to a wrong one."""
    entries = []
    for number, fact in enumerate(FACTS):
        asked = [question(number, fact)]
        if not number:
            asked.append(question(99, fact, f"The {FACTS[1]}, {HOSTILE}?"))
        context = f"First some words. The {fact}. Then more words."
        entries.append(
            {"title": f"Story_{number}", "paragraphs": [{"context": context, "qas": asked}]}
        )
    path = tmp_path / "stories.json"
    path.write_text(json.dumps({"version": "1", "data": entries}), "utf-8")
    return path


def test_figures_are_shown_as_a_table(run: Run, collection: Path) -> None:
    ran = run("eval", str(collection), "--baseline")
    assert (ran.code, ran.err) == (0, "")
    title, heading, *rows = (line.strip() for line in ran.out.splitlines())
    assert title == "stories: 6 articles, 7 questions"
    assert heading.split() == ["quotebot", "naive", "bm25"]
    figures = {name: values for name, *values in (re.split(" {2,}", row) for row in rows)}
    assert figures["R@10"] == ["1.000"] * 3
    for name, values in figures.items():
        digits = 1 if name.endswith("ms") else 3
        for value in values:
            assert re.fullmatch(rf"–|nan|-?\d+\.\d{{{digits}}}", value), name
    assert any(name.endswith("ms") for name in figures)


def test_figures_as_json(run: Run, collection: Path) -> None:
    ran = run("eval", str(collection), str(collection), "--json", "--limit", "3", "--seed", "1")
    assert (ran.code, ran.err) == (0, "")
    for line in ran.out.splitlines():
        plain = json.loads(line)
        assert list(plain) == ["collection", "articles", "questions", "systems"]
        assert (plain["collection"], plain["articles"], plain["questions"]) == ("stories", 6, 3)
        assert plain["systems"]["quotebot"]["R@10"] == 1
    assert len(ran.out.splitlines()) == 2
    assert Path("data/evaluation/1").is_dir()


def test_the_report_is_one_page_that_needs_nothing_else(run: Run, collection: Path) -> None:
    ran = run("eval", str(collection), "--baseline", "--report", "reports/today")
    assert (ran.code, ran.err) == (0, "report: reports/today/report.html\n")
    assert [path.name for path in Path("reports/today").iterdir()] == ["report.html"]
    text = Path("reports/today/report.html").read_text("utf-8")
    page = Page(text)
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not re.search(r"""(?:src|href)=["']?(?!#)https?:""", re.sub(r"xmlns\S+", "", text))
    assert page.tags.count("svg") == 3
    said = " ".join(page.texts)
    assert "6 articles, 7 questions" in said
    for name in ("quotebot", "naive", "bm25", "R@10", "Worst questions"):
        assert name in said
    assert HOSTILE in said  # as text


def test_a_report_that_cannot_be_written(run: Run, collection: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = run("eval", str(collection), "--report", str(tmp_path / "file" / "report"))
    assert ran.code == 1
    assert ran.err == (
        f"quotebot: {tmp_path}/file/report/report.html cannot be written: Not a directory\n"
    )
    assert "6 articles, 7 questions" in ran.out  # what was measured isn't lost


def test_a_file_that_is_no_collection(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{}")
    ran = run("eval", "bad.json")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("quotebot: bad.json: ")
