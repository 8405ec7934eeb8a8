import io

import pytest

from bot.i18n.catalog import catalog_for
from corpus import Article, Paragraph, UnreadableSource
from corpus.error_codes import Code
from corpus.reader_output import NO_HINTS, Hints, Pointer, ReaderOutput
from corpus.sandbox.protocol import Task, from_line, read_task, to_line

ARTICLE = Article("a", "T", (Paragraph("One.", 2), Paragraph("Two.")), "/a", stripped=("Menu",))


def test_tasks_follow_each_other_in_a_stream() -> None:
    hints = Hints("https://ex.org/", "utf-8", "text/html", "koi8-r", {"text": "Body"})
    tasks = [Task(b"a\nb", "/a", hints, "html"), Task(b"", "/\u00e4 line 1", NO_HINTS)]
    stream = io.BytesIO(b"".join(task.to_bytes() for task in tasks))
    assert [read_task(stream), read_task(stream), read_task(stream)] == [*tasks, None]


@pytest.mark.parametrize("output", [ARTICLE, Pointer("https://ex.org/", "2024", ARTICLE)])
def test_output_comes_through_in_one_line(output: ReaderOutput) -> None:
    line = to_line(output)
    assert "\n" not in line
    again = from_line(line.encode())
    assert again == output
    article = again.fallback if isinstance(again, Pointer) else again
    assert isinstance(article, Article)
    assert article.stripped == ("Menu",)


def test_a_reason_is_still_one_behind_the_line() -> None:
    reason = Code.NOT_FETCHED(problem=Code.NO_SUCH_SERVER())
    error = from_line(to_line(UnreadableSource("/a", reason)))
    assert isinstance(error, UnreadableSource)
    assert error.reason == reason
    assert str(error) == "/a: cannot be fetched: no server has that name"
    said = catalog_for("ru").reason(error)
    assert said == "/a: не скачивается: нет сервера с таким именем"
