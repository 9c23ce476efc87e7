"""The one small contract of avsctl's own: run under a code override, never deployed.

``aggregate3`` as Multicall3 has it, ``slots(bytes32[])`` and ``run((address,uint256,bytes)[])``. Built from
``avsctl/devnet/contracts/Lens.sol``.
"""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from avsctl.contracts.call import Call
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.words import decode_word_rows
from avsctl.core.units import Address
from avsctl.errors import AnswerError

_BLOCK_NUMBER_INITCODE: Final = bytes.fromhex("4360005260206000f3")
"""Returns ``block.number`` where code is due: NUMBER, MSTORE at 0, RETURN 32 bytes."""


_SLOTS_SELECTOR: Final = keccak256(b"slots(bytes32[])")[:4]


@cache
def load_runtime() -> str:
    """Give the lens's runtime code as hex with 0x."""
    text = (files("avsctl.contracts") / "lens.json").read_text(encoding="utf-8")
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


def _decode_slots(data: bytes, count: int) -> tuple[bytes, ...]:
    try:
        _, rows = decode_word_rows(data, (1,))
    except ValueError as error:
        raise AnswerError(f"the lens gave an answer of another shape: {error}") from error
    if len(rows) != count:
        raise AnswerError(f"the lens gave {len(rows)} slots where {count} were asked for")
    return tuple(rows)


def _decode_number(data: bytes) -> int:
    if len(data) != 32:
        raise AnswerError(f"block.number was answered with {len(data)} bytes", "another endpoint may answer")
    return int.from_bytes(data)
