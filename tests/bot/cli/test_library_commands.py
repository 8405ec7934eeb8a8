"""What people see of the library on the command line."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.cli.main import main
from tests.source import ROOT
from tests.web_server import serving

Run = Callable[..., tuple[int, str, str]]
TEXT = (
    "The harbour of {0} has forty lamps. Every lamp of {0} is lit by hand, since {0} likes it so."
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str | Path, stdin: bytes = b"") -> tuple[int, str, str]:
        t = ["quotebot", "--data", str(tmp_path / "data"), *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", t)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status = 0
        try:
            main()
        except SystemExit as stop:
            status = int(stop.code or 0)
        shown = capfd.readouterr()
        return status, shown.out, shown.err

    return command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for day, place in enumerate(("Arvik", "Tolmin", "Zadar"), 1):
        body = f"# {place} lamps\n\n2024-05-0{day}\n\n{TEXT.format(place)}\n"
        (folder / f"{place}.md").write_text(body)
    return folder


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_adding_tells_what_became_of_everything(run: Run, folder: Path) -> None:
    (folder / "bad.pdf").write_bytes(b"%PDF-1.4 broken")
    status, out, err = run("add", "--no-build", folder)
    assert (status, out) == (0, "")
    assert f"skipped {folder}/bad.pdf: " in err
    assert err.rstrip().endswith("3 added, 1 skipped")
    status, out, err = run("add", "--no-build", "--json", folder)
    assert [row["outcome"] for row in rows(out)] == ["unchanged"] * 3 + ["skipped"]
    assert rows(out)[0]["source"] == str(folder / "Arvik.md")
    assert rows(out)[-1]["reason"]
    status, out, err = run("add", "--no-build", folder / "bad.pdf")
    assert status == 1
    assert err.splitlines()[-1] == "quotebot: nothing could be added"


def test_a_preview_stores_nothing(run: Run, folder: Path) -> None:
    (folder / "page.html").write_text(
        "<title>Bled</title><nav><a href=/>Home</a></nav><article><p>" + TEXT.format("Bled")
    )
    status, out, _ = run("add", "--preview", folder / "page.html")
    assert status == 0
    assert "Bled" in out
    assert TEXT.format("Bled") in out
    assert "stripped: Home" in out
    _, out, _ = run("add", "--preview", "--json", folder / "page.html")
    assert rows(out)[0]["paragraphs"] == [TEXT.format("Bled")]
    assert run("list")[1] == ""
    assert not (folder.parent / "data" / "library.db").exists() or run("list")[1] == ""


def test_listing_filters_and_sorts(run: Run, folder: Path) -> None:
    run("add", "--no-build", folder)

    def titles(*arguments: str) -> list[str]:
        return [row["title"].split()[0] for row in rows(run("list", "--json", *arguments)[1])]

    assert titles() == ["Arvik", "Tolmin", "Zadar"]
    assert titles("--sort", "published", "--reverse") == ["Zadar", "Tolmin", "Arvik"]
    assert titles("--since", "2024-05-02", "--until", "2024-05-02") == ["Tolmin"]
    assert titles("--title", "zADAR") == ["Zadar"]
    assert titles("--source", "Arvik.md") == ["Arvik"]
    assert titles("--source", str(folder), "--language", "en") == ["Arvik", "Tolmin", "Zadar"]
    assert titles("--language", "de") == titles("--copies") == titles("--vanished") == []
    assert run("list", "--sources")[1].startswith(f"{folder}\t3\t")


def test_showing_tells_the_past_and_the_copies(run: Run, folder: Path) -> None:
    (folder / "Arvik.md").write_text(f"# Arvik lamps\n\n{TEXT.format('Arvik')}\n")
    (folder / "copy.md").write_text(f"# Arvik lamps\n\n{TEXT.format('Arvik')}\n")
    run("add", "--no-build", folder)
    first, second = rows(run("list", "--json", "--title", "Arvik")[1])
    assert (first["copy_of"], second["copy_of"]) == (None, first["id"])
    shown = run("show", second["id"])[1]
    assert f"added, from {folder}/copy.md" in shown
    assert (
        f"also in {first['id']}  Arvik lamps  {folder}/Arvik.md, the copy that is indexed" in shown
    )
    assert "¶ 1  The harbour of Arvik" in shown
    (record,) = rows(run("show", second["id"], "--json", "--stripped")[1])
    assert record["also_in"][0]["id"] == first["id"]
    assert record["history"][0]["what"] == "added"


def test_syncing(run: Run, folder: Path) -> None:
    assert run("sync")[0] == 1
    run("add", "--no-build", folder)
    (folder / "Arvik.md").write_text("# Arvik\n\nChanged altogether. No lamp is left.\n")
    (folder / "Zadar.md").unlink()
    status, _, err = run("sync", "--no-build")
    assert (status, err.rstrip()) == (0, "1 changed, 1 unchanged, 1 vanished")
    status, out, _ = run("sync", "--no-build", "--prune", "--json")
    assert {row["outcome"] for row in rows(out)} == {"unchanged", "removed"}
    assert len(rows(run("list", "--json")[1])) == 2


def test_removing(run: Run, folder: Path) -> None:
    run("add", "--no-build", folder)
    assert run("remove")[0] == 2
    status, _, err = run("remove", "--source", folder, "--no-build")
    assert status == 2
    assert "3 articles fit: --yes removes them" in err
    status, out, _ = run("remove", "--title", "Zadar", "--yes", "--no-build")
    assert (status, out.split()[2]) == (0, "Zadar")
    assert run("remove", "--title", "Zadar", "--yes", "--no-build")[0] == 1
    status, out, _ = run("remove", "--source", folder, "--forget", "--yes", "--no-build")
    assert len(out.splitlines()) == 2
    assert run("list", "--sources")[1] == ""


def test_what_is_exported_comes_back_without_loss(run: Run, folder: Path, tmp_path: Path) -> None:
    documents = ROOT / "tests" / "documents" / "good"
    run("add", "--no-build", folder, documents / "one-column.pdf", documents / "code.html")
    exported = run("export")[1]
    assert all(row["source"] for row in rows(exported))
    file = tmp_path / "all.jsonl"
    file.write_text(exported)
    run("remove", "--source", "/", "--yes", "--no-build")
    assert run("export")[1] == ""
    assert run("add", "--no-build", file)[0] == 0
    assert run("export")[1] == exported
    assert run("add", "--no-build", "-", stdin=exported.encode())[2].rstrip() == "5 unchanged"


def test_columns_and_encodings_are_told(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_bytes("Überschrift;Rumpf\nDie Lampe;Sie brennt für immer.\n".encode("cp850"))
    assert run("add", "--no-build", table)[0] == 1
    told = ("--column", "text=Rumpf", "--column", "title=Überschrift", "--encoding", "cp850")
    assert run("add", "--no-build", table, *told)[0] == 0
    table.write_bytes("Überschrift;Rumpf\nDie Lampe;Sie brennt für heute.\n".encode("cp850"))
    run("sync", "--no-build")  # remembers what it was told
    (row,) = rows(run("export")[1])
    assert (row["title"], row["paragraphs"]) == ("Die Lampe", ["Sie brennt für heute."])
    assert run("add", table, "--column", "nonsense")[0] == 2


def test_pages_of_this_machine_only_when_allowed(run: Run) -> None:
    with serving() as site:
        url = site.page("/a.html", f"<title>Arvik</title><article><p>{TEXT.format('Arvik')}")
        status, _, err = run("add", "--no-build", url)
        assert status == 1
        assert "is not one of the web's (80, 443)" in err
        assert site.asked == []
        assert run("add", "--no-build", "--allow-private", "--pause", "0", url)[0] == 0
    (row,) = rows(run("export")[1])
    assert (row["source"], row["url"]) == (url, url)
