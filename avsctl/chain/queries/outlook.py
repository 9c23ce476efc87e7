"""A chain as an endpoint of somebody else's has it: its newest block, and the one that is looked for."""

from dataclasses import dataclass

from avsctl.chain.blocks import ask_block, parse_block
from avsctl.chain.chunks import Route
from avsctl.chain.jsonrpc import (
    NodeFailure,
    Reply,
    Request,
    is_refusal,
    is_unknown_block,
    parse_quantity,
)
from avsctl.chain.reader import BlockReader
from avsctl.chain.rpc import Rpc
from avsctl.contracts import multicall3
from avsctl.core.chains import chain_name
from avsctl.core.deployment import BlockRef
from avsctl.errors import BlockError


@dataclass(frozen=True)
class Outlook:
    """One endpoint, as it was found in one request."""

    head: BlockReader
    """At its newest block."""
    wanted: BlockReader | None
    """At the block looked for; None where it has none of that number."""
    number: int
    """Of the block looked for."""

    def require(self, name: str) -> BlockReader:
        """Give the block looked for, which messages call ``name``; raises BlockError where it is not there."""
        if self.wanted is not None:
            return self.wanted
        endpoint, head = self.head.rpc.name(), self.head.block.number
        if head >= self.number:
            raise BlockError(f"{endpoint} has no block {self.number}")
        raise BlockError(f"{endpoint} is at block {head}, {self.number - head} behind {name} {self.number}")


def look_out(rpc: Rpc, chain_id: int, number: int) -> Outlook:
    """Ask an endpoint for its chain, its newest block and another one.

    Args:
        rpc: one endpoint alone.
        chain_id: that it has to be on.
        number: of the block looked for.

    Raises:
        ChainError: it does not answer, or is on another chain.
    """
    requests = [
        Request("eth_chainId"),
        Request("eth_getBlockByNumber", ("latest", False)),
        ask_block(number),
        Request("eth_getCode", (multicall3.ADDRESS, "latest")),
    ]
    chain, head, wanted, code = rpc.send(requests, _may_pass)
    found = rpc.read("eth_chainId", chain, lambda value: parse_quantity(value, "the chain id"))
    if found != chain_id:
        raise BlockError(f"{rpc.name()} is on {chain_name(found)}, not {chain_name(chain_id)}")
    rpc.establish(found)
    route = Route.LENS if isinstance(code, NodeFailure) or code == "0x" else Route.MULTICALL3
    newest = BlockReader(rpc, _read_header(rpc, head, found), route)
    if not isinstance(wanted, dict):
        return Outlook(newest, None, number)
    block = _read_header(rpc, wanted, found)
    if block.number != number:
        raise BlockError(f"{rpc.name()} gave block {block.number} for {number}")
    return Outlook(newest, BlockReader(rpc, block, route), number)


def _read_header(rpc: Rpc, reply: Reply, chain_id: int) -> BlockRef:
    return rpc.read("eth_getBlockByNumber", reply, lambda header: parse_block(header, chain_id))


def _may_pass(reply: Reply) -> bool:
    return isinstance(reply, NodeFailure) and not (is_unknown_block(reply) or is_refusal(reply))
