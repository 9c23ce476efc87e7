"""Both layers opened side by side: everything that does not fit in one message, and that before what cannot be read."""

import random
import threading

import pytest

from avsctl.chain.background import run_all, side_by_side
from avsctl.chain.chunks import Route
from avsctl.chain.detect import l1_probes, l2_probes
from avsctl.chain.endpoint import Endpoint
from avsctl.chain.fake import Batches, FakeNode, Mishap, Ran
from avsctl.chain.layers import Target, open_layers
from avsctl.chain.rpc import Rpc
from avsctl.core.deployment import Layer
from avsctl.core.units import Address
from avsctl.errors import AnswerError, ChainError, ConfigProblems, EndpointError, NodeError

GOVERNANCE = Address("0x" + "11" * 20)
CENTER = Address("0x" + "22" * 20)
SELECTORS = [(probe.to, probe.data[:4]) for probe in (*l1_probes(GOVERNANCE), *l2_probes(CENTER))]


def answer_probes(*selectors):
    known = selectors or tuple(selector for _, selector in SELECTORS)
    return lambda data, *_: Ran(True, (5).to_bytes(32)) if data[:4] in known else Ran(False, b"")


@pytest.fixture
def opening(world):
    l1 = world.add(FakeNode(chain_id=1, contracts={GOVERNANCE.lower(): answer_probes()}))
    l2 = world.add(FakeNode(chain_id=8453, head=5_000, contracts={CENTER.lower(): answer_probes()}))
    return Opening(world, l1, l2)


class Opening:
    tags = ("latest", "latest")
    expected = (1, 8453)
    contracts = (GOVERNANCE, CENTER)

    def __init__(self, world, l1, l2):
        self.world, self.l1, self.l2 = world, l1, l2
        self.urls = list(world.nodes)

    def targets(self):
        settings = ("AVS_GOVERNANCE_ADDRESS", "ATTESTATION_CENTER_ADDRESS")
        probes = (l1_probes(self.contracts[0]), l2_probes(self.contracts[1]))
        for layer in (0, 1):
            endpoint = Endpoint.parse(self.urls[layer])
            rpc = Rpc(list(Layer)[layer], [endpoint], self.world.transport, self.world.deadline)
            expected, contract = self.expected[layer], self.contracts[layer]
            yield Target(
                rpc, self.tags[layer], expected, f"L{layer + 1}_CHAIN", contract, settings[layer], probes[layer]
            )

    def open(self):
        return open_layers(*self.targets())

    def codes(self):
        with pytest.raises(ConfigProblems) as caught:
            self.open()
        told = str(caught.value.problems)
        assert self.world.secret not in told
        assert all(problem.hint for problem in caught.value.problems)
        return [problem.code for problem in caught.value.problems]


def test_one_request_a_layer(opening):
    with opening.open() as layers:
        assert (layers.l1.reader.block.number, layers.l2.reader.block.number) == (1_000, 5_000)
        assert layers.l2.reader.block.hash == opening.l2.hash_of(5_000)
        assert layers.l2.hints == ((5).to_bytes(32),) * 3
        assert layers.l1.reader.route is Route.MULTICALL3
        layers.check_blocks()
    assert len(opening.world.transport.sent) == 2
    with pytest.raises(EndpointError):
        layers.l1.reader.rpc.request("eth_chainId")


def test_l2_alone(opening):
    with open_layers(None, list(opening.targets())[1]) as layers:
        assert layers.l1 is None
        layers.check_blocks()


@pytest.mark.parametrize("tag", [700, "safe", "finalized"])
def test_other_blocks(opening, tag):
    opening.tags = (tag, tag)
    with opening.open() as layers:
        assert layers.l1.reader.block.number == {"safe": 968, "finalized": 936}.get(tag, tag)


def test_without_multicall3_or_batches(opening):
    opening.l1.has_multicall = False
    opening.l2.most_items, opening.l2.batches = 1, Batches.BY_DROPPING
    with opening.open() as layers:
        assert (layers.l1.reader.route, layers.l2.reader.route) == (Route.LENS, Route.MULTICALL3)


def test_wrong_chains_are_told_of_both_layers(opening):
    opening.expected = (17000, 10)
    assert opening.codes() == ["wrong_chain", "wrong_chain"]


def test_swapped_endpoints_are_recognised(opening):
    opening.urls.reverse()
    assert opening.codes() == ["wrong_chain", "wrong_chain", "swapped_layers"]


