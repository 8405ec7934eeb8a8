"""Names of sources: from the text that an admin types to the name that is stored and shown."""

import errno
import re
from pathlib import Path

from corpus.error_codes import Code
from corpus.errors import Reason

__all__ = ["STDIN", "is_address", "printable", "source_name", "why_refused"]

STDIN = "-"

# Control characters, and halves of surrogate pairs that are not bytes of a file name.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udc7f\udd00-\udfff]")
_REFUSALS = {
    errno.ENOENT: Code.NO_SUCH_FILE,
    errno.EACCES: Code.PERMISSION_DENIED,
    errno.EPERM: Code.PERMISSION_DENIED,
    errno.ENAMETOOLONG: Code.NAME_TOO_LONG,
}


def is_address(name: str) -> bool:
    """Whether a source is on the web."""
    return name.lower().startswith(("http://", "https://"))


def source_name(typed: str) -> str:
    """Return the name under which a source is remembered, the same for every way to type it.

    It is the address without its fragment, the absolute path of a file or folder, or STDIN.
    """
    if is_address(typed) or typed == STDIN:
        return typed.split("#")[0]
    try:
        return printable(str(Path(typed).resolve()))
    except (OSError, RuntimeError, ValueError):
        return printable(typed)


def printable(name: str) -> str:
    """Make a name printable in one line, and storable.

    Control characters and bytes that are not UTF-8 become escapes such as `\\x0a`.
    """
    shown = _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", name)
    return shown.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def why_refused(error: Exception) -> Reason:
    """Return why the file system refused a name.

    `error` is an OSError, or the RuntimeError or ValueError that pathlib raises for odd names.
    """
    number = getattr(error, "errno", None)
    if isinstance(error, RuntimeError) or number == errno.ELOOP:
        return Code.LOOP_OF_LINKS()
    if number in _REFUSALS:
        return _REFUSALS[number]()
    words = getattr(error, "strerror", None)
    return Code.FILE_SYSTEM_ERROR(problem=words.lower()) if words else Code.NO_FILE_NAME()
