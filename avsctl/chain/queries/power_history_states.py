"""State at many blocks of one chain in few requests, as far back as the endpoint has it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from avsctl.chain.answers import may_pass_undivided, read_results
from avsctl.chain.background import run_all
from avsctl.chain.chunks import GAS_PER_REQUEST, SPARE, SPARE_GAS, WORKERS, Route
from avsctl.chain.jsonrpc import NodeFailure, Reply, Request, is_unknown_block
from avsctl.chain.reader import BlockReader
from avsctl.contracts import lens, multicall3
from avsctl.contracts.call import Answer, Call, Outcome, Reverted
from avsctl.contracts.reverts import decode_revert
from avsctl.errors import AnswerError, NodeError

Asked = tuple[int, Sequence[Call[Any]]]
"""The height of a block, and what to ask there."""
Told = list[Outcome[Any]] | None
"""The outcomes in their order; None where the endpoint does not have the state, or no good answer from it."""


def read_at_blocks(reader: BlockReader, asked: Sequence[Asked]) -> list[Told]:
    """Execute calls at several blocks, by their heights: one eth_call a block, as many in a request as gas allows.

    Where that is not answered, the block is read by itself, as ``BlockReader.read`` does.

    Raises:
        ChainError: the endpoint failed.
    """
    waves = list(_pack(asked))
    told: list[Told] = []
    for at in range(0, len(waves), WORKERS):
        works = [partial(_read_wave, reader, wave) for wave in waves[at : at + WORKERS]]
        told += [each for wave in run_all(works) for each in wave]
    return told


def reader_at(reader: BlockReader, height: int) -> BlockReader:
    """Give a reader of the same chain at another block, by its height."""
    block = replace(reader.block, number=height)
    return BlockReader(reader.rpc, block, reader.route, pinned_by_hash=False, may_lack_code=True)


def _pack(asked: Sequence[Asked]) -> Iterator[list[Asked]]:
    """Divide what is asked into requests of bounded gas."""
    wave: list[Asked] = []
    gas = 0
    for each in asked:
        cost = _gas_of(each[1])
        if wave and gas + cost > GAS_PER_REQUEST:
            yield wave
            wave, gas = [], 0
        wave.append(each)
        gas += cost
    if wave:
        yield wave


def _gas_of(calls: Sequence[Call[Any]]) -> int:
    if len(calls) == 1:
        return calls[0].gas
    return SPARE_GAS + sum(call.gas + multicall3.GAS_PER_CALL for call in calls)


def _read_wave(reader: BlockReader, wave: Sequence[Asked]) -> list[Told]:
    fast = [reader.route is not Route.SINGLE and _gas_of(calls) <= GAS_PER_REQUEST for _, calls in wave]
    requests = [_request(reader.route, *each) for each, is_fast in zip(wave, fast, strict=True) if is_fast]
    replies = iter(reader.rpc.send(requests, _may_pass) if requests else [])
    return [
        _read(reader, each, next(replies)) if is_fast else _read_alone(reader, each)
        for each, is_fast in zip(wave, fast, strict=True)
    ]


def _request(route: Route, height: int, calls: Sequence[Call[Any]]) -> Request:
    if len(calls) == 1:
        return Request("eth_call", ({"to": calls[0].to, "data": "0x" + calls[0].data.hex()}, hex(height)))
    data = multicall3.encode_calls([*calls, SPARE])
    overrides = ({multicall3.ADDRESS: {"code": lens.load_runtime()}},) if route is Route.LENS else ()
    return Request("eth_call", ({"to": multicall3.ADDRESS, "data": "0x" + data.hex()}, hex(height), *overrides))


def _may_pass(reply: Reply) -> bool:
    """Whether the same may be answered when it is asked again; what is pruned is not."""
    return may_pass_undivided(reply) and not (isinstance(reply, NodeFailure) and is_unknown_block(reply))


def _read(reader: BlockReader, asked: Asked, reply: Reply) -> Told:
    """Take what one eth_call says, unless any of it is in doubt."""
    if isinstance(reply, NodeFailure) and is_unknown_block(reply):
        return None
    if len(asked[1]) == 1:
        return _read_single(reader, asked[1][0], reply)
    results = read_results(reply, len(asked[1]) + 1)
    if results is None or not results[-1][0] or not all(data for _, data in results[:-1]):
        return _read_alone(reader, asked)
    try:
        return [
            Answer(reader.decode(call, data)) if is_success else Reverted(decode_revert(data))
            for call, (is_success, data) in zip(asked[1], results[:-1], strict=True)
        ]
    except AnswerError:
        return None


def _read_single(reader: BlockReader, call: Call[Any], reply: Reply) -> Told:
    try:
        return [reader.settle(call, reply)]
    except (NodeError, AnswerError):
        return None


def _read_alone(reader: BlockReader, asked: Asked) -> Told:
    try:
        return reader_at(reader, asked[0]).read(asked[1])
    except (NodeError, AnswerError):
        return None
