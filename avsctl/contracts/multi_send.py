"""MultiSendCallOnly: several transactions of a Safe in one, by a delegatecall from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from avsctl.contracts.abi import Function
from avsctl.contracts.address import to_checksum
from avsctl.contracts.safe_tx import CALL
from avsctl.contracts.transaction import Transaction
from avsctl.contracts.words import WORD
from avsctl.core.units import Address

RawCall: TypeAlias = tuple[Address, int, int, bytes]
"""Target, value in wei, operation and data of a call."""

_MULTI_SEND: Final = Function("MultiSendCallOnly", None, "multiSend", ("bytes",), (), ("transactions",))
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
    calls, fault = unpack_calls(packed)
    delegated = next((at for at, (_, _, operation, _) in enumerate(calls, 1) if operation != CALL), None)
    if fault or delegated:
        raise ValueError(fault or f"call {delegated} is no plain call, and MultiSendCallOnly makes no others")
    return tuple(Transaction(to, data, value) for to, value, _, data in calls)


def unpack_calls(packed: bytes) -> tuple[list[RawCall], str]:
    """Read what ``multiSend`` is given, ``operation (1) | to (20) | value (32) | length (32) | data`` for each call.

    Delegatecalls are read, too: MultiSend makes them, MultiSendCallOnly refuses them.

    Returns:
        The calls, and why there are no more, empty where all is read.
    """
    calls: list[RawCall] = []
    position = 0
    while position < len(packed):
        head = packed[position : position + _HEAD]
        start = position + _HEAD
        end = start + int.from_bytes(head[-WORD:])
        if len(head) < _HEAD or end > len(packed):
            return calls, f"call {len(calls) + 1} is cut short at byte {position} of {len(packed)}"
        calls.append((to_checksum(head[1:21]), int.from_bytes(head[21 : 21 + WORD]), head[0], packed[start:end]))
        position = end
    return calls, ""


def _pack(transaction: Transaction) -> bytes:
    head = CALL.to_bytes(1) + bytes.fromhex(transaction.to[2:]) + transaction.value.to_bytes(WORD)
    return head + len(transaction.data).to_bytes(WORD) + transaction.data
