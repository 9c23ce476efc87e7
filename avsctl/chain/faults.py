"""What can go wrong with one try at an endpoint, and what to do about each kind."""

from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final

from avsctl.chain.jsonrpc import NodeFailure, Reply, ReplyError, backoff_seconds, decode_error, is_rate_limit
from avsctl.chain.transport import HttpReply, TransportError

TRIES: Final = 4
"""How often an endpoint is asked before the next one is: 1.75 s of pauses."""
PATIENCE: Final = 8
"""How often the last one is asked that asks for patience: 24 s of pauses, where it names none itself."""


class Kind(Enum):
    """What a fault says of the next try."""

    LASTING = "asking this endpoint again is pointless"
    LATE = "the time of the command is used up"
    PASSING = "it may pass"
    UNREACHED = "it may pass, and it cost all the time of a try"
    PATIENCE = "the endpoint asks for patience"
    HEAVY = "the endpoint took the request and failed on it: it may pass, or smaller requests may"
    STALLED = "the same, and it cost all the time of a try"
    TOO_LARGE = "the size itself was refused"

    @property
    def tries(self) -> int:
        """How often to ask the same."""
        return _TRIES[self]

    @property
    def may_pass_smaller(self) -> bool:
        """Whether smaller requests may pass."""
        return self in (Kind.HEAVY, Kind.STALLED, Kind.TOO_LARGE)


_TRIES: Final = {
    Kind.LASTING: 1,
    Kind.LATE: 1,
    Kind.PASSING: TRIES,
    Kind.UNREACHED: 2,
    Kind.PATIENCE: PATIENCE,
    Kind.HEAVY: TRIES,
    Kind.STALLED: 2,
    Kind.TOO_LARGE: 1,
}


class Fault(Exception):
    """One try that gave no usable answer."""

    def __init__(self, text: str, kind: Kind, pause_s: float | None = None) -> None:
        super().__init__(text)
        self.kind = kind
        self.pause_s = pause_s
        """The pause that the endpoint asks for, in seconds, where it names one."""

    @classmethod
    def of_transport(cls, error: TransportError) -> "Fault":
        """Give the fault that it is when no reply came."""
        if error.stalled:
            return cls(str(error), Kind.STALLED if error.mid_answer else Kind.UNREACHED)
        return cls(str(error), Kind.HEAVY if error.mid_answer else Kind.PASSING)

    @classmethod
    def check_status(cls, reply: HttpReply) -> None:
        """Raise the fault that an HTTP status is, whatever the body says."""
        text = f"HTTP status {reply.status}"
        asked = _asked_pause(reply) if reply.status in (429, 503) else None
        if reply.status == 429 or asked is not None:
            raise cls(f"{text}: too many requests", Kind.PATIENCE, asked)
        if reply.status in (401, 403):
            raise cls(f"{text}: the endpoint refuses access; its key may be wrong", Kind.LASTING)
        if 300 <= reply.status < 400:
            raise cls(f"{text}: the endpoint redirects, which is not followed; give the URL it leads to", Kind.LASTING)
        if reply.status >= 500:
            raise cls(text, Kind.HEAVY)

    @classmethod
    def of_reply(cls, error: ReplyError, status: int) -> "Fault":
        """Give the fault that a body is which does not answer the requests."""
        if error.failure is not None and is_rate_limit(error.failure):
            return find_fault([error.failure])
        if error.failure is not None:
            return cls(str(error), Kind.TOO_LARGE)
        if status == 200:
            return cls(str(error), Kind.HEAVY)
        kind = {413: Kind.TOO_LARGE, 400: Kind.HEAVY, 408: Kind.PASSING}.get(status, Kind.LASTING)
        return cls(f"HTTP status {status}: {'the request is too large' if status == 413 else error}", kind)

    def tries(self, size: int, *, is_last: bool) -> int:
        """How often to ask the same of one endpoint: less where halves or another endpoint can be asked instead."""
        if size > 1 and self.kind.may_pass_smaller:
            return min(self.kind.tries, 2)
        return self.kind.tries if is_last else min(self.kind.tries, TRIES)

    def after(self, earlier: "Fault | None") -> "Fault":
        """Give the one of two that tells more: running out of time says little of an endpoint."""
        return earlier if earlier is not None and self.kind is Kind.LATE else self


def is_limited(reply: Reply) -> bool:
    """Whether a reply asks for patience."""
    return isinstance(reply, NodeFailure) and is_rate_limit(reply)


def find_fault(replies: Sequence[Reply]) -> Fault:
    """Sum up replies that are no answers yet: patience where one of them asks for it."""
    limits = [reply for reply in replies if isinstance(reply, NodeFailure) and is_rate_limit(reply)]
    if limits:
        pauses = [pause for pause in map(backoff_seconds, limits) if pause is not None]
        return Fault(f"asks for patience: {limits[0].message}", Kind.PATIENCE, max(pauses, default=None))
    first = next((reply for reply in replies if isinstance(reply, NodeFailure)), None)
    return Fault(
        f"answered with an error: {first.message}" if first else "sent nothing that is an answer", Kind.PASSING
    )


def _asked_pause(reply: HttpReply) -> float | None:
    """Read Retry-After, as seconds or as a date against the endpoint's own, or the pause in a JSON body."""
    value = reply.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal() and len(value) < 6:
        return float(value)
    try:
        until, now = (parsedate_to_datetime(text) for text in (value, reply.headers["date"]))
        return max(0.0, (until - now).total_seconds())
    except (KeyError, TypeError, ValueError, OverflowError):
        failure = decode_error(reply.body)
        return backoff_seconds(failure) if failure is not None else None
