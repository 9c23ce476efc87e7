"""One chain's endpoints as one thing that answers requests: batches, retries, failover, masked words about them."""

import itertools
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from avsctl.chain.endpoint import Endpoint
from avsctl.chain.jsonrpc import (
    NodeFailure,
    Reply,
    ReplyError,
    Request,
    backoff_seconds,
    decode_replies,
    encode_requests,
    is_rate_limit,
    parse_quantity,
)
from avsctl.chain.transport import Deadline, HttpReply, Transport, TransportError
from avsctl.core.deployment import Layer
from avsctl.errors import EndpointError, NodeError

FIRST_BATCH: Final = 10
LARGEST_BATCH: Final = 1000
TRIES: Final = 4
"""How often one endpoint is asked before the next one is."""
HEAVY_TRIES: Final = 2
"""How often it is asked what a smaller request may get."""
PATIENCE: Final = 8
"""How often it is asked when it asks for patience itself."""
TRY_TIMEOUT_S: Final = 20.0
FIRST_PAUSE_S: Final = 0.25

_log = logging.getLogger("avsctl.chain.rpc")


class _Fault(Exception):
    """One try that gave no usable answer."""

    def __init__(self, text: str, *, lasting: bool = False, heavy: bool = False, refused: bool = False) -> None:
        super().__init__(text)
        self.lasting = lasting
        """Asking again is pointless."""
        self.heavy = heavy
        """A smaller request may pass."""
        self.refused = refused
        """The size itself was refused."""
        self.is_limit = False
        """The endpoint asks for patience."""
        self.pause_s: float | None = None
        """How long, in seconds, where it says so."""

    @classmethod
    def limit(cls, text: str, pause_s: float | None, *, heavy: bool = False) -> "_Fault":
        """Give the fault of an endpoint that asks for patience."""
        fault = cls(text, heavy=heavy)
        fault.is_limit, fault.pause_s = True, pause_s
        return fault

    @property
    def tries(self) -> int:
        """How often to ask one endpoint before giving up on it."""
        return PATIENCE if self.is_limit else HEAVY_TRIES if self.heavy else TRIES


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
    """How many items a batch may hold: grows after success, is halved on refusal, and remembers the refusal."""

    size: int = FIRST_BATCH
    ceiling: int = LARGEST_BATCH

    def grow(self, used: int) -> None:
        """Allow twice as many after a full batch passed."""
        if used >= self.size:
            self.size = min(self.size * 2, self.ceiling)

    def shrink(self, failed: int, *, refused: bool) -> None:
        """Allow half of what failed; when its size was refused, never that many again."""
        self.size = max(1, min(self.size, failed // 2))
        if refused:
            self.ceiling = max(1, min(self.ceiling, failed - 1))


@dataclass
class Rpc:
    """Sends requests to the endpoints of one chain, the first that answers; safe to use from several threads."""

    layer: Layer
    endpoints: Sequence[Endpoint]
    transport: Transport
    deadline: Deadline
    batch: BatchSize = field(default_factory=BatchSize)
    traffic: list[Traffic] = field(init=False)
    chain_id: int | None = None
    """Once known, an endpoint that is turned to later must be on it."""
    _current: int = 0
    _admitted: set[int] = field(default_factory=set)
    _next_id: int = 1
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.traffic = [Traffic(endpoint) for endpoint in self.endpoints]

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint that answers at present."""
        return self.endpoints[self._current]

    def request(self, method: str, *params: Any) -> Any:  # noqa: ANN401 - JSON
        """Ask one thing; raises NodeError when the node answers with an error object."""
        (reply,) = self.send([Request(method, params)])
        return self.require(method, reply)

    def require(self, method: str, reply: Reply) -> Any:  # noqa: ANN401 - JSON
        """Give a reply's result; raises NodeError when it is an error object."""
        if isinstance(reply, NodeFailure):
            raise NodeError(
                f"{self.name()} answered {method} with an error: {reply.message} (code {reply.code})",
                "try again, or use another endpoint",
                rpc_code=reply.code,
                data=reply.data,
            )
        return reply

    def send(self, requests: Sequence[Request]) -> list[Reply]:
        """Ask several things, in as few HTTP requests as the endpoint takes; replies come in the order of the requests.

        Raises:
            EndpointError: no endpoint gave a usable answer within the tries and the time allowed; ``heavy`` on it says
                that smaller requests may pass.
        """
        replies: list[Reply] = [None] * len(requests)
        pending = list(range(len(requests)))
        while pending:
            part, pending = pending[: self.batch.size], pending[self.batch.size :]
            for index, reply in zip(part, self._send_part([requests[i] for i in part]), strict=True):
                replies[index] = reply
        return replies

    def takes_batch(self, requests: Sequence[Request]) -> bool:
        """Whether the present endpoint answers a batch of this size, asked once."""
        try:
            self._exchange(self._current, requests)
        except _Fault:
            return False
        return True

    def establish(self, chain_id: int) -> None:
        """Hold the endpoints to the chain that the present one is on."""
        self.chain_id = chain_id
        self._admitted.add(self._current)

    def name(self, endpoint: Endpoint | None = None) -> str:
        """Name the layer's endpoint for messages, masked."""
        return f"{self.layer.upper()} endpoint {(endpoint or self.endpoint).masked}"

    def _send_part(self, requests: Sequence[Request]) -> list[Reply]:
        """Send one batch, in halves when the endpoint refuses its size."""
        try:
            replies = self._send_somewhere(requests)
        except _Fault as fault:
            self.batch.shrink(len(requests), refused=fault.refused)
            if fault.is_limit:
                self._pause(fault, 0)
            middle = len(requests) // 2
            return self._send_part(requests[:middle]) + self._send_part(requests[middle:])
        self.batch.grow(len(requests))
        return replies

    def _send_somewhere(self, requests: Sequence[Request]) -> list[Reply]:
        """Try the endpoints in order; a fault leaves here only for a batch that may pass in halves."""
        faults: list[str] = []
        heavy = False
        for _ in self.endpoints:
            index = self._current
            try:
                self._admit(index)
                return self._send_patiently(index, requests)
            except _Fault as fault:
                if fault.heavy and len(requests) > 1:
                    raise
                heavy = heavy or fault.heavy
                faults.append(f"{self.name(self.endpoints[index])}: {fault}")
                self._turn_from(index)
        raise self._give_up(requests, faults, heavy=heavy)

    def _send_patiently(self, index: int, requests: Sequence[Request]) -> list[Reply]:
        """Try one endpoint again until it answers, fails for good, or the tries are used up."""
        for attempt in itertools.count():
            try:
                return self._exchange(index, requests, again=attempt > 0)
            except _Fault as fault:
                if fault.lasting or attempt + 1 >= fault.tries or (fault.heavy and len(requests) > 1):
                    raise
                self._pause(fault, attempt)
        raise AssertionError

    def _pause(self, fault: _Fault, attempt: int) -> None:
        pause = FIRST_PAUSE_S * 2**attempt if fault.pause_s is None else fault.pause_s
        if pause >= self.deadline.remaining():
            fault.lasting = True
            raise fault
        self.deadline.clock.sleep(pause)

    def _exchange(self, index: int, requests: Sequence[Request], *, again: bool = False) -> list[Reply]:
        """Make one HTTP request and read its replies; raises _Fault when they cannot be used."""
        endpoint, remaining = self.endpoints[index], self.deadline.remaining()
        if remaining <= 0:
            raise _Fault(f"no time left of the {self.deadline.seconds:g} s (--timeout)", lasting=True)
        first_id = self._count(index, len(requests), again=again)
        started = self.deadline.clock.now()
        outcome = "ok"
        try:
            body = encode_requests(requests, first_id)
            reply = self.transport.post(endpoint, body, min(remaining, TRY_TIMEOUT_S))
            replies = decode_replies(_usable_body(reply), first_id, len(requests))
            return self._check_limits([_scrub(endpoint, item) for item in replies])
        except TransportError as error:
            outcome = str(error)
            raise _Fault(str(error), heavy=error.mid_answer) from None
        except ReplyError as error:
            outcome = endpoint.scrub(str(error))
            raise _Fault(outcome, heavy=len(requests) > 1, refused=error.refuses_batch) from None
        except _Fault as fault:
            outcome = str(fault)
            raise
        finally:
            self._tell(endpoint, requests, started, outcome)

    def _check_limits(self, replies: list[Reply]) -> list[Reply]:
        limits = [reply for reply in replies if isinstance(reply, NodeFailure) and is_rate_limit(reply)]
        if not limits:
            return replies
        pauses = [pause for pause in map(backoff_seconds, limits) if pause is not None]
        text = f"asks for patience: {limits[0].message}"
        raise _Fault.limit(text, max(pauses, default=None), heavy=len(limits) < len(replies))

    def _admit(self, index: int) -> None:
        """Check that an endpoint turned to late is on the chain that the first one was on."""
        if self.chain_id is None or index in self._admitted:
            return
        (reply,) = self._send_patiently(index, [Request("eth_chainId")])
        found = parse_quantity(self.require("eth_chainId", reply), "the chain id")
        if found != self.chain_id:
            raise _Fault(f"is on chain {found}, not {self.chain_id}", lasting=True)
        self._admitted.add(index)

    def _turn_from(self, index: int) -> None:
        with self._lock:
            if self._current == index:
                self._current = (index + 1) % len(self.endpoints)

    def _count(self, index: int, items: int, *, again: bool) -> int:
        with self._lock:
            self.traffic[index].requests += 1
            self.traffic[index].retries += again
            first, self._next_id = self._next_id, self._next_id + items
            return first

    def _tell(self, endpoint: Endpoint, requests: Sequence[Request], started: float, outcome: str) -> None:
        if not _log.isEnabledFor(logging.DEBUG):
            return
        methods = ",".join(sorted({request.method for request in requests}))
        seconds = self.deadline.clock.now() - started
        fields = {
            "layer": self.layer.value,
            "endpoint": endpoint.masked,
            "methods": methods,
            "items": len(requests),
            "ms": round(seconds * 1000),
            "outcome": outcome,
        }
        _log.debug("rpc request", extra={"event": "rpc_request", "fields": fields})

    def _give_up(self, requests: Sequence[Request], faults: Sequence[str], *, heavy: bool) -> EndpointError:
        methods = ", ".join(sorted({request.method for request in requests}))
        setting = f"{self.layer.upper()}_RPC"
        return EndpointError(
            f"{'; '.join(faults)} (asked for {methods})",
            f"see that the node is up and {setting} is right; {setting}=URL1,URL2 gives endpoints to fall back to",
            heavy=heavy,
        )


def _usable_body(reply: HttpReply) -> bytes:
    """Give the body of a reply that may hold JSON-RPC; raises _Fault for the statuses that say otherwise."""
    if reply.status in (200, 400):
        return reply.body
    text = f"HTTP status {reply.status}"
    if reply.status == 429:
        raise _Fault.limit(f"{text}: too many requests", _asked_pause(reply))
    if reply.status in (401, 403):
        raise _Fault(f"{text}: the endpoint refuses access; its key may be wrong", lasting=True)
    if reply.status == 413:
        raise _Fault(f"{text}: the request is too large", heavy=True, refused=True)
    raise _Fault(text, lasting=reply.status < 500, heavy=reply.status >= 500)


def _asked_pause(reply: HttpReply) -> float | None:
    """Read Retry-After in seconds, or the pause in a JSON body; the form with a date is left to our own pauses."""
    value = reply.headers.get("retry-after", "").strip()
    if value.isdecimal() and len(value) < 6:
        return float(value)
    try:
        (failure,) = decode_replies(reply.body, 0, 1)
    except ReplyError:
        return None
    return backoff_seconds(failure) if isinstance(failure, NodeFailure) else None


def _scrub(endpoint: Endpoint, reply: Reply) -> Reply:
    if isinstance(reply, NodeFailure):
        return NodeFailure(reply.code, endpoint.scrub(reply.message), reply.data)
    return reply
