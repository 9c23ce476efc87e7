"""What the errors of a call to AttestationCenter mean, and what to do about them."""

from typing import Final

from avsctl.contracts.call import Revert
from avsctl.contracts.error_meanings import Meaning, When, find_meaning, find_panic
from avsctl.contracts.roles import ROLE_ERRORS, name_role, tell_revert
from avsctl.core.units import Address

_REVERT_LIMIT: Final = 300
"""Characters of a revert that a finding shows: its text is the contract's."""

_OBLS_ROLES: Final = ("OBLS_MANAGER", "VOTING_POWER_SYNCER")

_EMPTY: Final = (
    "no reason is given; too little gas (a minimum is counted over all ids ever), or no such function",
    "Try a higher gas limit of the endpoint, and compare the generation with avsctl doctor.",
)


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
        meaning, remedy = _tell(find_panic(revert.args[0], When.DEFINITION))
    elif not revert.name and not revert.data:
        meaning, remedy = _EMPTY
    else:
        meaning, remedy = _tell(find_meaning(revert.name, When.DEFINITION))
    return meaning, (remedy,) if remedy else ()


def _explain_role(account: str, role: str, sender: Address) -> tuple[str, str]:
    if account == sender:
        return "the sender does not hold that role", "Correct --from or AVSCTL_MULTISIG."
    if role in _OBLS_ROLES:
        return _tell(find_meaning("NotOBLSManager", When.DEFINITION))
    return "a contract on the way does not hold that role", ""


def _tell(meaning: Meaning | None) -> tuple[str, str]:
    return (meaning.text, meaning.remedy) if meaning else ("", "")
