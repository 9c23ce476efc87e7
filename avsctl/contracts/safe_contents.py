"""What the calldata of a Safe holds besides its calls: packed batches, kinds of signature, and what to beware of."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from avsctl.contracts.address import ZERO_ADDRESS, to_checksum
from avsctl.contracts.multi_send import DEPLOYMENTS
from avsctl.contracts.safe_tx import CALL, DELEGATECALL, SafeTx
from avsctl.contracts.words import WORD
from avsctl.core.units import Address

_SIGNATURE: Final = 65
_KINDS_BY_V: Final = {0: "contract", 1: "approved", 27: "ecdsa", 28: "ecdsa", 31: "eth_sign", 32: "eth_sign"}


@dataclass(frozen=True)
class Caution:
    """Something that a signer must not overlook."""

    code: str
    """Stable, for programs."""
    text: str


@dataclass(frozen=True)
class SignaturePart:
    """One of the signatures behind a Safe transaction (Safe.sol, checkNSignatures)."""

    kind: str
    """``ecdsa``, ``eth_sign``, ``approved``, ``contract`` or ``unknown``."""
    v: int
    owner: Address | None
    """Who it says it is of; None where only the hash that was signed tells it."""


def read_signatures(data: bytes) -> tuple[tuple[SignaturePart, ...], str]:
    """Read what ``execTransaction`` is given as signatures, without the hash that they are over.

    Returns:
        The fixed parts, which end where the signature of a contract begins, and what is wrong with them.
    """
    parts: list[SignaturePart] = []
    position, end = 0, len(data)
    while position + _SIGNATURE <= end:
        part = data[position : position + _SIGNATURE]
        if part[-1] == 0:
            end = min(end, int.from_bytes(part[WORD:-1]))
        parts.append(_read_signature(part))
        position += _SIGNATURE
    if position < end:
        return tuple(parts), f"the signatures end in {end - position} bytes, where each has {_SIGNATURE}"
    return tuple(parts), ""


def warn_operation(to: Address, operation: int, *, is_batch: bool) -> Iterator[Caution]:
    """Warn of a delegatecall, and of a batch that is none.

    Args:
        to: what is called.
        operation: 0 a call, 1 a delegatecall.
        is_batch: whether it is a call of ``multiSend``.
    """
    known = next((each for each in DEPLOYMENTS if each.address == to), None)
    if operation == DELEGATECALL and known and is_batch:
        told = (
            f"a delegatecall to where MultiSendCallOnly {known.version} should be: only safe verify compares its code"
        )
        yield Caution("multi_send", told)
    elif operation == DELEGATECALL:
        yield Caution("delegatecall", f"a delegatecall: the code at {to} runs as the Safe itself")
    elif operation != CALL:
        yield Caution("operation", f"there is no operation {operation}: 0 is a call, 1 a delegatecall")
    elif is_batch:
        yield Caution("no_delegatecall", "a batch by a plain call: its calls come from MultiSend, not from the Safe")


def warn_gas(safe_tx: SafeTx) -> Iterator[Caution]:
    """Warn of gas that is paid back, and of what lets a call that fails use up the nonce."""
    receiver = "whoever sends it" if safe_tx.refund_receiver == ZERO_ADDRESS else safe_tx.refund_receiver
    coin = "wei" if safe_tx.gas_token == ZERO_ADDRESS else f"of the smallest unit of token {safe_tx.gas_token}"
    if safe_tx.gas_price:
        yield Caution("gas_refund", f"the Safe pays {safe_tx.gas_price} {coin} for each gas to {receiver}")
    elif safe_tx.base_gas or safe_tx.gas_token != ZERO_ADDRESS or safe_tx.refund_receiver != ZERO_ADDRESS:
        yield Caution("gas_refund", "baseGas, gasToken or refundReceiver is set; without a gasPrice nothing is paid")
    if safe_tx.safe_tx_gas or safe_tx.gas_price:
        yield Caution("nonce_burns", "with safeTxGas or gasPrice set, a call that fails uses up the nonce all the same")


def _read_signature(part: bytes) -> SignaturePart:
    v = part[-1]
    names_owner = v in (0, 1) and not any(part[: WORD - 20])
    owner = to_checksum(part[WORD - 20 : WORD]) if names_owner else None
    return SignaturePart(_KINDS_BY_V.get(v, "unknown"), v, owner)
