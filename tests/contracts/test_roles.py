"""Roles by name, and the reverts that name one."""

import pytest

from avsctl.contracts.call import Revert
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.roles import name_role, tell_revert

ACCOUNT = "0x06D05729f338ca3f2d8F9dD50257Fafc0f30acEb"


def role_id(name):
    return keccak256(name.encode())[:4].ljust(32, b"\0")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("OBLS_MANAGER", "OBLS_MANAGER"),
        ("LZ_RETRY", "LZ_RETRY_ROLE"),
        ("PAYMENT_REQUST_FLOW", "PAYMENT_REQUEST_FLOW"),
        ("CREATE_NEW_TASK_DEFINITION_FLOW", "CREATE_NEW_TASK_DEFINITION_FLOW"),
    ],
)
def test_roles_have_names(text, name):
    assert name_role(role_id(text)) == name_role(role_id(text)[:4]) == name


@pytest.mark.parametrize("role", [b"", bytes(32), b"\x01\x02\x03\x04" + bytes(28), role_id("EJECTOR")[:31] + b"\1"])
def test_roles_that_are_not_known_stay_as_they_are(role):
    assert name_role(role) == f"0x{role.hex()}"


def test_the_ids_of_roles_are_those_that_are_deployed():
    """Othentic's role ids (OTHENTIC.md 6)."""
    known = {"f1688026": "AVS_GOVERNANCE_MULTISIG", "cf9d7bf0": "VOTING_POWER_SYNCER", "1caf4fcf": "LZ_DELEGATE_ROLE"}
    assert {name_role(bytes.fromhex(role)) for role in known} == set(known.values())


@pytest.mark.parametrize(
    ("revert", "text"),
    [
        (Revert("AccessControlUnauthorizedAccount", (ACCOUNT, role_id("EJECTOR"))), f"({ACCOUNT}, EJECTOR)"),
        (Revert("NotAuthorizedRole", (ACCOUNT, b"\1\2")), f"({ACCOUNT}, 0x0102)"),
        (Revert("TaskDefinitionNotFound", (7,)), "(7)"),
        (Revert("Error", ("no",)), "('no')"),
    ],
)
def test_a_revert_names_the_role_that_is_lacking(revert, text):
    assert tell_revert(revert) == f"{revert.name}{text}"
