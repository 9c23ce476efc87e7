"""Addresses and their EIP-55 spelling."""

import re
from typing import Final

from avsctl.core.units import Address
from avsctl.errors import ConfigError

ZERO_ADDRESS: Final = Address("0x" + "0" * 40)
NATIVE_COIN: Final = Address("0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE")
"""Sentinel that stands for the chain's own coin where a token's address is asked for."""

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def to_checksum(account: bytes | str) -> Address:
    """Spell an account as EIP-55 has it; takes 20 bytes, or 0x and 40 hex digits of any case.

    A letter is upper case where the same digit of keccak256(lower-case hex digits) is 8 or more.
    https://eips.ethereum.org/EIPS/eip-55
    """
    digits = account.hex() if isinstance(account, bytes) else account.removeprefix("0x").lower()
    if len(digits) != 40:
        raise ValueError("an address has 20 bytes")
    from avsctl.contracts.keccak import keccak256  # noqa: PLC0415 - loads a native library

    hashed = keccak256(digits.encode("ascii")).hex()
    return Address(
        "0x" + "".join([u if h > "7" else d for d, u, h in zip(digits, digits.upper(), hashed, strict=False)])
    )


def parse_address(text: str) -> Address:
    """Read an address as typed: all lower, all upper, or mixed case with the right checksum.

    Raises:
        ConfigError: not an address (what was typed is not repeated, it may be a key), or a wrong checksum.
    """
    if _ADDRESS.fullmatch(text) is None:
        raise ConfigError("expected an address: 0x and 40 hex digits", code="malformed_address")
    digits, right = text[2:], to_checksum(text)
    if text != right and not digits.islower() and not digits.isupper():
        raise ConfigError(
            f"wrong checksum: expected {right}",
            "a character may be mistyped: compare with where the address came from",
            code="malformed_address",
        )
    return right
