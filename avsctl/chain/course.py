"""The way of one send through the endpoints of a chain, and what is remembered of each endpoint."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from avsctl.chain.endpoint import Endpoint
from avsctl.chain.faults import Fault, is_limited
from avsctl.chain.jsonrpc import NodeFailure, Reply, is_too_heavy

FIRST_BATCH: Final = 10
LARGEST_BATCH: Final = 1000


@dataclass
class Traffic:
    """What one endpoint was asked."""

    endpoint: Endpoint
    requests: int = 0
    """HTTP requests sent."""
    retries: int = 0
    """Those among them that asked again."""


@dataclass
class BatchSize:
    """How many items a batch may hold: grows after success, is halved on failure, and remembers what failed."""

    size: int = FIRST_BATCH
    ceiling: int = LARGEST_BATCH

    def grow(self, used: int) -> None:
        """Allow twice as many after a full batch passed."""
        if used >= self.size:
            self.size = min(self.size * 2, self.ceiling)

    def shrink(self, failed: int) -> None:
        """Allow half of what failed, and never more again: what lies between is not worth further failures."""
        self.size = self.ceiling = max(1, min(self.size, failed // 2))


@dataclass
class Line:
    """One endpoint, and what was learnt of it; threads share it, and at worst learn something twice."""

    traffic: Traffic
    batch: BatchSize = field(default_factory=BatchSize)
    has_answered: bool = False
    is_admitted: bool = False
    """Whether it proved to be on the chain."""
    quiet_until: float = 0.0
    """It asked for patience until then, on the deadline's clock."""
    trouble: Fault | None = None
    """What befell it last, None once it has answered."""

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint it goes to."""
        return self.traffic.endpoint


class Course:
    """What one send has been through: what is still unanswered, whom to ask next, and when to give up."""

    def __init__(self, lines: Sequence[Line], count: int, *, has_spares: bool = False) -> None:
        self.queue = deque(lines)
        self.has_spares = has_spares
        """Whether another line may be called up when none of these is left."""
        self._known = list(lines)
        self.replies: list[Reply] = [None] * count
        self.pending = list(range(count))
        self.failures = 0
        """One after another, at the line in front."""
        self.faults: dict[str, Fault] = {}
        """The last one of each line, by its masked name."""
        self._too_heavy: tuple[Line, int] | None = None
        """Who said last that this is too much for it, and of how many requests."""
        self.is_spent = False
        """Whether every endpoint was tried, so that replies that might be better are taken as they are."""

    @property
    def line(self) -> Line:
        """The endpoint whose turn it is."""
        return self.queue[0]

    def take(self, part: Sequence[int], replies: Sequence[Reply], passing: Callable[[int, Reply], bool]) -> list[Reply]:
        """Keep the replies that are answers; gives those that may still become one.

        Args:
            part: which requests were made, by their place.
            replies: one for each.
            passing: tells, by place and reply, what may be better next time.
        """
        for index, reply in zip(part, replies, strict=True):
            self.replies[index] = reply
        unsettled = [
            i for i in part if is_limited(self.replies[i]) or (not self.is_spent and passing(i, self.replies[i]))
        ]
        self.pending = [*unsettled, *self.pending[len(part) :]]
        if len(unsettled) < len(part):
            self.failures = 0
        left = [self.replies[index] for index in unsettled]
        is_too_much = bool(left) and all(isinstance(reply, NodeFailure) and is_too_heavy(reply) for reply in left)
        self._too_heavy = (self.line, len(left)) if is_too_much else None
        return left

    def take_too_heavy(self) -> bool:
        """Take that this is too much for one endpoint as the answer, where the others give none; says whether it is."""
        if self.queue or self._too_heavy is None:
            return False
        self.settle(*self._too_heavy)
        return True

    def settle(self, line: Line, count: int) -> None:
        """Take the first replies as they are, and go on at the last line."""
        self.pending = self.pending[count:]
        self.queue.append(line)
        self.is_spent = True
        self._too_heavy = None

    def find_new(self, lines: Sequence[Line]) -> list[Line]:
        """Give the lines that this send has not been sent to and cannot be yet."""
        return [line for line in lines if not any(line is known for known in self._known)]

    def call_up(self, lines: Sequence[Line]) -> None:
        """Go on with more lines."""
        self.queue.extend(lines)
        self._known.extend(lines)

    def restart(self) -> None:
        """Forget the replies."""
        self._too_heavy = None
        self.pending = list(range(len(self.replies)))
