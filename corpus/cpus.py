"""The number of processors."""

import os

__all__ = ["processors"]


def processors() -> int:
    """How many this process may use; all of the machine's where the system has no such limit."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1
