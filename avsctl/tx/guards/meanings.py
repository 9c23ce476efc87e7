"""What the errors of a call to AttestationCenter mean, and what to do about them."""

from typing import Final

from avsctl.contracts.call import Revert
from avsctl.contracts.roles import ROLE_ERRORS, name_role, tell_revert
from avsctl.core.units import Address

_REVERT_LIMIT: Final = 300
"""Characters of a revert that a finding shows: its text is the contract's."""

_OBLS_ROLES: Final = ("OBLS_MANAGER", "VOTING_POWER_SYNCER")

_NOT_ASCENDING: Final = ("the list is not strictly ascending", "Give each id once, in ascending order.")
_NO_MANAGER: Final = (
    "AttestationCenter may not write totals to OBLS: another contract was named in its place",
    "Look for its role in the RoleGranted and RoleRevoked events of OBLS.",
)
_EMPTY: Final = (
    "no reason is given; too little gas (a minimum is counted over all ids ever), or no such function",
    "Try a higher gas limit of the endpoint, and compare the generation with avsctl doctor.",
)
_MEANINGS: Final = {
    "InvalidBlockExpiry": (
        "the expiry is not after the block of the call",
        "Give a later --expiry: an absolute block as the L2's EVM counts, +N blocks, or a time such as 30d.",
    ),
    "InvalidRestrictedOperatorIndexes": _NOT_ASCENDING,
    "InvalidRestrictedAttesterIds": _NOT_ASCENDING,
    "InvalidMaximumNumberOfAttesters": (
        "the maximum is above the number of operators listed",
        "Lower --max-attesters, or list more operators.",
    ),
    "TaskDefinitionNotFound": ("no such task definition exists", "avsctl task list"),
    "FlowIsCurrentlyPaused": (
        "CREATE_NEW_TASK_DEFINITION_FLOW is paused",
        "A holder of that flow's pauser role calls unpause.",
    ),
    "NotOBLSManager": _NO_MANAGER,
    "NotOBLSManagerOrShareSyncer": _NO_MANAGER,
}
"""Name of an error to what it means of these calls, and what to do."""
_PANICS: Final = {
    0x11: (
        "powers sum to more than 2^256-1, or there is no id left for a definition",
        "avsctl operator list shows the powers.",
    ),
    0x41: ("the name or the list is too long", "Give a shorter one."),
}


def format_revert(revert: Revert) -> str:
    """Write a revert in one line, roles by name."""
    text = tell_revert(revert)
    return text if len(text) <= _REVERT_LIMIT else f"{text[:_REVERT_LIMIT]}.."


def explain(revert: Revert, sender: Address) -> tuple[str, tuple[str, ...]]:
    """Give what a revert means and what to do; both empty where that is not known."""
    if revert.name in ROLE_ERRORS:
        account, role = revert.args
        meaning, remedy = _explain_role(account, name_role(role), sender)
    elif revert.name == "Panic":
        meaning, remedy = _PANICS.get(revert.args[0], ("", ""))
    elif not revert.name and not revert.data:
        meaning, remedy = _EMPTY
    else:
        meaning, remedy = _MEANINGS.get(revert.name, ("", ""))
    return meaning, (remedy,) if remedy else ()


def _explain_role(account: str, role: str, sender: Address) -> tuple[str, str]:
    if account == sender:
        return "the sender does not hold that role", "Correct --from or AVSCTL_MULTISIG."
    if role in _OBLS_ROLES:
        return _NO_MANAGER
    return "a contract on the way does not hold that role", ""
