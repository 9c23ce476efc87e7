"""What internal tasks carry: equal to eth_abi both ways, strict in every byte, and quick to refuse the rest."""

import pytest
from eth_abi import encode
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts.abi import load_function
from avsctl.contracts.address import to_checksum
from avsctl.contracts.task_data import (
    DATA_LIMIT,
    build_total_call,
    decode_totals,
    decode_update,
    encode_totals,
    encode_update,
)
from avsctl.core.deployment import Generation
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.core.proposals import TotalCall, TotalRecount, TotalsUpdate

OBLS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
OTHER = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
UPDATE_TYPE = "((uint256,uint256)[],(uint256,uint256)[],uint256,uint256)"
RECOUNT_ALL = "setTotalVotingPowerPerTaskDefinition"
RECOUNT_LISTED = "setTotalVotingPowerPerRestrictedTaskDefinition"

UINT256 = st.integers(0, 2**256 - 1) | st.integers(0, 300)
CHANGES = st.lists(st.builds(PowerChange, UINT256, UINT256), max_size=4).map(tuple)
UPDATES = st.builds(VotingPowerUpdate, CHANGES, CHANGES, UINT256, UINT256, st.just(()))
IDS = st.integers(0, 2**16 - 1)
RECOUNTS = st.builds(TotalRecount, IDS, UINT256, number_of_ids=UINT256) | st.builds(
    TotalRecount, IDS, UINT256, operator_ids=st.lists(UINT256, max_size=4).map(tuple)
)
CALLS = RECOUNTS.map(lambda recount: build_total_call(OBLS, recount)) | st.builds(
    TotalCall, st.binary(min_size=20, max_size=20).map(to_checksum), st.binary(max_size=70), st.none()
)
TOTALS = st.lists(CALLS, max_size=4).map(lambda calls: TotalsUpdate(tuple(calls)))


def word(value):
    return value.to_bytes(32)


def words(*values):
    return b"".join(map(word, values))


def pairs(changes):
    return [(change.operator_id, change.voting_power) for change in changes]


def by_eth_abi(update):
    values = (pairs(update.to_increase), pairs(update.to_decrease), update.to_block_l1, update.to_block_l2)
    return encode([UPDATE_TYPE], [values])


def update(increase=(), decrease=(), l1=100, l2=200):
    made = (tuple(PowerChange(*each) for each in changes) for changes in (increase, decrease))
    return VotingPowerUpdate(*made, l1, l2, ())


def calldata(name, *args):
    return load_function("OBLS", Generation.V2, name).encode(*args)


