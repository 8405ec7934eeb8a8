"""Names of sources: how an admin types them, how they are remembered, how they are shown."""

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
    """The name under which a source is remembered: the same however it was typed.

    An address without its fragment, the absolute path of a file or folder, or STDIN.
    """
    if is_address(typed) or typed == STDIN:
        return typed.split("#")[0]
    try:
        return printable(str(Path(typed).resolve()))
    except (OSError, RuntimeError, ValueError):
        return printable(typed)


def printable(name: str) -> str:
    """A name that fits in one line and can be stored.

    Control characters and bytes that are not UTF-8 become escapes such as `\\x0a`.
    """
    shown = _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", name)
    return shown.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def why_refused(error: Exception) -> Reason:
    """Why the file system refused a name: OSError, or what pathlib raises for an odd name."""
    number = getattr(error, "errno", None)
    if isinstance(error, RuntimeError) or number == errno.ELOOP:
        return Code.LOOP_OF_LINKS()
    if number in _REFUSALS:
        return _REFUSALS[number]()
    words = getattr(error, "strerror", None)
    return Code.FILE_SYSTEM_ERROR(problem=words.lower()) if words else Code.NO_FILE_NAME()
