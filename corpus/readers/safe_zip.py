"""ZIP files, and the XML inside them, opened so that no bomb goes off.

Nothing is ever written to disk: an entry's name is a label, never a path.
"""

import io
import stat
import zipfile
import zlib
from typing import TYPE_CHECKING

from corpus.errors import UnreadableSource

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["Package", "parse_xml", "refuse_name"]

MOST_ENTRIES = 10_000
LARGEST_ENTRY = 64 * 1024 * 1024  # bytes, unpacked
LARGEST_WHOLE = 512 * 1024 * 1024  # bytes of all entries, unpacked
MOST_RATIO = 200  # unpacked to packed, beyond which no text packs
ALWAYS_FINE = 1024 * 1024  # bytes that may have any ratio
LARGEST_XML = 24 * 1024 * 1024  # bytes: a tree of it takes twenty times that
_CHUNK = 64 * 1024


class Package:
    """The entries of a ZIP file in memory. Raises UnreadableSource for a hostile or damaged one."""

    def __init__(self, data: bytes, source: str) -> None:
        """Look at every entry before any is unpacked."""
        self._source = source
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
            raise UnreadableSource(source, f"a damaged ZIP file ({error})") from None
        self.entries = [entry for entry in entries if not entry.is_dir()]
        self._names = {entry.filename for entry in self.entries}
        self._refuse_hostile()

    def holds(self, name: str) -> bool:
        """Whether there is an entry of that name."""
        return name in self._names

    def read(self, name: str) -> bytes:
        """Unpack one entry, never further than its limits allow."""
        if name not in self._names:
            raise UnreadableSource(self._source, f"it lacks {name!r}")
        try:
            with self._zip.open(name) as stream:
                parts, size = [], 0
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    if size > LARGEST_ENTRY:
                        raise UnreadableSource(
                            self._source, f"{name!r} unpacks to more than it says: a ZIP bomb"
                        )
                    parts.append(chunk)
        except (
            zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError
        ) as error:  # fmt: skip
            reason = "it is encrypted" if "encrypted" in str(error) else f"damaged ({error})"
            raise UnreadableSource(self._source, f"{name!r}: {reason}") from None
        return b"".join(parts)

    def _refuse_hostile(self) -> None:
        if len(self.entries) > MOST_ENTRIES:
            raise UnreadableSource(self._source, f"more than {MOST_ENTRIES} files in one archive")
        if len(self._names) != len(self.entries):
            raise UnreadableSource(self._source, "two of its files have the same name")
        if len({entry.header_offset for entry in self.entries}) != len(self.entries):
            raise UnreadableSource(self._source, "two of its files share one body: a ZIP bomb")
        if sum(entry.file_size for entry in self.entries) > LARGEST_WHOLE:
            raise UnreadableSource(self._source, "it unpacks to more than 512 MiB: a ZIP bomb?")
        for entry in self.entries:
            refuse_name(entry.filename, self._source)
            if stat.S_ISLNK(entry.external_attr >> 16):
                raise UnreadableSource(self._source, f"{entry.filename!r} is a symbolic link")
            if entry.file_size > LARGEST_ENTRY or (
                entry.file_size > ALWAYS_FINE
                and entry.file_size > MOST_RATIO * max(1, entry.compress_size)
            ):
                size = entry.file_size // (1024 * 1024)
                raise UnreadableSource(
                    self._source, f"{entry.filename!r} unpacks to {size} MiB: a ZIP bomb?"
                )


def refuse_name(name: str, source: str) -> None:
    """Refuse names that lead out of an archive: it was made to harm, whatever else it holds."""
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or name[1:2] == ":" or "\0" in name:
        raise UnreadableSource(source, f"{name!r} leads out of the archive")


def parse_xml(data: bytes, source: str) -> "Element":
    """Parse XML without entities, external or expanding. Raises UnreadableSource."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    if len(data) > LARGEST_XML:
        size = LARGEST_XML // (1024 * 1024)
        raise UnreadableSource(source, f"XML of more than {size} MiB")
    try:
        root: Element = fromstring(data, forbid_dtd=False)
    except DefusedXmlException:
        raise UnreadableSource(source, "its XML declares entities, as an attack would") from None
    except (ParseError, ValueError, LookupError) as error:
        raise UnreadableSource(source, f"damaged XML ({error})") from None
    except RecursionError:
        raise UnreadableSource(source, "its XML is nested too deeply") from None
    return root
