"""The number of processors."""

import os

__all__ = ["processors"]


def processors() -> int:
    """Return how many processors this process may use.

    Systems without such a limit (macOS) give the number of processors of the machine.
    """
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1
