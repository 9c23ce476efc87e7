"""The event that tells how a Safe transaction ended: what it calls may fail though the transaction itself does not.

From 1.4.1 on the hash is indexed, up to 1.3.0 nothing is (Safe.sol, GnosisSafe.sol).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from avsctl.contracts.words import WORD
from avsctl.core.units import Address

SUCCESS_TOPIC: Final = "0x442e715f626346e8c54381002da614f62bee8d27386535b2521ec8540898556e"
"""ExecutionSuccess(bytes32,uint256)."""
FAILURE_TOPIC: Final = "0x23428b18acfb3ea64b08dc0c1d296ea9c09702c09083ca5272e64d115b687d23"
"""ExecutionFailure(bytes32,uint256): the nonce is used up, and what was to be done was not."""

_ENDS: Final = {SUCCESS_TOPIC: True, FAILURE_TOPIC: False}


@dataclass(frozen=True)
class ExecutionEnd:
    """How a Safe transaction ended."""

    safe_tx_hash: bytes
    is_success: bool
    payment: int
    """What the Safe paid back for gas, in wei or in the smallest unit of the gas token."""


def find_end(logs: Iterable[Mapping[str, Any]], safe: Address, safe_tx_hash: bytes) -> ExecutionEnd | None:
    """Give how a transaction of a Safe ended; None where no log of the Safe says so.

    Args:
        logs: of a receipt, as JSON-RPC writes them, their shape checked.
        safe: whose it is; what others emit is not looked at.
        safe_tx_hash: which one.
    """
    own = (log for log in logs if str(log["address"]).lower() == safe.lower())
    ends = (end for end in map(decode_end, own) if end is not None)
    return next((end for end in ends if end.safe_tx_hash == safe_tx_hash), None)


def decode_end(log: Mapping[str, Any]) -> ExecutionEnd | None:
    """Read a log of a Safe; None for another event, and for one of another shape."""
    topics = [str(topic).lower() for topic in log["topics"]]
    if not topics or topics[0] not in _ENDS:
        return None
    words = bytes.fromhex("".join(topic[2:] for topic in topics[1:]) + log["data"][2:])
    if len(words) != 2 * WORD:
        return None
    return ExecutionEnd(words[:WORD], _ENDS[topics[0]], int.from_bytes(words[WORD:]))
