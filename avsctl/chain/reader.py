"""Many calls of one chain at one block, in as few requests as its endpoint and its gas cap allow."""

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeVar

from avsctl.chain.blocks import parse_block
from avsctl.chain.jsonrpc import (
    NodeFailure,
    Reply,
    Request,
    execution_revert,
    is_unknown_block,
    parse_bytes,
    parse_hash,
)
from avsctl.chain.rpc import FIRST_PAUSE_S, Rpc
from avsctl.contracts import lens, multicall3
from avsctl.contracts.call import Answer, Call, Outcome, Reverted
from avsctl.contracts.reverts import decode_revert
from avsctl.core.deployment import BlockRef
from avsctl.errors import BlockError, EndpointError, NodeError

GAS_PER_REQUEST: Final = 25_000_000
"""What one eth_call is packed up to: nodes cap it at 30M (anvil) or 50M (geth) and more."""
CALLS_PER_CHUNK: Final = 2_500
"""So that no body grows beyond a megabyte."""
WORKERS: Final = 4
UNKNOWN_BLOCK_TRIES: Final = 4

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
    """Calls that share one eth_call, by their place in the caller's list; one call alone goes to its contract."""

    indexes: tuple[int, ...]
    gas: int
    direct: bool


@dataclass
class BlockReader:
    """Reads one chain at one block.

    The block is pinned by its hash (EIP-1898). Where the endpoint does not take that, it is pinned by number, and
    ``check_block`` at the end compares the hash again.
    """

    rpc: Rpc
    block: BlockRef
    route: Route
    pinned_by_hash: bool = True
    _hash_worked: bool = False
    _route_worked: bool = False
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(WORKERS))

    def read(self, calls: Sequence[Call[T]]) -> list[Outcome[T]]:
        """Execute calls at the block and give their outcomes in order; a call that reverts is an outcome.

        A chunk that fails as a whole is halved until the culprit stands alone, and empty revert data inside a chunk is
        asked again alone before it is believed.

        Raises:
            ChainError: the chain could not be read, or an answer has another shape.
        """
        outcomes: dict[int, Outcome[T]] = {}
        pending = self._pack(calls, range(len(calls)))
        while pending:
            wave, pending = self._next_wave(pending)
            for chunks, replies in zip(wave, self._pool.map(self._post, _repeat(calls), wave), strict=True):
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
                f"{call.label} of {call.to} on {self.rpc.layer.upper()} reverted: {outcome.revert.text}",
                "see that the address is the contract it is given as",
            )
        return outcome.value

    def check_block(self) -> None:
        """Compare the block's hash again where it is pinned by number only; raises BlockError when it was replaced."""
        if self.pinned_by_hash:
            return
        found = self.rpc.request("eth_getBlockByNumber", hex(self.block.number), False)  # noqa: FBT003 - JSON-RPC
        if not isinstance(found, dict) or parse_hash(found.get("hash"), "a block hash") != self.block.hash:
            raise self._replaced()

    def timestamp_of(self, number: int) -> int | None:
        """Give the Unix time of an earlier block of this chain; None when the endpoint does not have it."""
        if number > self.block.number:
            return None
        found = self.rpc.request("eth_getBlockByNumber", hex(number), False)  # noqa: FBT003 - JSON-RPC
        return None if found is None else parse_block(found, self.block.chain_id).timestamp

    def close(self) -> None:
        """End the worker threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    # Packing

    def _pack(self, calls: Sequence[Call[T]], indexes: Iterable[int]) -> list[_Chunk]:
        """Put calls into chunks of bounded gas, in order; those that stand alone, alone."""
        chunks: list[_Chunk] = []
        group: list[int] = []
        gas = 0
        for index in indexes:
            call = calls[index]
            if call.alone or self.route is Route.SINGLE:
                chunks.append(_Chunk((index,), call.gas, direct=True))
                continue
            cost = call.gas + multicall3.GAS_PER_CALL
            if group and (gas + cost > GAS_PER_REQUEST or len(group) >= CALLS_PER_CHUNK):
                chunks.append(_Chunk(tuple(group), gas, direct=False))
                group, gas = [], 0
            group.append(index)
            gas += cost
        return [*chunks, _Chunk(tuple(group), gas, direct=False)] if group else chunks

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
        for attempt in range(UNKNOWN_BLOCK_TRIES):
            by_hash = self.pinned_by_hash
            try:
                replies = self.rpc.send([self._request(calls, chunk, by_hash=by_hash) for chunk in chunks])
            except EndpointError as error:
                if error.heavy and any(len(chunk.indexes) > 1 for chunk in chunks):
                    return [error] * len(chunks)
                raise
            if not any(_misses_block(reply) for reply in replies):
                break
            self.rpc.deadline.clock.sleep(min(FIRST_PAUSE_S * 2**attempt, self.rpc.deadline.remaining()))
        if by_hash and not self._hash_worked and any(_is_refusal(reply) for reply in replies) and self._lacks_eip1898():
            self.pinned_by_hash = False
            return self._post(calls, chunks)
        self._hash_worked = self._hash_worked or by_hash
        return replies

    def _request(self, calls: Sequence[Call[T]], chunk: _Chunk, *, by_hash: bool) -> Request:
        block: Any = {"blockHash": self.block.hash, "requireCanonical": True} if by_hash else hex(self.block.number)
        if chunk.direct:
            call = calls[chunk.indexes[0]]
            target = {"to": call.to} if call.to else {}
            return Request("eth_call", ({**target, "data": "0x" + call.data.hex()}, block))
        data = multicall3.encode_calls([calls[index] for index in chunk.indexes])
        aggregate = ({"to": multicall3.ADDRESS, "data": "0x" + data.hex()}, block)
        if self.route is Route.LENS:
            return Request("eth_call", (*aggregate, {multicall3.ADDRESS: {"code": lens.load_runtime()}}))
        return Request("eth_call", aggregate)

    def _lacks_eip1898(self) -> bool:
        """Ask the plainest call by hash: an endpoint that refuses it does not take block hashes."""
        block = {"blockHash": self.block.hash, "requireCanonical": True}
        (reply,) = self.rpc.send([Request("eth_call", ({"to": multicall3.ADDRESS, "data": "0x"}, block))])
        return isinstance(reply, NodeFailure) and execution_revert(reply) is None

    # Settling

    def _settle(
        self, calls: Sequence[Call[T]], chunk: _Chunk, reply: Reply | EndpointError, outcomes: dict[int, Outcome[T]]
    ) -> list[_Chunk]:
        """Write down the outcomes of one chunk; gives what has to be asked again, differently."""
        if chunk.direct and isinstance(reply, EndpointError):
            return [chunk]
        if chunk.direct:
            outcomes[chunk.indexes[0]] = self._settle_direct(calls[chunk.indexes[0]], reply)
            return []
        if isinstance(reply, EndpointError | NodeFailure):
            return self._settle_failure(calls, chunk, reply)
        data = parse_bytes(reply, "the answer to eth_call")
        if not data and self._leave_route():
            return self._pack(calls, chunk.indexes)
        results = multicall3.decode_results(data, len(chunk.indexes))
        self._route_worked = True
        return self._settle_results(calls, chunk, results, outcomes)

    def _settle_results(
        self,
        calls: Sequence[Call[T]],
        chunk: _Chunk,
        results: Sequence[tuple[bool, bytes]],
        outcomes: dict[int, Outcome[T]],
    ) -> list[_Chunk]:
        """Take what a chunk says up to the first failure without data.

        Such a call may have burnt the gas of those behind it: it is asked again alone, and they once more.
        """
        alone: list[_Chunk] = []
        behind: list[int] = []
        for index, (success, data) in zip(chunk.indexes, results, strict=True):
            if not data:
                alone.append(_Chunk((index,), calls[index].gas, direct=True))
            elif alone:
                behind.append(index)
            elif success:
                outcomes[index] = Answer(calls[index].decode(data))
            else:
                outcomes[index] = Reverted(decode_revert(data))
        return alone + self._pack(calls, behind)

    def _settle_direct(self, call: Call[T], reply: Reply) -> Outcome[T]:
        if not isinstance(reply, NodeFailure):
            return Answer(call.decode(parse_bytes(reply, f"the answer to {call.label}")))
        revert = execution_revert(reply)
        if revert is None:
            raise self._unanswered(call.label, reply)
        return Reverted(revert)

    def _settle_failure(
        self, calls: Sequence[Call[T]], chunk: _Chunk, reply: NodeFailure | EndpointError
    ) -> list[_Chunk]:
        """Halve a chunk that failed as a whole, or leave a route that the endpoint does not take."""
        if isinstance(reply, NodeFailure) and is_unknown_block(reply):
            raise self._unanswered("aggregate3", reply)
        if isinstance(reply, NodeFailure) and execution_revert(reply) is None and self._leave_route():
            return self._pack(calls, chunk.indexes)
        if len(chunk.indexes) == 1:
            return [_Chunk(chunk.indexes, chunk.gas, direct=True)]
        _log.debug("halving", extra={"event": "chunk_halved", "fields": {"calls": len(chunk.indexes)}})
        middle = len(chunk.indexes) // 2
        halves = (chunk.indexes[:middle], chunk.indexes[middle:])
        return [_Chunk(half, chunk.gas // 2, direct=False) for half in halves]

    def _leave_route(self) -> bool:
        """Turn to the next route unless the present one has worked before; says whether calls are to be packed anew."""
        if self._route_worked:
            return False
        self.route = Route.LENS if self.route is Route.MULTICALL3 else Route.SINGLE
        return True

    def _unanswered(self, label: str, failure: NodeFailure) -> Exception:
        if "canonical" in failure.message:
            return self._replaced()
        hint = "try again, or use another endpoint"
        if is_unknown_block(failure):
            hint = "the endpoint lags behind or prunes old state: use a newer block, or an endpoint that has it"
        return NodeError(
            f"{self.rpc.name()} did not answer {label} at block {self.block.number}: {failure.message}"
            f" (code {failure.code})",
            hint,
            rpc_code=failure.code,
        )

    def _replaced(self) -> BlockError:
        return BlockError(
            f"{self.rpc.layer.upper()} block {self.block.number} ({self.block.hash}) was replaced while it was read",
            "try again; --l2-block safe or finalized reads a block that stays",
        )


def _repeat(calls: Sequence[Call[T]]) -> Iterable[Sequence[Call[T]]]:
    while True:
        yield calls


def _misses_block(reply: Reply) -> bool:
    return isinstance(reply, NodeFailure) and is_unknown_block(reply) and "pruned" not in reply.message


def _is_refusal(reply: Reply) -> bool:
    return isinstance(reply, NodeFailure) and execution_revert(reply) is None
