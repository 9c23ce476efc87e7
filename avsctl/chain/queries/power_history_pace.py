"""How long the search for syncs may take, and what is told of it meanwhile."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from avsctl.chain.reader import BlockReader
from avsctl.chain.transport import Deadline
from avsctl.errors import EndpointError

SEARCH_SHARE: Final = 0.5
"""Of the time that is left when it begins."""
READ_SHARE: Final = 0.85
"""Until then what was found may be read about; the rest is for the end, which every answer has."""
QUIET_S: Final = 1.0
"""Nothing is told before."""
EVERY_S: Final = 2.0

_log = logging.getLogger("avsctl.chain.power_history")


@dataclass
class Budget:
    """The time of one search within the time of the command."""

    whole: Deadline
    search: Deadline = field(init=False)
    read: Deadline = field(init=False)
    _begin_s: float = field(init=False)
    _told_s: float = field(init=False)

    def __post_init__(self) -> None:
        clock, left_s = self.whole.clock, self.whole.remaining()
        self.search, self.read = (self.whole.part(share * left_s) for share in (SEARCH_SHARE, READ_SHARE))
        self._begin_s = clock.now()
        self._told_s = self._begin_s + QUIET_S - EVERY_S

    @property
    def may_search(self) -> bool:
        """Whether there is time to look for more."""
        return self.search.remaining() > 0

    @property
    def may_read(self) -> bool:
        """Whether there is time to read more about what was found."""
        return self.read.remaining() > 0

    def tell(self, text: str) -> None:
        """Tell how far it is, on stderr: not in the first second, and not all the time."""
        now = self.whole.clock.now()
        if now - self._told_s >= EVERY_S:
            self._told_s = now
            fields = {"seconds": round(now - self._begin_s, 1)}
            _log.info("%s", text, extra={"event": "history_progress", "fields": fields})


def hurry(reader: BlockReader, deadline: Deadline) -> BlockReader:
    """Give a reader of the same block that has less time; what it learns of the endpoints is shared."""
    rpc = replace(reader.rpc, deadline=deadline)
    rpc.lines = reader.rpc.lines
    return replace(reader, rpc=rpc)


@contextmanager
def until(deadline: Deadline) -> Iterator[None]:
    """Let work end quietly where an endpoint fails for want of time; what it had found stays."""
    try:
        yield
    except EndpointError:
        if deadline.remaining() > 0:
            raise
