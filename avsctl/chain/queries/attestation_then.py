"""The operators at the blocks that an update names, which is what attesters recompute it from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from avsctl.chain.background import side_by_side
from avsctl.chain.blocks import ask_block, parse_block
from avsctl.chain.detect import Discovery
from avsctl.chain.queries.operators import join_l2_operators, l2_operator_calls, load_l1_operators
from avsctl.chain.reader import BlockReader
from avsctl.chain.shapes import is_missing
from avsctl.contracts import lens
from avsctl.contracts.avs_governance import AvsGovernance
from avsctl.core.deployment import BlockRef
from avsctl.core.operators import L1Operator, L2Operator, OperatorSets
from avsctl.core.units import Address
from avsctl.errors import BlockError, ChainError

T = TypeVar("T")


@dataclass(frozen=True)
class Then:
    """The operators at the blocks that an update names."""

    sets: OperatorSets
    l1: BlockRef
    l2: BlockRef


@dataclass(frozen=True)
class Unread:
    """They could not be read."""

    why: str
    """May hold text from outside."""


def load_l1(reader: BlockReader, discovery: Discovery, avs_governance: Address) -> tuple[tuple[L1Operator, ...], int]:
    """Read what L1 says of every address that L2 knows, and how many operators it counts; no log is searched.

    Raises:
        ChainError: the chain could not be read.
    """
    governance = AvsGovernance(avs_governance, discovery.generation)
    return load_l1_operators(reader, governance, list(dict.fromkeys(discovery.operator_addresses)))


@dataclass(frozen=True)
class Named:
    """The blocks that an update names."""

    to_block_l1: int
    to_block_l2: int
    """As contracts count."""
    l2_block: int | None = None
    """The same block as endpoints count, if it is said somewhere; ``load_then`` looks whether it is."""


def load_then(
    l1: BlockReader, l2: BlockReader, discovery: Discovery, avs_governance: Address, named: Named
) -> Then | Unread:
    """Read the operators of both layers at earlier blocks, each pinned as the reader given is.

    Args:
        l1: of L1, at any block.
        l2: of L2, at the block of ``discovery``.
        discovery: the deployment; ids that were given later have no power then.
        avs_governance: its contract on L1.
        named: the blocks; where contracts of L2 count others than endpoints do, it has to say which one is meant.
    """
    counts_alike = discovery.evm_block_number == l2.block.number
    number = named.to_block_l2 if counts_alike else named.l2_block
    if number is None:
        seen = f"contracts there see block {discovery.evm_block_number} where the endpoint counts {l2.block.number}"
        return Unread(f"which block of L2 has height {named.to_block_l2} cannot be told: {seen}")
    try:
        (answers, l1_block), ((height, operators, total), l2_block) = side_by_side(
            lambda: _read_at(l1, named.to_block_l1, lambda reader: load_l1(reader, discovery, avs_governance)),
            lambda: _read_at(l2, number, lambda reader: _load_l2(reader, discovery)),
        )
    except ChainError as error:
        return Unread(error.problems[0].message)
    if height != named.to_block_l2:
        return Unread(f"contracts see height {height} in block {number} of L2, not {named.to_block_l2}")
    return Then(OperatorSets(operators, *answers, total), l1_block, l2_block)


def _load_l2(reader: BlockReader, discovery: Discovery) -> tuple[int, tuple[L2Operator, ...], int]:
    """Read the height that contracts see, every id, and the global total."""
    height, *answers = reader.require([lens.evm_block_number(), *l2_operator_calls(discovery)])
    return height, *join_l2_operators(discovery, answers)


def _read_at(reader: BlockReader, number: int, read: Callable[[BlockReader], T]) -> tuple[T, BlockRef]:
    """Read at a block, and check at the end that it is still the same where it is pinned by number."""
    there = _move(reader, number)
    found = read(there)
    there.check_block()
    return found, there.block


def _move(reader: BlockReader, number: int) -> BlockReader:
    """Give a reader of another block of the same chain.

    Raises:
        ChainError: the endpoint does not have that block.
    """
    if number == reader.block.number:
        return reader
    (reply,) = reader.rpc.send([ask_block(number)], is_missing)
    if reply is None:
        raise BlockError(f"{reader.rpc.name()} has no block {number}")
    block = reader.rpc.read("eth_getBlockByNumber", reply, lambda header: parse_block(header, reader.block.chain_id))
    if block.number != number:
        raise BlockError(f"{reader.rpc.name()} gave block {block.number} for {number}")
    return BlockReader(reader.rpc, block, reader.route, reader.pinned_by_hash)
