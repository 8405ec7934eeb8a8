"""What an analysis holds, and what its key depends on."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import corpus.text.sentences
import index.analysis.analysed_article
from index.analysis.analysed_article import analyse_article
from tests.fake_index import an_article
from tests.source import ROOT

NO_PART_OF_AN_ANALYSIS = {  # packages and types
    *("corpus", "corpus.text", "corpus.article"),
    *("index", "index.analysis", "index.answer", "index.arrays"),
}


def test_an_article_in_sentences_and_terms() -> None:
    found = analyse_article(an_article("Fox", "One fox. Two foxes.", " ", "Three."))
    assert found.number.tolist() == [0, 2]
    assert found.span.tolist() == [[0, 8], [9, 19], [0, 6]]
    assert found.terms.paragraphs.tolist() == [2, 1]
    assert found.terms.sentences.tolist() == [2, 2, 1]
    assert found.terms.terms[1] == found.terms.terms[3] == found.terms.title[0]


def version_of_the_code(root: Path, program: str = "print(found.hex())") -> str:
    """What the analyses made by the code under `root` are kept as; or what a program says of it."""
    before = "import index.analysis.analysed_article as module; found = module._version(); "
    run = subprocess.run(
        [sys.executable, "-c", before + program],
        cwd=root, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(root)},
    )  # fmt: skip
    return run.stdout.strip()


def test_a_change_of_any_code_that_analyses_changes_the_key(tmp_path: Path) -> None:
    for room in ("corpus", "index"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("weights"))
    before = version_of_the_code(tmp_path)
    assert before == version_of_the_code(ROOT)
    splitter = tmp_path / Path(corpus.text.sentences.__file__).relative_to(ROOT)
    splitter.write_text(splitter.read_text("utf-8") + "# another way to cut\n", "utf-8")
    assert version_of_the_code(tmp_path) != before


def test_the_key_covers_every_module_of_ours_that_analysing_loads() -> None:
    program = (
        "import sys; print(*(set(n for n in sys.modules if n.split('.')[0] in ('corpus', 'index'))"
        " - {m.__name__ for m in module.CODE}))"
    )
    others = set(version_of_the_code(ROOT, program).split())
    assert others == {*NO_PART_OF_AN_ANALYSIS}


def test_an_analysis_without_the_source_of_its_code_fails_loudly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing = ModuleType("missing")
    missing.__file__ = "/nowhere/missing.py"
    monkeypatch.setattr(index.analysis.analysed_article, "CODE", (missing,))
    with pytest.raises(OSError, match="source code"):
        index.analysis.analysed_article._version.__wrapped__()
