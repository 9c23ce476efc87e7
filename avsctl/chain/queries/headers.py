"""Whether a block that somebody names is on a chain."""

from avsctl.chain.blocks import parse_block
from avsctl.chain.jsonrpc import NodeFailure, Reply, Request
from avsctl.chain.reader import BlockReader
from avsctl.core.deployment import BlockRef
from avsctl.errors import EndpointError


def find_block(reader: BlockReader, named: BlockRef) -> BlockRef | None:
    """Give the block with the hash that is named, else the one with its number; None where neither is served.

    Raises:
        ChainError: the endpoint sent something else than a header.
    """
    by_hash = Request("eth_getBlockByHash", (named.hash, False))
    by_number = Request("eth_getBlockByNumber", (hex(named.number), False))
    try:
        replies = reader.rpc.send([by_hash, by_number])
    except EndpointError:
        return None
    found = (_read(reader, request, reply) for request, reply in zip((by_hash, by_number), replies, strict=True))
    return next((block for block in found if block is not None), None)


def _read(reader: BlockReader, request: Request, reply: Reply) -> BlockRef | None:
    if reply is None or isinstance(reply, NodeFailure):
        return None
    return reader.rpc.read(request.method, reply, lambda header: parse_block(header, reader.block.chain_id))
