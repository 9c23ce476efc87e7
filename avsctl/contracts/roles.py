"""The roles of Othentic's contracts by name, and reverts that lack one in words."""

from functools import cache
from typing import Final

from avsctl.contracts.call import Revert
from avsctl.contracts.keccak import keccak256

ROLE_ERRORS: Final = frozenset({"AccessControlUnauthorizedAccount", "NotAuthorizedRole"})
"""Names of the errors whose arguments are an account and the role that it lacks."""

_ROLES: Final = (
    "AVS_GOVERNANCE_MULTISIG",
    "OPERATIONS_MULTISIG",
    "COMMUNITY_MULTISIG",
    "AVS_GOVERNANCE",
    "MESSAGE_HANDLER",
    "ATTESTATION_CENTER",
    "OBLS_MANAGER",
    "VOTING_POWER_SYNCER",
    "MULTIPLIER_SYNCER",
    "AVS_FACTORY_ROLE",
    "EJECTOR",
    "LZ_DELEGATE_ROLE",
    "STATE_RECEIVER",
    "TOKEN_REPLACEMENT_MODIFICATION_DELAY",
    "REGISTRATION_FLOW",
    "BATCH_PAYMENT_REQUEST_FLOW",
    "EIGEN_PAYMENT_REQUEST_FLOW",
    "SET_AVS_LOGIC_FLOW",
    "SET_SUPPORTED_STRATEGIES_FLOW",
    "TASKS_SUBMISSION_FLOW",
    "CREATE_NEW_TASK_DEFINITION_FLOW",
)
"""Roles and flows (whose pauser role has their id) whose id is of the hash of their name."""
_ROLES_HASHED_OTHERWISE: Final = {
    "LZ_RETRY_ROLE": "LZ_RETRY",
    "PAYMENT_REQUEST_FLOW": "PAYMENT_REQUST_FLOW",
    "OPERATOR_SET_REWARDS_RECEIVER_FLOW": "AVS_PAUSE_REWARD_MODIFICATION",
}
"""Name to the text that is hashed, misspelt as deployed (OTHENTIC.md 6)."""


def name_role(role: bytes) -> str:
    """Give the name of a role: its id is four bytes, left-aligned (OTHENTIC.md 6); one not known stays hex."""
    name = None if any(role[4:]) else _names_by_id().get(role[:4])
    return name or f"0x{role.hex()}"


def tell_revert(revert: Revert) -> str:
    """Write a revert in one line as ``Revert.text`` does, a role by its name; holds text from outside."""
    if revert.name not in ROLE_ERRORS:
        return revert.text
    account, role = revert.args
    return f"{revert.name}({account}, {name_role(role)})"


@cache
def _names_by_id() -> dict[bytes, str]:
    hashed = {name: name for name in _ROLES} | _ROLES_HASHED_OTHERWISE
    return {keccak256(text.encode())[:4]: name for name, text in hashed.items()}
