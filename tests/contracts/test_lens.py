"""The lens's code, and the height that contracts see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts import lens
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
