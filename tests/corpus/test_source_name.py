from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.error_codes import Code
from corpus.source_name import STDIN, is_address, printable, source_name, why_refused


def test_a_source_has_one_name_however_it_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for typed in ("a.txt", "./a.txt", f"{tmp_path}/b/../a.txt"):
        assert source_name(typed) == f"{tmp_path}/a.txt"
    assert source_name("https://ex.org/a#part") == "https://ex.org/a"
    assert source_name(STDIN) == "-"
    assert source_name("a\x00b") == "a\\x00b"


def test_what_is_on_the_web() -> None:
    assert is_address("HTTPS://ex.org")
    assert not is_address("ftp://ex.org")
    assert not is_address("/http://a")


@given(st.text(st.characters(), max_size=20))
def test_any_name_fits_in_one_line(name: str) -> None:
    shown = printable(name)
    assert "\n" not in shown
    shown.encode()


def test_a_refusal_of_the_system_is_a_reason() -> None:
    assert why_refused(FileNotFoundError(2, "No such file")) == Code.NO_SUCH_FILE()
    assert why_refused(ValueError("embedded null byte")) == Code.NO_FILE_NAME()
    assert why_refused(RuntimeError("Symlink loop")) == Code.LOOP_OF_LINKS()
    assert str(why_refused(OSError(28, "No Space Left"))) == "no space left"
