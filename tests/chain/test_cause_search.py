"""When settings of L1 changed, found by state alone, on a chain in memory."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avsctl.chain.detect import Discovery
from avsctl.chain.fake import FakeNode, Ran
from avsctl.chain.queries.cause_reference import L1Past, load_settings
from avsctl.chain.queries.cause_search import search_changes
from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.core.cause_facts import CauseCode, StakeSettings
from avsctl.core.deployment import Generation

GOVERNANCE, CONTRACT = ("0x" + letter * 40 for letter in "23")
HEAD, BEGIN = 5_000, 100


class Changing(FakeNode):
    """A node whose AvsGovernance counts its one staking contract by how many changes there were."""

    def __init__(self, changes, oldest=0):
        super().__init__(head=HEAD)
        self.changes, self.oldest = changes, oldest
        self.contracts[GOVERNANCE] = self.in_governance

    def answer(self, method, params):
        if method == "eth_call" and isinstance(params[1], str) and int(params[1], 16) < self.oldest:
            return {"error": {"code": -32000, "message": "missing trie node"}}
        return super().answer(method, params)

    def in_governance(self, data, gas, block_hash):
        height = int(block_hash[-16:], 16)
        weight = 1 + sum(change <= height for change in self.changes)
        if len(data) == 36:
            return Ran(True, weight.to_bytes(32))
        if data[:4] == self.list_selector:
            return Ran(True, b"".join(n.to_bytes(32) for n in (32, 1, int(CONTRACT, 16))))
        return Ran(True, bytes(32))


@pytest.fixture
def search(new_world):
    def run(changes, oldest=0, most=12):
        world = new_world()
        world.add(Changing(changes, oldest))
        discovery = Discovery(
            Generation.V2, AttestationCenter(GOVERNANCE, Generation.V2), GOVERNANCE, None, 0, HEAD, (), (BEGIN, 1)
        )
        past = L1Past(world.reader(), discovery, GOVERNANCE)
        Changing.list_selector = past.getters.staking_contracts().data[:4]
        now = load_settings(past)
        then = StakeSettings(((now.multipliers[0][0], 1 + sum(each <= BEGIN for each in changes)),), 0, 0)
        found = search_changes(past, (BEGIN, then), now, most)
        return found, world.transport.sent

    return run


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.integers(BEGIN + 1, HEAD), max_size=6))
def test_every_change_is_found_in_its_block(search, changes):
    found, _ = search(tuple(sorted(changes)))
    assert found == dict.fromkeys(changes, frozenset({CauseCode.MULTIPLIER_CHANGED}))


def test_one_change_in_five_thousand_blocks_takes_few_requests(search):
    found, sent = search((3_333,))
    assert list(found) == [3_333]
    assert len(sent) <= 12


def test_it_gives_up_where_state_is_gone_and_where_there_are_too_many(search):
    assert search((3_333,), oldest=2_000)[0] is None
    assert search((1_000, 2_000, 3_000), most=2)[0] is None
    assert set(search((1_000, 2_000, 3_000), most=3)[0]) == {1_000, 2_000, 3_000}
