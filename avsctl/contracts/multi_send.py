"""MultiSendCallOnly: several transactions of a Safe in one, by a delegatecall from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from avsctl.contracts.abi import Function
from avsctl.contracts.address import to_checksum
from avsctl.contracts.transaction import Transaction
from avsctl.contracts.words import WORD
from avsctl.core.units import Address

_MULTI_SEND: Final = Function("MultiSendCallOnly", None, "multiSend", ("bytes",), (), ("transactions",))
_CALL: Final = 0
"""The only operation that MultiSendCallOnly takes."""
_HEAD: Final = 1 + 20 + WORD + WORD


@dataclass(frozen=True)
class MultiSend:
    """One place where a MultiSendCallOnly is deployed on some chains."""

    version: str
    """The release of Safe that it belongs to."""
    address: Address
    code_hash: bytes
    """keccak256 of what ``eth_getCode`` answers there."""


DEPLOYMENTS: Final = tuple(
    MultiSend(version, Address(address), bytes.fromhex(code_hash))
    for version, address, code_hash in (
        (
            "1.3.0",
            "0x40A2aCCbd92BCA938b02010E17A5b8929b49130D",
            "a9865ac2d9c7a1591619b188c4d88167b50df6cc0c5327fcbd1c8c75f7c066ad",
        ),
        (
            "1.3.0",
            "0xA1dabEF33b3B82c7814B6D82A79e50F4AC44102B",
            "a9865ac2d9c7a1591619b188c4d88167b50df6cc0c5327fcbd1c8c75f7c066ad",
        ),
        (
            "1.3.0",
            "0xf220D3b4DFb23C4ade8C88E526C1353AbAcbC38F",
            "064ddbf252714bcd4cb79f679e8c12df96d998ce07bbb13b3118c1dbf4a31942",
        ),
        (
            "1.4.1",
            "0x9641d764fc13c8B624c04430C7356C1C7C8102e2",
            "ecd5bd14a08c5d2122379900b2f272bdf107a7e92423c10dd5fe3254386c9939",
        ),
        (
            "1.4.1",
            "0x0408EF011960d02349d50286D20531229BCef773",
            "44c70b30fed5c3a07358a52c2fb028f651031010ef99e4d8c3b45c208e88a264",
        ),
        (
            "1.5.0",
            "0xA83c336B20401Af773B6219BA5027174338D1836",
            "cdbdcec38d2f1c7d961b0029ff8416b7e86e9974d6f0e9c9580c7d17fcfb6663",
        ),
    )
)
"""All that are known (@safe-global/safe-deployments 1.37.63): of 1.3.0 the canonical one, the one for chains that take
no transaction without a chain id (EIP-155), and zkSync's; of 1.4.1 the canonical one and zkSync's."""


def prefer_version(version: str) -> tuple[MultiSend, ...]:
    """Give all deployments, those of a Safe's own version first (``1.3.0+L2`` is 1.3.0)."""
    own = version.partition("+")[0]
    return tuple(sorted(DEPLOYMENTS, key=lambda each: each.version != own))


def encode_multi_send(transactions: Sequence[Transaction]) -> bytes:
    """Give the calldata of ``multiSend(bytes)``, for a delegatecall.

    Returns:
        The selector and, as ``bytes``, for each transaction ``0x00 | to (20) | value (32) | length (32) | data``
        (MultiSendCallOnly.sol).
    """
    return _MULTI_SEND.encode(b"".join(map(_pack, transactions)))


def decode_multi_send(calldata: bytes) -> tuple[Transaction, ...]:
    """Give the transactions in the calldata of ``multiSend(bytes)``, unread.

    Raises:
        ValueError: another function, another encoding, a transaction cut short, or one that is no plain call.
    """
    (packed,) = _MULTI_SEND.decode_arguments(calldata)
    transactions, position = [], 0
    while position < len(packed):
        transaction, position = _unpack(packed, position)
        transactions.append(transaction)
    return tuple(transactions)


def _pack(transaction: Transaction) -> bytes:
    head = _CALL.to_bytes(1) + bytes.fromhex(transaction.to[2:]) + transaction.value.to_bytes(WORD)
    return head + len(transaction.data).to_bytes(WORD) + transaction.data


def _unpack(packed: bytes, position: int) -> tuple[Transaction, int]:
    head = packed[position : position + _HEAD]
    if len(head) < _HEAD:
        raise ValueError(f"a transaction cut short at byte {position}")
    if head[0] != _CALL:
        raise ValueError(f"operation {head[0]} at byte {position}, where only plain calls (0) are possible")
    start = position + _HEAD
    end = start + int.from_bytes(head[-WORD:])
    if end > len(packed):
        raise ValueError(f"a transaction cut short at byte {position}")
    value = int.from_bytes(head[21 : 21 + WORD])
    return Transaction(to_checksum(head[1:21]), packed[start:end], value), end