@st.composite
def damaged(draw, whole):
    """A valid encoding with some bytes changed, cut or added; often such as stand in heads and lengths."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(data) - 1) | st.integers(1, len(data) // 32).map(lambda n: 32 * n - 1))
        data[place] = draw(st.sampled_from((0, 1, 2, 31, 32, 64, 96, 128, 255)) | st.integers(0, 255))
    cut = draw(st.sampled_from((None, None, None, -1, -32, 31, 64)))
    return bytes(data[:cut]) + bytes(draw(st.sampled_from((0, 0, 0, 1, 32))))


# 10001

VECTOR = words(0x20, 0x80, 0xE0, 0x64, 0xC8, 1, 1, 0xA, 1, 2, 5)


def test_the_vector_of_an_update():
    known = update([(1, 10)], [(2, 5)])
    assert encode_update(known) == VECTOR
    assert decode_update(VECTOR) == known


@given(UPDATES)
def test_an_update_is_what_eth_abi_makes_of_it(made):
    data = encode_update(made)
    assert data == by_eth_abi(made)
    assert decode_update(data) == made


@given(damaged(UPDATES.map(encode_update)))
def test_an_update_read_is_the_one_that_was_written(data):
    try:
        found = decode_update(data)
    except ValueError:
        return
    assert encode_update(found) == by_eth_abi(found) == data


def changed(at, value, data=VECTOR):
    """Put another value into a word of an encoding."""
    return data[: 32 * at] + word(value) + data[32 * (at + 1) :]


FLAT = encode(["(uint256,uint256)[]", "(uint256,uint256)[]", "uint256", "uint256"], [[(1, 10)], [(2, 5)], 100, 200])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "0 bytes, cut short in its first word"),
        (FLAT, r"encoded one by one \(first word 0x80\) instead of as one tuple \(0x20\)"),
        (encode(["(uint256,uint256)[]"], [[]])[:32], "32 bytes, cut short in its head"),
        (b"\0" + VECTOR[:-1], r"its first word is 0x0, where 0x20 is due"),
        (VECTOR[:31], "31 bytes, cut short in its first word"),
        (VECTOR[:160], "160 bytes, cut short in the length of toIncrease"),
        (VECTOR[:200], "toIncrease is said to have 1 items, where 0 at most follow: cut short"),
        (VECTOR[:256], "256 bytes, cut short in the length of toDecrease"),
        (VECTOR[:-1], "toDecrease is said to have 1 items, where 0 at most follow"),
        (VECTOR[:-32], "toDecrease is said to have 1 items, where 0 at most follow"),
        (VECTOR + b"\0", "1 byte too many stands behind its end"),
        (VECTOR + bytes(32), "32 bytes too many stand behind its end"),
        (VECTOR + VECTOR, "352 bytes too many"),
        (changed(0, 2**255), "its first word is 0x8000"),
        (changed(1, 0xE0), "toIncrease is said to begin at 0xe0, where 0x80 is due"),
        (changed(2, 0x80), "toDecrease is said to begin at 0x80, where 0xe0 is due"),
        (changed(2, 2**256 - 1), "toDecrease is said to begin at 0xfff"),
        (changed(5, 2**256 - 1), "toIncrease is said to have 0xfff.* items, where 2 at most follow"),
        (changed(5, 0), "toDecrease is said to begin at 0xe0, where 0xa0 is due"),
        (changed(8, 2**64), "toDecrease is said to have 0x10000000000000000 items, where 1 at most follow"),
        (changed(8, 0), "64 bytes too many"),
        (words(0x20, len(VECTOR)) + VECTOR, "toIncrease is said to begin at 0x160"),
    ],
)
def test_what_is_no_update_is_refused_with_the_reason(data, reason):
    with pytest.raises(ValueError, match=reason):
        decode_update(data)


@pytest.mark.parametrize(
    "made",
    [update(l1=-1), update(l2=2**256), update([(1, -1)]), update([(2**256, 1)]), update([(1, True)]), update(l1=1.0)],
)
def test_values_that_no_word_holds_are_refused(made):
    with pytest.raises(ValueError, match="is no uint256"):
        encode_update(made)


@pytest.mark.parametrize("decode", [decode_update, lambda data: decode_totals(data, OBLS)])
@pytest.mark.parametrize("begin", [words(0x20, 0x80, 0xE0, 1, 1, 2**40), words(0x20, 2**40), words(0x20, 100_000), b""])
def test_ten_megabytes_are_refused(decode, begin):
    data = begin.ljust(10_000_000, b"\0")
    with pytest.raises(ValueError, match=f"10000000 bytes, where no task carries more than {DATA_LIMIT}"):
        decode(data)


def test_an_update_of_two_hundred_operators():
    made = update([(i, 10**18 + i) for i in range(1, 101)], [(i, 10**18 - i) for i in range(101, 201)])
    assert decode_update(encode_update(made)) == made


# 10002


def test_the_encodings_of_recounts():
    of_all = build_total_call(OBLS, TotalRecount(3, 500, number_of_ids=12))
    listed = build_total_call(OBLS, TotalRecount(10_001, 7, operator_ids=(3, 5, 5)))
    assert of_all.data.hex() == "e010f957" + words(3, 12, 500).hex()
    assert listed.data.hex() == "ca87bf8f" + words(10_001, 7, 96, 3, 3, 5, 5).hex()
    assert of_all.target == listed.target == OBLS


@given(RECOUNTS)
def test_recounts_are_what_eth_abi_makes_of_them(recount):
    if recount.operator_ids is None:
        args = (RECOUNT_ALL, recount.task_definition_id, recount.number_of_ids, recount.minimum_voting_power)
    else:
        args = (RECOUNT_LISTED, recount.task_definition_id, recount.minimum_voting_power, recount.operator_ids)
    call = build_total_call(OBLS, recount)
    assert call == TotalCall(OBLS, calldata(*args), recount)


@given(TOTALS)
def test_totals_are_what_eth_abi_makes_of_them(made):
    data = encode_totals(made)
    assert data == encode(["(address,bytes)[]"], [[(call.target, call.data) for call in made.calls]])
    assert decode_totals(data, OBLS) == made


@given(damaged(TOTALS.map(encode_totals)))
def test_totals_read_are_those_that_were_written(data):
    try:
        found = decode_totals(data, OBLS)
    except ValueError:
        return
    assert encode_totals(found) == data
    for call in found.calls:
        assert call.total is None or build_total_call(OBLS, call.total) == call


@given(damaged(RECOUNTS.map(lambda recount: build_total_call(OBLS, recount).data)))
def test_a_recount_is_read_only_where_it_is_written_so(data):
    (call,) = decode_totals(encode_totals(TotalsUpdate((TotalCall(OBLS, data, None),))), OBLS).calls
    assert call.data == data
    assert call.total is None or build_total_call(OBLS, call.total).data == data


GOOD = build_total_call(OBLS, TotalRecount(3, 500, number_of_ids=12)).data


@pytest.mark.parametrize(
    ("target", "data"),
    [
        (OTHER, GOOD),
        (OBLS, b""),
        (OBLS, GOOD[:3]),
        (OBLS, GOOD[:4]),
        (OBLS, GOOD + bytes(32)),
        (OBLS, GOOD[:4] + words(2**16, 12, 500)),
        (OBLS, bytes.fromhex("72c4a927") + word(1)),
        (OBLS, bytes.fromhex("ca87bf8f") + words(3, 7, 64, 0)),
        (OBLS, bytes.fromhex("ca87bf8f") + words(3, 7, 96, 2**255)),
        (OBLS, bytes.fromhex("ca87bf8f") + words(3, 7, 96, 2, 1)),
    ],
)
def test_calls_that_are_no_recount_are_kept_unread(target, data):
    made = TotalsUpdate((TotalCall(target, data, None),))
    assert decode_totals(encode_totals(made), OBLS) == made


ONE = encode_totals(TotalsUpdate((TotalCall(OBLS, b"\xab", None),)))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "0 bytes, cut short in its first word"),
        (VECTOR, "it is said to have 128 calls, where 2 at most follow"),
        (encode(["address[]", "bytes[]"], [[OBLS], [b""]]), "its first word is 0x40, where 0x20 is due"),
        (word(32), "cut short in the number of calls"),
        (ONE[:-1], "the data of call 1 is not filled up with zeros to whole words"),
        (ONE[:-1] + b"\1", "the data of call 1 is not filled up"),
        (ONE[:-32], "the data of call 1 is said to have 1 bytes, where 0 at most follow"),
        (ONE + b"\0", "1 byte too many stands"),
        (changed(1, 2**256 - 1, ONE), "it is said to have 0xfff.* calls, where 1 at most follow"),
        (changed(2, 0, ONE), "call 1 is said to begin at 0x0, where 0x20 is due"),
        (changed(3, 2**160, ONE), "the target of call 1: 0x0000.* is no address"),
        (changed(4, 0x60, ONE), "the data of call 1 is said to begin at 0x60, where 0x40 is due"),
        (changed(5, 2**255, ONE), "the data of call 1 is said to have 0x8000.* bytes, where 32 at most follow"),
        (changed(5, 33, ONE), "the data of call 1 is said to have 33 bytes, where 32 at most follow"),
    ],
)
def test_what_is_no_list_of_calls_is_refused_with_the_reason(data, reason):
    with pytest.raises(ValueError, match=reason):
        decode_totals(data, OBLS)


def test_calls_that_share_their_data_are_refused_before_it_is_read():
    count = 2_000
    data = words(32, count, *[32 * count] * count) + words(0, 64, 2**18) + bytes(2**18)
    assert len(data) < DATA_LIMIT
    with pytest.raises(ValueError, match="call 2 is said to begin at"):
        decode_totals(data, OBLS)


@pytest.mark.parametrize(
    ("recount", "reason"),
    [
        (TotalRecount(2**16, 0, number_of_ids=1), "is no uint16"),
        (TotalRecount(1, -1, number_of_ids=1), "is no uint256"),
        (TotalRecount(1, 0), "all ids up to one, or over those listed"),
        (TotalRecount(1, 0, number_of_ids=1, operator_ids=()), "all ids up to one, or over those listed"),
    ],
)
def test_recounts_that_cannot_be_written(recount, reason):
    with pytest.raises(ValueError, match=reason):
        build_total_call(OBLS, recount)


def test_a_hundred_recounts_of_two_hundred_ids():
    ids = tuple(range(1, 201))
    made = TotalsUpdate(tuple(build_total_call(OBLS, TotalRecount(i, 0, operator_ids=ids)) for i in range(100)))
    assert decode_totals(encode_totals(made), OBLS) == made
