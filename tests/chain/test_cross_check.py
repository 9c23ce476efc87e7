"""Two endpoints compared: what one says alone is not believed, and what one cannot do is no difference."""

from collections import Counter

import pytest

from avsctl.chain.chunks import Route
from avsctl.chain.cross_check import CrossCheck
from avsctl.chain.endpoint import Endpoint
from avsctl.chain.fake import Batches, Mishap, Overrides, Ran
from avsctl.chain.jsonrpc import NodeFailure, Request
from avsctl.chain.layers import Target, open_layers
from avsctl.chain.meanings import count_results, is_settled, read_meaning
from avsctl.chain.rpc import Rpc
from avsctl.contracts.call import Call, Reverted
from avsctl.core.deployment import Layer
from avsctl.errors import ChainError, ConfigProblems, EndpointError, EndpointsDifferError, NodeError

LATEST = ("latest", False)


class Pair:
    """Two nodes or more of one chain, the first two compared."""

    def __init__(self, world, *traits):
        self.world = world
        self.nodes = [world.add(**each) for each in traits]
        self.asked = Counter()
        self.methods = []
        world.transport.plan = self.note

    def note(self, endpoint, methods):
        name = endpoint.masked[8:13]
        self.asked[name] += 1
        self.methods += [(name, method) for method in methods]
        return self.befall(name)

    def befall(self, _name):
        return None

    def rpc(self):
        rpc = self.world.rpc()
        rpc.check = CrossCheck(rpc.split())
        return rpc

    def reader(self, route=Route.MULTICALL3):
        return self.world.reader(route, self.rpc())

    def open(self, tag="latest", expected=None):
        rpc = self.world.rpc(Layer.L2)
        probe = Call(self.world.target, b"\1\2\3\4", bytes, "AttestationCenter.obls (v1)", 1_000)
        target = Target(rpc, tag, expected, "L2_CHAIN, environment", self.world.target, "CENTER", (probe,), rpc.split())
        return open_layers(None, target)


@pytest.fixture
def pair(world):
    return lambda *traits: Pair(world, *traits)


def lie(data_of):
    return lambda data, _gas, _hash: Ran(True, data_of(data))


# The same from both


@pytest.mark.parametrize("route", Route)
def test_what_both_say_is_taken_at_twice_the_requests(pair, numbered, route):
    two = pair({}, {})
    calls, values = numbered(40, two.nodes[0])
    reader = two.reader(route)
    assert [outcome.value for outcome in reader.read(calls)] == values
    assert two.asked["node0"] == two.asked["node1"] > 0
    assert reader.rpc.check.compared == 40
    reader.rpc.check.settle()


LIMITS = (
    {"overrides": Overrides.REFUSED},
    {"overrides": Overrides.IGNORED},
    {"most_items": 1},
    {"most_items": 3, "batches": Batches.BY_DROPPING},
    {"gas_cap": 900_000},
    {"most_bytes": 4_000},
    {"takes_block_hash": False},
)


@pytest.mark.parametrize("limited", [0, 1])
@pytest.mark.parametrize("has_multicall", [True, False])
@pytest.mark.parametrize("limits", LIMITS)
def test_what_one_cannot_do_is_no_difference(pair, numbered, limits, limited, has_multicall):
    traits = [{"has_multicall": has_multicall}, {"has_multicall": has_multicall}]
    traits[limited] |= limits
    two = pair(*traits)
    calls, values = numbered(40, two.nodes[0])
    reader = two.reader(Route.MULTICALL3 if has_multicall else Route.LENS)
    assert [outcome.value for outcome in reader.read(calls)] == values
    assert reader.rpc.check.compared >= 40
    reader.check_block()
    reader.rpc.check.settle()


def test_logs_in_the_range_that_both_allow(pair):
    two = pair({}, {"log_range": 100, "log_refusal": "up to a 100 block range"})
    reply = two.rpc().send([Request("eth_getLogs", ({"fromBlock": "0x0", "toBlock": "0x3e8"},))])[0]
    assert isinstance(reply, NodeFailure)
    assert "100" in reply.message
    assert "node1.example" in reply.said_by


