"""Sources into the library: adding, syncing, vanishing, and interruptions of every kind."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus import Library
from corpus.ingest.ingest import Outcome, ingest, synchronise
from corpus.place_result import ReadOptions
from corpus.web.fetcher import Fetcher
from tests.corpus.library.embedded import assert_sound
from tests.source import ROOT
from tests.web_server import Handler, Site, serving

TEXT = (
    "The harbour of {0} has forty lamps. Every lamp of {0} is lit by hand, since {0} likes it so."
)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "data" / "library.db") as library:
        yield library


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def web() -> Fetcher:
    return Fetcher(allow_private=True, pause=0, seconds=5)


def add(library: Library, *names: Path | str, **more: int) -> list[Outcome]:
    options = ReadOptions(allow_private=True, pause=0, **more)  # type: ignore[arg-type]
    return list(ingest(library, [str(name) for name in names], options, fetcher=web()))


def sync(library: Library, *names: str, prune: bool = False) -> list[Outcome]:
    return list(synchronise(library, names, prune=prune, fetcher=web()))


def changes(outcomes: list[Outcome]) -> dict[str, int]:
    names = sorted({outcome.change for outcome in outcomes})
    return {name: sum(outcome.change == name for outcome in outcomes) for name in names}


def html(place: str) -> str:
    body = "".join(f"<p>{TEXT.format(place)} Line {n} of it.</p>" for n in range(5))
    return f"<html><head><title>{place}</title></head><body><article>{body}</article></body></html>"


def folder_of(tmp_path: Path, *places: str) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir(exist_ok=True)
    for place in places:
        (folder / f"{place}.txt").write_text(TEXT.format(place))
    return folder


def test_a_folder_is_kept_in_step(library: Library, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "Arvik", "Tolmin", "Zadar")
    assert changes(add(library, folder)) == {"added": 3}
    assert [source.name for source in library.sources()] == [str(folder)]
    revision = library.revision
    assert changes(sync(library)) == {"unchanged": 3}
    assert library.revision == revision

    (folder / "Arvik.txt").write_text("Arvik has changed. It has a new lamp.")
    (folder / "Tolmin.txt").unlink()
    (folder / "Bled.txt").write_text(TEXT.format("Bled"))
    outcomes = sync(library)
    assert changes(outcomes) == {"added": 1, "changed": 1, "unchanged": 1, "vanished": 1}
    gone = next(outcome for outcome in outcomes if outcome.change == "vanished")
    assert gone.source.endswith("Tolmin.txt")
    assert len(library) == 4  # what vanished is kept
    (entry,) = [entry for entry in library.find() if entry.vanished_at]
    assert [event.what for event in library.history(entry.id)] == ["added", "vanished"]

    folder_of(tmp_path, "Tolmin")
    sync(library)
    assert [event.what for event in library.history(entry.id)] == ["added", "vanished", "back"]
    (folder / "Tolmin.txt").unlink()
    assert changes(sync(library, prune=True))["removed"] == 1
    assert len(library) == 3


def test_what_an_admin_removed_stays_away_until_it_is_added(
    library: Library, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path, "Arvik", "Tolmin")
    add(library, folder)
    (first, _) = library.find()
    library.remove([first.id])
    assert changes(sync(library)) == {"unchanged": 1}
    assert changes(add(library, folder)) == {"added": 1, "unchanged": 1}
    assert [event.what for event in library.history(first.id)] == ["added", "removed", "added"]


def test_a_file_that_loses_an_article(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    lines = [json.dumps({"id": name, "title": name, "text": TEXT.format(name)}) for name in "abc"]
    file.write_text("\n".join(lines))
    add(library, file)
    file.write_text("\n".join(lines[:2]))
    assert changes(sync(library)) == {"unchanged": 2, "vanished": 1}
    file.write_text(lines[0] + "\n{broken")
    assert changes(sync(library)) == {"skipped": 1, "unchanged": 1}  # an error is no vanishing
    assert "line 2" in str(library.sources()[0].problem)


def test_a_file_that_is_deleted(library: Library, tmp_path: Path) -> None:
    file = folder_of(tmp_path, "Arvik") / "Arvik.txt"
    add(library, file)
    file.unlink()
    assert changes(sync(library)) == {"skipped": 1, "vanished": 1}
    folder_of(tmp_path, "Arvik")
    assert changes(sync(library)) == {"unchanged": 1}
    assert not any(entry.vanished_at for entry in library.find())


def test_ignore_files_are_honoured(library: Library, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "Arvik", "Tolmin", "Zadar")
    (folder / "drafts").mkdir()
    (folder / "drafts" / "a.txt").write_text("A draft. Not done.")
    (folder / ".gitignore").write_text("drafts/\nT*.txt\n")
    (folder / ".quotebotignore").write_text("Zadar.txt\n!Tolmin.txt\n")
    add(library, folder)
    assert [entry.title for entry in library.find()] == ["Arvik", "Tolmin"]


def test_a_page_is_asked_for_politely(library: Library, site: Site) -> None:
    url = site.page("/arvik?x=1", html("Arvik"), ETag='"1"')
    assert changes(add(library, url + "#part")) == {"added": 1}
    (entry,) = library.find()
    assert (entry.source, entry.title, entry.source_name) == (url, "Arvik", url)
    assert changes(sync(library)) == {"unchanged": 1}
    assert site.asked[-1][1]["if-none-match"] == '"1"'
    site.page("/arvik?x=1", html("Arvik on sea"), ETag='"2"')
    assert changes(sync(library)) == {"changed": 1}
    del site.pages["/arvik?x=1"]
    assert changes(sync(library)) == {"skipped": 1, "vanished": 1}


def test_a_feed_with_whole_articles_and_one_with_links(library: Library, site: Site) -> None:
    item = "<item><title>{0}</title><link>{1}/{0}</link><pubDate>Thu, 02 May 2024 08:00:00 GMT"
    item += "</pubDate>{2}</item>"
    whole = "<content:encoded><![CDATA[<p>{}</p>]]></content:encoded>".format(TEXT.format("Arvik"))
    short = "<description>In short.</description>"
    items = item.format("Arvik", site.base, whole) + item.format("Tolmin", site.base, short)
    items += item.format("Gone", site.base, short)
    head = "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
    feed = site.page("/feed", head + items + "</channel></rss>", "application/rss+xml")
    site.page("/Tolmin", html("Tolmin"))
    outcomes = add(library, feed)
    assert changes(outcomes) == {"added": 3}
    articles = {article.title: article for article in library.articles()}
    assert articles["Arvik"].paragraphs[0].text == TEXT.format("Arvik")
    assert len(articles["Tolmin"].paragraphs) == 5
    assert articles["Tolmin"].published is not None
    assert articles["Gone"].paragraphs[0].text == "In short."  # its page is not there
    assert {article.url for article in articles.values()} == {
        f"{site.base}/{name}" for name in ("Arvik", "Tolmin", "Gone")
    }
    # A feed forgets its old entries; they have not vanished.
    site.page("/feed", head + item.format("Arvik", site.base, whole) + "</channel></rss>",
              "application/rss+xml")  # fmt: skip
    assert changes(sync(library)) == {"unchanged": 1}


def test_a_sitemap_is_followed_and_only_what_it_says_has_changed(
    library: Library, site: Site
) -> None:
    def sitemap(*pages: tuple[str, str]) -> str:
        urls = "".join(
            f"<url><loc>{site.base}/{name}</loc><lastmod>{day}</lastmod></url>"
            for name, day in pages
        )
        return f"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/s'>{urls}</urlset>"

    site.page("/Arvik", html("Arvik"))
    site.page("/Tolmin", html("Tolmin"))
    index = f"<sitemapindex><sitemap><loc>{site.base}/map.xml</loc></sitemap></sitemapindex>"
    root = site.page("/index.xml", index, "application/xml")
    site.page("/map.xml", sitemap(("Arvik", "2024-01-01"), ("Tolmin", "2024-01-01"), ("no", "")),
              "application/xml")  # fmt: skip
    assert changes(add(library, root)) == {"added": 2, "skipped": 1}
    assert {entry.source_name for entry in library.find()} == {root}

    site.asked.clear()
    site.page("/Arvik", html("Arvik again"))
    site.page("/map.xml", sitemap(("Arvik", "2024-02-02"), ("Tolmin", "2024-01-01")),
              "application/xml")  # fmt: skip
    assert changes(sync(library)) == {"changed": 1, "unchanged": 1}
    assert site.paths() == ["/index.xml", "/map.xml", "/Arvik"]
    site.page("/map.xml", sitemap(("Arvik", "2024-02-02")), "application/xml")
    assert changes(sync(library)) == {"unchanged": 1, "vanished": 1}

    few = add(library, root, most_pages=2)
    assert any("more than 2 pages: --max-pages" in str(outcome.reason) for outcome in few)


def test_lists_without_end_end(library: Library, site: Site) -> None:
    def endless(handler: Handler) -> None:
        number = int(handler.path.strip("/") or 0)
        body = (
            f"<sitemapindex><sitemap><loc>{site.base}/{number + 1}</loc></sitemap></sitemapindex>"
        )
        site.pages[f"/{number + 1}"] = endless
        handler.send_response(200)
        handler.send_header("Content-Type", "application/xml")
        handler.end_headers()
        handler.wfile.write(body.encode())

    site.pages["/0"] = endless
    outcomes = add(library, site.base + "/0")
    assert [outcome.change for outcome in outcomes] == ["skipped"]
    assert "lists in one another" in str(outcomes[0].reason)


def test_an_interruption_keeps_what_was_read(library: Library, site: Site) -> None:
    pages = "".join(f"<url><loc>{site.base}/{n}</loc></url>" for n in range(5))
    root = site.page("/map.xml", f"<urlset>{pages}</urlset>", "application/xml")
    for number in range(5):
        site.page(f"/{number}", html(f"Place {number}"))

    class Interrupted(Fetcher):
        def fetch(self, url: str, etag: str | None = None, modified: str | None = None):  # type: ignore[no-untyped-def]
            if url.endswith("/3"):
                raise KeyboardInterrupt
            return super().fetch(url, etag, modified)

    options = ReadOptions(allow_private=True, pause=0)
    fetcher = Interrupted(allow_private=True, pause=0)
    with pytest.raises(KeyboardInterrupt):
        list(ingest(library, [root], options, fetcher=fetcher))
    assert len(library) == 3
    site.asked.clear()
    assert changes(add(library, root)) == {"added": 2, "unchanged": 3}


def test_one_bad_source_never_stops_the_rest(library: Library, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "Arvik")
    outcomes = add(library, "/nowhere", "ftp://x.example", folder)
    assert changes(outcomes) == {"added": 1, "skipped": 2}
    assert [source.name for source in library.sources()] == [str(folder)]  # what gave something


def test_only_named_sources_are_visited(library: Library, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "Arvik")
    other = tmp_path / "other.txt"
    other.write_text(TEXT.format("Zadar"))
    add(library, folder, other)
    assert changes(sync(library, str(other))) == {"unchanged": 1}
    assert str(sync(library, "/nowhere")[0].reason) == "not a remembered source: add it first"


ADD = """
import sys
from pathlib import Path
from corpus import Library
from corpus.ingest.ingest import ingest
from corpus.place_result import ReadOptions
with Library.open(sys.argv[1]) as library:
    print("ready", flush=True)
    count = sum(1 for _ in ingest(library, sys.argv[2:], ReadOptions()))
    print(count, flush=True)
