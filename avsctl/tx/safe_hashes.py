"""The hashes that the owners of a Safe sign, by EIP-712; eth_account does the hashing."""

from dataclasses import dataclass, field
from typing import Any, Final

from avsctl.contracts.keccak import keccak256
from avsctl.contracts.safe_tx import SafeTx
from avsctl.core.units import Address
from avsctl.errors import ConfigError

_OLDEST: Final = (1, 0, 0)
"""Before it a field of SafeTx had another name (``dataGas``), and with it every hash."""
_WITH_CHAIN_ID: Final = (1, 3, 0)
"""From here on the domain names the chain (Safe.sol, domainSeparator)."""


@dataclass(frozen=True)
class SafeHashes:
    """Of one transaction of one Safe, 32 bytes each."""

    domain: bytes
    """Of the chain and the Safe; a hardware wallet shows it."""
    message: bytes
    """Of the transaction; a hardware wallet shows it."""
    safe_tx: bytes
    """Of both: what is signed, and what wallets name the transaction by."""
    data: bytes
    """keccak256 of the calldata."""
    preimage: bytes = field(repr=False)
    """``0x1901 | domain | message``, whose hash ``safe_tx`` is."""


def hash_safe_tx(chain_id: int, safe: Address, version: str, transaction: SafeTx) -> SafeHashes:
    """Hash a transaction as ``Safe.getTransactionHash`` does.

    Args:
        chain_id: of the chain that the Safe is on.
        safe: the Safe.
        version: what ``VERSION()`` says, such as ``1.4.1`` or ``1.3.0+L2``.
        transaction: to be signed.

    Raises:
        ConfigError: a version before 1.0.0, or none.
    """
    from eth_account.messages import encode_typed_data  # noqa: PLC0415 - half a second, and only a Safe needs it

    message = encode_typed_data(full_message=build_typed_data(chain_id, safe, version, transaction))
    preimage = b"\x19" + message.version + message.header + message.body
    return SafeHashes(message.header, message.body, keccak256(preimage), keccak256(transaction.data), preimage)


def build_typed_data(chain_id: int, safe: Address, version: str, transaction: SafeTx) -> dict[str, Any]:
    """Give the EIP-712 document of a transaction, as ``eth_signTypedData_v4`` takes it.

    Numbers are decimal strings, which every wallet takes and none rounds; arguments and errors are those of
    ``hash_safe_tx``.
    """
    has_chain_id = _read_release(version) >= _WITH_CHAIN_ID
    return {
        "types": {
            "EIP712Domain": [
                *([{"name": "chainId", "type": "uint256"}] if has_chain_id else []),
                {"name": "verifyingContract", "type": "address"},
            ],
            "SafeTx": [{"name": name, "type": kind} for name, kind in _SAFE_TX],
        },
        "primaryType": "SafeTx",
        "domain": {**({"chainId": str(chain_id)} if has_chain_id else {}), "verifyingContract": safe},
        "message": {
            "to": transaction.to,
            "value": str(transaction.value),
            "data": "0x" + transaction.data.hex(),
            "operation": str(transaction.operation),
            "safeTxGas": str(transaction.safe_tx_gas),
            "baseGas": str(transaction.base_gas),
            "gasPrice": str(transaction.gas_price),
            "gasToken": transaction.gas_token,
            "refundReceiver": transaction.refund_receiver,
            "nonce": str(transaction.nonce),
        },
    }


_SAFE_TX: Final = (
    ("to", "address"),
    ("value", "uint256"),
    ("data", "bytes"),
    ("operation", "uint8"),
    ("safeTxGas", "uint256"),
    ("baseGas", "uint256"),
    ("gasPrice", "uint256"),
    ("gasToken", "address"),
    ("refundReceiver", "address"),
    ("nonce", "uint256"),
)


def _read_release(version: str) -> tuple[int, ...]:
    """Read the numbers of a version."""
    numbers = version.partition("+")[0].split(".")
    if len(numbers) != 3 or not all(each.isascii() and each.isdigit() and len(each) <= 3 for each in numbers):
        raise ConfigError("what is given is no version of Safe", "three numbers, such as 1.4.1", "safe_version")
    release = tuple(map(int, numbers))
    if release < _OLDEST:
        raise ConfigError(
            f"a Safe of version {'.'.join(numbers)} hashes by rules of its own",
            "1.0.0 and later are known",
            "safe_version",
        )
    return release
