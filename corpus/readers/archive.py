"""ZIP and TAR archives of files in any format that is read, also of archives."""

import bz2
import io
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import PurePath

from corpus.error_codes import Code
from corpus.errors import UnreadableSource
from corpus.reader_output import Hints, ReaderOutput, ReadNested
from corpus.readers.safe_zip import LARGEST_ENTRY, LARGEST_WHOLE, MOST_ENTRIES, Package, refuse_name

__all__ = ["accepts", "read"]

DEEPEST = 3  # levels of archives in archives

_PACKED = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"))


def accepts(head: bytes, named: bool) -> bool:
    """Whether the first bytes are those of an archive."""
    zipped = head.startswith((b"PK\x03\x04", b"PK\x05\x06"))
    return zipped or head[257:262] == b"ustar" or _packing(head) is not None


def read(data: bytes, source: str, hints: Hints, read_nested: ReadNested) -> Iterator[ReaderOutput]:
    """Read each file of an archive with `read_nested`, in their order.

    A file may itself be an archive. A bad file yields its error and the rest goes on. Raises
    UnreadableSource for a damaged or hostile archive.
    """
    if source.count("!/") >= DEEPEST:
        raise UnreadableSource(source, Code.TOO_MANY_NESTED_ARCHIVES(count=DEEPEST))
    empty = True
    for name, content in _members(data, source):
        parts = PurePath(name).parts
        if any(part.startswith(".") or part == "__MACOSX" for part in parts):
            continue
        empty = False
        yield from _read_member(content, f"{source}!/{name}", hints, read_nested)
    if empty:
        raise UnreadableSource(source, Code.EMPTY_ARCHIVE())


def _read_member(
    content: bytes, place: str, hints: Hints, read_nested: ReadNested
) -> Iterator[ReaderOutput]:
    if not place.isprintable():
        yield UnreadableSource(ascii(place)[1:-1], Code.UNPRINTABLE_NAME())
        return
    try:
        yield from read_nested(content, place, hints)
    except UnreadableSource as error:
        yield error


def _members(data: bytes, source: str) -> Iterator[tuple[str, bytes]]:
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        package = Package(data, source)
        for entry in sorted(package.entries, key=lambda entry: entry.filename):
            yield entry.filename, package.read(entry.filename)
        return
    packing = _packing(data)
    if packing is not None:
        data = _unpack(data, packing, source)
    if data[257:262] == b"ustar":
        yield from _tar(data, source)
    elif packing is None:
        raise UnreadableSource(source, Code.DAMAGED_ARCHIVE())
    else:
        name = PurePath(source).name
        yield name.rpartition(".")[0] or name, data


def _tar(data: bytes, source: str) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            for count, member in enumerate(tar):
                if count >= MOST_ENTRIES:
                    raise UnreadableSource(
                        source, Code.TOO_MANY_FILES_IN_ARCHIVE(count=MOST_ENTRIES)
                    )
                refuse_name(member.name, source)
                if member.issym() or member.islnk():
                    raise UnreadableSource(source, Code.MEMBER_IS_LINK(name=repr(member.name)))
                stream = tar.extractfile(member) if member.isreg() else None
                if stream is not None:
                    yield member.name, stream.read(LARGEST_ENTRY)
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise UnreadableSource(source, Code.DAMAGED_TAR(error=error)) from None


def _packing(head: bytes) -> str | None:
    return next((name for mark, name in _PACKED if head.startswith(mark)), None)


def _unpack(data: bytes, packing: str, source: str) -> bytes:
    """Unpack a file; raise UnreadableSource when it unpacks to more than a limit."""
    limit = LARGEST_WHOLE // 4  # all of it is in memory, together with what is read from it
    try:
        if packing == "gzip":
            unpacker = zlib.decompressobj(wbits=31)
            unpacked = unpacker.decompress(data, limit)
            more = bool(unpacker.unconsumed_tail)
        else:
            other = bz2.BZ2Decompressor() if packing == "bzip2" else lzma.LZMADecompressor(
                memlimit=256 * 1024 * 1024
            )  # fmt: skip
            unpacked = other.decompress(data, limit)
            more = not other.eof and not other.needs_input
    except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError) as error:
        raise UnreadableSource(
            source, Code.DAMAGED_PACKED_FILE(format=packing, error=error)
        ) from None
    if more:
        size = limit // (1024 * 1024)
        raise UnreadableSource(source, Code.UNPACKS_TO_TOO_MUCH(mib=size))
    return unpacked
