"""Who holds AVS_GOVERNANCE_MULTISIG on L2: what is set, what was found in logs, and whether they agree."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from avsctl.core.checks import check_role
from avsctl.core.findings import build_finding
from avsctl.core.health import Check
from avsctl.core.multisig import Sender
from avsctl.core.units import Address


@dataclass(frozen=True)
class Governance:
    """Who governs, as far as it is set."""

    multisig: Address | None
    holds_role: bool
    """Whether it holds AVS_GOVERNANCE_MULTISIG on L2; False where no multisig is set."""
    sender: Sender | None = None
    """What it is on L2; None where no multisig is set."""


class FoundIn(StrEnum):
    """What named the holder of the governance role."""

    CREATION_BLOCK = "creation_block"
    """A grant in the block that the AttestationCenter was created in."""
    TRANSFER = "transfer"
    GRANT = "grant"
    """A grant that is no transfer, the creation block not being known."""
    SETTING = "setting"
    """AVSCTL_MULTISIG or --from alone."""


@dataclass(frozen=True)
class RoleHolder:
    """An account that holds AVS_GOVERNANCE_MULTISIG on L2 at the block read."""

    address: Address
    found_in: FoundIn
    block: int | None
    """Of the log that names it; None for a setting."""

    @property
    def setting(self) -> str:
        """The line for ``.env``."""
        return f"AVSCTL_MULTISIG={self.address}"


@dataclass(frozen=True)
class HolderSearch:
    """How the search for the holder of the governance role went."""

    holder: RoleHolder | None
    newest_block: int
    creation_block: int | None
    """None where the endpoint lacks the old state that tells it."""
    creation_fault: str
    """Why it is not known; text from outside."""
    oldest_block: int | None
    """Logs were read from there up to the newest block; None where none were."""

    @property
    def is_complete(self) -> bool:
        """Whether all logs since the creation were read."""
        begin = 0 if self.creation_block is None else self.creation_block + 1
        return self.oldest_block is not None and self.oldest_block <= begin


_ROLE: Final = "AVS_GOVERNANCE_MULTISIG"
_GRANTED: Final = {
    FoundIn.CREATION_BLOCK: "granted in the creation block",
    FoundIn.TRANSFER: "transferred to it in block",
    FoundIn.GRANT: "granted in block",
}


def check_governance(governance: Governance) -> Check:
    """Check that the multisig that is set holds the governance role."""
    findings = check_role(governance.multisig, holds_role=governance.holds_role)
    held = f"{_ROLE}: {governance.multisig}{_tell_kind(governance.sender)}"
    return Check("role", "setup", findings[0].text if findings else held, findings)


def settle_holder(search: HolderSearch, governance: Governance) -> RoleHolder | None:
    """Give the holder that was found, or else the multisig that is set and holds the role."""
    if search.holder is None and governance.multisig is not None and governance.holds_role:
        return RoleHolder(governance.multisig, FoundIn.SETTING, None)
    return search.holder


def check_search(search: HolderSearch, governance: Governance) -> Check:
    """Tell who holds the governance role and whether that is the multisig that is set, or how far was looked."""
    holder = settle_holder(search, governance)
    if holder is None:
        finding = build_finding("multisig_not_found", "role", f"no holder of {_ROLE} was found: {_tell_extent(search)}")
        return Check("multisig", "setup", finding.text, (finding,))
    if holder.found_in is FoundIn.SETTING:
        text = f"{holder.address}, which is set, holds {_ROLE}; no log was found that names it: {_tell_extent(search)}"
        return Check("multisig", "setup", text)
    how = f"{_GRANTED[holder.found_in]} {holder.block}"
    return Check("multisig", "setup", f"{holder.address} holds {_ROLE}, {how}{_compare(holder, governance)}")


def _tell_kind(sender: Sender | None) -> str:
    """Say what the holder is on L2: a Safe that was deployed on L1 alone has no code there."""
    if sender is None:
        return ""
    if sender.safe is not None:
        return f"  Safe {sender.safe.version}"
    return (
        "  a contract, and no Safe"
        if sender.has_code
        else "  no code on L2: a key's account, or a Safe not deployed there"
    )


def _compare(holder: RoleHolder, governance: Governance) -> str:
    """Say whether what is set is what was found."""
    if governance.multisig is None:
        return ""
    if governance.multisig == holder.address:
        return "; it is the one that is set"
    return f"; {governance.multisig}, which is set, {'holds it, too' if governance.holds_role else 'does not hold it'}"


def _tell_extent(search: HolderSearch) -> str:
    """Say how far a search looked, and why no further."""
    if search.creation_block is None:
        creation = f"the creation block is not known ({search.creation_fault})"
    else:
        creation = f"the creation block is {search.creation_block}"
    if search.oldest_block is None:
        return f"{creation}; the endpoint refused logs"
    logs = f"logs were read from block {search.oldest_block} to {search.newest_block}"
    if search.is_complete:
        return f"{creation}; {logs}, which is all: the role may have been renounced"
    return f"{creation}; {logs}, no further in as many requests as are allowed"
