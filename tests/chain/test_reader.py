"""Many calls at one block: right or not at all, whatever goes wrong."""

import random
import traceback

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from one_word import one_word

from avsctl.chain.chunks import Route
from avsctl.chain.fake import Batches, FakeNode, Mishap, Overrides, Ran
from avsctl.chain.reader import BlockReader
from avsctl.chain.transport import HttpReply
from avsctl.contracts.call import Answer, Call, Reverted
from avsctl.core.deployment import BlockRef
from avsctl.core.units import Address
from avsctl.errors import AnswerError, BlockError, ChainError, EndpointError, NodeError

ODD = Address("0x" + "0d" * 20)
NOT_ACTIVE = bytes.fromhex("0ffeef35")


def odd_call(word=0, gas=50_000, decode=one_word):
    return Call(ODD, word.to_bytes(36), decode, "odd", gas)


def burn(_data, gas, _block):
    return Ran(False, b"", gas)


def answers(values):
    return [Answer(value) for value in values]


@pytest.mark.parametrize("route", Route)
@pytest.mark.parametrize("takes_block_hash", [True, False])
@pytest.mark.parametrize("overrides", Overrides)
@pytest.mark.parametrize("has_multicall", [True, False])
def test_the_answers_are_the_same_by_every_way(world, numbered, route, takes_block_hash, overrides, has_multicall):
    node = world.add(takes_block_hash=takes_block_hash, overrides=overrides, has_multicall=has_multicall)
    calls, values = numbered(120, node)
    reader = world.reader(route)
    assert reader.read(calls) == answers(values)
    reader.check_block()
    assert reader.pinned_by_hash is takes_block_hash


def test_the_good_path_takes_one_request_a_chunk(world, numbered):
    node = world.add()
    calls, values = numbered(1_000, node)
    reader = world.reader()
    assert reader.require(calls) == values
    reader.check_block()
    assert [len(methods) for methods in world.transport.sent] == [1, 1, 1]


def test_a_call_alone_and_a_chunk_of_one_go_to_their_contract(world, numbered):
    node = world.add(has_multicall=False, overrides=Overrides.REFUSED)
    calls, values = numbered(1, node)
    assert world.reader(Route.LENS).require(calls) == values
    assert len(world.transport.sent) == 1


def test_no_calls_are_no_requests(world):
    world.add()
    assert world.reader().read([]) == []
    assert world.transport.sent == []


@pytest.mark.parametrize("gas_cap", [2_000_000, 10_000_000])
def test_a_lower_gas_cap_costs_requests_not_answers(world, numbered, gas_cap):
    node = world.add(gas_cap=gas_cap)
    calls, values = numbered(900, node, gas=6_000)
    assert world.reader().read(calls) == answers(values)


@pytest.mark.parametrize("route", [Route.MULTICALL3, Route.LENS])
@pytest.mark.parametrize("where", [0, 57, 119])
def test_a_call_that_burns_all_gas_stands_alone_in_the_end(world, numbered, route, where):
    node = world.add(gas_cap=30_000_000)
    node.contracts[ODD.lower()] = burn
    calls, values = numbered(119, node)
    outcomes = world.reader(route).read([*calls[:where], odd_call(), *calls[where:]])
    odd = outcomes.pop(where)
    assert isinstance(odd, Reverted)
    assert odd.revert.text == "out of gas"
    assert outcomes == answers(values)


