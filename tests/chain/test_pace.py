"""The pace of blocks: measured, or an error that says so."""

import pytest

from avsctl.chain.fake import FakeNode
from avsctl.chain.pace import measure_pace
from avsctl.core.pace import Pace
from avsctl.errors import BlockError


class Paced(FakeNode):
    """A chain of a block in two seconds whose contracts may count others, and that may have pruned old ones."""

    headers_from = 0
    states_from = 0
    missing = None
    """What a header that is pruned is answered with."""
    evm_spacing = 1
    """One height for so many blocks of the RPC."""

    def header(self, number):
        return super().header(number) | {"timestamp": hex(1_700_000_000 + 2 * number)}

    def answer(self, method, params):
        if method == "eth_getBlockByNumber" and int(params[0], 16) < self.headers_from:
            return self.missing or {"result": None}
        if method == "eth_call":
            number = int(params[1], 16)
            if number < self.states_from:
                return {"error": {"code": -32000, "message": "missing trie node"}}
            return {"result": f"0x{number // self.evm_spacing:064x}"}
        return super().answer(method, params)


@pytest.fixture
def measured(world):
    def run(head=50_000, evm_block=None, **traits):
        node = Paced(head=head)
        vars(node).update(traits)
        world.add(node)
        reader = world.reader()
        vars(reader)["block"] = type(reader.block)(1, head, node.hash_of(head), 1_700_000_000 + 2 * head)
        return measure_pace(reader, head if evm_block is None else evm_block)

    return run


def test_ten_thousand_blocks_take_one_request(world, measured):
    assert measured() == Pace(10_000, 20_000)
    assert world.transport.sent == [["eth_getBlockByNumber"]]


@pytest.mark.parametrize("missing", [{"result": None}, {"error": {"code": -32000, "message": "header not found"}}])
@pytest.mark.parametrize(("headers_from", "blocks"), [(40_001, 1_000), (49_500, 100)])
def test_where_old_headers_are_pruned_a_newer_one_is_taken(measured, headers_from, blocks, missing):
    assert measured(headers_from=headers_from, missing=missing) == Pace(blocks, 2 * blocks)


def test_of_a_young_chain_the_younger_half_is_taken(measured):
    assert measured(head=89) == Pace(44, 88)


def test_where_contracts_count_others_their_height_is_read(world, measured):
    assert measured(evm_block=50_000 // 48, evm_spacing=48) == Pace(1_041 - 833, 20_000)
    assert world.transport.sent == [["eth_getBlockByNumber"], ["eth_call"]]


def test_where_old_states_are_pruned_a_newer_one_is_taken(measured):
    assert measured(evm_block=50_000 // 48, evm_spacing=48, states_from=48_000) == Pace(1_041 - 1_020, 2_000)


UNMEASURABLE = {
    "no earlier block": {"head": 1},
    "no block": {"head": 0},
    "all headers pruned": {"headers_from": 49_950},
    "all states pruned": {"evm_block": 1_000, "states_from": 49_950},
    "no height passed": {"evm_block": 0, "evm_spacing": 60_000},
    "an answer that went back": {"evm_block": 3, "evm_spacing": 2},
}


@pytest.mark.parametrize("traits", UNMEASURABLE.values(), ids=UNMEASURABLE)
def test_what_cannot_be_measured_is_an_error(measured, traits):
    with pytest.raises(BlockError, match=r"the pace of blocks cannot be measured: L1 endpoint"):
        measured(**traits)


def test_time_that_stands_still_is_an_error(measured):
    with pytest.raises(BlockError, match="cannot be measured"):
        measured(header=lambda number: FakeNode.header(Paced(), number) | {"timestamp": hex(1_700_100_000)})
