"""Names of files in messages, and why the system refused one."""

import errno
import re

__all__ = ["printable", "reason"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def printable(name: str) -> str:
    """A name that fits in one line and can be stored: controls and stray bytes become escapes."""
    shown = _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", name)
    return shown.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def reason(error: Exception) -> str:
    """What a failure of the file system means, in a few words."""
    if isinstance(error, RuntimeError) or getattr(error, "errno", None) == errno.ELOOP:
        return "a loop of symbolic links"
    reasons = {
        errno.ENOENT: "no such file or folder",
        errno.EACCES: "permission denied",
        errno.EPERM: "permission denied",
        errno.ENAMETOOLONG: "the name is too long",
    }
    number = getattr(error, "errno", None)
    if number in reasons:
        return reasons[number]
    return (getattr(error, "strerror", None) or "not a valid file name").lower()
