"""What `python -m benchmarks` writes; what it measures is another matter."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import benchmarks.__main__ as suite
from benchmarks import scale

STEP = {"build_s": 1, "processor_s": 1, "peak_mb": 1, "serving_s": 1}
MEASURED = STEP | dict.fromkeys(set(scale.ROWS.values()) - {"first_build_s"}, 1)
PAGE = """# Performance
Before. <!-- measured: by us -->
old figures
<!-- end -->
After.
"""


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page and a plot of our own; a small size."""
    page = tmp_path / "performance.md"
    page.write_text(PAGE, "utf-8")
    monkeypatch.setattr(suite, "PAGE", page)
    monkeypatch.setattr(suite, "PLOT", tmp_path / "scale.svg")
    monkeypatch.setattr(sys, "argv", ["benchmarks", "80"])
    return tmp_path


def run_scale_only(module: str, *arguments: str) -> str:
    """What `benchmarks.speed` prints takes the model, and minutes."""
    if module == "benchmarks.speed":
        return "| measure | quotebot |\n| --- | --- |\n| speed | 1.00 |\n"
    return _run(module, "--questions", "5", *arguments)


_run = suite.run


def test_tables_and_plot_stand_where_the_page_has_its_marks(
    docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "run", run_scale_only)
    suite.main()
    page = (docs / "performance.md").read_text("utf-8")
    assert page.startswith("# Performance\nBefore. <!-- measured: by us -->\nCommit ")
    assert page.endswith("<!-- end -->\nAfter.\n")
    assert "old figures" not in page
    assert "| speed | 1.00 |" in page
    assert "| measure | 80 |" in page
    (recall,) = (line for line in page.splitlines() if line.startswith("| recall@10"))
    assert "1.000" in recall  # so few are searched exactly
    assert "pictures/scale.svg" in page
    assert "<svg" in (docs / "scale.svg").read_text("utf-8")


def test_a_page_without_marks_is_told_before_anything_is_measured(
    docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (docs / "performance.md").write_text("# Performance\n", "utf-8")
    monkeypatch.setattr(suite, "run", lambda *_: pytest.fail("measured"))
    with pytest.raises(SystemExit, match=r"performance\.md: not one pair"):
        suite.main()


def test_figures_are_replaced_and_never_added() -> None:
    once = suite.between_marks(PAGE, "new\n")
    assert suite.between_marks(once, "new\n") == once


@pytest.mark.parametrize("kept", [False, True])
def test_what_a_kept_folder_holds_is_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    """Without its steps: what they measure is true of the test above."""
    steps: list[str] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        steps.append(command[command.index("--step") + 1])
        return SimpleNamespace(stdout=json.dumps(MEASURED))

    if kept:
        (tmp_path / "vectors.db").touch()
    generation = tmp_path / "generations" / "one"
    generation.mkdir(parents=True)
    (generation / "manifest.json").write_text('{"dense": {}}')
    monkeypatch.setattr(scale.subprocess, "run", run)
    result = scale.measure(tmp_path, 80, 5)
    assert steps.count("build") == (1 if kept else 2)
    assert ("| first build, s | – |" in scale.table([result])) == kept
