"""How many processors there are for us."""

import os

__all__ = ["processors"]


def processors() -> int:
    """Those that this process may use; all of them where the system knows of no shares."""
    share = getattr(os, "sched_getaffinity", None)
    return len(share(0)) if share else os.cpu_count() or 1
