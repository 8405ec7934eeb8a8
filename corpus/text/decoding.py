"""Decodes bytes to text: by byte order mark, NUL bytes, strict UTF-8, then letter statistics."""

import re
from unicodedata import category

from corpus.error_codes import Code
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
    (b"%PDF-", Code.PDF_DOCUMENT),
    (b"PK\x03\x04", Code.ZIP_ARCHIVE),
    (b"\x1f\x8b", Code.GZIP_ARCHIVE),
    (b"\x89PNG", Code.PNG_IMAGE),
    (b"\xff\xd8\xff", Code.JPEG_IMAGE),
    (b"GIF8", Code.GIF_IMAGE),
    (b"\x7fELF", Code.PROGRAM),
    (b"SQLite format 3\x00", Code.SQLITE_DATABASE),
    (b"{\\rtf", Code.RTF_DOCUMENT),
    (b"\xd0\xcf\x11\xe0", Code.OLD_OFFICE_DOCUMENT),
    (b"7z\xbc\xaf\x27\x1c", Code.SEVEN_ZIP_ARCHIVE),
    (b"Rar!", Code.RAR_ARCHIVE),
    (b"OggS", Code.OGG_RECORDING),
    (b"ID3", Code.MP3_RECORDING),
    (b"RIFF", Code.RIFF_FILE),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_ASCII = re.compile("[\n -~]")
_TEXT_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffe\uffff]")
_CONTROL_SHARE = 0.003  # share of control characters in the bytes of a text, at most
_SAMPLE = 100_000  # bytes that are examined


def decode(data: bytes, source: str, encoding: str | None = None) -> str:
    """Decode a text file; without `encoding`, its encoding is detected.

    `source` names the file in errors. Raises UnreadableSource when the file is empty, is not text,
    is not in `encoding`, or when its encoding cannot be detected.
    """
    if not data:
        raise UnreadableSource(source, Code.EMPTY_FILE())
    text = _decode_as(data, source, encoding) if encoding else _by_mark(data, source)
    if text is None:
        _refuse_binary(data, source)
        text = _utf8(data, source)
    if text is None:
        text = decode_legacy(data)
    if text is None:
        raise UnreadableSource(source, Code.ENCODING_NOT_FOUND())
    if not text.strip("\ufeff \t\r\n\f\v\u00a0"):
        raise UnreadableSource(source, Code.ONLY_WHITE_SPACE())
    return text


def _decode_as(data: bytes, source: str, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError:
        raise UnreadableSource(source, Code.UNKNOWN_ENCODING(encoding=repr(encoding))) from None
    except UnicodeDecodeError:
        raise UnreadableSource(source, Code.NOT_IN_ENCODING(encoding=encoding)) from None


def _by_mark(data: bytes, source: str) -> str | None:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = _try(data[len(mark) :], encoding)
            if text is None:
                raise UnreadableSource(
                    source, Code.BYTE_ORDER_MARK_WRONG(encoding=encoding.upper())
                )
            return text
    return _utf16_without_mark(data)


def _utf16_without_mark(data: bytes) -> str | None:
    """Decode UTF-16, recognised by the NULs in its spaces, newlines and Latin letters."""
    if len(data) % 2 or b"\x00" not in data:
        return None
    texts = (_try(data, encoding) for encoding in ("utf-16-le", "utf-16-be"))
    plausible = [text for text in texts if text and _is_plausible(text[:_SAMPLE])]
    # The wrong byte order may be valid too, but then spaces and newlines are other characters.
    return max(plausible, key=lambda text: len(_ASCII.findall(text)), default=None)


def _is_plausible(text: str) -> bool:
    """Whether there are only characters of texts: other bytes decode to controls and the like."""
    if _TEXT_CONTROLS.search(text) or not _ASCII.search(text):
        return False
    return all(category(character) not in {"Cn", "Co", "Cs"} for character in set(text))


def _refuse_binary(data: bytes, source: str) -> None:
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise UnreadableSource(source, Code.NOT_A_TEXT_FILE(kind=kind()))
    sample = data[:_SAMPLE]
    controls = len(_CONTROLS.findall(sample))
    if b"\x00" in data or controls > max(1, len(sample) * _CONTROL_SHARE):
        raise UnreadableSource(source, Code.BINARY_DATA())


def _utf8(data: bytes, source: str) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # With ten times as many good letters as bad bytes, it is damaged UTF-8.
        text = data.decode("utf-8", "replace")
        good = sum(1 for character in text if character > "\x7f" and character != "\ufffd")
        if good > 10 * text.count("\ufffd"):
            line = data.count(b"\n", 0, error.start) + 1
            raise UnreadableSource(source, Code.UTF8_DAMAGED(line=line)) from None
        return None


def _try(data: bytes, encoding: str, errors: str = "strict") -> str | None:
    try:
        return data.decode(encoding, errors)
    except UnicodeDecodeError:
        return None
