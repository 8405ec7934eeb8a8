"""Child processes under limits, and documents that need them."""

import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus import Article, UnreadableSource, read_source
from corpus.error_codes import Code
from corpus.reader_output import NO_HINTS, Hints, Pointer, ReaderOutput
from corpus.sandbox.protocol import LARGEST_MEMORY, Task, from_line, to_line
from corpus.sandbox.worker_pool import WorkerPool
from tests.source import ROOT

PAGE = b"<html><body><p>%s</p></body></html>"
MANY = b"".join(b"<p class=c%d>w <b>x</b></p>" % number for number in range(450_000))


@pytest.fixture
def workers() -> Iterator[WorkerPool]:
    with WorkerPool(1, seconds=30) as workers:
        yield workers


def read(workers: WorkerPool, data: bytes, source: str, hints: Hints) -> list[ReaderOutput]:
    (lines,) = workers.lines([Task(data, source, hints)])
    return [from_line(line) for line in lines]


def test_what_is_found_comes_through_unchanged() -> None:
    (article,) = read_source(str(ROOT / "tests" / "documents/good/one-column.pdf"))
    assert isinstance(article, Article)
    again = from_line(to_line(article))
    assert again == article
    assert isinstance(again, Article)
    assert again.stripped == article.stripped
    for found in (
        Pointer("https://x.example/", "2024", article),
        UnreadableSource("a", Code.EMPTY_FILE()),
    ):
        assert to_line(from_line(to_line(found))) == to_line(found)


def test_one_process_reads_many_sources(workers: WorkerPool) -> None:
    for number in range(3):
        (found,) = read(workers, PAGE % b"Some words.", f"/{number}.html", NO_HINTS)
        assert isinstance(found, Article)
    (worker,) = [one for one in workers._idle.queue if one is not None]
    assert worker.tasks == 3


def test_what_takes_too_long_is_stopped_and_the_next_is_read() -> None:
    with WorkerPool(1, seconds=0.05) as workers:
        begun = time.monotonic()
        (error,) = read(workers, PAGE % (b"<b>x" * 500_000), "/slow.html", NO_HINTS)
        assert time.monotonic() - begun < 5
        assert isinstance(error, UnreadableSource)
        assert "took longer than" in str(error.reason)
        workers._seconds = 30
        (found,) = read(workers, PAGE % b"Some words.", "/next.html", NO_HINTS)
        assert isinstance(found, Article)


def test_a_crash_is_an_error_of_its_source(workers: WorkerPool) -> None:
    read(workers, PAGE % b"Some words.", "/a.html", NO_HINTS)
    (worker,) = [one for one in workers._idle.queue if one is not None]
    worker.process.kill()
    worker.process.wait()
    (error,) = read(workers, PAGE % b"Some words.", "/b.html", NO_HINTS)
    assert isinstance(error, UnreadableSource)
    assert str(error.reason).startswith("its parser crashed")
    (found,) = read(workers, PAGE % b"Some words.", "/c.html", NO_HINTS)
    assert isinstance(found, Article)


def test_memory_has_a_limit(workers: WorkerPool) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024  # of other tests
    (found,) = read(workers, PAGE % MANY, "/many.html", NO_HINTS)
    assert isinstance(found, UnreadableSource)
    assert "MiB of memory" in str(found.reason)
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    assert used <= max(before, LARGEST_MEMORY + 200 * 1024 * 1024)


def test_sources_sent_together_are_each_answered(workers: WorkerPool) -> None:
    pages = [PAGE % b"First words.", PAGE % b"", PAGE % b"Third words."]
    tasks = [Task(page, f"/{number}.html", NO_HINTS) for number, page in enumerate(pages)]
    first, second, third = (from_line(line) for (line,) in workers.lines(tasks))
    assert isinstance(first, Article)
    assert isinstance(second, UnreadableSource)
    assert (second.source, str(second.reason)) == ("/1.html", "no text in it")
    assert isinstance(third, Article)
    assert third.paragraphs[0].text == "Third words."


def test_one_source_too_many_costs_none_of_those_sent_with_it(workers: WorkerPool) -> None:
    pages = [PAGE % b"Some words.", PAGE % MANY, PAGE % b"More words."]
    tasks = [Task(page, f"/{number}.html", NO_HINTS) for number, page in enumerate(pages)]
    first, second, third = (from_line(line) for (line,) in workers.lines(tasks))
    assert isinstance(first, Article)
    assert isinstance(second, UnreadableSource)
    assert second.source == "/1.html"
    assert "MiB of memory" in str(second.reason)
    assert isinstance(third, Article)


def test_processes_that_fork_no_more_are_replaced(workers: WorkerPool) -> None:
    read(workers, PAGE % b"Some words.", "/a.html", NO_HINTS)
    process = workers._fork_server._process
    assert process is not None
    process.kill()
    process.wait()
    read(workers, PAGE % b"Some words.", "/b.html", NO_HINTS)  # its children may die with it
    (found,) = read(workers, PAGE % b"Some words.", "/c.html", NO_HINTS)
    assert isinstance(found, Article)


def test_a_page_of_fifty_megabytes_on_one_line(tmp_path: Path) -> None:
    (tmp_path / "huge.html").write_bytes(PAGE % (b"word " * 10_000_000))
    begun = time.monotonic()
    (error,) = read_source(str(tmp_path / "huge.html"))
    assert isinstance(error, UnreadableSource)
    assert "a web page larger than 16 MiB" in str(error.reason)
    assert time.monotonic() - begun < 10


def empty_pdf(pages: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(pages))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>",
               b"<< /Type /Pages /Count %d /Kids [ %s ] >>" % (pages, kids)]  # fmt: skip
    objects += [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"] * pages
    data = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n" % (len(objects) + 1, start)
    return bytes(data) + b"%%EOF"


def test_a_pdf_of_ten_thousand_empty_pages(tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").write_bytes(empty_pdf(10_000))
    (error,) = read_source(str(tmp_path / "empty.pdf"))
    assert isinstance(error, UnreadableSource)
    assert str(error.reason) == "no text in it (10000 pages)"
