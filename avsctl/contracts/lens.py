"""The one small contract of avsctl's own: run under a code override, never deployed.

``aggregate3`` as Multicall3 has it, ``slots(bytes32[])`` and ``run((address,uint256,bytes)[])``. Built from
``avsctl/devnet/contracts/Lens.sol``.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Final

from avsctl.contracts.call import Call
from avsctl.errors import AnswerError

_BLOCK_NUMBER_INITCODE: Final = bytes.fromhex("4360005260206000f3")
"""Returns ``block.number`` where code is due: NUMBER, MSTORE at 0, RETURN 32 bytes."""


@cache
def load_runtime() -> str:
    """Give the lens's runtime code as hex with 0x."""
    text = (files("avsctl.contracts") / "lens.json").read_text(encoding="utf-8")
    runtime: str = json.loads(text)["runtime"]
    return runtime


def evm_block_number() -> Call[int]:
    """Ask for the height that contracts see, which on some chains (Arbitrum) is not the RPC height.

    An eth_call without ``to``, so that it needs no contract and no override.
    """
    return Call(None, _BLOCK_NUMBER_INITCODE, _decode_number, "block.number", 60_000, alone=True)


def _decode_number(data: bytes) -> int:
    if len(data) != 32:
        raise AnswerError(f"block.number was answered with {len(data)} bytes", "another endpoint may answer")
    return int.from_bytes(data)
