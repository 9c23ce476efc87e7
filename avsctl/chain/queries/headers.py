"""Headers of blocks of one chain: when each was, and whether one that somebody names is on it."""

from collections.abc import Sequence

from avsctl.chain.blocks import ask_block, parse_block
from avsctl.chain.jsonrpc import NodeFailure, Reply, Request
from avsctl.chain.reader import BlockReader
from avsctl.chain.shapes import is_there
from avsctl.core.deployment import BlockRef
from avsctl.errors import EndpointError


def find_block(reader: BlockReader, named: BlockRef) -> BlockRef | None:
    """Give the block with the hash that is named, else the one with its number; None where neither is served.

    Raises:
        ChainError: the endpoint sent something else than a header.
    """
    by_hash = Request("eth_getBlockByHash", (named.hash, False))
    by_number = ask_block(named.number)
    try:
        replies = reader.rpc.send([by_hash, by_number])
    except EndpointError:
        return None
    found = (_read(reader, request.method, reply) for request, reply in zip((by_hash, by_number), replies, strict=True))
    return next((block for block in found if block is not None), None)


def load_times(reader: BlockReader, numbers: Sequence[int]) -> dict[int, int | None]:
    """Give the Unix times of blocks; None of one that the endpoint does not have.

    Raises:
        ChainError: the endpoint failed, or sent something else than a header.
    """
    replies = reader.rpc.send([ask_header(number) for number in numbers]) if numbers else []
    return {number: read_time(reader, reply) for number, reply in zip(numbers, replies, strict=True)}


def ask_header(number: int) -> Request:
    """Give the request whose reply ``read_time`` reads."""
    return Request("eth_getBlockByNumber", (hex(number), False), is_there)


def read_time(reader: BlockReader, reply: Reply) -> int | None:
    """Give the Unix time of a block; None where the endpoint does not have it.

    Raises:
        AnswerError: it is an object that is no header.
    """
    block = _read(reader, "eth_getBlockByNumber", reply) if isinstance(reply, dict) else None
    return None if block is None else block.timestamp


def _read(reader: BlockReader, method: str, reply: Reply) -> BlockRef | None:
    if reply is None or isinstance(reply, NodeFailure):
        return None
    return reader.rpc.read(method, reply, lambda header: parse_block(header, reader.block.chain_id))
