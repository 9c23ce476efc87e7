"""Errors as logs, nodes and libraries write them; and the table of what they mean."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts.abi import GENERATIONS_BY_CONTRACT, load_errors
from avsctl.contracts.error_meanings import MEANINGS, When, find_meaning, find_meanings, find_panic
from avsctl.contracts.error_text import NamedError, read_error_text
from avsctl.contracts.function_meanings import NOTES
from avsctl.contracts.interfaces import name_errors, name_functions

ACCOUNT = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
NOT_FOUND = "42643c32" + f"{10_003:064x}"
NAMES = {
    error.name
    for contract, generations in GENERATIONS_BY_CONTRACT.items()
    for generation in generations
    for error in load_errors(contract, generation)
}


def signatures(text):
    found = read_error_text(text)
    assert found is not None
    assert found.decoded is None
    return {each.signature for each in found.errors}, {each.signature for each in found.functions}, found.safe_code


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        ("InsufficientVotingPower", "InsufficientVotingPower()"),
        ("InsufficientVotingPower()", "InsufficientVotingPower()"),
        ("OBLS.InsufficientVotingPower()", "InsufficientVotingPower()"),
        ("custom error 0x42643c32", "TaskDefinitionNotFound(uint16)"),
        ("custom error 0xe2517d3f:", "AccessControlUnauthorizedAccount(address,bytes32)"),
        ("execution reverted: InvalidMaximumNumberOfAttesters()", "InvalidMaximumNumberOfAttesters()"),
        (
            "Error: VM Exception while processing transaction: reverted with custom error 'InvalidBlockExpiry()'",
            "InvalidBlockExpiry()",
        ),
        (f"OperatorNotRegistered({ACCOUNT})", "OperatorNotRegistered(address)"),
        ("OperatorNotRegistered(address)", "OperatorNotRegistered(address)"),
        ("OperatorNotRegistered()", "OperatorNotRegistered()"),
        ("InvalidRestrictedAttester(3, 7)", "InvalidRestrictedAttester(uint256,uint256)"),
        ("Unauthorized", "Unauthorized(string)"),
        ("Panic", "Panic(uint256)"),
        ("Error(string)", "Error(string)"),
    ],
)
def test_an_error_by_its_name(text, signature):
    assert signatures(text) == ({signature}, set(), "")


def test_a_name_that_two_errors_have_names_both():
    assert signatures("OperatorNotRegistered")[0] == {"OperatorNotRegistered(address)", "OperatorNotRegistered()"}


@pytest.mark.parametrize("text", ["GS013", "execution reverted: GS013", "Error('GS013')", "reverted with 'GS013'."])
def test_a_code_of_safe(text):
    assert signatures(text) == ({"Error(string)"}, set(), "GS013")


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        (f"custom error 0x{NOT_FOUND}", "TaskDefinitionNotFound", (10_003,)),
        (f"custom error 0x{NOT_FOUND[:8]}: {NOT_FOUND[8:]}", "TaskDefinitionNotFound", (10_003,)),
        (f"ContractCustomError('0x{NOT_FOUND}', '0x{NOT_FOUND}')", "TaskDefinitionNotFound", (10_003,)),
        ('(unknown custom error) (action="call", data="0xcabeb655")', "InsufficientVotingPower", ()),
        ("Panic(0x11)", "Panic", (17,)),
        ("Panic(17)", "Panic", (17,)),
        ("panic: arithmetic underflow or overflow (0x11)", "Panic", (17,)),
        ("reverted with panic code 0x32 (Array accessed at an out-of-bounds index)", "Panic", (0x32,)),
    ],
)
def test_revert_data_in_a_text_is_read(text, name, args):
    decoded = read_error_text(text).decoded
    assert (decoded.interfaces[0].name, decoded.args) == (name, args)


def test_a_function_by_its_name():
    assert signatures("setTaskDefinitionMinVotingPower")[1] == {"setTaskDefinitionMinVotingPower(uint16,uint256)"}
    assert signatures("votingPower(uint256)")[1] == {"votingPower(uint256)"}
    assert signatures("function 0x5fdd0ac7 failed")[1] == {"setTaskDefinitionMaximumNumberOfAttesters(uint16,uint256)"}


@pytest.mark.parametrize("text", ["", "hello", "execution reverted", "0x12345678", "NoSuchError()", "GS13", "GS0130"])
def test_what_names_nothing(text):
    assert read_error_text(text) is None


@given(st.text())
def test_any_text_is_looked_through(text):
    assert isinstance(read_error_text(text), NamedError | None)


@pytest.mark.parametrize(
    "text", ["panic" * 200_000, "panic " * 200_000, "0x" * 500_000, "Panic(" * 200_000, "a" * 1_000_000, "()" * 500_000]
)
def test_a_text_made_to_be_slow_is_not(text):
    begin = time.process_time()
    read_error_text(text)
    assert time.process_time() - begin < 5


def test_every_error_that_is_explained_is_one_of_a_contract():
    assert set(MEANINGS) <= NAMES
    assert all(name_errors(name) for name in MEANINGS)
    assert all(name_functions(name) for name in NOTES)


@pytest.mark.parametrize("name", sorted(MEANINGS))
def test_meanings_are_told_apart_by_when_they_hold(name):
    whens = [each.when for each in find_meanings(name)]
    assert len(set(whens)) == len(whens)
    for each in find_meanings(name):
        assert each.text
        assert not each.text.endswith(".")
        assert not each.remedy or each.remedy.endswith(".") or "avsctl" in each.remedy


def test_errors_that_users_meet_are_explained():
    met = {
        *(
            "InvalidBlockExpiry",
            "InvalidRestrictedAttesterIds",
            "InvalidMaximumNumberOfAttesters",
            "TaskDefinitionNotFound",
        ),
        *("InvalidTaskDefinition", "InvalidAttesterSet", "InvalidRestrictedAttester", "InvalidRestrictedOperator"),
        *("MessageAlreadySigned", "InvalidPerformerSignature", "OperatorNotRegistered", "InactiveTaskPerformer"),
        *("InvalidRequiredVotingPower", "InsufficientVotingPower", "InvalidOBLSSignature", "InvalidOperatorIndexes"),
        *("InactiveOperator", "OperatorDoesNotHaveMinimumVotingPower", "InvalidToBlockL1VsLastCommitBlockL1"),
        *("InvalidToBlockL2VsCurrentHeight", "InternalTransactionNotAllowed", "InternalTransactionRevert"),
        *("AccessControlUnauthorizedAccount", "NotAuthorizedRole", "FlowIsCurrentlyPaused", "NotActiveOperator"),
        *("NotEnoughVotingPower", "StakingContractsNotInAscendingOrder", "InvalidMultiplier", "InvalidStakingContract"),
    }
    assert met <= set(MEANINGS)


def test_one_error_means_another_thing_elsewhere():
    of_a_change = find_meaning("InvalidMaximumNumberOfAttesters", When.DEFINITION)
    of_a_task = find_meaning("InvalidMaximumNumberOfAttesters", When.TASK)
    assert of_a_change.text == "the maximum is above the number of operators listed"
    assert of_a_task.text == "more attesters than the definition allows"
    assert find_meaning("InsufficientVotingPower", When.DEFINITION) is None
    assert find_panic(0x11, When.SYNC).text.startswith("an update lowers a power by more than there is")
    assert find_panic(0x12, When.SYNC) is None
