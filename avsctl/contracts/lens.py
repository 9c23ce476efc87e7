"""The one small contract of avsctl's own: run under a code override, never deployed.

``aggregate3`` as Multicall3 has it, ``slots(bytes32[])`` and ``run((address,uint256,bytes)[])``. Built from
``avsctl/devnet/contracts/Lens.sol``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from avsctl.contracts.call import Call
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.transaction import Transaction
from avsctl.contracts.words import decode_aggregate3, decode_word_rows
from avsctl.core.units import Address
from avsctl.errors import AnswerError

ADDRESS: Final = Address("0x00000000000000000000000000000000000a75C8")
"""Without code on any chain; where the lens is put in a simulation, in which every contract keeps its own code."""
METER_ADDRESS: Final = Address("0x00000000000000000000000000000000000a75C9")
"""Likewise, for the meter."""
METER_CODE: Final = "0x436000525a60205260406000f3"
"""Returns ``block.number`` and the gas left: NUMBER, MSTORE at 0, GAS, MSTORE at 32, RETURN 64 bytes."""

_BLOCK_NUMBER_INITCODE: Final = bytes.fromhex("4360005260206000f3")
"""Returns ``block.number`` where code is due: NUMBER, MSTORE at 0, RETURN 32 bytes."""
_SLOTS_SELECTOR: Final = keccak256(b"slots(bytes32[])")[:4]
_RUN_SELECTOR: Final = keccak256(b"run((address,uint256,bytes)[])")[:4]


@dataclass(frozen=True)
class Meter:
    """Where a simulation stands."""

    evm_block: int
    """The height that contracts see."""
    gas: int
    """What is left of it."""


@cache
def load_runtime() -> str:
    """Give the lens's runtime code as hex with 0x."""
    text = Path(__file__).with_name("lens.json").read_text(encoding="utf-8")
    runtime: str = json.loads(text)["runtime"]
    return runtime


def read_slots(contract: Address, slots: Sequence[int]) -> Call[tuple[bytes, ...]]:
    """Ask for storage slots of a contract, 32 bytes each, by running the lens in place of its code."""
    head = _SLOTS_SELECTOR + (32).to_bytes(32) + len(slots).to_bytes(32)
    data = head + b"".join(slot.to_bytes(32) for slot in slots)
    return Call(
        contract,
        data,
        lambda answer: _decode_slots(answer, len(slots)),
        "storage through the lens",
        30_000 + 2_500 * len(slots),
        alone=True,
        code=load_runtime(),
    )


def evm_block_number() -> Call[int]:
    """Ask for the height that contracts see, which on some chains (Arbitrum) is not the RPC height.

    An eth_call without ``to``, so that it needs no contract and no override.
    """
    return Call(None, _BLOCK_NUMBER_INITCODE, _decode_number, "block.number", 60_000, alone=True)


def meter() -> Call[Meter]:
    """Ask the meter, which a code override puts at ``METER_ADDRESS``."""
    return Call(METER_ADDRESS, b"", _decode_meter, "the meter", 1_000)


def encode_run(transactions: Sequence[Transaction]) -> bytes:
    """Give the calldata with which the lens, in place of the sender's code, sends transactions in their order."""
    from eth_abi.abi import encode  # noqa: PLC0415 - 0.2 s that most commands do not need

    items = [(each.to, each.value, each.data) for each in transactions]
    return _RUN_SELECTOR + encode(["(address,uint256,bytes)[]"], [items])


def decode_run(data: bytes, count: int) -> list[tuple[bool, bytes]]:
    """Give success and return data of each transaction, which ``run`` encodes as aggregate3 does.

    Raises:
        AnswerError: any other shape.
    """
    try:
        return decode_aggregate3(data, count)
    except ValueError as error:
        raise AnswerError(f"the lens gave an answer of another shape: {error}") from error


def _decode_slots(data: bytes, count: int) -> tuple[bytes, ...]:
    try:
        _, rows = decode_word_rows(data, (1,))
    except ValueError as error:
        raise AnswerError(f"the lens gave an answer of another shape: {error}") from error
    if len(rows) != count:
        raise AnswerError(f"the lens gave {len(rows)} slots where {count} were asked for")
    return tuple(rows)


def _decode_meter(data: bytes) -> Meter:
    if len(data) != 64:
        raise AnswerError(f"the meter answered {len(data)} bytes", "another endpoint may answer")
    return Meter(int.from_bytes(data[:32]), int.from_bytes(data[32:]))


def _decode_number(data: bytes) -> int:
    if len(data) != 32:
        raise AnswerError(f"block.number was answered with {len(data)} bytes", "another endpoint may answer")
    return int.from_bytes(data)
