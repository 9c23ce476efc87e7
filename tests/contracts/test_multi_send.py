"""MultiSendCallOnly: the packed encoding both ways, and the deployments known."""

import re

import pytest
from eth_abi import encode
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts.address import to_checksum
from avsctl.contracts.multi_send import DEPLOYMENTS, decode_multi_send, encode_multi_send, prefer_version
from avsctl.contracts.transaction import Transaction

TO = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
PACKED = "00" + TO[2:].lower() + (3).to_bytes(32).hex() + (2).to_bytes(32).hex() + "abcd"

transactions = st.builds(
    Transaction,
    st.binary(min_size=20, max_size=20).map(to_checksum),
    st.binary(max_size=80),
    st.integers(0, 2**256 - 1),
)


def payload(packed):
    return bytes.fromhex("8d80ff0a") + encode(["bytes"], [bytes.fromhex(packed)])


def test_a_transaction_is_packed_as_the_contract_reads_it():
    assert encode_multi_send([Transaction(TO, b"\xab\xcd", 3)]) == payload(PACKED)
    assert encode_multi_send([]) == payload("")


@given(st.lists(transactions, max_size=5))
def test_what_is_packed_is_read_back(batch):
    assert decode_multi_send(encode_multi_send(batch)) == tuple(batch)


@pytest.mark.parametrize(
    ("calldata", "reason"),
    [
        (b"", "another function"),
        (b"\0" * 68, "another function"),
        (payload("")[:-1], "63 bytes where a word at byte 32 was expected"),
        (payload(PACKED) + bytes(32), "not the canonical encoding"),
        (payload("01" + PACKED[2:]), "call 1 is no plain call"),
        (payload(PACKED + "01" + PACKED[2:]), "call 2 is no plain call"),
        (payload(PACKED + "00"), "cut short at byte 87"),
        (payload(PACKED[:-2]), "cut short at byte 0"),
        (payload("00" + TO[2:] + (0).to_bytes(32).hex() + (2**256 - 1).to_bytes(32).hex()), "cut short at byte 0"),
    ],
)
def test_anything_else_is_refused(calldata, reason):
    with pytest.raises(ValueError, match=reason):
        decode_multi_send(calldata)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_read_faithfully_or_refused(packed):
    calldata = payload(packed.hex())
    try:
        found = decode_multi_send(calldata)
    except ValueError:
        return
    assert encode_multi_send(found) == calldata


def test_the_deployments_known():
    assert [each.version for each in DEPLOYMENTS] == ["1.3.0"] * 3 + ["1.4.1"] * 2 + ["1.5.0"]
    assert len({each.address for each in DEPLOYMENTS}) == len(DEPLOYMENTS)
    for each in DEPLOYMENTS:
        assert each.address == to_checksum(each.address)
        assert len(each.code_hash) == 32
        assert re.fullmatch(r"\d\.\d\.\d", each.version)


@pytest.mark.parametrize(
    ("version", "order"),
    [
        ("1.3.0", "333445"),
        ("1.3.0+L2", "333445"),
        ("1.4.1", "443335"),
        ("1.5.0", "533344"),
        ("1.1.1", "333445"),
        ("", "333445"),
    ],
)
def test_the_own_version_comes_first(version, order):
    assert "".join(each.version[2] for each in prefer_version(version)) == order