def test_a_refusal_of_the_second_is_told_of_the_second(pair):
    two = pair({}, {"chain_id": 1, "head": 10})
    rpc = two.rpc()
    with pytest.raises(NodeError, match=r"node1\.example"):
        rpc.request("eth_call", {"to": two.world.target, "data": "0x"}, "0x20")


# What differs


@pytest.mark.parametrize("route", Route)
@pytest.mark.parametrize("liar", [0, 1])
def test_one_byte_of_one_call(pair, numbered, route, liar):
    two = pair({}, {})
    calls, _ = numbered(40, two.nodes[0])
    honest = two.nodes[liar].contracts[two.world.target.lower()]

    def run(data, gas, block_hash):
        ran = honest(data, gas, block_hash)
        return Ran(True, ran.data[:-1] + bytes([ran.data[-1] ^ 1]), ran.gas) if data == calls[27].data else ran

    two.nodes[liar].contracts[two.world.target.lower()] = run
    reader = two.reader(route)
    with pytest.raises(EndpointsDifferError) as caught:
        reader.read(calls)
    (problem,) = caught.value.problems
    assert (problem.code, caught.value.status) == ("endpoints_differ", 5)
    assert all(f"node{at}.example" in problem.message for at in (0, 1))
    assert calls[27].data.hex() in problem.message
    assert two.world.secret not in problem.message + problem.hint
    with pytest.raises(EndpointsDifferError):
        reader.rpc.check.settle()


@pytest.mark.parametrize("route", Route)
def test_one_that_reverts(pair, numbered, route):
    two = pair({}, {})
    calls, _ = numbered(3, two.nodes[0])
    two.nodes[1].contracts[two.world.target.lower()] = lambda *_: Ran(False, bytes.fromhex("deadbeef"))
    with pytest.raises(EndpointsDifferError, match="that it reverts \\(0xdeadbeef\\)"):
        two.reader(route).read(calls)


def test_words_of_nodes_do_not_count(pair, numbered):
    two = pair({}, {})
    calls, _ = numbered(1, two.nodes[0])
    for node in two.nodes:
        node.contracts[two.world.target.lower()] = lambda *_: Ran(False, bytes.fromhex("deadbeef"))
    answer = two.nodes[1].answer
    two.nodes[1].answer = lambda *asked: _reword(answer(*asked))
    (outcome,) = two.reader(Route.SINGLE).read(calls)
    assert isinstance(outcome, Reverted)


def _reword(reply):
    return {"error": reply["error"] | {"message": "VM Exception: revert"}} if "error" in reply else reply


def test_endpoints_that_look_the_same_are_told_by_their_places(world):
    nodes = [world.add(), world.add()]
    for node, key in zip(nodes, ("aaaaaaaa", "bbbbbbbb"), strict=True):
        world.nodes[f"https://node.example/{key}"] = node
    nodes[1].contracts[world.target.lower()] = lie(lambda _: b"\7" * 32)
    endpoints = [Endpoint.parse(url) for url in list(world.nodes)[2:]]
    rpc = Rpc(Layer.L1, endpoints, world.transport, world.deadline)
    rpc.check = CrossCheck(rpc.split())
    with pytest.raises(EndpointsDifferError) as caught:
        rpc.request("eth_call", {"to": world.target, "data": "0x01"}, hex(1_000))
    assert "(item 1 of L1_RPC)" in str(caught.value)
    assert "(item 2 of L1_RPC)" in str(caught.value)


