"""Safe, the multisig account: what it says of itself (Safe.sol, the same from 1.0.0 to 1.5.0)."""

import re
from dataclasses import dataclass
from typing import Any, Final

from avsctl.contracts.abi import Function, decode_values
from avsctl.contracts.address import ZERO_ADDRESS
from avsctl.contracts.call import Call
from avsctl.contracts.safe_tx import SafeTx
from avsctl.core.multisig import SafeState
from avsctl.core.units import Address

_VERSION: Final = Function("Safe", None, "VERSION", (), ("string",))
_THRESHOLD: Final = Function("Safe", None, "getThreshold", (), ("uint256",))
_OWNERS: Final = Function("Safe", None, "getOwners", (), ("address[]",))
_NONCE: Final = Function("Safe", None, "nonce", (), ("uint256",))

_TRANSACTION_HASH: Final = Function(
    "Safe",
    None,
    "getTransactionHash",
    ("address", "uint256", "bytes", "uint8", "uint256", "uint256", "uint256", "address", "address", "uint256"),
    ("bytes32",),
)
_DOMAIN_SEPARATOR: Final = Function("Safe", None, "domainSeparator", (), ("bytes32",))
_CHECK_SIGNATURES: Final = Function("Safe", None, "checkSignatures", ("bytes32", "bytes", "bytes"), ())
_APPROVED_HASHES: Final = Function("Safe", None, "approvedHashes", ("address", "bytes32"), ("uint256",))

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

    def transaction_hash(self, transaction: SafeTx) -> Call[bytes]:
        """Ask for the hash that the owners sign, which ``tx.safe_hashes`` derives without asking."""
        fields = (
            transaction.to,
            transaction.value,
            transaction.data,
            transaction.operation,
            transaction.safe_tx_gas,
            transaction.base_gas,
            transaction.gas_price,
            transaction.gas_token,
            transaction.refund_receiver,
            transaction.nonce,
        )
        return _TRANSACTION_HASH.call(self.address, *fields, gas=30_000 + 50 * len(transaction.data))

    def domain_separator(self) -> Call[bytes]:
        """Ask for the hash of the domain: of the Safe and, from 1.3.0, the chain."""
        return _DOMAIN_SEPARATOR.call(self.address, gas=15_000)

    def check_signatures(self, safe_tx_hash: bytes, preimage: bytes, signatures: bytes) -> Call[None]:
        """Ask whether joined signatures are enough and right; it reverts with the Safe's code where they are not.

        From 1.3.0: a Safe before it that has no fallback handler answers whatever it does not know with nothing, as
        if all were well. The one who asks is nobody: an owner who is to execute must have signed or approved.

        Args:
            safe_tx_hash: what was signed.
            preimage: what ``safe_tx_hash`` is the hash of, for owners that are contracts (up to 1.4.1).
            signatures: as ``execTransaction`` takes them.
        """
        return _CHECK_SIGNATURES.call(
            self.address, safe_tx_hash, preimage, signatures, gas=500_000, decode=_read_nothing, alone=True
        )

    def approved(self, owner: Address, safe_tx_hash: bytes) -> Call[bool]:
        """Ask whether an owner has approved a hash on the chain, which cannot be taken back."""
        return _APPROVED_HASHES.call(self.address, owner, safe_tx_hash, gas=15_000, decode=_read_approval)


def join_state(version: str, threshold: int, owners: tuple[Address, ...], nonce: int) -> SafeState | None:
    """Join the answers of ``Safe.state``; None where no Safe can answer so."""
    is_release = _RELEASE.fullmatch(version) is not None
    are_distinct = len(set(owners) - {ZERO_ADDRESS, _SENTINEL}) == len(owners)
    if not (is_release and are_distinct and 1 <= threshold <= len(owners) and nonce < _MOST_NONCE):
        return None
    return SafeState(version, threshold, owners, nonce)


def _read_nothing(data: bytes) -> None:
    if data:
        raise ValueError(f"{len(data)} bytes, where nothing is returned")


def _read_approval(data: bytes) -> bool:
    (approved,) = decode_values(("uint256",), data)
    return bool(approved)
