"""What is installed from a wheel is the whole program, not just what an editable install finds."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.source import ROOT, python_files

ROOMS = ("bot", "corpus", "index")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of all files in a wheel that was built from a copy of the tree."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ROOMS:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    program = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"
    subprocess.run([sys.executable, "-c", program], cwd=tree, check=True, capture_output=True)
    (built,) = (tree / "dist").glob("*.whl")
    return set(zipfile.ZipFile(built).namelist())


def test_every_module_is_in_the_wheel(wheel: set[str]) -> None:
    modules = {path.relative_to(ROOT).as_posix() for room in ROOMS for path in python_files(room)}
    assert modules - wheel == set()


@pytest.mark.parametrize("what", ["locales", "sample", "weights", "py.typed", "weights.json"])
def test_what_the_program_reads_beside_its_modules_is_in_the_wheel(
    wheel: set[str], what: str
) -> None:
    files = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and what in path.parts and "__pycache__" not in path.parts
    }
    assert files, f"nothing named {what} in the tree"
    assert files - wheel == set()


def test_every_file_of_the_rooms_is_in_the_wheel(wheel: set[str]) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--", *ROOMS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode or not listed.stdout:
        pytest.skip("needs a git checkout, to tell the project's files from others")
    assert set(listed.stdout.split()) - wheel == set()


def test_nothing_but_the_program_is_in_the_wheel(wheel: set[str]) -> None:
    assert {Path(name).parts[0].partition("-")[0] for name in wheel} == {*ROOMS, "quotebot"}
