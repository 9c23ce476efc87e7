"""The state file: its three shapes, and every way of being broken."""

import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from settings_values import AUGUST_STATE, CENTER, CENTER_2, ENVIRON, GOVERNANCE, L2_ONLY, MAY_STATE, OLD_STATE

from avsctl.errors import ConfigError

FILE = ".othentic/state.output.json"
UNREADABLE = "{} is not JSON that can be read: it is nested too deep, or a number is too long"
RPC = {"L1_RPC": "https://l1.example", "L2_RPC": "https://l2.example"}


@pytest.mark.parametrize(
    ("state", "environ", "chain_ids", "center"),
    [
        (OLD_STATE, {}, (None, None), CENTER),
        (OLD_STATE, {"L2_CHAIN": "amoy"}, (None, 80002), CENTER),
        (MAY_STATE, {}, (None, 84532), CENTER),
        (MAY_STATE, {"L2_CHAIN": "84532", "L1_CHAIN": "17000"}, (17000, 84532), CENTER),
        (AUGUST_STATE, {"L2_CHAIN": "84532"}, (11155111, 84532), CENTER_2),
        (AUGUST_STATE, {"L2_CHAIN": "sepolia"}, (11155111, 11155111), CENTER),
        ({**OLD_STATE, "L2s": None}, {}, (None, None), CENTER),
        (b"\xef\xbb\xbf" + json.dumps(MAY_STATE).encode(), {}, (None, 84532), CENTER),
        (
            {"L1": MAY_STATE["L1"], "L2s": [{"chainId": "84532", "AttestationCenter": CENTER.lower()}]},
            {},
            (None, 84532),
            CENTER,
        ),
        ({"L1": MAY_STATE["L1"], "L2s": [{"AttestationCenter": CENTER}]}, {"L2_CHAIN": "8453"}, (None, 8453), CENTER),
    ],
)
def test_three_shapes(project, state, environ, chain_ids, center):
    settings = project.state(state).load(RPC | environ)
    assert (settings.l1.expected_chain_id, settings.l2.expected_chain_id) == chain_ids
    assert (settings.avs_governance, settings.attestation_center) == (GOVERNANCE, center)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("", "{} is not JSON: the fault is at line 1, column 1"),
        ("{", "{} is not JSON: the fault is at line 1, column 2"),
        ('{\n  "L1": SECRET}', "{} is not JSON: the fault is at line 2, column 9"),
        ("[" * 200_000, UNREADABLE),
        ('{"L1":' * 100_000, UNREADABLE),
        ('{"L1": {"chainId": ' + "9" * 5000 + "}}", UNREADABLE),
        ("[]", "{}: expected an object with L1 and L2 or L2s"),
        ("null", "{}: expected an object with L1 and L2 or L2s"),
        (b'{"L1": "\xff"}', "{} is not UTF-8 text"),
        (" " * (1024 * 1024 + 1), "{} is larger than 1024 KiB"),
        ({"L1": [], "L2": {}}, "{}: expected L1 to be an object"),
        ({"L2": "SECRET"}, "{}: expected L2 to be an object"),
        ({"L2s": {}}, "{}: expected L2s to be a list"),
        ({"L2s": [None]}, "{}: expected L2s[0] to be an object"),
        ({"L2s": [{}, 1]}, "{}: expected L2s[1] to be an object"),
        ({"L2": {}, "L2s": []}, "{} has both L2 and L2s: expected one of them"),
        ({"L1": {"AvsGovernance": 1}}, "{}: expected L1.AvsGovernance to be an address in quotes"),
        ({"L2s": [{"AttestationCenter": {}}]}, "{}: expected L2s[0].AttestationCenter to be an address in quotes"),
        *(
            ({"L2s": [{"chainId": wrong}]}, "{}: expected L2s[0].chainId to be a chain id")
            for wrong in (0, -1, 1.0, True, "SECRET", [], 2**53, 10**100)
        ),
        ({"L1": {"chainId": "0x1"}}, "{}: expected L1.chainId to be a chain id"),
    ],
)
def test_a_broken_file_is_told_once_with_its_key(project, state, message):
    problems = project.state(state).problems(RPC)
    assert [problem.message for problem in problems] == [message.format(FILE)]
    assert {problem.code for problem in problems} == {"state_file"}