def test_an_endpoint_that_does_not_answer_is_not_taken_for_swapped(opening):
    opening.expected = (8453, None)
    opening.contracts = (GOVERNANCE, Address("0x" + "33" * 20))
    opening.world.transport.plan = lambda endpoint, _: Mishap.DENIED if "node0" in endpoint.masked else None
    assert opening.codes() == ["no_code"]


def test_what_does_not_fit_is_told_of_both_layers(opening):
    opening.tags = (1_001, "latest")
    opening.contracts = (GOVERNANCE, Address("0x" + "33" * 20))
    assert opening.codes() == ["block_in_future", "no_code"]


@pytest.mark.parametrize("tag", ["safe", "finalized"])
def test_tags_that_an_endpoint_does_not_know(opening, tag):
    opening.tags = (tag, "latest")
    opening.l1.tags = ("latest",)
    assert opening.codes() == ["unknown_tag"]
    opening.l1._get_block = lambda *_: None
    assert opening.codes() == ["unknown_tag"]


@pytest.mark.parametrize("answers", [answer_probes(b"none"), lambda *_: Ran(True, b"")])
def test_another_contract(opening, answers):
    opening.l1.contracts[GOVERNANCE.lower()] = answers
    opening.l2.contracts[CENTER.lower()] = answers
    assert opening.codes() == ["wrong_contract", "wrong_contract"]


def test_an_avs_governance_or_an_account_given_as_attestation_center(opening):
    opening.l2.contracts[CENTER.lower()] = answer_probes(SELECTORS[0][1])
    assert opening.codes() == ["wrong_contract"]
    del opening.l2.contracts[CENTER.lower()]
    assert opening.codes() == ["no_code"]


def test_settings_are_told_before_chains_that_cannot_be_read(opening):
    opening.expected = (1, 10)
    opening.world.transport.plan = lambda endpoint, _: Mishap.DENIED if "node0" in endpoint.masked else None
    assert opening.codes() == ["wrong_chain"]
    opening.expected = (1, 8453)
    with pytest.raises(EndpointError, match="L1 endpoint"):
        opening.open()


def test_a_block_that_is_gone_and_one_that_is_another(opening):
    opening.tags = (7, "latest")
    opening.l1._get_block = lambda *_: None
    with pytest.raises(ChainError, match="does not have block 7"):
        opening.open()
    opening.l1._get_block = lambda *_: opening.l1.header(8)
    with pytest.raises(AnswerError, match="with block 8"):
        opening.open()


def test_errors_that_pass_are_waited_for(opening):
    opening.world.plan(Mishap.INTERNAL, Mishap.INTERNAL, Mishap.INTERNAL)
    with opening.open() as layers:
        assert layers.l1.reader.block.chain_id == 1


def test_errors_that_stay_are_of_the_chain(opening):
    opening.world.transport.plan = lambda *_: Mishap.INTERNAL
    with pytest.raises(NodeError, match="answered eth_chainId with an error"):
        opening.open()


@pytest.mark.parametrize("seed", range(60))
def test_whatever_goes_wrong_the_layers_are_right_or_the_chain_is_at_fault(opening, seed):
    chance = random.Random(seed)  # noqa: S311 - no secret
    rate = chance.choice([0.1, 0.3, 0.6])
    plan = lambda *_: chance.choice(list(Mishap)) if chance.random() < rate else None  # noqa: E731
    opening.world.transport.plan = plan
    opening.l2.most_items = chance.choice([1, 3, 1_000])
    try:
        layers = opening.open()
    except ChainError as error:
        told = str(error.problems)
    else:
        refs = (layers.l1.reader.block, layers.l2.reader.block)
        assert [ref.hash for ref in refs] == [opening.l1.hash_of(1_000), opening.l2.hash_of(5_000)]
        told = "example/***"
    assert "example/***" in told
    assert opening.world.secret not in told
    assert opening.world.clock.now() < 100


def test_the_first_error_is_raised_at_once_and_before_the_second():
    gate = threading.Event()
    with pytest.raises(ValueError, match="first"):
        side_by_side(lambda: _raise("first"), gate.wait)
    gate.set()
    with pytest.raises(ValueError, match="first"):
        side_by_side(lambda: _raise("first"), lambda: _raise("second"))
    with pytest.raises(ValueError, match="second"):
        side_by_side(list, lambda: _raise("second"))
    assert side_by_side(lambda: 1, lambda: "2") == (1, "2")
    assert run_all([lambda: 1, lambda: 2, lambda: 3]) == [1, 2, 3]
    assert run_all([]) == []


def _raise(text):
    raise ValueError(text)
