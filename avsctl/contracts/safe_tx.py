"""A transaction of a Safe as its owners sign it, and the calls that execute and approve it (Safe.sol, from 1.0.0)."""

from dataclasses import dataclass
from typing import Final

from avsctl.contracts.abi import Function
from avsctl.contracts.address import ZERO_ADDRESS
from avsctl.core.units import Address

CALL: Final = 0
DELEGATECALL: Final = 1

EXEC: Final = Function(
    "Safe",
    None,
    "execTransaction",
    ("address", "uint256", "bytes", "uint8", "uint256", "uint256", "uint256", "address", "address", "bytes"),
    ("bool",),
    (
        "to",
        "value",
        "data",
        "operation",
        "safeTxGas",
        "baseGas",
        "gasPrice",
        "gasToken",
        "refundReceiver",
        "signatures",
    ),
)
APPROVE: Final = Function("Safe", None, "approveHash", ("bytes32",), (), ("hashToApprove",))

THRESHOLD_SLOT: Final = 4
"""The storage slot of the threshold (SafeStorage.sol)."""


@dataclass(frozen=True)
class SafeTx:
    """What the owners of a Safe sign."""

    to: Address
    data: bytes
    nonce: int
    value: int = 0
    """Wei."""
    operation: int = CALL
    safe_tx_gas: int = 0
    """0, with ``gas_price`` 0: where the inner call fails the whole reverts, and the nonce stays free."""
    base_gas: int = 0
    gas_price: int = 0
    """Wei for each gas that is paid back; 0 for none."""
    gas_token: Address = ZERO_ADDRESS
    refund_receiver: Address = ZERO_ADDRESS


def encode_exec(transaction: SafeTx, signatures: bytes) -> bytes:
    """Give the calldata of ``execTransaction``."""
    return EXEC.encode(*_fields(transaction), signatures)


def decode_exec(calldata: bytes, nonce: int = 0) -> tuple[SafeTx, bytes]:
    """Give the transaction and the signatures in the calldata of ``execTransaction``, which does not hold the nonce.

    Raises:
        ValueError: another function, or anything but the canonical encoding.
    """
    to, value, data, operation, safe_tx_gas, base_gas, gas_price, gas_token, receiver, signatures = (
        EXEC.decode_arguments(calldata)
    )
    transaction = SafeTx(to, data, nonce, value, operation, safe_tx_gas, base_gas, gas_price, gas_token, receiver)
    return transaction, signatures


def encode_approve(safe_tx_hash: bytes) -> bytes:
    """Give the calldata of ``approveHash``; an owner who sends it to the Safe has signed, and cannot take it back."""
    return APPROVE.encode(safe_tx_hash)


def prevalidate(owner: Address) -> bytes:
    """Give the 65 bytes that count as the signature of an owner who sends or has approved (``v`` 1)."""
    return bytes(12) + bytes.fromhex(owner[2:]) + bytes(32) + b"\x01"


def _fields(transaction: SafeTx) -> tuple[object, ...]:
    return (
        transaction.to,
        transaction.value,
        transaction.data,
        transaction.operation,
        transaction.safe_tx_gas,
        transaction.base_gas,
        transaction.gas_price,
        transaction.gas_token,
        transaction.refund_receiver,
    )
