"""Who sends a change: an account with a key, a contract, or a Safe."""

from dataclasses import dataclass

from avsctl.core.units import Address


@dataclass(frozen=True)
class SafeState:
    """A Safe as it stands at the block read."""

    version: str
    """``VERSION()``; text from outside."""
    threshold: int
    """How many owners must sign."""
    owners: tuple[Address, ...]
    nonce: int
    """Of the next transaction to be executed."""


@dataclass(frozen=True)
class Sender:
    """The account that calls are made from."""

    address: Address
    has_code: bool
    safe: SafeState | None
    """None for what is no Safe."""