def test_nothing_that_moves_or_sends_is_asked_twice(pair):
    two = pair({}, {"head": 990})
    rpc = two.rpc()
    moving = [
        Request("eth_sendRawTransaction", ("0x",)),
        Request("eth_getTransactionCount", (two.world.target, "latest")),
        Request("eth_estimateGas", ({},)),
        Request("eth_gasPrice"),
        Request("eth_blockNumber"),
        Request("eth_getBlockByNumber", LATEST),
        Request("eth_call", ({"to": two.world.target, "data": "0x"}, "latest")),
        Request("eth_getLogs", ({"fromBlock": "0x1", "toBlock": "latest"},)),
    ]
    assert not any(map(is_settled, moving))
    for request in moving[:-1]:
        rpc.send([request])
    rpc.send([Request("eth_chainId"), *moving[:-1]])
    assert {method for name, method in two.methods if name == "node1"} == {"eth_chainId"}


def test_once_something_is_sent_nothing_is_compared(pair):
    two = pair({}, {})
    rpc = two.rpc()
    rpc.end_check()
    rpc.request("eth_chainId")
    assert set(two.asked) == {"node0"}


# What an endpoint says of logs, headers and transactions


LOG = {
    "address": "0x" + "aB" * 20,
    "topics": ["0x" + "0c" * 32],
    "data": "0x0102",
    "blockNumber": "0x10",
    "blockHash": "0x" + "11" * 32,
    "transactionHash": "0x" + "22" * 32,
    "transactionIndex": "0x0",
    "logIndex": "0x1",
}
LOGS = Request("eth_getLogs", ({"fromBlock": "0x0", "toBlock": "0x20"},))
OTHER = LOG | {"logIndex": "0x2"}


def test_spelling_order_and_unread_fields_do_not_count():
    respelt = {"removed": False, **{key: LOG[key] for key in reversed(LOG)}}
    respelt |= {"address": LOG["address"].lower(), "blockNumber": "0x0010", "blockTimestamp": "0x1"}
    assert read_meaning(LOGS, [LOG, OTHER]) == read_meaning(LOGS, [OTHER, respelt])


@pytest.mark.parametrize("field", LOG)
def test_every_field_of_a_log_counts(field):
    changed = LOG | {field: "0x" + "77" * 32 if field != "topics" else ["0x" + "77" * 32]}
    assert read_meaning(LOGS, [LOG]) != read_meaning(LOGS, [changed])
    assert read_meaning(LOGS, [LOG]) != read_meaning(LOGS, [])


def test_the_transactions_of_a_block_count_where_they_are_asked_for():
    header = {"number": "0x1", "hash": "0x" + "11" * 32, "timestamp": "0x5", "gasUsed": "0x7"}
    sent = {"hash": "0x" + "33" * 32, "input": "0x01"}
    bare, whole = (Request("eth_getBlockByNumber", ("0x1", full)) for full in (False, True))
    assert read_meaning(bare, header | {"transactions": ["0x1"]}) == read_meaning(bare, header | {"gasUsed": "0x8"})
    others = [header | {"transactions": [sent | {"input": data}]} for data in ("0x01", "0x02")]
    assert read_meaning(whole, others[0]) != read_meaning(whole, others[1])
    assert read_meaning(bare, header) != read_meaning(bare, header | {"timestamp": "0x6"})
    assert read_meaning(bare, header) != read_meaning(bare, None)


def test_a_call_alone_counts_as_one():
    assert count_results(Request("eth_call", ({"to": "0x" + "11" * 20, "data": "0x"}, "0x1"))) == 1
    assert count_results(Request("eth_getBlockByNumber", ("0x1", False))) == 0


# Which block


def test_the_older_of_two_heads_is_read(pair, numbered):
    two = pair({"head": 1_003}, {"head": 1_000})
    with two.open() as layers:
        reader = layers.l2.reader
        assert reader.block.number == 1_000
        calls, values = numbered(5, two.nodes[1])
        assert [outcome.value for outcome in reader.read(calls)] == values
        layers.check_blocks()
        assert "node1.example/*** was 3 blocks behind" in reader.rpc.check.summary(reader.rpc)


@pytest.mark.parametrize("ahead", [0, 1])
def test_an_endpoint_ahead_that_has_another_block_there(pair, ahead):
    traits = [{}, {}]
    traits[ahead] = {"head": 1_003, "fork": 1}
    two = pair(*traits)
    with two.open() as layers, pytest.raises(EndpointsDifferError, match="differ about block 1000"):
        layers.check_blocks()


