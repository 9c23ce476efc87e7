"""The storage layout of V1 and V2: slots against a formula of their own, names as Solidity keeps them."""

import pytest
from eth_abi import encode
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts import storage
from avsctl.contracts.address import to_checksum
from avsctl.core.units import OperatorId, TaskDefinitionId

IDS = st.integers(0, 2**16 - 1).map(TaskDefinitionId)
BASES = {
    "center": 0x47C1BDCA9C75057BF1CA178A62FB0EF8908B21EE1EA9B9658BA5135FD3A35468,
    "obls": 0xB11BCA917DD8ECD11E8A1C64799B2B95BACFAF4C224D49C0CA8DBC14A8D7976D,
}


def entry(key, slot):
    return int.from_bytes(keccak(encode(["uint256", "uint256"], [key, slot])))


@given(IDS)
def test_the_slots_of_a_definition_follow_one_another(i):
    first = entry(i, BASES["center"] + 7)
    assert storage.definition_slot(i) == first
    assert storage.definition_slots(i) == tuple((first + at) % 2**256 for at in range(10))
    assert storage.raw_total_slot(i) == entry(i, BASES["obls"] + 5)


def test_the_slot_of_the_global_total():
    assert storage.global_total_slot() == BASES["obls"] + 1


def test_the_slot_of_the_fee_calculator_holds_an_address_or_nothing():
    assert storage.fee_calculator_slot() == BASES["center"] + 12
    assert storage.decode_fee_calculator(
        bytes.fromhex("61b5d1cb9ce4142ecf131d59c846645e1b5d8c3c").rjust(32, b"\0")
    ) == ("0x61B5D1cb9cE4142Ecf131d59C846645e1B5d8C3c")
    for word in (bytes(32), b"\xff" * 32, b"\1" + bytes(31), (1 << 160).to_bytes(32)):
        assert storage.decode_fee_calculator(word) is None


@given(st.integers(1, 2**64).map(OperatorId))
def test_the_slots_of_an_operator(i):
    first = entry(i, BASES["obls"] + 3)
    key = storage.operator_key_slots(i)
    slots = (*key, storage.operator_power_slot(i))
    assert slots == tuple((first + at) % 2**256 for at in range(5))


@given(st.binary(min_size=20, max_size=20), st.binary(min_size=32, max_size=32))
def test_the_slots_by_account_and_by_task(account, task):
    by_account = keccak(encode(["address", "uint256"], [account, BASES["center"] + 9]))
    by_task = keccak(encode(["bytes32", "uint256"], [task, BASES["center"] + 8]))
    assert storage.operator_id_slot(to_checksum(account)) == int.from_bytes(by_account)
    assert storage.signed_task_slot(task) == int.from_bytes(by_task)


@pytest.mark.parametrize(
    ("head", "is_open"),
    [
        (bytes(12), False),
        (b"\1".rjust(12, b"\0"), True),
        (b"\2".rjust(12, b"\0"), None),
        (b"\1".ljust(12, b"\0"), None),
    ],
)
def test_whether_anyone_may_submit_stands_before_the_handler(head, is_open):
    handler, other = bytes(range(20)), bytes(range(1, 21))
    assert storage.decode_open_aggregator(head + handler, to_checksum(handler)) is is_open
    assert storage.decode_open_aggregator(head + other, to_checksum(handler)) is None
    assert storage.open_aggregator_slot() == BASES["center"] + 16


def test_every_word_of_a_definition_has_its_place():
    stored = storage.decode_definition([at.to_bytes(32) for at in range(100, 110)])
    details = stored.details
    assert (stored.task_definition_id, stored.minimum_voting_power, int.from_bytes(stored.name_word)) == (100, 107, 101)
    assert (details.block_expiry, details.attester_reward, details.performer_reward) == (102, 103, 104)
    assert (details.aggregator_reward, details.dispute_period_blocks, details.name) == (105, 106, "")


def kept(raw):
    """Keep a string as Solidity does: its slot, and the words behind it."""
    if len(raw) < 32:
        return raw.ljust(31, b"\0") + bytes([2 * len(raw)]), []
    padded = raw.ljust(-(-len(raw) // 32) * 32, b"\0")
    return (2 * len(raw) + 1).to_bytes(32), [padded[at : at + 32] for at in range(0, len(padded), 32)]


@given(IDS, st.binary(max_size=100) | st.text(max_size=50).map(str.encode))
def test_any_name_comes_back(i, raw):
    word, words = kept(raw)
    slots = storage.name_slots(i, word)
    first = int.from_bytes(keccak(((storage.definition_slot(i) + 1) % 2**256).to_bytes(32)))
    assert slots == tuple((first + at) % 2**256 for at in range(len(words)))
    assert storage.decode_name(word, words) == raw.decode("utf-8", "backslashreplace")


@pytest.mark.parametrize("size", [0, 1, 30, 31, 32, 33, 63, 64, 65, 10_239, 10_240])
def test_names_at_the_edges(size):
    word, words = kept(b"n" * size)
    assert len(storage.name_slots(TaskDefinitionId(1), word)) == len(words)
    assert storage.decode_name(word, words) == "n" * size


@pytest.mark.parametrize("more", [1, 31, 32, 2**200])
def test_a_name_that_is_too_long_is_cut_and_says_so(more):
    word = (2 * (10_240 + more) + 1).to_bytes(32)
    slots = storage.name_slots(TaskDefinitionId(1), word)
    assert len(slots) == 320
    assert storage.decode_name(word, [b"n" * 32] * 320) == "n" * 10_240 + f"...(+{more})"


@pytest.mark.parametrize("cut", [b"\xe2\x98\x83"[:1], b"\xff", b"\xed\xa0\x80"])
def test_what_is_no_text_shows_as_escapes(cut):
    word, words = kept(b"a" + cut)
    shown = storage.decode_name(word, words)
    assert shown == "a" + "".join(f"\\x{byte:02x}" for byte in cut)


@pytest.mark.parametrize(
    "word",
    [
        (1).to_bytes(32),  # long, of no bytes
        (63).to_bytes(32),  # long, of 31 bytes
        (64).to_bytes(32),  # short, of 32 bytes
        (254).to_bytes(32),
        b"\1" * 31 + b"\2",  # more behind the one byte that it has
        b"\0" * 30 + b"\1\0",
    ],
)
def test_what_solidity_never_writes_is_no_name(word):
    assert storage.decode_name(word, [b"n" * 32] * len(storage.name_slots(TaskDefinitionId(1), word))) is None
