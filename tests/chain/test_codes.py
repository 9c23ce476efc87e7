"""The code of contracts: what a node says of one once in between is not believed."""

import pytest

from avsctl.chain.codes import read_codes
from avsctl.chain.fake import Mishap
from avsctl.errors import AnswerError

NOBODY = "0x" + "00" * 19 + "99"
CODE = bytes([1])


@pytest.fixture
def contracts(world):
    """A contract that has code and one that has other code."""
    node = world.add()
    other = "0x" + "b2" * 20
    known = node._get_code
    node._get_code = lambda address, block: "0xfeed" if address == other else known(address, block)
    return world.target, other


@pytest.mark.parametrize("mishap", [Mishap.NO_DATA, Mishap.OVERSIZED_HEX, Mishap.EXCHANGED, Mishap.NULLED])
@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize("times", [1, 3])
def test_a_wrong_code_is_noticed(world, contracts, mishap, place, times):
    world.transport.place = lambda count: place % count
    world.plan(*[mishap] * times)
    assert read_codes(world.reader(), [*contracts, NOBODY]) == [CODE, b"\xfe\xed", b""]


@pytest.mark.parametrize("mishap", [Mishap.NO_DATA, Mishap.OVERSIZED_HEX])
def test_a_node_that_never_says_the_same_twice_is_an_error(world, contracts, mishap):
    world.transport.plan = lambda *_: mishap
    with pytest.raises(
        AnswerError, match=rf"L1 endpoint \S+/\*\*\* gave two different codes of {contracts[0]}.*getCode"
    ):
        read_codes(world.reader(), contracts)


def test_codes_take_one_request(world, contracts):
    assert read_codes(world.reader(), []) == []
    assert read_codes(world.reader(), [*contracts, NOBODY]) == [CODE, b"\xfe\xed", b""]
    assert world.transport.sent == [["eth_getCode"] * 6]
