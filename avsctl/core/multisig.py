"""Who sends a change: an account with a key, a contract, or a Safe, and what a Safe is made of."""

from dataclasses import dataclass

from avsctl.core.units import Address
from avsctl.errors import ConfigError


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


@dataclass(frozen=True)
class SafePart:
    """A contract that a Safe lends its own storage, or hands calls on to."""

    address: Address
    release: str | None
    """The release that its code is of, told by the hash, ``1.4.1`` or ``1.4.1+L2``; None for code of none."""
    is_official: bool
    """Whether it stands where Safe itself deploys that release."""


@dataclass(frozen=True)
class SafeSetup:
    """What a Safe runs, and who else acts for it or may refuse what it does, at the block read."""

    proxy_release: str | None
    """The release that the account's own code, the proxy, is of; None for code of none."""
    singleton: SafePart | None
    """What the proxy runs; None where its slot is empty."""
    fallback_handler: SafePart | None
    guard: Address | None
    """Asked from 1.3.0 on."""
    module_guard: Address | None
    """Asked from 1.5.0 on."""
    modules: tuple[Address, ...]
    has_all_modules: bool
    """False where there are more, or they could not be read."""


def require_safe(sender: Sender, chain: str) -> SafeState:
    """Give the state of a sender that is a Safe.

    Args:
        sender: who is to be one.
        chain: name of the chain, for the message.

    Raises:
        ConfigError: an account with a key, or a contract that is no Safe.
    """
    if sender.safe is not None:
        return sender.safe
    found = (
        "a contract that does not answer as a Safe does"
        if sender.has_code
        else "it has no code of its own, as an account with a key has none"
    )
    raise ConfigError(
        f"{sender.address} is no Safe on {chain}: {found}",
        "give the Safe by --from or AVSCTL_MULTISIG, on this chain; avsctl doctor --find-multisig names who governs",
        "no_safe",
    )
