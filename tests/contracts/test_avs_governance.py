"""AvsGovernance: its calls, alike in all generations, and the log of a registration in both indexings."""

import json

import pytest
from eth_abi import encode
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts.abi import load_entries
from avsctl.contracts.address import to_checksum
from avsctl.contracts.avs_governance import OPERATOR_REGISTERED_TOPIC, AvsGovernance, decode_operator_registered
from avsctl.contracts.keccak import keccak256
from avsctl.core.deployment import Generation
from avsctl.errors import AnswerError

GOVERNANCE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
OTHER = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
PADDED = "00" * 12 + OTHER[2:].lower()


def word(value):
    return value.to_bytes(32)


def selector(signature):
    return keccak256(signature.encode())[:4].hex()


CALLS = [
    ("num_of_active_operators", (), "7897dec3", word(12), 12),
    ("is_operator_registered", (OTHER,), selector("isOperatorRegistered(address)") + PADDED, word(1), True),
    ("voting_power", (OTHER,), "c07473f6" + PADDED, word(2**256 - 1), 2**256 - 1),
    ("avs_name", (), selector("avsName()"), encode(["string"], ["Oráculo \x1b[2J"]), "Oráculo \x1b[2J"),
]


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize(("method", "args", "calldata", "answer", "value"), CALLS)
def test_calls_of_each_generation(method, args, calldata, answer, value, generation):
    call = getattr(AvsGovernance(GOVERNANCE, generation), method)(*args)
    assert (call.to, call.data.hex()) == (GOVERNANCE, calldata)
    assert call.decode(answer) == value
    assert call.label.startswith("AvsGovernance.")
    assert call.label.endswith(f"() ({generation})")
    for other in (b"", answer[:-1], answer + b"\0", answer + bytes(32), answer * 2):
        with pytest.raises(AnswerError) as refused:
            call.decode(other)
        assert call.label in str(refused.value)


def test_a_name_that_is_no_utf8_shows_as_escapes():
    call = AvsGovernance(GOVERNANCE, Generation.V2).avs_name()
    assert call.decode(encode(["bytes"], [b"a\xff\xfe"])) == "a\\xff\\xfe"


@pytest.mark.parametrize("generation", Generation)
def test_the_topic_is_that_of_the_event(generation):
    event = next(e for e in load_entries("AvsGovernance", generation) if e.get("name") == "OperatorRegistered")
    assert [parameter["type"] for parameter in event["inputs"]] == ["address", "uint256[4]"]
    assert "0x" + keccak256(b"OperatorRegistered(address,uint256[4])").hex() == OPERATOR_REGISTERED_TOPIC


@given(st.binary(min_size=20, max_size=20), st.binary(min_size=128, max_size=128))
def test_a_registration_names_its_operator_indexed_or_not(account, key):
    padded = bytes(12) + account
    indexed = {"topics": [OPERATOR_REGISTERED_TOPIC, "0x" + padded.hex()], "data": "0x" + key.hex()}
    plain = {"topics": [OPERATOR_REGISTERED_TOPIC], "data": "0x" + (padded + key).hex()}
    assert decode_operator_registered(indexed) == decode_operator_registered(plain) == to_checksum(account)


@pytest.mark.parametrize(
    ("topics", "data"),
    [
        ([], "0x"),
        ([], "0x" + "00" * 12 + "11" * 19),
        ([], "0x" + "01" * 160),
        (["0x" + "01" + "00" * 31], "0x" + "00" * 128),
        (["0x" + "00" * 11 + "01" + "11" * 20], "0x" + "00" * 128),
        (["0x"], "0x" + "00" * 128),
    ],
)
def test_a_registration_of_another_shape_is_refused(topics, data):
    log = json.loads(json.dumps({"topics": [OPERATOR_REGISTERED_TOPIC, *topics], "data": data}))
    with pytest.raises(AnswerError, match="OperatorRegistered has another shape"):
        decode_operator_registered(log)
