"""Many calls of one chain at one block, in as few requests as its endpoint and its gas cap allow."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any, Final, TypeVar

from avsctl.chain.answers import (
    asks_for_less,
    is_answer,
    is_no_answer,
    may_pass,
    may_pass_undivided,
    read_results,
)
from avsctl.chain.background import run_all
from avsctl.chain.blocks import parse_block
from avsctl.chain.endpoint import Endpoint
from avsctl.chain.jsonrpc import (
    NodeFailure,
    Reply,
    Request,
    execution_revert,
    is_unknown_block,
    parse_bytes,
    parse_quantity,
)
from avsctl.chain.meanings import Reading, read_meaning
from avsctl.chain.rpc import Rpc
from avsctl.contracts import lens, multicall3
from avsctl.contracts.call import Answer, Call, Outcome, Reverted
from avsctl.contracts.reverts import decode_revert
from avsctl.core.deployment import BlockRef
from avsctl.core.units import Address
from avsctl.errors import AnswerError, BlockError, ChainError, EndpointError, NodeError

GAS_PER_REQUEST: Final = 25_000_000
"""What one eth_call is packed up to: nodes cap it at 30M (anvil) or 50M (geth) and more."""
CALLS_PER_CHUNK: Final = 2_500
"""So that a body stays near a megabyte."""
WORKERS: Final = 4
SPARE_GAS: Final = 300_000
"""What must be left at the end of a chunk for its answers to be believed; see ``SPARE``."""

SPARE: Final = Call(
    Address("0x0000000000000000000000000000000000000009"),
    SPARE_GAS.to_bytes(4) + bytes(208) + b"\1",
    bytes,
    "BLAKE2F",
    SPARE_GAS,
)
"""The last call of every chunk: the precompile BLAKE2F costs one gas a round (EIP-152), so it fails unless that much
gas is left.

Without it, a call that got too little gas and swallowed the failure (``try``/``catch``) would answer a wrong number.
Such a call leaves next to nothing: each frame keeps a 64th of its gas (EIP-150), ten frames 15 % together. So where
this much is left, nothing that needs less than 2M was starved, forty times what the calls here take. A chain without
the precompile answers it with success and no data, and is believed.
"""

_log = logging.getLogger("avsctl.chain.reader")
T = TypeVar("T")


class Route(StrEnum):
    """How many calls get into one eth_call."""

    MULTICALL3 = "multicall3"
    """Through Multicall3, which has code at the block."""
    LENS = "lens"
    """Through the lens, in its place by a code override."""
    SINGLE = "single"
    """Not at all: JSON-RPC batches of single calls."""


@dataclass(frozen=True)
class _Chunk:
    """Calls that share one eth_call, by their place in the caller's list."""

    indexes: tuple[int, ...]
    gas: int
    route: Route
    """SINGLE for one call that goes to its contract."""

    @property
    def is_direct(self) -> bool:
        return self.route is Route.SINGLE


