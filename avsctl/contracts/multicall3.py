"""Many calls in one eth_call: aggregate3, of Multicall3 where it stands, of the lens where it stands in."""

from collections.abc import Sequence
from typing import Final

from avsctl.contracts.abi import load_function
from avsctl.contracts.call import Call
from avsctl.contracts.words import decode_aggregate3, encode_aggregate3
from avsctl.core.units import Address

ADDRESS: Final = Address("0xcA11bde05977b3631167028862bE2a173976CA11")
"""The same on every chain that has it."""

GAS_PER_CALL: Final = 3_000
"""What aggregate3 itself spends on one call, beside the call's own gas."""


def encode_calls(calls: Sequence[Call[object]]) -> bytes:
    """Give the calldata of one aggregate3, each call allowed to fail."""
    pairs = [(bytes.fromhex((call.to or "")[2:]), call.data) for call in calls]
    return load_function("Multicall3", None, "aggregate3").selector + encode_aggregate3(pairs)


def decode_results(data: bytes, count: int) -> list[tuple[bool, bytes]]:
    """Give success and return data of each call; raises AnswerError on any other shape."""
    return load_function("Multicall3", None, "aggregate3").strict(lambda raw: decode_aggregate3(raw, count), data)
