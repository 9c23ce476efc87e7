"""The logs of AttestationCenter: topics as the ABI files state the events, and values as eth_abi encodes them."""

import pytest
from eth_abi import encode

from avsctl.contracts.abi import load_entries
from avsctl.contracts.attestation_center import GOVERNANCE_ROLE
from avsctl.contracts.attestation_center_logs import (
    MULTISIG_SET_TOPIC,
    ROLE_GRANTED_TOPIC,
    decode_governor,
    decode_submitted_id,
    is_transfer,
    submitted_topics,
)
from avsctl.contracts.keccak import keccak256
from avsctl.core.deployment import Generation
from avsctl.errors import AnswerError

ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
WORD = "0x" + bytes.fromhex(ACCOUNT[2:]).rjust(32, b"\0").hex()
GENERATIONS = list(Generation)


def event(generation, name):
    """Give topic, and which arguments are indexed, as the ABI file has them."""
    entries = load_entries("AttestationCenter", generation)
    (found,) = [each for each in entries if each["type"] == "event" and each["name"] == name]
    signature = f"{name}({','.join(each['type'] for each in found['inputs'])})"
    return f"0x{keccak256(signature.encode()).hex()}", [each["indexed"] for each in found["inputs"]]


def granted(role=GOVERNANCE_ROLE, account=WORD):
    return {"topics": [ROLE_GRANTED_TOPIC, f"0x{role.hex()}", account, account], "data": "0x"}


def transferred(data=WORD):
    return {"topics": [MULTISIG_SET_TOPIC.upper().replace("X", "x")], "data": data}


def submitted(generation, task_definition_id):
    event_topic, _ = submitted_topics(generation, task_definition_id)
    head = [("address", ACCOUNT), ("uint32", 7), ("string", "proof"), ("bytes", b"\1" * 40)]
    if generation is Generation.V1:
        values = [*head, ("uint16", task_definition_id)]
        return {"topics": [event_topic], "data": encoded(values)}
    values = [*head[1:], ("uint256[]", [1, 2])]
    return {"topics": [event_topic, WORD, f"0x{task_definition_id:064x}"], "data": encoded(values)}


def encoded(values):
    kinds, contents = zip(*values, strict=True)
    return "0x" + encode(kinds, contents).hex()


@pytest.mark.parametrize("generation", GENERATIONS)
def test_topics_are_those_of_the_abi_files(generation):
    assert event(generation, "RoleGranted") == (ROLE_GRANTED_TOPIC, [True] * 3)
    assert event(generation, "SetAvsGovernanceMultisig") == (MULTISIG_SET_TOPIC, [False])
    topic, indexed = event(generation, "TaskSubmitted")
    first, others = submitted_topics(generation, 0)
    assert first == topic
    assert (len(others), others[1:]) == (sum(indexed), ("0x" + "0" * 64,) * bool(others))


def test_a_grant_and_a_transfer_name_who_governs():
    assert decode_governor(granted()) == decode_governor(transferred()) == ACCOUNT
    assert (is_transfer(granted()), is_transfer(transferred())) == (False, True)


def test_grants_of_other_roles_are_none_of_ours():
    assert decode_governor(granted(bytes(32))) is None
    assert decode_governor(granted(GOVERNANCE_ROLE[:4].rjust(32, b"\0"))) is None


@pytest.mark.parametrize(
    "log",
    [
        {"topics": [MULTISIG_SET_TOPIC], "data": "0x"},
        transferred("0x" + "ff" * 32),
        transferred(WORD[:-2]),
        granted(account="0x" + "ff" * 32),
        {"topics": [ROLE_GRANTED_TOPIC, f"0x{GOVERNANCE_ROLE.hex()}"], "data": "0x"},
    ],
)
def test_other_shapes_are_errors(log):
    with pytest.raises(AnswerError, match="has another shape"):
        decode_governor(log)


def test_a_log_without_its_role_is_none_of_ours():
    assert decode_governor({"topics": [ROLE_GRANTED_TOPIC], "data": "0x"}) is None


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("task_definition_id", [0, 1, 10001, 65535])
def test_the_definition_of_a_task(generation, task_definition_id):
    assert decode_submitted_id(submitted(generation, task_definition_id)) == task_definition_id


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_task_without_its_definition_is_an_error(generation):
    log = submitted(generation, 0)
    short = {"topics": log["topics"][:2], "data": log["data"][: 2 + 64 * 4] if generation is Generation.V1 else "0x"}
    with pytest.raises(AnswerError, match="TaskSubmitted has another shape"):
        decode_submitted_id(short)
    large = submitted(generation, 0)
    at = 2 + 64 * 4
    if generation is Generation.V1:
        large["data"] = large["data"][:at] + "f" * 64 + large["data"][at + 64 :]
    else:
        large["topics"][2] = "0x" + "f" * 64
    with pytest.raises(AnswerError):
        decode_submitted_id(large)
