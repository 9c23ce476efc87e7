"""Two endpoints asked for the same side by side, and their answers compared.

The pair can do what both can: where one of them refuses something or runs short of it, that is the answer, and whoever
asked goes another way, as with any endpoint that has limits. So abilities never count as a difference.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from avsctl.chain.background import side_by_side, start
from avsctl.chain.jsonrpc import NodeFailure, Reply, Request
from avsctl.chain.meanings import Meaning, Reading, block_of, count_results, inner_calls, is_result, is_settled
from avsctl.contracts.call import Revert
from avsctl.errors import EndpointsDifferError

if TYPE_CHECKING:
    from avsctl.chain.rpc import Rpc
    from avsctl.chain.transport import Deadline

HINT: Final = "one of the two is wrong or has another chain: ask a third, or try again where a block was just replaced"
MOST_SHOWN: Final = 200
"""Characters of what each endpoint said."""
_WORD: Final = 32
_ABSENT: Final = object()


@dataclass
class CrossCheck:
    """The second endpoint of an ``Rpc``, and what came of comparing; threads share it."""

    second: "Rpc"
    compared: int = 0
    """Results that were the same."""
    note: str = ""
    """What a reader should know of the pair."""
    _difference: EndpointsDifferError | None = None
    _header: Future[None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(
        self, first: "Rpc", requests: Sequence[Request], passing: Callable[[Reply], bool], reading: Reading
    ) -> list[Reply]:
        """Ask both, what is settled at least; gives the replies of ``first``, or the second's where that is less.

        Raises:
            EndpointError: one of the two gave no usable answer.
            EndpointsDifferError: they say different things.
        """
        shared = [at for at, request in enumerate(requests) if is_settled(request)]
        if not shared:
            return first.send_alone(requests, passing)
        second = self._within(first.deadline)
        replies, others = side_by_side(
            lambda: first.send_alone(requests, passing),
            lambda: second.send_alone([requests[at] for at in shared], passing),
        )
        for at, other in zip(shared, others, strict=True):
            replies[at] = self.combine(first, requests[at], (replies[at], other), reading)
        return replies

    def combine(self, first: "Rpc", request: Request, pair: tuple[Reply, Reply], reading: Reading) -> Reply:
        """Give what two replies say together: the first where they are the same, else the one that says less.

        Raises:
            EndpointsDifferError: both say something, and not the same.
        """
        mine, other = pair
        if not is_result(request, mine):
            return mine
        if not is_result(request, other):
            return self._sign(other)
        if isinstance(mine, NodeFailure) or mine != other:
            said, told = reading(request, mine), reading(request, other)
            if said is None or told is None:
                return mine if said is None else self._sign(other)
            if said != told:
                subject = _describe(request, _first_difference(said, told)) + block_of(request)
                raise self.differ(first, subject, said, told)
        self.count(count_results(request))
        return mine

    def count(self, results: int) -> None:
        """Count results that were the same."""
        with self._lock:
            self.compared += results

    def differ(self, first: "Rpc", subject: str, said: Meaning, told: Meaning) -> EndpointsDifferError:
        """Give the error for two meanings that differ, and keep it for the end, whoever bears it meanwhile."""
        key = _first_difference(said, told)
        mine, other = _show_both(said.get(key, _ABSENT), told.get(key, _ABSENT))
        name, beside = self._name_both(first)
        text = f"two endpoints differ about {subject}: {name} says {mine}, {beside} says {other}"
        error = EndpointsDifferError(text, HINT)
        with self._lock:
            self._difference = self._difference or error
        return error

    def confirm(self, compare: Callable[[], None]) -> None:
        """Compare in the background what ``settle`` waits for."""
        self._header = start(compare)

    def settle(self) -> None:
        """Wait for what is compared in the background.

        Raises:
            EndpointsDifferError: a difference was found, now or before.
            ChainError: an endpoint could not be asked.
        """
        if self._header is not None:
            self._header.result()
        if self._difference is not None:
            raise self._difference

    def summary(self, first: "Rpc") -> str:
        """Say in words how much was compared with whom."""
        names = " and ".join(rpc.endpoint.masked for rpc in (first, self.second))
        return f"{self.compared} result{'' if self.compared == 1 else 's'} said the same by {names}{self.note}"

    def _within(self, deadline: "Deadline") -> "Rpc":
        """Give the second endpoint with the time that the first one has."""
        if self.second.deadline is deadline:
            return self.second
        hurried = replace(self.second, deadline=deadline)
        hurried.lines = self.second.lines
        return hurried

    def _name_both(self, first: "Rpc") -> tuple[str, str]:
        """Name both endpoints, by their places too where what is shown of them is the same."""
        mine, other = first.name(), self.second.name()
        if mine != other:
            return mine, other
        return f"{mine} ({_place_of(first)})", f"{other} ({_place_of(self.second)})"

    def _sign(self, reply: Reply) -> Reply:
        """Let a failure tell that it is the second endpoint's."""
        return replace(reply, said_by=self.second.name()) if isinstance(reply, NodeFailure) else reply


def _place_of(rpc: "Rpc") -> str:
    return f"item {rpc.endpoints.index(rpc.endpoint) + 1} of {rpc.layer.upper()}_RPC"


def _first_difference(said: Meaning, told: Meaning) -> str:
    return next((key for key in (*said, *told) if said.get(key, _ABSENT) != told.get(key, _ABSENT)), "")


def _describe(request: Request, key: str) -> str:
    """Name what was asked: the inner call where there are several, its function where it is known."""
    inner = inner_calls(request)
    if inner and key.isdecimal() and int(key) < len(inner):
        return _describe_call(*inner[int(key)])
    if request.method == "eth_call" and not key:
        call = request.params[0]
        return _describe_call(call.get("to", ""), bytes.fromhex(call["data"][2:]))
    return f"{key} ({request.method})" if key else request.method


def _describe_call(to: str, data: bytes) -> str:
    from avsctl.contracts.interfaces import find_functions  # noqa: PLC0415 - every ABI, where something is wrong only

    found = find_functions(data[:4]) if to else ()
    name = f"{found[0].contract}.{found[0].signature}" if found else "eth_call"
    return f"{name} of {to}, calldata {_cut(data.hex())}" if to else f"{name} without a target"


def _show_both(mine: object, other: object) -> tuple[str, str]:
    """Show two values that differ; of long data the first word that does."""
    if isinstance(mine, bytes) and isinstance(other, bytes) and max(len(mine), len(other)) > _WORD:
        places = range(0, max(len(mine), len(other)), _WORD)
        at = next(at for at in places if mine[at : at + _WORD] != other[at : at + _WORD])
        return (
            f"{_show(mine[at : at + _WORD])} at byte {at} of {len(mine)}",
            f"{_show(other[at : at + _WORD])} at byte {at} of {len(other)}",
        )
    return _show(mine), _show(other)


def _show(value: object) -> str:
    if value is _ABSENT:
        return "nothing"
    if isinstance(value, Revert):
        return f"that it reverts ({_cut(value.data.hex())})" if value.data else "that it reverts without data"
    if isinstance(value, bytes):
        return _cut(value.hex())
    return "null" if value is None else str(value)[:MOST_SHOWN]


def _cut(digits: str) -> str:
    return f"0x{digits[:MOST_SHOWN]}.." if len(digits) > MOST_SHOWN else f"0x{digits}"
