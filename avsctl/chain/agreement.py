"""The block that two endpoints of a chain are both read at: the one asked for, or the older one of their heads."""

from avsctl.chain.blocks import ask_block, parse_block
from avsctl.chain.cross_check import CrossCheck
from avsctl.chain.rpc import Rpc
from avsctl.chain.shapes import is_missing
from avsctl.core.deployment import BlockRef


def agree(first: Rpc, second: Rpc, blocks: tuple[BlockRef, BlockRef]) -> BlockRef:
    """Let two endpoints check each other from now on, at the older one of the blocks that they named.

    Where one of them named a newer block, it is asked for the older one in the background.

    Args:
        first: whose answers are given.
        second: what they are compared with.
        blocks: the block of each, as it has it.

    Raises:
        EndpointsDifferError: they are on two chains, or have two blocks of one number.
    """
    check = first.check = CrossCheck(second)
    mine, theirs = blocks
    if mine.chain_id != theirs.chain_id:
        raise check.differ(first, "eth_chainId", {"": mine.chain_id}, {"": theirs.chain_id})
    older = min(blocks, key=lambda block: block.number)
    if mine.number == theirs.number:
        _require_same(first, mine, theirs)
        return older
    ahead, behind = (first, second) if mine.number > theirs.number else (second, first)
    lag = abs(mine.number - theirs.number)
    check.note = f"; {behind.name()} was {lag} block{'s' if lag > 1 else ''} behind, and its head was read"
    check.confirm(lambda: _confirm(first, ahead, older))
    return older


def _confirm(first: Rpc, ahead: Rpc, block: BlockRef) -> None:
    """Require of the endpoint that is ahead that it has the block as the other one has it."""
    request = ask_block(block.number)
    (reply,) = ahead.send_alone([request], is_missing)
    if reply is None:
        _require_same(first, *_in_order(first, ahead, None, block))
    found = ahead.read(request.method, reply, lambda header: parse_block(header, block.chain_id))
    _require_same(first, *_in_order(first, ahead, found, block))


def _in_order(
    first: Rpc, ahead: Rpc, found: BlockRef | None, block: BlockRef
) -> tuple[BlockRef | None, BlockRef | None]:
    return (found, block) if ahead is first else (block, found)


def _require_same(first: Rpc, mine: BlockRef | None, theirs: BlockRef | None) -> None:
    check = first.check
    assert check is not None  # noqa: S101 - set by ``agree``
    if mine != theirs:
        known = mine or theirs
        assert known is not None  # noqa: S101 - one of them is
        raise check.differ(first, f"block {known.number}", _tell(mine), _tell(theirs))


def _tell(block: BlockRef | None) -> dict[str, object]:
    if block is None:
        return {"header": None}
    return {"header": "a header", "number": block.number, "hash": block.hash, "timestamp": block.timestamp}
