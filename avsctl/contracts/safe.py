"""Safe, the multisig account: what it says of itself (Safe.sol, the same from 1.0.0 to 1.5.0)."""

import re
from dataclasses import dataclass
from typing import Any, Final

from avsctl.contracts.abi import Function
from avsctl.contracts.address import ZERO_ADDRESS
from avsctl.contracts.call import Call
from avsctl.core.multisig import SafeState
from avsctl.core.units import Address

_VERSION: Final = Function("Safe", None, "VERSION", (), ("string",))
_THRESHOLD: Final = Function("Safe", None, "getThreshold", (), ("uint256",))
_OWNERS: Final = Function("Safe", None, "getOwners", (), ("address[]",))
_NONCE: Final = Function("Safe", None, "nonce", (), ("uint256",))

_RELEASE: Final = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(\+L2)?", re.ASCII)
_SENTINEL: Final = Address("0x0000000000000000000000000000000000000001")
"""Ends the linked list of owners; never an owner (OwnerManager.sol)."""
_MOST_NONCE: Final = 2**53
"""A nonce goes up by one at a time: none comes near."""


@dataclass(frozen=True)
class Safe:
    """The calls of one Safe."""

    address: Address

    def version(self) -> Call[str]:
        """Ask for the release: text from outside."""
        return _VERSION.call(self.address, gas=30_000)

    def threshold(self) -> Call[int]:
        """Ask how many owners must sign."""
        return _THRESHOLD.call(self.address, gas=15_000)

    def owners(self) -> Call[tuple[Address, ...]]:
        """Ask for the owners, each 2,100 gas and more."""
        return _OWNERS.call(self.address, gas=300_000)

    def nonce(self) -> Call[int]:
        """Ask for the nonce of the next transaction to be executed."""
        return _NONCE.call(self.address, gas=15_000)

    def state(self) -> tuple[Call[Any], ...]:
        """Ask for all of it; ``join_state`` reads the answers."""
        return self.version(), self.threshold(), self.owners(), self.nonce()


def join_state(version: str, threshold: int, owners: tuple[Address, ...], nonce: int) -> SafeState | None:
    """Join the answers of ``Safe.state``; None where no Safe can answer so."""
    is_release = _RELEASE.fullmatch(version) is not None
    are_distinct = len(set(owners) - {ZERO_ADDRESS, _SENTINEL}) == len(owners)
    if not (is_release and are_distinct and 1 <= threshold <= len(owners) and nonce < _MOST_NONCE):
        return None
    return SafeState(version, threshold, owners, nonce)
