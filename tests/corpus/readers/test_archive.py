import io
import zipfile
from collections.abc import Iterator

import pytest

from corpus import Article, UnreadableSource
from corpus.error_codes import Code
from corpus.reader_output import NO_HINTS, Hints, Pointer, ReaderOutput
from corpus.readers import archive, read_bytes


def packed(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as package:
        for name, content in files.items():
            package.writestr(name, content)
    return data.getvalue()


def reader_of_nothing(data: bytes, place: str, hints: Hints) -> Iterator[ReaderOutput]:
    if data == b"bad":
        raise UnreadableSource(place, Code.NO_TEXT())
    yield Pointer(f"https://x.example/{place}")


def test_each_file_is_given_to_the_callback_by_name() -> None:
    data = packed({"b.txt": b"2", "a/one.md": b"bad", "__MACOSX/a": b"x", ".hidden": b"x"})
    bad, good = archive.read(data, "/in.zip", NO_HINTS, reader_of_nothing)
    assert isinstance(bad, UnreadableSource)
    assert (bad.source, bad.reason) == ("/in.zip!/a/one.md", Code.NO_TEXT())
    assert good == Pointer("https://x.example//in.zip!/b.txt")


@pytest.mark.parametrize(
    ("name", "code"),
    [("a.xyz", Code.UNKNOWN_KIND_OF_FILE), ("a.rtf", Code.UNREAD_FORMAT), ("a.txt", None)],
)
def test_a_file_in_an_archive_is_read_like_any_other(name: str, code: Code | None) -> None:
    (found,) = read_bytes(packed({name: b"The lamps burn all night."}), "/in.zip")
    assert (found.reason.code if isinstance(found, UnreadableSource) else None) == code


def test_an_archive_in_an_archive_is_read() -> None:
    inner = packed({"a.txt": b"The lamps burn all night."})
    (found,) = read_bytes(packed({"inner.zip": inner}), "/in.zip")
    assert isinstance(found, Article)
    assert found.source == "/in.zip!/inner.zip!/a.txt"
