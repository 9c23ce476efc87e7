"""Who governs: what a search found, whether the setting agrees, and how far was looked where nobody was found."""

from dataclasses import replace

import pytest

from avsctl.core.findings import Severity
from avsctl.core.governance import (
    FoundIn,
    Governance,
    HolderSearch,
    RoleHolder,
    check_governance,
    check_search,
    settle_holder,
)
from avsctl.core.multisig import SafeState, Sender
from avsctl.core.units import Address

SET, OTHER = Address("0x" + "51" * 20), Address("0x" + "07" * 20)
HOLDS = Governance(SET, holds_role=True)
LACKS = Governance(SET, holds_role=False)
UNSET = Governance(None, holds_role=False)
NOBODY = HolderSearch(None, 900, 123, "", 721)
ROLE = "AVS_GOVERNANCE_MULTISIG"


def found(address=OTHER, found_in=FoundIn.TRANSFER, block=456):
    return replace(NOBODY, holder=RoleHolder(address, found_in, block))


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        (None, ""),
        (Sender(SET, has_code=True, safe=SafeState("1.4.1", 2, (OTHER,), 7)), "  Safe 1.4.1"),
        (Sender(SET, has_code=True, safe=None), "  a contract, and no Safe"),
        (Sender(SET, has_code=False, safe=None), "  no code on L2: a key's account, or a Safe not deployed there"),
    ],
)
def test_the_role_is_told_with_what_holds_it(sender, kind):
    check = check_governance(replace(HOLDS, sender=sender))
    assert (check.text, check.result) == (f"{ROLE}: {SET}{kind}", "ok")


def test_a_role_that_is_missing_is_told_alone():
    check = check_governance(replace(LACKS, sender=Sender(SET, has_code=False, safe=None)))
    assert (check.text, check.result) == (f"{SET} does not hold {ROLE} on L2", "critical")
    assert check_governance(UNSET).result == "info"


@pytest.mark.parametrize(
    ("found_in", "how"),
    [
        (FoundIn.CREATION_BLOCK, "granted in the creation block 456"),
        (FoundIn.TRANSFER, "transferred to it in block 456"),
        (FoundIn.GRANT, "granted in block 456"),
    ],
)
@pytest.mark.parametrize(
    ("governance", "address", "compared"),
    [
        (UNSET, OTHER, ""),
        (HOLDS, SET, "; it is the one that is set"),
        (LACKS, OTHER, f"; {SET}, which is set, does not hold it"),
        (HOLDS, OTHER, f"; {SET}, which is set, holds it, too"),
    ],
)
def test_who_was_found_and_whether_it_is_what_is_set(found_in, how, governance, address, compared):
    search = found(address, found_in)
    check = check_search(search, governance)
    assert (check.code, check.group, check.findings) == ("multisig", "setup", ())
    assert check.text == f"{address} holds {ROLE}, {how}{compared}"
    assert settle_holder(search, governance) == search.holder


def test_what_is_set_and_holds_the_role_is_the_holder_where_no_log_tells():
    check = check_search(NOBODY, HOLDS)
    assert check.result == "ok"
    assert check.text.startswith(f"{SET}, which is set, holds {ROLE}; no log was found that names it: ")
    assert settle_holder(NOBODY, HOLDS) == RoleHolder(SET, FoundIn.SETTING, None)


RENOUNCED = "which is all: the role may have been renounced"
BOUNDED = "no further in as many requests as are allowed"
EXTENTS = {
    f"the creation block is 123; logs were read from block 721 to 900, {BOUNDED}": {},
    f"the creation block is 123; logs were read from block 124 to 900, {RENOUNCED}": {"oldest_block": 124},
    f"the creation block is not known (pruned); logs were read from block 0 to 900, {RENOUNCED}": {
        "creation_block": None,
        "creation_fault": "pruned",
        "oldest_block": 0,
    },
    "the creation block is not known (pruned); the endpoint refused logs": {
        "creation_block": None,
        "creation_fault": "pruned",
        "oldest_block": None,
    },
}


@pytest.mark.parametrize("governance", [UNSET, LACKS])
@pytest.mark.parametrize("extent", EXTENTS)
def test_a_search_in_vain_says_how_far_it_went(governance, extent):
    search = replace(NOBODY, **EXTENTS[extent])
    check = check_search(search, governance)
    (finding,) = check.findings
    assert finding.text == check.text == f"no holder of {ROLE} was found: {extent}"
    assert (finding.code, finding.severity, finding.subject) == ("multisig_not_found", Severity.WARNING, "role")
    assert finding.remedy
    assert settle_holder(search, governance) is None
