"""How long the search for syncs may take, and what is told of it meanwhile."""

import logging
from dataclasses import dataclass, field
from typing import Final

from avsctl.chain.transport import Deadline

SEARCH_SHARE: Final = 0.6
"""Of the time that is left when it begins; the rest is for reading about what was found."""
READ_SHARE: Final = 0.9
QUIET_S: Final = 1.0
"""Nothing is told before."""
EVERY_S: Final = 2.0

_log = logging.getLogger("avsctl.chain.power_history")


@dataclass
class Budget:
    """The time of one search within the time of the command."""

    deadline: Deadline
    _begin_s: float = field(init=False)
    _left_s: float = field(init=False)
    _told_s: float = field(init=False)

    def __post_init__(self) -> None:
        self._begin_s, self._left_s = self.deadline.clock.now(), self.deadline.remaining()
        self._told_s = self._begin_s + QUIET_S - EVERY_S

    @property
    def may_search(self) -> bool:
        """Whether there is time to look for more."""
        return self._spent_s < SEARCH_SHARE * self._left_s

    @property
    def may_read(self) -> bool:
        """Whether there is time to read more about what was found."""
        return self._spent_s < READ_SHARE * self._left_s

    def tell(self, text: str) -> None:
        """Tell how far it is, on stderr: not in the first second, and not all the time."""
        now = self.deadline.clock.now()
        if now - self._told_s >= EVERY_S:
            self._told_s = now
            _log.info("%s", text, extra={"event": "history_progress", "fields": {"seconds": round(self._spent_s, 1)}})

    @property
    def _spent_s(self) -> float:
        return self.deadline.clock.now() - self._begin_s
