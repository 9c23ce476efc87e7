"""aggregate3 as calldata and as an answer."""

import pytest
from eth_abi import encode
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts import lens, multicall3
from avsctl.contracts.address import parse_address, to_checksum
from avsctl.contracts.call import Call
from avsctl.errors import AnswerError

CALLS = st.lists(st.tuples(st.binary(min_size=20, max_size=20), st.binary(max_size=70)), max_size=4)


def as_call(target, data):
    return Call(to_checksum(target), data, bytes, "", 0)


def test_the_address_is_spelt_as_eip_55_has_it():
    assert parse_address(multicall3.ADDRESS.lower()) == multicall3.ADDRESS


@given(CALLS)
def test_calldata_allows_each_call_to_fail(calls):
    data = multicall3.encode_calls([as_call(*call) for call in calls])
    expected = [(to_checksum(target), True, calldata) for target, calldata in calls]
    assert data == bytes.fromhex("82ad56cb") + encode(["(address,bool,bytes)[]"], [expected])


def test_a_call_without_an_address_cannot_be_packed():
    with pytest.raises(ValueError, match="0 bytes where 20 were expected"):
        multicall3.encode_calls([lens.evm_block_number()])


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=70)), max_size=4))
def test_results_come_back_in_order(results):
    assert multicall3.decode_results(encode(["(bool,bytes)[]"], [results]), len(results)) == results


@pytest.mark.parametrize(("data", "count"), [(b"", 0), (b"", 2), (bytes(64), 0), (encode(["(bool,bytes)[]"], [[]]), 1)])
def test_another_shape_is_refused_by_name(data, count):
    with pytest.raises(AnswerError, match=r"Multicall3\.aggregate3\(\) gave an answer of another shape"):
        multicall3.decode_results(data, count)
