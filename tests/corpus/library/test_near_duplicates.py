import dataclasses
import sqlite3
from datetime import date
from pathlib import Path

from corpus import Article, Library, Paragraph
from corpus.library.ports import ArticleStore
from corpus.library.schema import APPLICATION_ID, MIGRATIONS
from tests.corpus.library.conftest import Backend

WORDS = [
    f"{one} {two}".split()
    for one in ("lamps", "ladders", "harbours", "councils", "winters", "bridges")
    for two in ("shine", "fall", "wait", "open", "close", "sing", "burn", "rest", "count", "move")
]


def text(start: int, count: int) -> str:
    return " ".join(
        f"{WORDS[(start + n) % 60][0]} number {start + n} {WORDS[(start + n) % 60][1]}."
        for n in range(count)
    )


def article(name: str, *paragraphs: str, **more: object) -> Article:
    made = Article(name, f"Title {name}", tuple(map(Paragraph, paragraphs)), f"/{name}")
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]


def canonical(library: ArticleStore) -> list[str]:
    return [one.id for one in library.articles()]


def near_copies(library: ArticleStore, name: str) -> list[str]:
    return [entry.id for entry in library.near_copies(name)]


def test_a_near_copy_is_linked_and_is_not_canonical(library: ArticleStore) -> None:
    library.add(article("a", text(0, 60), text(100, 40)))
    library.add(article("b", text(0, 60), text(100, 40), "A new last line."))
    library.add(article("c", text(500, 100)))
    assert canonical(library) == ["b", "c"]  # the longer one
    assert [one.id for one in library.articles(copies=True)] == ["a", "b", "c"]
    assert near_copies(library, "a") == ["b"]
    assert near_copies(library, "b") == ["a"]
    assert near_copies(library, "c") == []
    assert {entry.id: entry.copy_of for entry in library.find()} == {
        "a": "b", "b": None, "c": None,
    }  # fmt: skip
    assert library.copy_ids() == {"a"}


def test_a_web_address_and_a_date_make_up_for_a_little_length(library: ArticleStore) -> None:
    library.add(article("longer", text(0, 80), "One more line."))
    dated = {"url": "https://post.example/a", "published": date(2024, 5, 2)}
    library.add(article("dated", text(0, 80), **dated))
    library.add(article("same", text(0, 80), **dated))
    assert canonical(library) == ["dated"]


def test_half_a_text_in_common_is_no_copy(library: ArticleStore) -> None:
    library.add(article("a", text(0, 60), text(100, 60)))
    library.add(article("b", text(0, 60), text(200, 60)))
    assert canonical(library) == ["a", "b"]


def test_short_texts_are_copies_only_when_equal(library: ArticleStore) -> None:
    library.add(article("a", "Closed on Monday.", title="Note"))
    library.add(article("b", "Closed on Monday.", title="Note"))
    library.add(article("c", "Closed on Tuesday.", title="Note"))
    assert canonical(library) == ["a", "c"]


def test_chinese_is_compared_by_characters(library: ArticleStore) -> None:
    one = "河边的老茶馆每天早上五点开门，第一壶茶总是留给扫街的人。"
    one += "老板姓陈，今年七十二岁，他说茶凉了可以再泡。"
    library.add(article("a", one))
    library.add(article("b", one + "他笑了。"))
    assert canonical(library) == ["b"]


def test_when_the_canonical_article_goes_another_takes_its_place(library: ArticleStore) -> None:
    for name, count in (("a", 80), ("b", 82), ("c", 84)):
        library.add(article(name, text(0, count)))
    assert canonical(library) == ["c"]
    library.remove(["c"])
    assert canonical(library) == ["b"]
    library.add(article("b", "Something else entirely. " + text(900, 50)))
    assert canonical(library) == ["a", "b"]
    library.add(article("b", text(0, 82)))
    assert canonical(library) == ["b"]
    assert near_copies(library, "b") == ["a"]


def test_the_same_library_whatever_the_order(backend: Backend) -> None:
    made = [article(name, text(0, 80 + number)) for number, name in enumerate("abcd")]
    for order in (made, made[::-1], [made[2], made[0], made[3], made[1]]):
        with backend.scratch() as other:
            for one in order:
                other.add(one)
            assert canonical(other) == ["d"]


def test_an_older_library_gets_its_links_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    connection = sqlite3.connect(path)
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    for name in ("a", "b"):
        connection.execute(
            "INSERT INTO articles (id, title, source, paragraphs, paragraph_count, content_hash,"
            " first_seen, changed_at) VALUES (?, 'T', '/x', ?, 1, '', ?, ?)",
            (name, f'["{text(0, 80)}"]', "2024-01-01T00:00:00+00:00", "2024-01-01T00:00:00+00:00"),
        )
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    with Library.open(path) as library:
        assert canonical(library) == ["a"]
        assert near_copies(library, "a") == ["b"]
        assert [event.what for event in library.history("b")] == ["added"]