def test_two_blocks_of_one_number(pair):
    with pytest.raises(EndpointsDifferError, match="block 1000"):
        pair({}, {"fork": 1}).open()


def test_an_endpoint_of_another_chain(pair):
    with pytest.raises(EndpointsDifferError, match=r"eth_chainId.* says 1, .* says 2"):
        pair({}, {"chain_id": 2}).open()


@pytest.mark.parametrize("wrong", [0, 1])
def test_an_endpoint_of_another_chain_than_expected_is_a_setting(new_world, wrong):
    chains = [{"chain_id": 1}, {"chain_id": 1}]
    chains[wrong] = {"chain_id": 2}
    with pytest.raises(ConfigProblems) as caught:
        Pair(new_world(), *chains).open(expected=1)
    assert caught.value.problems[0].code == "wrong_chain"
    assert all(f"node{at}.example" in str(caught.value) for at in (0, 1))


def test_a_block_that_one_has_a_little_later(pair):
    two = pair({"head": 1_000}, {"head": 998})
    two.world.transport.before = lambda count: count > 8 and setattr(two.nodes[1], "head", 1_000)
    with two.open(tag=1_000) as layers:
        assert layers.l2.reader.block.number == 1_000


def test_a_block_that_one_never_gets(pair):
    two = pair({"head": 1_000}, {"head": 900})
    with pytest.raises(ChainError) as caught:
        two.open(tag=1_000)
    assert caught.value.status == 5
    assert "node1.example/*** does not have block 1000 yet, which" in str(caught.value)
    assert two.world.clock.now() < 10


def test_a_contract_that_one_does_not_have(pair):
    two = pair({}, {})
    two.nodes[1].contracts.clear()
    with pytest.raises(EndpointsDifferError, match="has no code"):
        two.open()


def test_a_block_pinned_by_number_is_looked_at_again_at_both(pair, numbered):
    two = pair({}, {"takes_block_hash": False})
    with two.open() as layers:
        layers.l2.reader.read(numbered(5, two.nodes[0])[0])
        two.nodes[1].fork = 1
        with pytest.raises(ChainError) as caught:
            layers.check_blocks()
    assert caught.value.status == 5


# Endpoints that fail


@pytest.mark.parametrize("dead", [0, 1])
def test_with_one_endpoint_left_nothing_is_read(pair, numbered, dead):
    two = pair({}, {})
    two.befall = lambda name: Mishap.UNREACHABLE if name == f"node{dead}" else None
    with pytest.raises(EndpointError) as caught:
        two.reader().read(numbered(3, two.nodes[0])[0])
    (problem,) = caught.value.problems
    assert f"node{dead}.example" in problem.message
    assert "--cross-check needs two endpoints that answer" in problem.hint


@pytest.mark.parametrize("dead", [0, 1])
def test_a_third_stands_in_for_the_one_that_fails(pair, numbered, dead):
    three = pair({}, {}, {})
    three.befall = lambda name: Mishap.UNREACHABLE if name == f"node{dead}" else None
    calls, values = numbered(20, three.nodes[0])
    with three.open() as layers:
        assert [outcome.value for outcome in layers.l2.reader.read(calls)] == values
        rpc = layers.l2.reader.rpc
        assert {rpc.endpoint.masked[8:13], rpc.check.second.endpoint.masked[8:13]} == {"node0", "node1", "node2"} - {
            f"node{dead}"
        }
        assert [traffic.endpoint for traffic in rpc.traffic] == list(rpc.endpoints)


def test_two_that_fail_leave_one_for_nobody(pair, numbered):
    three = pair({}, {}, {})
    three.befall = lambda name: None if name == "node2" else Mishap.UNREACHABLE
    with pytest.raises(EndpointError):
        three.reader().read(numbered(3, three.nodes[0])[0])
