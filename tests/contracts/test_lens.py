"""The lens's code, and the height that contracts see."""

import pytest
from eth_abi.abi import decode, encode
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts import lens
from avsctl.contracts.address import to_checksum
from avsctl.contracts.transaction import Transaction
from avsctl.errors import AnswerError


def test_the_runtime_is_code_in_hex():
    runtime = lens.load_runtime()
    assert runtime.startswith("0x6080")
    assert bytes.fromhex(runtime[2:])


def test_the_height_is_asked_for_alone_and_of_no_contract():
    call = lens.evm_block_number()
    assert (call.to, call.alone, call.label) == (None, True, "block.number")
    # NUMBER, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN
    assert call.data == bytes([0x43, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xF3])


@given(st.integers(0, 2**256 - 1))
def test_the_height_is_one_word(number):
    assert lens.evm_block_number().decode(number.to_bytes(32)) == number


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_anything_else_is_refused(size):
    with pytest.raises(AnswerError, match=f"block.number was answered with {size} bytes"):
        lens.evm_block_number().decode(bytes(size))


@given(st.integers(0, 2**256 - 1), st.integers(0, 2**64))
def test_the_meter_tells_height_and_gas(height, gas):
    assert lens.meter().decode(height.to_bytes(32) + gas.to_bytes(32)) == lens.Meter(height, gas)


def test_the_meter_is_its_opcodes():
    # NUMBER, PUSH1 0, MSTORE, GAS, PUSH1 32, MSTORE, PUSH1 64, PUSH1 0, RETURN
    code = bytes([0x43, 0x60, 0, 0x52, 0x5A, 0x60, 32, 0x52, 0x60, 64, 0x60, 0, 0xF3])
    assert bytes.fromhex(lens.METER_CODE[2:]) == code


@pytest.mark.parametrize("size", [0, 32, 63, 65])
def test_a_meter_of_another_size_is_refused(size):
    with pytest.raises(AnswerError, match=f"the meter answered {size} bytes"):
        lens.meter().decode(bytes(size))


@pytest.mark.parametrize("address", [lens.ADDRESS, lens.METER_ADDRESS])
def test_the_addresses_are_spelt_as_eip_55_has_it(address):
    assert to_checksum(address) == address


ITEMS = [Transaction(lens.ADDRESS, b"", 7), Transaction(lens.METER_ADDRESS, b"x" * 33)]


def test_transactions_run_as_solidity_takes_them():
    data = lens.encode_run(ITEMS)
    push4 = "63"
    assert push4 + data[:4].hex() in lens.load_runtime()
    (items,) = decode(["(address,uint256,bytes)[]"], data[4:])
    assert items == tuple((each.to.lower(), each.value, each.data) for each in ITEMS)


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=70)), max_size=4))
def test_outcomes_are_read_as_solidity_gives_them(outcomes):
    assert lens.decode_run(encode(["(bool,bytes)[]"], [outcomes]), len(outcomes)) == outcomes


@pytest.mark.parametrize("data", [b"", bytes(64), encode(["(bool,bytes)[]"], [[(True, b"")]]) + b"\0"])
def test_outcomes_of_another_shape_are_refused(data):
    with pytest.raises(AnswerError, match="the lens gave an answer of another shape"):
        lens.decode_run(data, 1)