def test_a_call_that_swallows_what_it_lacks_gas_for_answers_the_same_as_alone(world, numbered):
    node = world.add(gas_cap=30_000_000)

    def swallow(data, gas, _block):
        needed = 2_500_000
        return Ran(True, (7).to_bytes(32), needed) if gas >= needed else Ran(True, bytes(32), gas - gas // 64)

    node.contracts[ODD.lower()] = swallow
    calls, values = numbered(40, node)
    outcomes = world.reader().read([*calls, *map(odd_call, range(40))])
    assert outcomes == answers([*values, *[(7).to_bytes(32)] * 40])


def test_a_chain_without_the_precompile_is_believed(world, numbered):
    node = world.add(has_blake2f=False)
    calls, values = numbered(100, node)
    assert world.reader().read(calls) == answers(values)
    assert len(world.transport.sent) == 1


def test_empty_revert_data_is_asked_again_alone(world, numbered):
    node = world.add()
    node.contracts[ODD.lower()] = lambda _data, gas, _block: Ran(
        gas > 49_500_000, b"x" * 32 if gas > 49_500_000 else b""
    )
    calls, values = numbered(3, node)
    outcomes = world.reader().read([*calls, odd_call(), odd_call(1)])
    assert outcomes == answers([*values, b"x" * 32, b"x" * 32])


def test_reverts_are_outcomes(world, numbered):
    node = world.add()
    node.contracts[ODD.lower()] = lambda *_: Ran(False, NOT_ACTIVE)
    calls, values = numbered(2, node)
    first, revert, second = world.reader().read([calls[0], odd_call(), calls[1]])
    assert (first, second) == tuple(answers(values))
    assert isinstance(revert, Reverted)
    assert revert.revert.data == NOT_ACTIVE
    with pytest.raises(NodeError, match=r"odd of 0x0d.* on L1 reverted"):
        world.reader().require([odd_call()])


def test_an_answer_of_another_shape_names_the_endpoint_and_the_block(world, numbered):
    node = world.add()

    def refuse(_):
        raise AnswerError("odd() gave an answer of another shape", "look")

    calls, _ = numbered(2, node)
    with pytest.raises(
        AnswerError, match=r"another shape, as L1 endpoint https://node0.example.* has it at block 1000"
    ):
        world.reader().read([*calls, Call(calls[0].to, b"", refuse, "odd", 1_000)])


def test_a_node_that_lags_is_asked_again(world, numbered):
    node = world.add()
    node.head = 999
    reader = world.reader()
    reader = BlockReader(reader.rpc, _head(node, 1_000), Route.MULTICALL3)

    def catch_up(count):
        node.head = 1_000 if count > 3 else 999

    world.transport.before = catch_up
    calls, _ = numbered(30, node)
    assert len(reader.read(calls)) == 30
    assert (reader.pinned_by_hash, reader.route) == (True, Route.MULTICALL3)


def test_a_node_that_never_gets_the_block_is_an_error_with_a_remedy(world, numbered):
    node = world.add()
    reader = BlockReader(world.reader().rpc, _head(node, 2_000), Route.MULTICALL3)
    for count in (1, 30):
        with pytest.raises(NodeError, match=r"did not answer .* at block 2000: header for hash not found") as caught:
            reader.read(numbered(count, node)[0])
        assert "lags behind" in caught.value.problems[0].hint
    assert reader.pinned_by_hash


def _head(node, number):
    return BlockRef(1, number, node.hash_of(number), 1_700_000_000 + number)


def test_the_next_endpoint_is_read_where_the_first_lags(world, numbered):
    node, other = world.add(head=1_000), world.add(head=2_000)
    reader = BlockReader(world.reader().rpc, _head(other, 2_000), Route.MULTICALL3)
    calls, values = numbered(30, other)
    assert node.head < 2_000
    assert reader.read(calls) == answers(values)


@pytest.mark.parametrize("takes_block_hash", [True, False])
def test_a_block_that_is_replaced_while_it_is_read_is_an_error(world, numbered, takes_block_hash):
    node = world.add(takes_block_hash=takes_block_hash)
    reader = world.reader()
    calls, _ = numbered(30, node)
    reader.read(calls)
    node.fork += 1
    with pytest.raises((BlockError, NodeError)):
        _read_and_check(reader, calls)


def _read_and_check(reader, calls):
    reader.read(calls)
    reader.check_block()


def test_a_later_endpoint_that_knows_less_is_read_all_the_same(world, numbered):
    node = world.add()
    world.add(takes_block_hash=False, has_multicall=False, overrides=Overrides.IGNORED, most_items=3)
    reader = world.reader()
    calls, values = numbered(60, node)
    assert reader.read(calls) == answers(values)
    world.transport.plan = lambda endpoint, _: Mishap.UNREACHABLE if "node0" in endpoint.masked else None
    assert reader.read(calls) == answers(values)
    reader.check_block()
    assert (reader.route, reader.pinned_by_hash) == (Route.SINGLE, False)


def test_a_later_endpoint_read_by_number_must_have_the_same_block(world, numbered):
    node = world.add(takes_block_hash=False)
    world.add(takes_block_hash=False, fork=3)
    reader = world.reader()
    calls, values = numbered(60, node)
    assert reader.read(calls) == answers(values)
    world.transport.plan = lambda endpoint, _: Mishap.UNREACHABLE if "node0" in endpoint.masked else None
    with pytest.raises(EndpointError, match="has another block 1000"):
        reader.read(calls)


def test_heavy_chunks_are_halved_when_the_endpoint_gives_up_on_them(world, numbered):
    node = world.add()
    calls, values = numbered(200, node)
    real = world.transport.post

    def post(endpoint, body, timeout_s):
        reply = real(endpoint, body, timeout_s)
        return HttpReply(504, {}, b"") if len(body) > 20_000 else reply

    world.transport.post = post
    assert world.reader().read(calls) == answers(values)


def test_the_time_of_an_earlier_block(world):
    world.add()
    reader = world.reader()
    assert reader.timestamp_of(7) == 1_700_000_007
    assert reader.timestamp_of(1_001) is None
    world.plan(Mishap.NULLED)
    assert reader.timestamp_of(7) == 1_700_000_007


# Whatever goes wrong

NODES = st.fixed_dictionaries(
    {
        "has_multicall": st.booleans(),
        "overrides": st.sampled_from(Overrides),
        "takes_block_hash": st.booleans(),
        "has_blake2f": st.booleans(),
        "gas_cap": st.sampled_from([1_500_000, 10_000_000, 50_000_000]),
        "most_items": st.sampled_from([1, 3, 10, 1_000]),
        "batches": st.sampled_from(Batches),
        "chain_id": st.sampled_from([1, 1, 1, 5]),
        "head": st.sampled_from([1_000, 1_000, 1_000, 999]),
    }
)


MISHAPS = sorted(set(Mishap) - {Mishap.EXCHANGED})
"""One endpoint that gives the answer to one call for that to another cannot be found out."""

COURSES = st.fixed_dictionaries(
    {
        "nodes": st.lists(NODES, min_size=1, max_size=3),
        "seed": st.integers(0, 2**32),
        "rate": st.sampled_from([0.0, 0.1, 0.3, 0.6, 1.0]),
        "favourite": st.sampled_from([None, *MISHAPS]),
        "change": st.sampled_from([None, None, None, "fork", "chain_id"]),
        "route": st.sampled_from(Route),
    }
)


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(course=COURSES)
def test_right_answers_or_a_chain_error_in_time(new_world, numbered, course):
    chance = random.Random(course["seed"])  # noqa: S311 - no secret
    world = _unruly_world(new_world(), course, chance)
    first = next(iter(world.nodes.values()))
    calls, values = numbered(chance.choice([1, 7, 60]), first)
    where = chance.randrange(len(calls) + 1)
    reader = world.reader(course["route"])
    outcome = _try_to_read(reader, [*calls[:where], odd_call(), *calls[where:]])
    if isinstance(outcome, ChainError):
        _check_told(world, outcome)
        assert course["rate"] or course["change"]
    else:
        assert isinstance(outcome.pop(where), Reverted)
        assert outcome == answers(values)
    assert world.clock.now() <= 60 + 4 * 15, "four threads may each wait for one try"
    assert len(world.transport.sent) < 2_000


def _unruly_world(world, course, chance):
    for traits in course["nodes"]:
        world.add(FakeNode(**traits)).contracts[ODD.lower()] = burn
    first = next(iter(world.nodes.values()))
    first.chain_id, first.head = 1, 1_000
    changed_at = chance.randrange(2, 12)

    def change_node(count):
        if count == changed_at and course["change"]:
            setattr(first, course["change"], 9)

    def plan(_endpoint, _methods):
        if chance.random() >= course["rate"]:
            return None
        return course["favourite"] or chance.choice(MISHAPS)

    world.transport.before, world.transport.plan = change_node, plan
    return world


def _try_to_read(reader, calls):
    try:
        outcomes = reader.read(calls)
        reader.check_block()
    except ChainError as error:
        return error
    return outcomes


def _check_told(world, error):
    (problem,) = error.problems
    assert world.secret not in f"{problem}{''.join(traceback.format_exception(error))}"
    assert "example/***" in problem.message
    assert "eth_" in problem.message or isinstance(error, BlockError)
    assert problem.hint
