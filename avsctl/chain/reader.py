"""Many calls of one chain at one block, in as few requests as its endpoint and its gas cap allow."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

from avsctl.chain.ahead import Ahead
from avsctl.chain.answers import (
    asks_for_less,
    is_answer,
    is_no_answer,
    may_pass,
    may_pass_undivided,
    read_results,
)
from avsctl.chain.background import run_all
from avsctl.chain.blocks import ask_block, parse_block
from avsctl.chain.chunks import SPARE, Chunk, Route, next_wave, pack, stand_alone
from avsctl.chain.endpoint import Endpoint
from avsctl.chain.jsonrpc import (
    NodeFailure,
    Reply,
    Request,
    execution_revert,
    is_data,
    is_too_heavy,
    is_unknown_block,
    parse_bytes,
    parse_quantity,
)
from avsctl.chain.meanings import Reading, read_meaning
from avsctl.chain.rpc import Rpc
from avsctl.chain.shapes import is_missing
from avsctl.contracts import lens, multicall3
from avsctl.contracts.call import Answer, Call, Outcome, Reverted
from avsctl.contracts.reverts import decode_revert
from avsctl.core.deployment import BlockRef
from avsctl.core.units import Address
from avsctl.errors import AnswerError, BlockError, ChainError, EndpointError, NodeError

_log = logging.getLogger("avsctl.chain.reader")
T = TypeVar("T")
_NO_METHOD: Final = -32601


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
    may_lack_code: bool = False
    """Whether the block may be older than the contracts, so that an answer without data is one."""
    _takes_hash: set[Endpoint] = field(default_factory=set)
    """Endpoints that have answered the plainest call by block hash."""
    _proven: set[tuple[Endpoint, Route]] = field(default_factory=set)
    """Routes that have worked at an endpoint."""
    _ahead: Ahead = field(default_factory=Ahead)

    def read(self, calls: Sequence[Call[T]]) -> list[Outcome[T]]:
        """Execute calls at the block and give their outcomes in order; a call that reverts is an outcome.

        A chunk that fails as a whole is halved until the culprit stands alone, a chunk that ran out of gas is not
        believed, and empty revert data inside a chunk is asked again alone before it is believed.

        Raises:
            ChainError: the chain could not be read, or an answer has another shape.
        """
        outcomes: dict[int, Outcome[T]] = {}
        for index, outcome in self._ahead.take(calls).items():
            with suppress(AnswerError):
                outcomes[index] = self._interpret(calls[index], outcome)
        self._read_now(calls, [index for index in range(len(calls)) if index not in outcomes], outcomes)
        return [outcomes[index] for index in range(len(calls))]

    def _read_now(self, calls: Sequence[Call[T]], indexes: Sequence[int], outcomes: dict[int, Outcome[T]]) -> None:
        """Write down the outcomes of the calls at these places."""
        pending = pack(calls, indexes, self.route)
        while pending:
            wave, pending = next_wave(pending, self.rpc.batch.size)
            for chunks, replies in zip(wave, run_all([partial(self._post, calls, each) for each in wave]), strict=True):
                for chunk, reply in zip(chunks, replies, strict=True):
                    if _has_lost_to_others(chunk, chunks, reply):
                        pending.append(chunk)
                    else:
                        pending += self._settle(calls, chunk, reply, outcomes)

    def read_with(self, calls: Sequence[Call[Any]], ahead: Sequence[Call[bytes]]) -> list[Outcome[Any]]:
        """Do as ``read`` and in the same requests read what will probably be asked for next."""
        outcomes = self.read([*calls, *ahead])
        self._ahead.keep(ahead, outcomes[len(calls) :])
        return outcomes[: len(calls)]

    def read_ahead(self, calls: Sequence[Call[bytes]]) -> None:
        """Begin to read what will probably be asked for; ``read`` then waits for it and raises what went wrong."""

        def read() -> list[Outcome[bytes]]:
            outcomes: dict[int, Outcome[bytes]] = {}
            self._read_now(calls, range(len(calls)), outcomes)
            return [outcomes[index] for index in range(len(calls))]

        self._ahead.begin(calls, read)

    def read_time_ahead(self, number: int) -> None:
        """Begin to read the time of an earlier block that ``timestamp_of`` will probably be asked for."""
        self._ahead.begin_time(number, lambda: self._read_time(number))

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

    def _interpret(self, call: Call[T], outcome: Outcome[bytes]) -> Outcome[T]:
        return outcome if isinstance(outcome, Reverted) else Answer(self.decode(call, outcome.value))

    def check_block(self) -> None:
        """Compare the hash again where the block is pinned by number only, at every endpoint that was read.

        Raises:
            BlockError: it was replaced.
            EndpointError: an endpoint that was read cannot be asked any more.
        """
        if self.pinned_by_hash:
            return
        for reply in self.rpc.ask_used(ask_block(self.block.number), is_missing):
            if reply is None or self._read_header(reply).hash != self.block.hash:
                raise self._replaced()

    def timestamp_of(self, number: int) -> int | None:
        """Give the Unix time of an earlier block of this chain; None when the endpoint does not have it."""
        if number > self.block.number:
            return None
        ahead = self._ahead.take_time(number)
        return self._read_time(number) if ahead is None else ahead.result()

    def _read_time(self, number: int) -> int | None:
        (reply,) = self.rpc.send([ask_block(number)], is_missing)
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
        if by_hash and not self._knows_hashes(replies) and not self._takes_hashes():
            self._pin_by_number()
            return self.ask(build, passing, reading)
        return replies

    def close(self) -> None:
        """End what is still being read in the background."""
        self.rpc.close()

    def _read_header(self, reply: Reply) -> BlockRef:
        return self.rpc.read("eth_getBlockByNumber", reply, lambda header: parse_block(header, self.block.chain_id))

    # Sending

    def _post(self, calls: Sequence[Call[T]], chunks: Sequence[Chunk]) -> list[Reply | EndpointError]:
        """Send chunks as one batch, once more by number when the endpoint does not know EIP-1898."""
        by_hash = self.pinned_by_hash
        passing = may_pass if all(chunk.is_direct for chunk in chunks) else may_pass_undivided
        try:
            replies = self.rpc.send([self._request(calls, chunk, by_hash=by_hash) for chunk in chunks], passing)
        except EndpointError as error:
            if error.heavy and not all(chunk.is_direct for chunk in chunks):
                return [error] * len(chunks)
            raise
        if not by_hash or self._knows_hashes(replies):
            return replies
        if not self._takes_hashes():
            self._pin_by_number()
        elif self.rpc.endpoint not in self._takes_hash or not any(
            chunk.is_direct and _is_refused(reply) for chunk, reply in zip(chunks, replies, strict=True)
        ):
            return replies
        return self._post(calls, chunks)

    def _request(self, calls: Sequence[Call[T]], chunk: Chunk, *, by_hash: bool) -> Request:
        block: Any = self._by_hash if by_hash else hex(self.block.number)
        if chunk.is_direct:
            call = calls[chunk.indexes[0]]
            target = {"to": call.to} if call.to else {}
            overrides = ({call.to: {"code": call.code}},) if call.code else ()
            params = ({**target, "data": "0x" + call.data.hex()}, block, *overrides)
            return Request("eth_call", params, is_data if self.may_lack_code else partial(_can_decode, call))
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
        """Whether it is known that the endpoint takes block hashes; what is refused leaves it open.

        Several nodes may stand behind one URL: that one of them has answered says nothing of the next one.
        """
        return self.rpc.endpoint in self._takes_hash or not any(map(_is_refused, replies))

    def _takes_hashes(self) -> bool:
        """Whether the endpoint takes a block hash in the plainest call."""
        plainest = ({"to": multicall3.ADDRESS, "data": "0x"}, self._by_hash)
        (reply,) = self.rpc.send([Request("eth_call", plainest, lambda data: data == "0x")], may_pass)
        if is_answer(reply):
            self._takes_hash.add(self.rpc.endpoint)
        return not is_no_answer(reply)

    def _pin_by_number(self) -> None:
        if self.pinned_by_hash:
            self.pinned_by_hash = False
            self.rpc.hold_to(self.block)

    # Settling

    def _settle(
        self, calls: Sequence[Call[T]], chunk: Chunk, reply: Reply | EndpointError, outcomes: dict[int, Outcome[T]]
    ) -> list[Chunk]:
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
        chunk: Chunk,
        results: Sequence[tuple[bool, bytes]],
        outcomes: dict[int, Outcome[T]],
    ) -> list[Chunk]:
        """Take what a chunk says; a call without data is asked again alone."""
        alone: list[Chunk] = []
        for index, (success, data) in zip(chunk.indexes, results, strict=True):
            if not data:
                alone.append(stand_alone(index, calls[index]))
            elif success:
                outcomes[index] = Answer(self.decode(calls[index], data))
            else:
                outcomes[index] = Reverted(decode_revert(data))
        return alone

    def _settle_starved(
        self, calls: Sequence[Call[T]], chunk: Chunk, results: Sequence[tuple[bool, bytes]]
    ) -> list[Chunk]:
        """Believe nothing of a chunk out of gas: its first call without data is asked alone, the rest in halves."""
        found = zip(chunk.indexes, results, strict=True)
        culprit = next((index for index, (_, data) in found if not data), None)
        rest = tuple(index for index in chunk.indexes if index != culprit)
        alone = [] if culprit is None else [stand_alone(culprit, calls[culprit])]
        return alone + self._halve(calls, rest)

    def _settle_failure(self, calls: Sequence[Call[T]], chunk: Chunk, reply: Reply | EndpointError) -> list[Chunk]:
        """Halve a chunk that failed as a whole, or leave a route that the endpoint does not take."""
        if isinstance(reply, NodeFailure) and is_unknown_block(reply):
            raise self._unanswered("aggregate3", reply)
        if not asks_for_less(reply) and self._leave_route(chunk.route):
            return pack(calls, chunk.indexes, self.route)
        _log.debug("halving", extra={"event": "chunk_halved", "fields": {"calls": len(chunk.indexes)}})
        return self._halve(calls, chunk.indexes)

    def _halve(self, calls: Sequence[Call[T]], indexes: Sequence[int]) -> list[Chunk]:
        middle = len(indexes) // 2
        return pack(calls, indexes[:middle], self.route) + pack(calls, indexes[middle:], self.route)

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
        hint = f"try again; {self.rpc.fallback}"
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


def _is_refused(reply: Reply | EndpointError) -> bool:
    """Whether a node did not run a call, and has its method."""
    return is_no_answer(reply) and reply.code != _NO_METHOD


def _has_lost_to_others(chunk: Chunk, chunks: Sequence[Chunk], reply: Reply | EndpointError) -> bool:
    """Whether a call was too heavy beside chunks of many: alone it may not be, and alone it is asked more than once."""
    if not chunk.is_direct or all(each.is_direct for each in chunks):
        return False
    return isinstance(reply, NodeFailure) and is_too_heavy(reply) and execution_revert(reply) is None


def _can_decode(call: Call[Any], reply: Reply) -> bool:
    try:
        call.decode(parse_bytes(reply, call.label))
    except AnswerError:
        return False
    return True
