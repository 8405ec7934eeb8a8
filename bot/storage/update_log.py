"""The log of handled updates, and the right to fetch them, for a bot of one process."""

import threading
from collections import OrderedDict

__all__ = ["AlwaysLeader", "MemoryUpdateLog"]

_REMEMBERED = 4_096  # updates; Telegram repeats only recent ones


class MemoryUpdateLog:
    """Implements `bot.chat.ports.UpdateLog` in the memory of one process.

    After a restart Telegram repeats only updates that were not confirmed, so nothing is stored.
    """

    def __init__(self) -> None:
        """No update was handled yet."""
        self._handled: OrderedDict[int, None] = OrderedDict()
        self._lock = threading.Lock()

    def claim(self, update_id: int) -> bool:
        """True for the first caller with this id, False for every later one."""
        with self._lock:
            if update_id in self._handled:
                return False
            self._handled[update_id] = None
            if len(self._handled) > _REMEMBERED:
                self._handled.popitem(last=False)
            return True


class AlwaysLeader:
    """Implements `bot.chat.ports.Leader` where only one process serves the bot."""

    def held(self) -> bool:
        """Always: there is no other process."""
        return True
