"""Opens ZIP files that may be hostile, with limits on the size to which they unpack.

Nothing is written to disk: the name of an entry is never used as a path.
"""

import io
import stat
import zipfile
import zlib

from corpus.error_codes import Code
from corpus.errors import UnreadableSource

__all__ = ["LARGEST_ENTRY", "LARGEST_WHOLE", "MOST_ENTRIES", "Package", "refuse_name"]

MOST_ENTRIES = 10_000
LARGEST_ENTRY = 64 * 1024 * 1024  # bytes, unpacked
LARGEST_WHOLE = 512 * 1024 * 1024  # bytes of all entries, unpacked
MOST_RATIO = 200  # of unpacked to packed size; no text reaches it
ALWAYS_FINE = 1024 * 1024  # bytes of an unpacked entry that may have any ratio
_CHUNK = 64 * 1024
_ENCRYPTED = 1  # a flag of an entry


class Package:
    """A ZIP file in memory. Raises UnreadableSource when it is damaged or hostile."""

    def __init__(self, data: bytes, source: str) -> None:
        """Check every entry before any is unpacked."""
        self._source = source
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
            raise UnreadableSource(source, Code.DAMAGED_ZIP(error=error)) from None
        self.entries = [entry for entry in entries if not entry.is_dir()]
        self._names = {entry.filename for entry in self.entries}
        self._refuse_hostile()

    def holds(self, name: str) -> bool:
        """Whether there is an entry with this name."""
        return name in self._names

    def read(self, name: str) -> bytes:
        """Unpack one entry; stop when it is larger than allowed. Raises UnreadableSource."""
        if name not in self._names:
            raise UnreadableSource(self._source, Code.MEMBER_MISSING(name=repr(name)))
        try:
            with self._zip.open(name) as stream:
                parts, size = [], 0
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    if size > LARGEST_ENTRY:
                        raise UnreadableSource(
                            self._source, Code.MEMBER_LARGER_THAN_STATED(name=repr(name))
                        )
                    parts.append(chunk)
        except (
            zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError
        ) as error:  # fmt: skip
            flags = self._zip.getinfo(name).flag_bits
            encrypted = isinstance(error, RuntimeError) and bool(flags & _ENCRYPTED)
            reason = Code.MEMBER_ENCRYPTED() if encrypted else Code.MEMBER_DAMAGED(error=error)
            unreadable = Code.MEMBER_UNREADABLE(name=repr(name), reason=reason)
            raise UnreadableSource(self._source, unreadable) from None
        return b"".join(parts)

    def _refuse_hostile(self) -> None:
        if len(self.entries) > MOST_ENTRIES:
            raise UnreadableSource(self._source, Code.TOO_MANY_FILES_IN_ARCHIVE(count=MOST_ENTRIES))
        if len(self._names) != len(self.entries):
            raise UnreadableSource(self._source, Code.SAME_NAME_TWICE())
        if len({entry.header_offset for entry in self.entries}) != len(self.entries):
            raise UnreadableSource(self._source, Code.SHARED_BODY())
        if sum(entry.file_size for entry in self.entries) > LARGEST_WHOLE:
            limit = LARGEST_WHOLE // (1024 * 1024)
            raise UnreadableSource(self._source, Code.ZIP_UNPACKS_TO_TOO_MUCH(mib=limit))
        for entry in self.entries:
            refuse_name(entry.filename, self._source)
            if stat.S_ISLNK(entry.external_attr >> 16):
                raise UnreadableSource(
                    self._source, Code.MEMBER_IS_SYMBOLIC_LINK(name=repr(entry.filename))
                )
            if entry.file_size > LARGEST_ENTRY or (
                entry.file_size > ALWAYS_FINE
                and entry.file_size > MOST_RATIO * max(1, entry.compress_size)
            ):
                size = entry.file_size // (1024 * 1024)
                raise UnreadableSource(
                    self._source, Code.MEMBER_TOO_LARGE(name=repr(entry.filename), mib=size)
                )


def refuse_name(name: str, source: str) -> None:
    """Raise UnreadableSource for a name that leads out of the archive: it was made as an attack."""
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or name[1:2] == ":" or "\0" in name:
        raise UnreadableSource(source, Code.MEMBER_LEADS_OUT(name=repr(name)))
