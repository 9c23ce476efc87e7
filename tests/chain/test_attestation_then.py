"""The operators at the blocks that an update names: which block of L2 that is, and what if it is not read."""

import pytest

from avsctl.chain.chunks import Route
from avsctl.chain.detect import Discovery
from avsctl.chain.fake import FakeNode, Ran
from avsctl.chain.queries.attestation_then import Named, Then, Unread, load_then
from avsctl.chain.reader import BlockReader
from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.core.deployment import BlockRef, Generation, Layer
from avsctl.core.operators import VotingPowerRead

OBLS, GOVERNANCE, CENTER = ("0x" + f"{n:02d}" * 20 for n in (22, 33, 11))
FIRST, SECOND = "0x" + "Aa" * 20, "0x" + "Bb" * 20
HEAD = 1_000


class Layered(FakeNode):
    """One node for both layers: power is the height of the block times the id; contracts see a height of its own."""

    behind = 0
    lacks = ()
    """Heights whose header it does not have."""

    def __init__(self, **traits):
        own = {name: traits.pop(name) for name in tuple(traits) if hasattr(Layered, name)}
        super().__init__(**traits)
        vars(self).update(own)
        self.contracts |= {OBLS: self.in_obls, GOVERNANCE: self.in_governance}

    def answer(self, method, params):
        if method == "eth_getBlockByNumber" and int(params[0], 16) in self.lacks:
            return {"result": None}
        if method == "eth_call" and "to" not in params[0]:
            height = int(params[1]["blockHash"][-16:], 16) - self.behind
            return {"result": f"0x{height:064x}"}
        return super().answer(method, params)

    def in_obls(self, data, gas, block_hash):
        height, selector = int(block_hash[-16:], 16), data[:4].hex()
        operator_id = int.from_bytes(data[4:])
        values = {"72c4a927": height * operator_id, "82afd23b": 1, "671b3793": 3 * height}
        return Ran(True, values[selector].to_bytes(32))

    def in_governance(self, data, gas, block_hash):
        height, selector = int(block_hash[-16:], 16), data[:4].hex()
        return Ran(True, (height if selector == "c07473f6" else 1).to_bytes(32))


@pytest.fixture
def load(world):
    def run(*blocks, node=None, evm=HEAD):
        node = world.add(node or Layered())
        readers = []
        for layer in (Layer.L1, Layer.L2):
            rpc = world.rpc(layer)
            rpc.establish(node.chain_id)
            head = BlockRef(1, HEAD, node.hash_of(HEAD), 1_700_000_000 + HEAD)
            readers.append(BlockReader(rpc, head, Route.MULTICALL3))
        center = AttestationCenter(CENTER, Generation.V2)
        discovery = Discovery(Generation.V2, center, OBLS, None, 0, evm, (FIRST, SECOND), None)
        return load_then(*readers, discovery, GOVERNANCE, Named(*blocks))

    return run


def test_each_layer_is_read_at_its_own_block(load):
    then = load(900, 950)
    assert isinstance(then, Then)
    assert (then.l1.number, then.l2.number) == (900, 950)
    assert (then.l1.timestamp, then.l2.timestamp) == (1_700_000_900, 1_700_000_950)
    assert [each.voting_power for each in then.sets.l2] == [950, 1900]
    assert [each.answer for each in then.sets.l1] == [VotingPowerRead(900)] * 2
    assert then.sets.l2_total_voting_power == 2850


def test_the_blocks_that_are_read_already_take_no_header(load, world):
    then = load(HEAD, HEAD)
    assert (then.l1.number, then.l2.number) == (HEAD, HEAD)
    assert "eth_getBlockByNumber" not in [method for methods in world.transport.sent for method in methods]


def test_a_height_that_contracts_count_otherwise_names_no_block_by_itself(load):
    unread = load(900, 850, node=Layered(behind=100), evm=HEAD - 100)
    assert isinstance(unread, Unread)
    assert unread.why.startswith("which block of L2 has height 850 cannot be told: contracts there see block 900")


def test_unless_it_is_said_which_and_contracts_see_that_height_there(load):
    then = load(900, 850, 950, node=Layered(behind=100), evm=HEAD - 100)
    assert (then.l2.number, [each.voting_power for each in then.sets.l2]) == (950, [950, 1900])


def test_a_block_that_is_said_to_have_another_height_is_not_believed(load):
    unread = load(900, 851, 950, node=Layered(behind=100), evm=HEAD - 100)
    assert unread == Unread("contracts see height 850 in block 950 of L2, not 851")


@pytest.mark.parametrize(("lacks", "layer"), [(900, "L1"), (950, "L2")])
def test_a_block_that_is_not_there_is_told(load, world, lacks, layer):
    unread = load(900, 950, node=Layered(lacks=(lacks,)))
    assert isinstance(unread, Unread)
    assert unread.why.startswith(f"{layer} endpoint")
    assert unread.why.endswith(f"has no block {lacks}")
    assert world.secret not in unread.why
