"""The holder of the governance role: the creation block by bisection, logs newest first, each confirmed by hasRole."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avsctl.chain.detect import Discovery
from avsctl.chain.fake import FakeNode, Mishap, Ran
from avsctl.chain.queries.multisig import MOST_LOG_REQUESTS, Creation, find_creation, find_multisig
from avsctl.contracts.attestation_center import GOVERNANCE_ROLE, AttestationCenter
from avsctl.contracts.attestation_center_logs import MULTISIG_SET_TOPIC, ROLE_GRANTED_TOPIC
from avsctl.core.deployment import Generation, Layer
from avsctl.core.governance import FoundIn, HolderSearch, RoleHolder
from avsctl.core.units import Address
from avsctl.errors import AnswerError, EndpointError

FIRST, SECOND, THIRD = (Address("0x" + digit * 40) for digit in "123")
CENTER = Address("0x" + "a1" * 20)
PRUNED = {"code": -32000, "message": "missing trie node 1234 (path )"}


class CenterNode(FakeNode):
    """A node with one AttestationCenter, made in a block, whose role was granted and transferred."""

    def __init__(self, created=100, pruned_below=0, **traits):
        super().__init__(**traits)
        self.created, self.pruned_below = created, pruned_below
        self.holders = {FIRST}
        self.contracts[CENTER] = self.has_role
        self.probed, self.spans = [], []
        self.grant(created, FIRST)

    def grant(self, block, account, role=GOVERNANCE_ROLE):
        self.logs.append(
            log(block, len(self.logs), [ROLE_GRANTED_TOPIC, f"0x{role.hex()}", word(account), word(CENTER)])
        )

    def transfer(self, block, account):
        """Do as the contract does: grant, then tell of the transfer."""
        self.grant(block, account)
        self.logs.append(log(block, len(self.logs), [MULTISIG_SET_TOPIC], word(account)))
        self.holders = {account}

    def has_role(self, data, _gas, _block_hash):
        assert data[4:36] == GOVERNANCE_ROLE
        return Ran(success=True, data=(f"0x{data[48:68].hex()}" in self.holders).to_bytes(32))

    def answer(self, method, params):
        if method == "eth_getCode":
            address, number = params
            assert address == CENTER
            return self.code_at(int(number, 16))
        if method == "eth_getLogs":
            self.spans.append((int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)))
        return super().answer(method, params)

    def code_at(self, number):
        self.probed.append(number)
        if number < self.pruned_below:
            return {"error": PRUNED}
        return {"result": "0x60" if number >= self.created else "0x"}


def word(account):
    return "0x" + account[2:].rjust(64, "0")


def log(block, index, topics, data="0x"):
    return {
        "address": CENTER,
        "topics": topics,
        "data": data,
        "blockNumber": hex(block),
        "logIndex": hex(index),
    }


@pytest.fixture
def center(new_world):
    """Make a node of this kind in a world of its own; gives it, its reader, and what finds the holder there."""

    def build(**traits):
        world = new_world()
        node = world.add(CenterNode(**traits))
        return world, node, world.reader(rpc=world.rpc(Layer.L2))

    return build


def discovery(generation=Generation.V2):
    center = AttestationCenter(CENTER, generation)
    return Discovery(generation, center, CENTER, None, 0, 0, (), None)


def search(reader):
    return find_multisig(reader, discovery())


# The creation block


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_creation_block_is_found_in_few_requests(center, data):
    head = data.draw(st.integers(0, 50_000_000))
    created = data.draw(st.integers(0, head))
    world, node, reader = center(created=created, head=head)
    assert find_creation(reader, CENTER) == Creation(created)
    assert len(world.transport.sent) <= 9
    assert all(number <= head for number in node.probed)


@pytest.mark.parametrize("most_items", [1, 3, 10])
def test_a_limit_of_batches_is_kept(center, most_items):
    world, _, reader = center(created=31_415_926, head=38_000_000, most_items=most_items)
    assert find_creation(reader, CENTER) == Creation(31_415_926)
    refused = [len(methods) for methods in world.transport.sent if len(methods) > most_items]
    assert len(refused) <= 3
    assert len(world.transport.sent) <= {1: 35, 3: 22, 10: 12}[most_items]


@pytest.mark.parametrize(("created", "found"), [(900, 900), (801, 801), (800, None), (500, None)])
def test_a_creation_is_believed_where_the_block_before_it_has_no_code(center, created, found):
    _, _, reader = center(created=created, pruned_below=800, head=1_000)
    creation = find_creation(reader, CENTER)
    assert creation.block == found
    assert creation.fault == ("" if found else "no state of block 799: missing trie node 1234 (path )")


def test_a_contract_of_the_first_block(center):
    _, _, reader = center(created=0, head=3)
    assert find_creation(reader, CENTER) == Creation(0)


def test_code_that_is_no_hex_is_an_error(center):
    _, node, reader = center()
    node.code_at = lambda _: {"result": 5}
    with pytest.raises(AnswerError, match="eth_getCode"):
        find_creation(reader, CENTER)


# The holder


def test_who_was_granted_the_role_at_the_creation(center):
    world, node, reader = center(created=123)
    assert search(reader) == HolderSearch(RoleHolder(FIRST, FoundIn.CREATION_BLOCK, 123), 1_000, 123, "", None)
    assert node.spans == [(123, 123)]
    assert world.transport.sent[-1] == ["eth_call"]


def test_other_roles_of_the_creation_are_passed_over(center):
    _, node, reader = center(created=123)
    node.grant(123, SECOND, bytes(32))
    node.holders = {FIRST, SECOND}
    assert search(reader).holder.address == FIRST


def test_the_newest_transfer_is_found_first(center):
    _, node, reader = center(created=123)
    node.transfer(400, SECOND)
    node.transfer(700, THIRD)
    assert search(reader).holder == RoleHolder(THIRD, FoundIn.TRANSFER, 700)
    assert node.spans == [(123, 123), (124, 1_000)]


def test_a_role_that_came_back(center):
    """The first holder is asked about once, at the creation, and holds it again."""
    _, node, reader = center(created=123)
    node.transfer(400, SECOND)
    node.transfer(700, FIRST)
    assert search(reader).holder == RoleHolder(FIRST, FoundIn.CREATION_BLOCK, 123)


def test_a_transfer_in_the_creation_block(center):
    _, node, reader = center(created=123)
    node.transfer(123, SECOND)
    assert search(reader).holder == RoleHolder(SECOND, FoundIn.TRANSFER, 123)


def test_without_old_state_logs_alone_are_read(center):
    _, node, reader = center(created=123, pruned_below=990)
    found = search(reader)
    assert found.holder == RoleHolder(FIRST, FoundIn.GRANT, 123)
    assert (found.creation_block, found.oldest_block) == (None, 0)
    assert "no state of block 989: missing trie node" in found.creation_fault
    node.transfer(300, SECOND)
    assert search(reader).holder == RoleHolder(SECOND, FoundIn.TRANSFER, 300)


def test_old_state_that_makes_the_endpoint_fail_is_given_up(center):
    world, _, reader = center(created=123)
    world.transport.plan = lambda _, methods: Mishap.DENIED if "eth_getCode" in methods else None
    found = search(reader)
    assert found.holder == RoleHolder(FIRST, FoundIn.GRANT, 123)
    assert "401" in found.creation_fault
    assert world.secret not in found.creation_fault


def test_ranges_of_ten_blocks_end_the_search_after_so_many_requests(center):
    _, node, reader = center(created=123, head=1_000, log_range=10, log_refusal="max 10 blocks", most_items=10)
    node.transfer(500, SECOND)
    found = search(reader)
    assert len(node.spans) == MOST_LOG_REQUESTS
    assert (found.holder, found.creation_block, found.oldest_block) == (None, 123, 1_000 - 18 * 10 + 1)
    assert not found.is_complete
    node.transfer(900, THIRD)
    assert search(reader).holder == RoleHolder(THIRD, FoundIn.TRANSFER, 900)


def test_a_role_that_nobody_holds(center):
    _, node, reader = center(created=123)
    node.transfer(500, SECOND)
    node.holders = set()
    found = search(reader)
    assert (found.holder, found.oldest_block, found.is_complete) == (None, 124, True)


@pytest.mark.parametrize("log_range", [0, 1])
def test_an_endpoint_that_serves_hardly_any_logs(center, log_range):
    _, node, reader = center(created=123, log_range=log_range)
    found = search(reader)
    if log_range:
        assert found.holder == RoleHolder(FIRST, FoundIn.CREATION_BLOCK, 123)
    else:
        assert (found.holder, found.oldest_block) == (None, None)
    assert len(node.spans) <= MOST_LOG_REQUESTS


def test_the_creation_at_the_head(center):
    _, node, reader = center(created=1_000, head=1_000)
    node.holders = set()
    found = search(reader)
    assert (found.holder, found.oldest_block, found.is_complete) == (None, 1_000, True)
    assert node.spans == [(1_000, 1_000)]


def test_a_log_of_another_shape_is_an_error(center):
    _, node, reader = center(created=123)
    node.logs.append(log(123, 9, [MULTISIG_SET_TOPIC], "0x"))
    with pytest.raises(AnswerError, match="SetAvsGovernanceMultisig"):
        search(reader)


def test_an_endpoint_that_is_gone_is_an_error(center):
    world, _, reader = center()
    world.transport.plan = lambda *_: Mishap.UNREACHABLE
    with pytest.raises(EndpointError):
        search(reader)
