"""The file of a proposal: what is written is read again, and anything else is refused by the name of its field."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.proposal_file import (
    DATA_LIMIT,
    PROOF_LIMIT,
    BlockPoint,
    ProposalFile,
    build_proposal_file,
    format_proposal_file,
    parse_proposal_file,
    require_deployment,
)
from avsctl.core.proposals import Proposal
from avsctl.core.units import Address
from avsctl.errors import ConfigError

A, B, C, D = (Address(f"0x{digit * 40}") for digit in "abcd")
DEPLOYMENT = Deployment(Generation.V2, 1, 8453, A, B, C, D)
FILE = ProposalFile(
    10001,
    "0x" + "12" * 32,
    b"\0\x01\xff",
    1,
    8453,
    B,
    C,
    BlockPoint(7, "0x" + "a1" * 32),
    BlockPoint(9, "0x" + "b2" * 32),
)
DOCUMENT = {
    "schema": "avsctl-proposal/1",
    "task_definition_id": 10001,
    "proof_of_task": "0x" + "12" * 32,
    "data": "0x0001ff",
    "l1_chain_id": 1,
    "l2_chain_id": 8453,
    "attestation_center": B,
    "obls": C,
    "l1_block": {"number": 7, "hash": "0x" + "a1" * 32},
    "l2_block": {"number": 9, "hash": "0x" + "b2" * 32},
}


def refusal(text):
    with pytest.raises(ConfigError) as refused:
        parse_proposal_file(text, "p.json")
    (problem,) = refused.value.problems
    assert problem.code == "proposal_file"
    assert problem.hint
    return problem.message


def changed(**values):
    return json.dumps(DOCUMENT | values)


def test_the_text_is_the_document_in_its_order():
    text = format_proposal_file(FILE)
    assert json.loads(text) == DOCUMENT
    assert list(json.loads(text)) == list(DOCUMENT)
    assert text.endswith("}\n")
    assert parse_proposal_file(text, "p.json") == parse_proposal_file(text.encode(), "p.json") == FILE


def test_a_proposal_is_joined_with_where_and_when_it_was_made():
    l1, l2 = BlockRef(1, 7, "0x" + "A1" * 32, 100), BlockRef(8453, 9, "0x" + "b2" * 32, 101)
    proposal = Proposal(FILE.task_definition_id, FILE.data, FILE.proof_of_task, None)
    assert build_proposal_file(proposal, DEPLOYMENT, l1, l2) == FILE


@given(
    st.integers(0, 2**16 - 1),
    st.text(max_size=40),
    st.binary(max_size=200),
    st.lists(st.integers(0, 2**64 - 1), min_size=4, max_size=4),
)
def test_what_is_written_is_read_again(task_definition_id, proof, data, numbers):
    blocks = (BlockPoint(number, f"0x{number:064x}") for number in numbers[2:])
    file = ProposalFile(task_definition_id, proof, data, numbers[0], numbers[1], A, B, *blocks)
    assert parse_proposal_file(format_proposal_file(file), "p.json") == file


@pytest.mark.parametrize("key", [key for key in DOCUMENT if key != "schema"])
def test_a_key_that_is_missing_or_of_another_type_is_named(key):
    document = {name: value for name, value in DOCUMENT.items() if name != key}
    assert refusal(json.dumps(document)) == f"p.json: {key} is missing"
    for value in (None, True, 1.5, [], {}, -1, 2**70, "0xzz" if key != "proof_of_task" else "\ud800"):
        assert refusal(changed(**{key: value})).startswith(f"p.json: {key} is not ")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("task_definition_id", 2**16, "a whole number below 2^16"),
        ("task_definition_id", "10001", "a whole number below 2^16"),
        ("data", "0001ff", "0x and two hex digits for each byte"),
        ("data", "0x001", "0x and two hex digits for each byte"),
        ("data", "0x00 1ff", "0x and two hex digits for each byte"),
        ("data", "0x" + "00" * (DATA_LIMIT + 1), f"at most {DATA_LIMIT} bytes"),
        ("proof_of_task", "x" * (PROOF_LIMIT + 1), f"a text of at most {PROOF_LIMIT} characters"),
        ("l1_chain_id", 2**64, "a whole number below 2^64"),
        ("attestation_center", B + "00", "an address, 0x and 40 hex digits"),
        ("obls", C[2:], "an address, 0x and 40 hex digits"),
        ("l1_block", {"number": 7}, "an object of number and hash"),
        ("l1_block", {"number": 7, "hash": "0x" + "a1" * 32, "time": 1}, "an object of number and hash"),
        ("l2_block", {"number": "9", "hash": "0x" + "b2" * 32}, "a whole number below 2^64"),
        ("l2_block", {"number": 9, "hash": "0x" + "b2" * 31}, "a hash, 0x and 64 hex digits"),
    ],
)
def test_a_value_that_is_none_is_refused(key, value, said):
    assert refusal(changed(**{key: value})) == f"p.json: {key} is not {said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "p.json is not JSON"),
        ("{", "p.json is not JSON"),
        (b"\xff\xfe\0", "p.json is not JSON"),
        ("[" * 100_000, "p.json is not JSON"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "p.json is not JSON"),
        ("1" * 10_000, "p.json is not JSON"),
        ("[]", "p.json is no JSON object"),
        ("null", "p.json is no JSON object"),
        ("{}", "p.json: schema is not 'avsctl-proposal/1'"),
        (changed(schema="avsctl-proposal/2"), "p.json: schema is not 'avsctl-proposal/1'"),
        (changed(schema=1), "p.json: schema is not 'avsctl-proposal/1'"),
        (changed(more=1), "p.json has keys that no proposal has"),
    ],
)
def test_what_is_no_such_file_is_refused(text, said):
    assert refusal(text) == said


def test_a_file_of_this_deployment_passes_whatever_the_case_of_its_addresses():
    require_deployment(FILE, DEPLOYMENT, "p.json")
    shouted = parse_proposal_file(changed(attestation_center="0x" + "B" * 40), "p.json")
    require_deployment(shouted, DEPLOYMENT, "p.json")
    without_l1 = Deployment(Generation.V2, None, 8453, None, B, C, D)
    require_deployment(parse_proposal_file(changed(l1_chain_id=5), "p.json"), without_l1, "p.json")


@pytest.mark.parametrize(
    ("key", "value"), [("l1_chain_id", 5), ("l2_chain_id", 10), ("attestation_center", D), ("obls", A)]
)
def test_a_file_of_another_deployment_is_refused_with_both_values(key, value):
    file = parse_proposal_file(changed(**{key: value}), "p.json")
    with pytest.raises(ConfigError, match="of another deployment") as refused:
        require_deployment(file, DEPLOYMENT, "p.json")
    message = refused.value.problems[0].message
    assert message == f"p.json is of another deployment: its {key} is {value}, here it is {DOCUMENT[key]}"