"""


@pytest.mark.parametrize("times", [15, pytest.param(50, marks=pytest.mark.slow)])
def test_killed_at_any_moment_it_holds_whole_articles_and_can_go_on(
    tmp_path: Path, times: int
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    texts: dict[str, list[str]] = {}
    for number in range(1000):
        texts[f"a{number:03}"] = [f"{TEXT.format(number)} {n}." for n in range(6)]
        (folder / f"a{number:03}.txt").write_text("\n\n".join(texts[f"a{number:03}"]))
    draw = random.Random(7)  # noqa: S311 - moments, not secrets
    database = tmp_path / "library.db"
    begun = time.monotonic()
    found = 0
    for attempt in range(times):
        if time.monotonic() - begun > 15 and attempt >= 20:
            break  # a slow machine: enough is enough
        process = subprocess.Popen(
            [sys.executable, "-c", ADD, str(database), str(folder)],
            cwd=ROOT, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(draw.uniform(0, 0.25))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with Library.open(database) as library:
            articles = list(library.articles(copies=True))
            assert len(articles) >= found  # what was acknowledged is there
            found = len(articles)
            for article in articles:
                assert [one.text for one in article.paragraphs] == texts[article.title]
            assert len({article.id for article in articles}) == found
        if found == len(texts):
            database.unlink()
            found = 0
    with Library.open(database) as library:
        list(ingest(library, [str(folder)], ReadOptions()))
        assert len(library) == len(texts)
        assert_sound(library, len(texts))
