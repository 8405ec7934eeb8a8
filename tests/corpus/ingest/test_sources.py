import os
import subprocess
import sys
from pathlib import Path

import pytest

from corpus import Article, UnreadableSource, read_source, read_sources
from corpus.ingest.files import LARGEST_FILE
from tests.source import ROOT


def split(*names: Path | str) -> tuple[list[Article], list[str]]:
    found = list(read_sources(str(name) for name in names))
    articles = [one for one in found if isinstance(one, Article)]
    return articles, [str(one) for one in found if isinstance(one, UnreadableSource)]


def test_a_folder_with_bad_files_among_good_ones(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text("Hello there. Good.")
    (tmp_path / "b.txt").write_bytes(b"\x00\x01\x02")
    (tmp_path / "c.txt").write_text("")
    (tmp_path / "d.py").write_text("pass")
    (tmp_path / "e.doc").write_bytes(b"\xd0\xcf\x11\xe0 an old document")
    (tmp_path / ".hidden.txt").write_text("Hidden.")
    (tmp_path / "sub" / "f.md").write_text("# Title\n\nBody.")
    (tmp_path / "sub" / "g.jsonl").write_text('{"title": "G", "text": "Text."}\n{bad\n')
    articles, errors = split(tmp_path)
    assert [article.title for article in articles] == ["a", "Title", "G"]
    assert [Path(article.source).name for article in articles] == ["a.txt", "f.md", "g.jsonl"]
    assert all(Path(article.source).is_absolute() for article in articles)
    named = ["b.txt: not a text", "c.txt: the file is empty", "d.py: unknown kind of file (.py)"]
    named += ["e.doc: DOC cannot be read: save it as", "g.jsonl line 2: not valid JSON"]
    assert len(errors) == len(named)
    assert all(part in error for part, error in zip(named, errors, strict=True))


def test_the_same_source_has_the_same_id_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.txt"
    file.write_text("Hello there.")
    monkeypatch.chdir(tmp_path)
    (plain,) = read_source("a.txt")
    (dotted,) = read_source(f"../{tmp_path.name}/./a.txt")
    assert plain == dotted
    file.write_text("Other words. Here.")
    (changed,) = read_source("a.txt")
    assert isinstance(changed, Article)
    assert isinstance(plain, Article)
    assert changed.id == plain.id
    assert len(plain.id) == 12


def test_a_file_reached_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Hello there.")
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    articles, errors = split(tmp_path / "a.txt", tmp_path)
    assert (len(articles), errors) == (1, [])


def test_loops_and_dangling_links_end(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Hello there.")
    (tmp_path / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "gone").symlink_to("nowhere")
    articles, errors = split(tmp_path)
    assert len(articles) == 1
    assert sorted(error.split("/")[-1] for error in errors) == [
        "gone: no such file or folder",
        "self: a loop of symbolic links",
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.txt", "missing.txt: no such file or folder"),
        ("ftp://ex.org/a", "ftp://ex.org/a: ftp: is not read, only http and https"),
        ("a\x00b", "a\\x00b: not a valid file name"),
        ("x" * 300, "the name is too long"),
        ("", "no files in this folder"),
    ],
)
def test_what_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (error,) = read_source(name)
    assert isinstance(error, UnreadableSource)
    assert reason in str(error)
    assert "\n" not in str(error)


def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert split(tmp_path / "pipe.txt")[1][0].endswith("pipe.txt: not a regular file")


def test_names_that_are_not_unicode(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_text("Hello there.")
    (error,) = split(tmp_path)[1]
    assert "\\xff.txt: its name" in error
    error.encode()


def test_files_that_may_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("Hello there.")
    file.chmod(0)
    if os.access(file, os.R_OK):
        pytest.skip("this user may read everything")
    assert split(file)[1][0].endswith("a.txt: permission denied")


def test_a_refused_open_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("Hello there.")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("corpus.ingest.files.os.open", refuse)
    assert split(tmp_path)[1][0].endswith("a.txt: permission denied")


def test_files_that_are_too_large(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    with file.open("wb") as stream:
        stream.truncate(LARGEST_FILE + 1)
    assert split(file)[1][0].endswith("a.txt: larger than 64 MiB: split it")


def test_content_comes_before_the_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text('{"title": "From JSON", "text": "Text."}')
    (tmp_path / "b.txt").write_text("<!DOCTYPE html><title>From HTML</title><p>Some text in it.")
    (tmp_path / "notes").write_text("No suffix. Still text.")
    articles, errors = split(tmp_path)
    assert [article.title for article in articles] == ["From JSON", "From HTML", "notes"]
    assert errors == []


def test_a_file_named_by_hand_may_have_any_suffix(tmp_path: Path) -> None:
    (tmp_path / "a.article").write_text("Hello there.")
    assert len(split(tmp_path / "a.article")[0]) == 1


def test_importing_the_room_is_light() -> None:
    heavy = "corpus.text.fasttext_model,charset_normalizer,markdown_it,razdel,sentencex,numpy,"
    heavy += (
        "torch,faiss,lxml,trafilatura,feedparser,pdfminer,httpx,rensa,defusedxml,pathspec,protego"
    )
    code = f"import corpus, sys; print([m for m in '{heavy}'.split(',') if m in sys.modules])"
    root = ROOT
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.strip() == "[]"
