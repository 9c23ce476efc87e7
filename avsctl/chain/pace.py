"""How fast a chain makes blocks, measured between the reader's block and an earlier one."""

from typing import Final

from avsctl.chain.answers import may_pass
from avsctl.chain.jsonrpc import Request
from avsctl.chain.reader import BlockReader
from avsctl.contracts import lens
from avsctl.contracts.call import value_of
from avsctl.core.pace import Pace
from avsctl.errors import BlockError, NodeError

SPANS: Final = (10_000, 1_000, 100)
"""How many blocks back to look, first to last, for an endpoint may have pruned what is older; of a young chain at most
its younger half, which does not hold the time of its set-up.
"""


def measure_pace(reader: BlockReader, evm_block: int) -> Pace:
    """Count the blocks that came between an earlier block and the reader's.

    Args:
        reader: pinned at the later block.
        evm_block: the height that contracts see there; where it is not the height of the RPC, the earlier one is read.

    Raises:
        ChainError: the endpoint has no earlier block, or no time passed since.
    """
    block = reader.block
    for span in dict.fromkeys(min(span, block.number // 2) for span in SPANS):
        earlier = block.number - span
        timestamp = _find_time(reader, earlier) if span > 0 else None
        height = None if timestamp is None else _find_height(reader, earlier, evm_block)
        if timestamp is not None and height is not None and height < evm_block and timestamp < block.timestamp:
            return Pace(evm_block - height, block.timestamp - timestamp)
    raise BlockError(
        f"the pace of blocks cannot be measured: {reader.rpc.name()} has no block before {block.number} from which time"
        " and height have moved on",
        "give a block, or a number of blocks from now, instead of a time",
    )


def _find_time(reader: BlockReader, number: int) -> int | None:
    """Give the Unix time of a block; None where the endpoint does not have it."""
    try:
        return reader.timestamp_of(number)
    except NodeError:
        return None


def _find_height(reader: BlockReader, number: int, evm_block: int) -> int | None:
    """Give the height that contracts saw at a block; None where the endpoint no longer has its state."""
    if evm_block == reader.block.number:
        return number
    call = lens.evm_block_number()
    request = Request("eth_call", ({"data": "0x" + call.data.hex()}, hex(number)))
    (reply,) = reader.rpc.send([request], may_pass)
    try:
        outcome = reader.settle(call, reply)
    except NodeError:
        return None
    return value_of(outcome)