def test_a_broken_file_does_not_matter_when_nothing_is_looked_for_in_it(project):
    project.state("{")
    (problem,) = project.problems(ENVIRON | {"L1_CHAIN": "1"})
    assert problem.message.startswith(f"{FILE} is not JSON")
    assert "ATTESTATION_CENTER_ADDRESS" in problem.hint
    assert project.load(ENVIRON | {"L1_CHAIN": "1", "L2_CHAIN": "8453"})
    assert project.load(ENVIRON | {"L1_RPC": "", "AVS_GOVERNANCE_ADDRESS": "", "L2_CHAIN": "8453"}, needs=L2_ONLY)


@pytest.mark.parametrize(
    ("state", "environ", "places"),
    [
        ({}, {}, ["(it has no L1)", "(it has no L2)"]),
        ({"L1": {}, "L2": {}}, {}, ["(no L1.AvsGovernance)", "(no L2.AttestationCenter)"]),
        ({"L1": None, "L2s": []}, {}, ["(it has no L1)", "(it has no L2)"]),
        (
            {"L1": {"AvsGovernance": ""}, "L2s": [{"AttestationCenter": None}]},
            {},
            ["(no L1.AvsGovernance)", "(no L2s[0].AttestationCenter)"],
        ),
        (
            AUGUST_STATE,
            {"L1_CHAIN": "1", "L2_CHAIN": "8453"},
            ["(it has Sepolia (11155111))", "(it has Sepolia (11155111), Base Sepolia (84532))"],
        ),
    ],
)
def test_what_it_lacks_is_named(project, state, environ, places):
    messages = project.state(state).messages(RPC | environ)
    assert [message.partition(FILE + " ")[2] for message in messages] == places


def test_several_l2s_are_listed(project):
    (problem,) = project.state(AUGUST_STATE).problems(RPC)
    assert problem.message == f"{FILE} has several L2s to choose from: Sepolia (11155111), Base Sepolia (84532)"
    assert problem.code == "ambiguous_chain"
    assert project.load(RPC, l2_chain="84532").attestation_center == CENTER_2


def test_two_l2s_on_one_chain_are_told(project):
    twice = {"L1": MAY_STATE["L1"], "L2s": [{"chainId": 8453, "AttestationCenter": a} for a in (CENTER, CENTER_2)]}
    (problem,) = project.state(twice).problems(RPC, l2_chain="8453")
    assert problem.code == "ambiguous_chain"
    assert problem.hint == "keep one of them"


def test_one_of_several_l2s_without_a_chain_is_told(project):
    some = {"L1": MAY_STATE["L1"], "L2s": [MAY_STATE["L2s"][0], {"AttestationCenter": CENTER_2}]}
    (message,) = project.state(some).messages(RPC, l2_chain="84532")
    assert message == f"{FILE}: expected L2s[1].chainId to be a chain id, because there are several L2s"


def test_a_wrong_address_is_told_with_its_key(project):
    state = {"L1": {"AvsGovernance": "0xSECRET"}, "L2": {"AttestationCenter": "0x" + "0" * 40}}
    assert project.state(state).messages(RPC) == [
        f"AVS_GOVERNANCE_ADDRESS ({FILE} (L1.AvsGovernance)): expected an address: 0x and 40 hex digits",
        f"ATTESTATION_CENTER_ADDRESS ({FILE} (L2.AttestationCenter)): expected an address other than the zero address",
    ]


def test_a_directory_in_its_place_is_told(project):
    (project.path / FILE).mkdir(parents=True)
    assert project.messages(RPC) == [f"{FILE} cannot be read: Is a directory"]


keys = st.sampled_from(["L1", "L2", "L2s", "chainId", "AvsGovernance", "AttestationCenter"])
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([CENTER, "8453", 8453])
shapes = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner))


@limits(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(keys, shapes).map(json.dumps) | st.text(st.characters(codec="utf-8")) | st.binary())
def test_any_file_is_read_or_refused(project, state):
    try:
        settings = project.state(state).load(RPC)
    except ConfigError:
        return
    assert settings.avs_governance
