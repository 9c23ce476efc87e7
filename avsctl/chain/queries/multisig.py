"""The holder of AVS_GOVERNANCE_MULTISIG on L2, found in the logs of the AttestationCenter and confirmed by hasRole.

No contract lists the members of a role. A proxy is initialised where it is created, and the role moves by a transfer,
so the holder stands in a log of the creation block or in that of a transfer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from avsctl.chain.detect import Discovery
from avsctl.chain.jsonrpc import NodeFailure, Reply, Request, parse_bytes
from avsctl.chain.logs import LogQuery, LogWindow, scan_back
from avsctl.chain.reader import BlockReader
from avsctl.contracts.attestation_center_logs import (
    MULTISIG_SET_TOPIC,
    ROLE_GRANTED_TOPIC,
    decode_governor,
    is_transfer,
)
from avsctl.core.governance import FoundIn, HolderSearch, RoleHolder
from avsctl.core.units import Address
from avsctl.errors import EndpointError

MOST_LOG_REQUESTS: Final = 20
"""How many log requests the search may take, the one for the creation block among them."""
MOST_PROBES: Final = 15
"""Blocks that one round of the bisection asks for, where a batch holds as many: each cuts what is left to a 16th."""


@dataclass(frozen=True)
class Creation:
    """The block that a contract was created in."""

    block: int | None
    """None where the endpoint does not have the state that would tell."""
    fault: str = ""
    """Why it is not known; text from outside."""


def find_multisig(reader: BlockReader, discovery: Discovery) -> HolderSearch:
    """Look for an account that holds the role at the reader's block: in the creation block, then newest logs first.

    Raises:
        ChainError: the endpoint failed, or answered with something else than was asked for. What it refuses, old state
            or logs, is part of the answer.
    """
    newest, center = reader.block.number, discovery.attestation_center
    creation = find_creation(reader, center.address)
    holder, oldest = None, None
    known: set[Address] = set()
    for window in _read_windows(reader, center.address, creation):
        if window.to_block == (newest if oldest is None else oldest - 1):
            oldest = window.from_block
        new = _read_grants(window, creation, known)
        known.update(each.address for each in new)
        held = reader.require([center.has_governance_role(each.address) for each in new])
        holder = next((each for each, holds in zip(new, held, strict=True) if holds), None)
        if holder is not None:
            break
    return HolderSearch(holder, newest, creation.block, creation.fault, oldest)


def find_creation(reader: BlockReader, address: Address) -> Creation:
    """Find the first block with code at ``address``, which has code at the reader's block.

    A block whose state the endpoint does not have is passed over as if it lay before the creation; what is found then
    is believed only where the block before it was answered to have no code.
    """
    without, with_code = -1, reader.block.number
    failure = None
    while with_code - without > 1:
        numbers = _spread(without, with_code, min(MOST_PROBES, reader.rpc.batch.size))
        try:
            replies = reader.rpc.send([Request("eth_getCode", (address, hex(number))) for number in numbers])
        except EndpointError as error:
            return Creation(None, str(error))
        for number, reply in zip(numbers, replies, strict=True):
            if _has_code(reader, reply):
                with_code = number
                break
            without, failure = number, reply if isinstance(reply, NodeFailure) else None
    return Creation(None, f"no state of block {without}: {failure.message}") if failure else Creation(with_code)


def _spread(below: int, above: int, most: int) -> list[int]:
    """Give up to ``most`` blocks that lie evenly between two others."""
    count = min(most, above - below - 1)
    return [below + (above - below) * step // (count + 1) for step in range(1, count + 1)]


def _has_code(reader: BlockReader, reply: Reply) -> bool:
    if isinstance(reply, NodeFailure):
        return False
    return bool(reader.rpc.read("eth_getCode", reply, lambda value: parse_bytes(value, "the code")))


def _read_windows(reader: BlockReader, address: Address, creation: Creation) -> Iterator[LogWindow]:
    """Give the logs of the creation block, and then those after it, newest first; without it all, newest first."""
    query = LogQuery(address, (MULTISIG_SET_TOPIC, ROLE_GRANTED_TOPIC))
    oldest, left = creation.block or 0, MOST_LOG_REQUESTS
    if creation.block is not None:
        left -= 1
        for window in scan_back(reader.rpc, query, creation.block, 1, oldest=creation.block):
            oldest = creation.block + 1
            yield window
    yield from scan_back(reader.rpc, query, reader.block.number, left, oldest=oldest)


def _read_grants(window: LogWindow, creation: Creation, known: set[Address]) -> list[RoleHolder]:
    """Give the accounts, newest first, that a window says the role was given to, without those that are ``known``."""
    grants: dict[Address, RoleHolder] = {}
    for log in window.logs:
        governor, block = decode_governor(log), int(log["blockNumber"], 16)
        if governor is None or governor in known:
            continue
        granted = FoundIn.CREATION_BLOCK if block == creation.block else FoundIn.GRANT
        grants.setdefault(governor, RoleHolder(governor, FoundIn.TRANSFER if is_transfer(log) else granted, block))
    return list(grants.values())
