"""The GasPriceOracle of OP rollups (Base, Optimism, Mode): what posting a transaction to L1 costs its sender.

https://specs.optimism.io/protocol/predeploys.html#gaspriceoracle
"""

from typing import Final

from avsctl.core.units import Address

ADDRESS: Final = Address("0x420000000000000000000000000000000000000F")

_UPPER_BOUND: Final = bytes.fromhex("f1c7a58b")
"""getL1FeeUpperBound(uint256), since Fjord."""
_ENVELOPE: Final = 120
"""Bytes of an unsigned transaction beside its data, at most."""


def upper_bound(data_size: int) -> str:
    """Ask for the most that a transaction with so many bytes of calldata is charged, in wei, at present prices."""
    return "0x" + (_UPPER_BOUND + (data_size + _ENVELOPE).to_bytes(32)).hex()
