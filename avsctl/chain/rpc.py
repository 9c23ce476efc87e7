"""One chain's endpoints as one thing that answers requests: batches, retries, failover, masked words about them."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from avsctl.chain.blocks import ask_block, parse_block
from avsctl.chain.course import BatchSize, Course, Line, Traffic
from avsctl.chain.cross_check import CrossCheck
from avsctl.chain.endpoint import Endpoint
from avsctl.chain.faults import Fault, Kind, find_fault, find_remedy, is_limited, tell_fallback
from avsctl.chain.jsonrpc import (
    MAX_MESSAGE,
    NodeFailure,
    Reply,
    ReplyError,
    Request,
    decode_replies,
    encode_requests,
    parse_quantity,
)
from avsctl.chain.meanings import Reading, read_meaning
from avsctl.chain.shapes import drop_failed_guess, may_improve
from avsctl.chain.transport import Deadline, Transport, TransportError
from avsctl.core.deployment import BlockRef, Layer
from avsctl.errors import AnswerError, EndpointError, NodeError

TRY_TIMEOUT_S: Final = 15.0

_MESSAGE_SHOWN: Final = 2_000

_log = logging.getLogger("avsctl.chain.rpc")
T = TypeVar("T")


def never(_: Reply) -> bool:
    """Take every reply as it is."""
    return False


@dataclass
class Rpc:
    """Sends requests to the endpoints of one chain, the first that answers; safe to use from several threads."""

    layer: Layer
    endpoints: Sequence[Endpoint]
    transport: Transport
    deadline: Deadline
    chain_id: int | None = None
    """Once known, an endpoint that is turned to later must be on it."""
    check: CrossCheck | None = None
    """The endpoint that every answer is compared with; None where each is taken from one endpoint alone."""
    lines: list[Line] = field(init=False)
    _current: int = 0
    _anchor: BlockRef | None = None
    _is_closed: bool = False
    _next_id: int = 1
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _spares: deque[Line] = field(default_factory=deque)
    """Endpoints for whichever of a pair loses its own."""
    _is_paired: bool = False

    def __post_init__(self) -> None:
        self.lines = [Line(Traffic(endpoint)) for endpoint in self.endpoints]

    @property
    def line(self) -> Line:
        """The endpoint that answers at present."""
        return self.lines[self._current]

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint that answers at present."""
        return self.line.endpoint

    @property
    def batch(self) -> BatchSize:
        """How many items the present endpoint takes."""
        return self.line.batch

    @property
    def fallback(self) -> str:
        """What more endpoints can be given by, for hints."""
        return tell_fallback(f"{self.layer.upper()}_RPC")

    @property
    def traffic(self) -> list[Traffic]:
        """What each endpoint was asked, in the order of ``endpoints``."""
        others = () if self.check is None else (*self.check.second.lines, *self._spares)
        traffic = {line.endpoint: line.traffic for line in (*self.lines, *others)}
        return [traffic[endpoint] for endpoint in self.endpoints]

    def request(self, method: str, *params: Any) -> Any:  # noqa: ANN401 - JSON
        """Ask one thing; raises NodeError when the node answers with an error object."""
        (reply,) = self.send([Request(method, params)])
        return self.require(method, reply)

    def require(self, method: str, reply: Reply) -> Any:  # noqa: ANN401 - JSON
        """Give a reply's result; raises NodeError when it is an error object."""
        if isinstance(reply, NodeFailure):
            raise NodeError(
                f"{reply.said_by or self.name()} answered {method} with an error: {reply.message} (code {reply.code})",
                f"try again; {self.fallback}",
            )
        return reply

    def read(self, method: str, reply: Reply, parse: Callable[[Any], T]) -> T:
        """Give what ``parse`` makes of a reply's result; its AnswerError then names endpoint and method."""
        result = self.require(method, reply)
        try:
            return parse(result)
        except AnswerError as error:
            text = f"{self.name()} gave no good answer to {method}: {error}"
            raise AnswerError(text, f"{error.problems[0].hint or 'try again'}; {self.fallback}") from None

    def send(
        self,
        requests: Sequence[Request],
        passing: Callable[[Reply], bool] = never,
        reading: Reading = read_meaning,
    ) -> list[Reply]:
        """Ask several things, in as few HTTP requests as the endpoint takes; replies come in the order of the requests.

        Until the chain is known, all replies come from one endpoint.

        Args:
            requests: what to ask.
            passing: tells replies that may be better next time; they are asked for again, here and then at the next
                endpoint, and are returned as they are when nobody answers better.
            reading: tells what of a reply counts where two endpoints are compared.

        Raises:
            EndpointError: no endpoint gave a usable answer within the tries and the time allowed; ``heavy`` on it says
                that smaller requests may pass.
            EndpointsDifferError: two endpoints are compared, and say different things.
        """
        if self.check is not None:
            return self.check.send(self, requests, passing, reading)
        return self.send_alone(requests, passing)

    def send_alone(self, requests: Sequence[Request], passing: Callable[[Reply], bool] = never) -> list[Reply]:
        """Do as ``send`` without comparing."""
        lines = [*self.lines[self._current :], *self.lines[: self._current]]
        return self._send(requests, passing, lines, has_spares=True)

    def ask_used(self, request: Request, passing: Callable[[Reply], bool] = never) -> list[Reply]:
        """Ask one thing of every endpoint that was used since ``hold_to``, none standing in for another."""
        replies = [self._send([request], passing, [line])[0] for line in self.lines if line.is_admitted]
        return replies if self.check is None else replies + self.check.second.ask_used(request, passing)

    def split(self) -> "Rpc":
        """Leave the second endpoint to another Rpc; those behind it are for whichever of both loses its own."""
        other = Rpc(self.layer, self.endpoints, self.transport, self.deadline)
        self._is_paired = other._is_paired = True
        self._spares = other._spares = deque(self.lines[2:])
        self.lines, other.lines = self.lines[:1], self.lines[1:2]
        return other

    def end_check(self) -> None:
        """Compare nothing from now on; raises ChainError as ``CrossCheck.settle`` does."""
        check, self.check = self.check, None
        if check is not None:
            check.settle()

    def takes_batch(self, requests: Sequence[Request]) -> bool:
        """Whether the present endpoint answers a batch of this size; asked once more for each plea for patience."""
        for attempt in range(Kind.PATIENCE.tries):
            try:
                replies = self._exchange(self.line, requests, again=attempt > 0)
                if not any(map(is_limited, replies)):
                    return True
                fault = find_fault(replies)
            except Fault as error:
                fault = error
            if fault.kind is not Kind.PATIENCE or not self._rest(self.line, fault, attempt):
                break
        return False

    def establish(self, chain_id: int) -> None:
        """Hold the endpoints to the chain that the present one is on."""
        self.chain_id = chain_id
        self.line.is_admitted = True

    def hold_to(self, block: BlockRef) -> None:
        """Hold the endpoints to a block that is read by number: each one has to show its hash before it is used."""
        self._anchor = block
        for line in self.lines:
            line.is_admitted = False
        if self.check is not None:
            self.check.second.hold_to(block)

    def close(self) -> None:
        """End what is still being asked in the background: nothing is sent any more."""
        self._is_closed = True
        if self.check is not None:
            self.check.second.close()

    def name(self, endpoint: Endpoint | None = None) -> str:
        """Name the layer's endpoint for messages, masked."""
        return f"{self.layer.upper()} endpoint {(endpoint or self.endpoint).masked}"

    # Sending

    def _send(
        self,
        requests: Sequence[Request],
        passing: Callable[[Reply], bool],
        lines: Sequence[Line],
        *,
        has_spares: bool = False,
    ) -> list[Reply]:
        course = Course(lines, len(requests), has_spares=has_spares)
        while course.pending:
            line, size = course.line, 1
            try:
                self._admit(line)
                part = course.pending[: line.batch.size]
                size = len(part)
                replies = self._exchange(line, [requests[i] for i in part], again=course.failures > 0)
            except Fault as fault:
                self._recover(course, fault, size)
                if not course.take_too_heavy():
                    self._require_hope(course, requests)
                continue
            line.batch.grow(size)
            replies = [drop_failed_guess(requests[i], reply) for i, reply in zip(part, replies, strict=True)]
            if unsettled := course.take(part, replies, lambda i, reply: may_improve(requests[i], reply, passing)):
                self._recover(course, find_fault(unsettled), 1)
                if not course.queue and not any(map(is_limited, unsettled)):
                    course.settle(line, len(unsettled))
                self._require_hope(course, requests)
        return course.replies

    # After a fault

    def _recover(self, course: Course, fault: Fault, size: int) -> None:
        """Wait, ask for less, or turn to the next endpoint; an empty queue says that all is tried."""
        line, name = course.line, self.name(course.line.endpoint)
        line.trouble = fault.after(line.trouble or course.faults.get(name), self.deadline.remaining())
        course.faults[name] = line.trouble
        course.failures += 1
        is_last = len(course.queue) == 1 and not self._spares
        if course.failures < fault.tries(size, is_last=is_last) and self._rest(line, fault, course.failures - 1):
            return
        course.failures = 0
        if fault.kind.may_pass_smaller and size > 1:
            line.batch.shrink(size)
            if fault.kind is Kind.TOO_LARGE or (line.has_answered and fault.kind is not Kind.STALLED):
                return
            course.queue.rotate(-1)
        else:
            if fault.kind.may_pass_smaller:
                line.batch = BatchSize()
            course.queue.popleft()
            self._call_up(course)
        self._turn(course, line)

    def _call_up(self, course: Course) -> None:
        """Go on with a spare endpoint where none is left, or with one that another thread has called up."""
        if course.queue or not course.has_spares:
            return
        with self._lock:
            fresh = course.find_new(self.lines)
            if not fresh and self._spares:
                fresh = [self._spares.popleft()]
                self.lines += fresh
        course.call_up(fresh)

    def _turn(self, course: Course, line: Line) -> None:
        if not course.queue or course.line is line:
            return
        if self.chain_id is None:
            course.restart()
        with self._lock:
            if self.line is line:
                self._current = next(i for i, each in enumerate(self.lines) if each is course.line)

    def _rest(self, line: Line, fault: Fault, attempt: int) -> bool:
        """Wait before the next try; false when the time does not allow it."""
        pause = fault.pause_after(attempt)
        if pause >= self.deadline.remaining():
            return False
        if fault.kind is Kind.PATIENCE:
            line.quiet_until = max(line.quiet_until, self.deadline.clock.now() + pause)
        self.deadline.clock.sleep(pause)
        return True

    def _require_hope(self, course: Course, requests: Sequence[Request]) -> None:
        if course.queue:
            return
        method = requests[course.pending[0]].method
        faults = course.faults.values()
        raise EndpointError(
            f"{'; '.join(f'{name}: {fault}' for name, fault in course.faults.items())} (asked for {method})",
            find_remedy(faults, f"{self.layer.upper()}_RPC", self.deadline, is_paired=self._is_paired),
            heavy=self.deadline.remaining() > 0 and all(fault.kind.may_pass_smaller for fault in faults),
        )

    # One exchange

    def _admit(self, line: Line) -> None:
        """Check that an endpoint turned to late is on the chain that the first one was on, and has the block."""
        if self.chain_id is None or line.is_admitted:
            return
        anchor = self._anchor
        requests = [Request("eth_chainId")]
        if anchor is not None:
            requests.append(ask_block(anchor.number))
        replies = [reply for request in requests for reply in self._exchange(line, [request])]
        failures = [reply for reply in replies if isinstance(reply, NodeFailure)]
        if failures:
            raise find_fault(failures)
        try:
            found = parse_quantity(replies[0], "the chain id")
            if found != self.chain_id:
                raise Fault(f"is on chain {found}, not {self.chain_id}", Kind.LASTING)
            if anchor is not None and parse_block(replies[1], found).hash != anchor.hash:
                raise Fault(f"has another block {anchor.number}", Kind.LASTING)
        except AnswerError as error:
            raise Fault(str(error), Kind.PASSING) from None
        line.is_admitted = True

    def _exchange(self, line: Line, requests: Sequence[Request], *, again: bool = False) -> list[Reply]:
        """Make one HTTP request and read its replies; raises Fault when they cannot be used."""
        timeout_s = self._find_timeout(line)
        first_id = self._count(line, len(requests), again=again)
        started = self.deadline.clock.now()
        outcome = "ok"
        try:
            reply = self.transport.post(line.endpoint, encode_requests(requests, first_id), timeout_s)
            Fault.check_status(reply)
            replies = _decode(reply.status, reply.body, first_id, len(requests))
        except TransportError as error:
            outcome = str(error)
            raise Fault.of_transport(error) from None
        except Fault as fault:
            outcome = _scrub_text(line.endpoint, str(fault))
            raise Fault(outcome, fault.kind, fault.pause_s) from None
        finally:
            self._tell(line.endpoint, requests, started, outcome)
        line.has_answered, line.trouble = True, None
        return [_scrub(line.endpoint, item) for item in replies]

    def _find_timeout(self, line: Line) -> float:
        """Wait until the endpoint may be asked; gives the seconds that one try may take."""
        clock = self.deadline.clock
        wait = line.quiet_until - clock.now()
        if 0 < wait < self.deadline.remaining():
            clock.sleep(wait)
            wait = 0.0
        remaining = self.deadline.remaining()
        if self._is_closed or remaining <= 0 or wait >= remaining > 0:
            raise Fault(f"no time left of the {self.deadline.command_s:g} s (--timeout)", Kind.LATE)
        return min(TRY_TIMEOUT_S, remaining if len(self.lines) == 1 else remaining / 2)

    def _count(self, line: Line, items: int, *, again: bool) -> int:
        with self._lock:
            line.traffic.requests += 1
            line.traffic.retries += again
            first, self._next_id = self._next_id, self._next_id + items
            return first

    def _tell(self, endpoint: Endpoint, requests: Sequence[Request], started: float, outcome: str) -> None:
        if not _log.isEnabledFor(logging.DEBUG):
            return
        fields = {
            "layer": self.layer.value,
            "endpoint": endpoint.masked,
            "methods": ",".join(sorted({request.method for request in requests})),
            "items": len(requests),
            "ms": round((self.deadline.clock.now() - started) * 1000),
            "outcome": outcome,
        }
        _log.debug("rpc request", extra={"event": "rpc_request", "fields": fields})


def _decode(status: int, body: bytes, first_id: int, count: int) -> list[Reply]:
    try:
        return decode_replies(body, first_id, count)
    except ReplyError as error:
        raise Fault.of_reply(error, status) from None


def _scrub(endpoint: Endpoint, reply: Reply) -> Reply:
    if isinstance(reply, NodeFailure):
        return NodeFailure(reply.code, _scrub_text(endpoint, reply.message), reply.data)
    return reply


def _scrub_text(endpoint: Endpoint, text: str) -> str:
    """Take the secrets out before the text is cut, or half of one may stay."""
    return endpoint.scrub(text[:MAX_MESSAGE])[:_MESSAGE_SHOWN]
