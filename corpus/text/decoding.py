"""Bytes to text: byte order mark, NUL pattern, strict UTF-8, then code pages by statistics."""

import re
from unicodedata import category

from corpus.errors import UnreadableSource
from corpus.text.legacy_encodings import decode_legacy

__all__ = ["decode"]

_BOMS = (  # UTF-32 first: its little-endian mark begins with UTF-16's
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_MAGIC = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"OggS", "an Ogg recording"),
    (b"ID3", "an MP3 recording"),
    (b"RIFF", "a RIFF recording or image"),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_ASCII = re.compile("[\n -~]")
_TEXT_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffe\uffff]")
_CONTROL_SHARE = 0.003  # more of a file's bytes than this is not text
_SAMPLE = 100_000  # bytes that statistics look at


def decode(data: bytes, source: str, encoding: str | None = None) -> str:
    """Decode a text file of unknown encoding; `encoding` is an admin's word, and settles it.

    Raises UnreadableSource for an empty file, for one that isn't text, and for one whose encoding
    cannot be told. `source` names the file in those errors.
    """
    if not data:
        raise UnreadableSource(source, "the file is empty")
    text = _told(data, source, encoding) if encoding else _by_mark(data, source)
    if text is None:
        _refuse_binary(data, source)
        text = _utf8(data, source)
    if text is None:
        text = decode_legacy(data)
    if text is None:
        raise UnreadableSource(source, "its encoding cannot be told: save it as UTF-8")
    if not text.strip("\ufeff \t\r\n\f\v\u00a0"):
        raise UnreadableSource(source, "the file holds nothing but white space")
    return text


def _told(data: bytes, source: str, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError:
        raise UnreadableSource(source, f"unknown encoding {encoding!r}") from None
    except UnicodeDecodeError:
        raise UnreadableSource(source, f"it is not in {encoding}") from None


def _by_mark(data: bytes, source: str) -> str | None:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = _try(data[len(mark) :], encoding)
            if text is None:
                reason = f"its byte order mark says {encoding.upper()}, but it is damaged"
                raise UnreadableSource(source, reason)
            return text
    return _utf16_without_mark(data)


def _utf16_without_mark(data: bytes) -> str | None:
    """UTF-16 shows by the NULs of its spaces, newlines and Latin letters."""
    if len(data) % 2 or b"\x00" not in data:
        return None
    texts = (_try(data, encoding) for encoding in ("utf-16-le", "utf-16-be"))
    plausible = [text for text in texts if text and _is_plausible(text[:_SAMPLE])]
    # The wrong byte order may be valid too, but its spaces and newlines are something else.
    return max(plausible, key=lambda text: len(_ASCII.findall(text)), default=None)


def _is_plausible(text: str) -> bool:
    """Random bytes make controls and characters that no script has; text doesn't."""
    if _TEXT_CONTROLS.search(text) or not _ASCII.search(text):
        return False
    return all(category(character) not in {"Cn", "Co", "Cs"} for character in set(text))


def _refuse_binary(data: bytes, source: str) -> None:
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise UnreadableSource(source, f"not a text file but {kind}")
    sample = data[:_SAMPLE]
    controls = len(_CONTROLS.findall(sample))
    if b"\x00" in data or controls > max(1, len(sample) * _CONTROL_SHARE):
        raise UnreadableSource(source, "not a text file (it holds binary data)")


def _utf8(data: bytes, source: str) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # Nearly all of it is UTF-8: guessing another encoding would garble every letter.
        text = data.decode("utf-8", "replace")
        good = sum(1 for character in text if character > "\x7f" and character != "\ufffd")
        if good > 10 * text.count("\ufffd"):
            line = data.count(b"\n", 0, error.start) + 1
            raise UnreadableSource(source, f"damaged UTF-8 in line {line}") from None
        return None


def _try(data: bytes, encoding: str, errors: str = "strict") -> str | None:
    try:
        return data.decode(encoding, errors)
    except UnicodeDecodeError:
        return None