@dataclass
class BlockReader:
    """Reads one chain at one block; safe to use from several threads.

    The block is pinned by its hash (EIP-1898). Where the endpoint does not take that, it is pinned by number, and
    ``check_block`` at the end compares the hash again.

    What threads share (how the block is pinned, the route) changes in one direction only, and every chunk knows by
    which route it went: the worst that a race costs is a request.
    """

    rpc: Rpc
    block: BlockRef
    route: Route
    pinned_by_hash: bool = True
    _takes_hash: set[Endpoint] = field(default_factory=set)
    """Endpoints that have answered a call by block hash."""
    _proven: set[tuple[Endpoint, Route]] = field(default_factory=set)
    """Routes that have worked at an endpoint."""

    def read(self, calls: Sequence[Call[T]]) -> list[Outcome[T]]:
        """Execute calls at the block and give their outcomes in order; a call that reverts is an outcome.

        A chunk that fails as a whole is halved until the culprit stands alone, a chunk that ran out of gas is not
        believed, and empty revert data inside a chunk is asked again alone before it is believed.

        Raises:
            ChainError: the chain could not be read, or an answer has another shape.
        """
        outcomes: dict[int, Outcome[T]] = {}
        pending = self._pack(calls, range(len(calls)))
        while pending:
            wave, pending = self._next_wave(pending)
            for chunks, replies in zip(wave, run_all([partial(self._post, calls, each) for each in wave]), strict=True):
                for chunk, reply in zip(chunks, replies, strict=True):
                    pending += self._settle(calls, chunk, reply, outcomes)
        return [outcomes[index] for index in range(len(calls))]

    def require(self, calls: Sequence[Call[T]]) -> list[T]:
        """Execute calls that must not revert; raises NodeError naming the first that does."""
        return [self.value(call, outcome) for call, outcome in zip(calls, self.read(calls), strict=True)]

    def value(self, call: Call[T], outcome: Outcome[T]) -> T:
        """Give an outcome's value; raises NodeError where the call reverted."""
        if isinstance(outcome, Reverted):
            raise NodeError(
                f"{call.label} of {call.to} on {self.rpc.layer.upper()} reverted: {outcome.revert.text}, as"
                f" {self.rpc.name()} has it at block {self.block.number} (eth_call)",
                "see that the address is the contract it is given as",
            )
        return outcome.value

    def settle(self, call: Call[T], reply: Reply) -> Outcome[T]:
        """Give the outcome of a call that was asked for alone; raises ChainError where the EVM did not run."""
        if not isinstance(reply, NodeFailure):
            data = self.rpc.read("eth_call", reply, lambda value: parse_bytes(value, f"the answer to {call.label}"))
            return Answer(self.decode(call, data))
        revert = execution_revert(reply)
        if revert is None:
            raise self._unanswered(call.label, reply)
        return Reverted(revert)

    def decode(self, call: Call[T], data: bytes) -> T:
        """Read return data; raises AnswerError naming the endpoint when it has another shape."""
        try:
            return call.decode(data)
        except AnswerError as error:
            text = f"{error}, as {self.rpc.name()} has it at block {self.block.number} (eth_call)"
            raise AnswerError(text, error.problems[0].hint) from error

    def check_block(self) -> None:
        """Compare the hash again where the block is pinned by number only, at every endpoint that was read.

        Raises:
            BlockError: it was replaced.
            EndpointError: an endpoint that was read cannot be asked any more.
        """
        if self.pinned_by_hash:
            return
        for reply in self.rpc.ask_used(_header_request(self.block.number), _is_no_header):
            if reply is None or self._read_header(reply).hash != self.block.hash:
                raise self._replaced()

    def timestamp_of(self, number: int) -> int | None:
        """Give the Unix time of an earlier block of this chain; None when the endpoint does not have it."""
        if number > self.block.number:
            return None
        (reply,) = self.rpc.send([_header_request(number)], _is_no_header)
        return None if reply is None else self._read_header(reply).timestamp

    def storage(self, address: Address, slots: Sequence[int]) -> list[bytes]:
        """Read storage slots one by one (eth_getStorageAt), 32 bytes each; through the lens takes fewer requests."""
        replies = self.rpc.send([Request("eth_getStorageAt", (address, f"0x{slot:064x}", self._pin)) for slot in slots])
        return [
            self.rpc.read("eth_getStorageAt", reply, lambda value: parse_quantity(value, "a slot")).to_bytes(32)
            for reply in replies
        ]

    def ask(
        self,
        build: Callable[[Any], Sequence[Request]],
        passing: Callable[[Reply], bool],
        reading: Reading = read_meaning,
    ) -> list[Reply]:
        """Send requests that are built from the block's parameter, once more by number as ``read`` does."""
        by_hash = self.pinned_by_hash
        replies = self.rpc.send(build(self._pin), passing, reading)
        if by_hash and not self._knows_hashes(replies):
            self._pin_by_number()
            return self.ask(build, passing, reading)
        return replies

    def close(self) -> None:
        """End what is still being read in the background."""
        self.rpc.close()

    def _read_header(self, reply: Reply) -> BlockRef:
        return self.rpc.read("eth_getBlockByNumber", reply, lambda header: parse_block(header, self.block.chain_id))

    # Packing

    def _pack(self, calls: Sequence[Call[T]], indexes: Iterable[int]) -> list[_Chunk]:
        """Put calls into chunks of bounded gas, in order; those that stand alone, alone."""
        chunks: list[_Chunk] = []
        group: list[int] = []
        gas, route = SPARE_GAS, self.route
        for index in indexes:
            call = calls[index]
            if call.alone or route is Route.SINGLE:
                chunks.append(_Chunk((index,), call.gas, Route.SINGLE))
                continue
            cost = call.gas + multicall3.GAS_PER_CALL
            if group and (gas + cost > GAS_PER_REQUEST or len(group) >= CALLS_PER_CHUNK):
                chunks.append(_group(group, gas, route))
                group, gas = [], SPARE_GAS
            group.append(index)
            gas += cost
        return [*chunks, _group(group, gas, route)] if group else chunks

    def _next_wave(self, pending: list[_Chunk]) -> tuple[list[list[_Chunk]], list[_Chunk]]:
        """Take the next requests, several side by side, each of bounded gas and no more items than a batch may hold."""
        wave: list[list[_Chunk]] = []
        gas = 0
        for taken, chunk in enumerate(pending):
            full = not wave or gas + chunk.gas > GAS_PER_REQUEST or len(wave[-1]) >= self.rpc.batch.size
            if full and len(wave) == WORKERS:
                return wave, pending[taken:]
            if full:
                wave.append([])
                gas = 0
            wave[-1].append(chunk)
            gas += chunk.gas
        return wave, []

    # Sending

    def _post(self, calls: Sequence[Call[T]], chunks: Sequence[_Chunk]) -> list[Reply | EndpointError]:
        """Send chunks as one batch, once more by number when the endpoint does not know EIP-1898."""
        by_hash = self.pinned_by_hash
        passing = may_pass if all(chunk.is_direct for chunk in chunks) else may_pass_undivided
        try:
            replies = self.rpc.send([self._request(calls, chunk, by_hash=by_hash) for chunk in chunks], passing)
        except EndpointError as error:
            if error.heavy and not all(chunk.is_direct for chunk in chunks):
                return [error] * len(chunks)
            raise
        if by_hash and not self._knows_hashes(replies):
            self._pin_by_number()
            return self._post(calls, chunks)
        return replies

    def _request(self, calls: Sequence[Call[T]], chunk: _Chunk, *, by_hash: bool) -> Request:
        block: Any = self._by_hash if by_hash else hex(self.block.number)
        if chunk.is_direct:
            call = calls[chunk.indexes[0]]
            target = {"to": call.to} if call.to else {}
            overrides = ({call.to: {"code": call.code}},) if call.code else ()
            params = ({**target, "data": "0x" + call.data.hex()}, block, *overrides)
            return Request("eth_call", params, partial(_can_decode, call))
        data = multicall3.encode_calls([*(calls[index] for index in chunk.indexes), SPARE])
        aggregate = ({"to": multicall3.ADDRESS, "data": "0x" + data.hex()}, block)
        if chunk.route is Route.LENS:
            return Request("eth_call", (*aggregate, {multicall3.ADDRESS: {"code": lens.load_runtime()}}))
        return Request("eth_call", aggregate)

    @property
    def _pin(self) -> dict[str, Any] | str:
        return self._by_hash if self.pinned_by_hash else hex(self.block.number)

    @property
    def _by_hash(self) -> dict[str, Any]:
        return {"blockHash": self.block.hash, "requireCanonical": True}

    def _knows_hashes(self, replies: Sequence[Reply]) -> bool:
        """Whether the endpoint takes block hashes; where refusals leave it open, the plainest call is asked."""
        if self.rpc.endpoint in self._takes_hash:
            return True
        if not any(map(is_answer, replies)):
            if not any(map(is_no_answer, replies)):
                return True
            plainest = ({"to": multicall3.ADDRESS, "data": "0x"}, self._by_hash)
            (reply,) = self.rpc.send([Request("eth_call", plainest, lambda data: data == "0x")], may_pass)
            if not is_answer(reply):
                return not is_no_answer(reply)
        self._takes_hash.add(self.rpc.endpoint)
        return True

    def _pin_by_number(self) -> None:
        if self.pinned_by_hash:
            self.pinned_by_hash = False
            self.rpc.hold_to(self.block)

    # Settling

    def _settle(
        self, calls: Sequence[Call[T]], chunk: _Chunk, reply: Reply | EndpointError, outcomes: dict[int, Outcome[T]]
    ) -> list[_Chunk]:
        """Write down the outcomes of one chunk; gives what has to be asked again, differently."""
        if chunk.is_direct and isinstance(reply, EndpointError):
            return [chunk]
        if chunk.is_direct:
            outcomes[chunk.indexes[0]] = self.settle(calls[chunk.indexes[0]], reply)
            return []
        results = read_results(reply, len(chunk.indexes) + 1)
        if results is None:
            return self._settle_failure(calls, chunk, reply)
        self._proven.add((self.rpc.endpoint, chunk.route))
        *results, spare = results
        if not spare[0]:
            return self._settle_starved(calls, chunk, results)
        return self._settle_results(calls, chunk, results, outcomes)

    def _settle_results(
        self,
        calls: Sequence[Call[T]],
        chunk: _Chunk,
        results: Sequence[tuple[bool, bytes]],
        outcomes: dict[int, Outcome[T]],
    ) -> list[_Chunk]:
        """Take what a chunk says; a call without data is asked again alone."""
        alone: list[_Chunk] = []
        for index, (success, data) in zip(chunk.indexes, results, strict=True):
            if not data:
                alone.append(_Chunk((index,), calls[index].gas, Route.SINGLE))
            elif success:
                outcomes[index] = Answer(self.decode(calls[index], data))
            else:
                outcomes[index] = Reverted(decode_revert(data))
        return alone

    def _settle_starved(
        self, calls: Sequence[Call[T]], chunk: _Chunk, results: Sequence[tuple[bool, bytes]]
    ) -> list[_Chunk]:
        """Believe nothing of a chunk out of gas: its first call without data is asked alone, the rest in halves."""
        found = zip(chunk.indexes, results, strict=True)
        culprit = next((index for index, (_, data) in found if not data), None)
        rest = tuple(index for index in chunk.indexes if index != culprit)
        alone = [] if culprit is None else [_Chunk((culprit,), calls[culprit].gas, Route.SINGLE)]
        return alone + self._halve(calls, rest)

    def _settle_failure(self, calls: Sequence[Call[T]], chunk: _Chunk, reply: Reply | EndpointError) -> list[_Chunk]:
        """Halve a chunk that failed as a whole, or leave a route that the endpoint does not take."""
        if isinstance(reply, NodeFailure) and is_unknown_block(reply):
            raise self._unanswered("aggregate3", reply)
        if not asks_for_less(reply) and self._leave_route(chunk.route):
            return self._pack(calls, chunk.indexes)
        _log.debug("halving", extra={"event": "chunk_halved", "fields": {"calls": len(chunk.indexes)}})
        return self._halve(calls, chunk.indexes)

    def _halve(self, calls: Sequence[Call[T]], indexes: Sequence[int]) -> list[_Chunk]:
        middle = len(indexes) // 2
        return self._pack(calls, indexes[:middle]) + self._pack(calls, indexes[middle:])

    def _leave_route(self, route: Route) -> bool:
        """Turn to the next route unless this one has worked here; says whether calls are to be packed anew."""
        if (self.rpc.endpoint, route) in self._proven:
            return False
        if self.route is route:
            self.route = Route.LENS if route is Route.MULTICALL3 else Route.SINGLE
        return True

    def _unanswered(self, label: str, failure: NodeFailure) -> ChainError:
        if "canonical" in failure.message:
            return self._replaced()
        hint = "try again, or use another endpoint"
        if is_unknown_block(failure):
            hint = "the endpoint lags behind or prunes old state: use a newer block, or an endpoint that has it"
        return NodeError(
            f"{failure.said_by or self.rpc.name()} did not answer {label} (eth_call) at block {self.block.number}:"
            f" {failure.message} (code {failure.code})",
            hint,
        )

    def _replaced(self) -> BlockError:
        layer = self.rpc.layer
        return BlockError(
            f"block {self.block.number} ({self.block.hash}) of {self.rpc.name()} was replaced while it was read"
            " (eth_getBlockByNumber)",
            f"try again; --{layer}-block safe or finalized reads a block that stays",
        )


def _group(indexes: Sequence[int], gas: int, route: Route) -> _Chunk:
    """Put calls into one chunk; one call alone needs no route."""
    return _Chunk(tuple(indexes), gas, route if len(indexes) > 1 else Route.SINGLE)


def _can_decode(call: Call[Any], reply: Reply) -> bool:
    try:
        call.decode(parse_bytes(reply, call.label))
    except AnswerError:
        return False
    return True


def _header_request(number: int) -> Request:
    return Request("eth_getBlockByNumber", (hex(number), False))


def _is_no_header(reply: Reply) -> bool:
    return not isinstance(reply, dict)
