"""What can go wrong with one try at an endpoint, and what to do about each kind."""

from collections.abc import Collection, Sequence
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final

from avsctl.chain.jsonrpc import NodeFailure, Reply, ReplyError, backoff_seconds, decode_error, is_rate_limit
from avsctl.chain.transport import Deadline, HttpReply, TransportError

TRIES: Final = 4
"""How often an endpoint is asked before the next one is: 1.75 s of pauses."""
PATIENCE: Final = 8
"""How often the last one is asked that asks for patience: 24 s of pauses, where it names none itself."""
FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 8.0
"""Of our own pauses; one that an endpoint asks for may be longer."""


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
            raise cls(
                f"{text}: too many requests{f', asks to wait {asked:g} s' if asked else ''}", Kind.PATIENCE, asked
            )
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

    def pause_after(self, attempt: int) -> float:
        """Give the seconds to wait after so many tries before this one."""
        return min(FIRST_PAUSE_S * 2**attempt, LONGEST_PAUSE_S) if self.pause_s is None else self.pause_s

    @property
    def longest_pause_s(self) -> float:
        """The longest, in seconds, that another try which may help would have to wait for."""
        if self.pause_s is not None:
            return self.pause_s
        return LONGEST_PAUSE_S if self.kind is Kind.PATIENCE else 0.0

    def after(self, earlier: "Fault | None", left_s: float) -> "Fault":
        """Give the one of two that tells more: running out of time says little of an endpoint.

        Args:
            earlier: what befell the endpoint before; None for nothing.
            left_s: what is left of the command's time.
        """
        return earlier if earlier is not None and (self.kind is Kind.LATE or not left_s) else self


def is_limited(reply: Reply) -> bool:
    """Whether a reply asks for patience."""
    return isinstance(reply, NodeFailure) and is_rate_limit(reply)


def find_fault(replies: Sequence[Reply]) -> Fault:
    """Sum up replies that are no answers yet: patience where one of them asks for it."""
    limits = [reply for reply in replies if isinstance(reply, NodeFailure) and is_rate_limit(reply)]
    if limits:
        pauses = [pause for pause in map(backoff_seconds, limits) if pause is not None]
        pause = max(pauses, default=None)
        plea = f"asks to wait {pause:g} s" if pause else "asks for patience"
        return Fault(f"{plea}: {limits[0].message}", Kind.PATIENCE, pause)
    first = next((reply for reply in replies if isinstance(reply, NodeFailure)), None)
    return Fault(
        f"answered with an error: {first.message}" if first else "sent nothing that is an answer", Kind.PASSING
    )


def find_remedy(faults: Collection[Fault], setting: str, deadline: Deadline, *, is_paired: bool) -> str:
    """Say what may help where every endpoint of a setting has ended in a fault; ``is_paired`` for a cross-check."""
    is_late = deadline.remaining() <= max(fault.longest_pause_s for fault in faults)
    more_time = f"--timeout gives more time than {deadline.command_s:g} s; " if is_late else ""
    if is_paired:
        cure = f"--cross-check needs two endpoints that answer: put more of them into {setting}, or leave it out"
        return f"{more_time}{cure}"
    cure = f"see that the node is up and {setting} is right"
    if all(fault.kind is Kind.PATIENCE for fault in faults):
        cure = "try again later, or with a key that allows more requests"
    return f"{more_time}{cure}; {tell_fallback(setting)}"


def tell_fallback(setting: str) -> str:
    """Say what more endpoints can be given by."""
    return f"{setting}=URL1,URL2 gives endpoints to fall back to"


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
