"""What the schedules of faults have found, each by itself: several nodes behind one URL, and nodes that refuse."""

import json

import pytest
from fault_endings import told
from fault_lies import LIES, lie
from fault_world import GENERATIONS, FaultWorld

from avsctl.chain import detect
from avsctl.chain.detect import l2_guesses, l2_probes
from avsctl.chain.fake import Mishap
from avsctl.chain.transport import HttpReply, TransportError

DIFF = ("power", "diff")


def run(world, *command):
    return world.run(*(command or DIFF), "-o", "json")


def right(generation, *command):
    return json.dumps(told(run(FaultWorld(generation), *command).document))


def questions(world):
    """Give the calldata of the probes of L2 and of the guesses, as it is sent."""
    center = world.settings["ATTESTATION_CENTER_ADDRESS"]
    return ["0x" + call.data.hex() for call in (*l2_probes(center), *l2_guesses(center))]


def answer_instead(world, layer, data, results):
    """Let the first endpoint of a layer give these results to the first that ask a contract for something."""
    left = list(results)

    def tell(_node, method, params, reply):
        asked = params[0].get("data") if method == "eth_call" else params[0] if method == "eth_getCode" else None
        return left.pop(0) if asked == data and left else reply

    world.nodes[layer, 0].lie = tell


# Guesses


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("name", LIES)
def test_nothing_of_a_guess_is_believed(generation, name):
    world = FaultWorld(generation)
    center = world.settings["ATTESTATION_CENTER_ADDRESS"]
    world.nodes["l2", 0].lie = lambda node, method, params, reply: lie(name, center, node, (method, params), reply)
    ended = run(world)
    assert json.dumps(told(ended.document)) == right(generation)
    assert ended.seconds < 1


@pytest.mark.parametrize("refuse", [HttpReply(400, {}, b"{}"), HttpReply(500, {}, b""), None])
def test_an_endpoint_that_takes_no_scout(refuse):
    world = FaultWorld()
    *_, scout, _ = questions(world)
    post = world.transport.post

    def take_all_else(endpoint, body, timeout_s):
        if scout not in body.decode():
            return post(endpoint, body, timeout_s)
        if refuse is None:
            raise TransportError("the connection broke off", mid_answer=True)
        return refuse

    world.transport.post = take_all_else
    ended = run(world)
    assert json.dumps(told(ended.document)) == right("v2")


@pytest.mark.parametrize("most", [0, 1, 9])
def test_ids_beyond_those_that_are_guessed_are_asked_for_later(monkeypatch, most):
    monkeypatch.setattr(detect, "MOST_GUESSED", most)
    assert json.dumps(told(run(FaultWorld("v2")).document)) == right("v2")


# The generation


def test_a_getter_that_one_endpoint_does_not_answer_is_asked_of_the_other():
    world = FaultWorld("v2", endpoints=2)
    answer_instead(world, "l2", questions(world)[1], [{"result": "0x"}] * 100)
    ended = run(world)
    assert ended.document["deployment"]["generation"] == "v2"
    assert json.dumps(told(ended.document)) == right("v2")


def test_a_getter_that_nobody_answers_makes_no_older_generation():
    world = FaultWorld("v2")
    answer_instead(world, "l2", questions(world)[1], [{"result": "0x"}] * 100)
    assert run(world).status == 2


# What is there


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_contract_whose_code_comes_late(times):
    world = FaultWorld("v2")
    center, nothing = world.settings["ATTESTATION_CENTER_ADDRESS"], {"result": "0x"}
    obls, *_ = questions(world)
    left = {obls: 1, center: times}

    def tell(_node, method, params, reply):
        asked = params[0].get("data") if method == "eth_call" else params[0] if method == "eth_getCode" else None
        left[asked] = left.get(asked, 0) - 1
        return nothing if left[asked] >= 0 else reply

    world.nodes["l2", 0].lie = tell
    assert json.dumps(told(run(world).document)) == right("v2")
    assert left[center] < 0


# Limits that come and go


@pytest.mark.parametrize("refused", [range(2, 3), range(2, 4), range(3, 100), range(4, 6)], ids=str)
def test_nodes_behind_one_url_of_which_some_take_no_block_hash(refused):
    world = FaultWorld("v2")
    l1, l2 = world.nodes["l1", 0], world.nodes["l2", 0]

    def change(count):
        l1.takes_block_hash = l2.takes_block_hash = count not in refused

    world.transport.before = change
    assert json.dumps(told(run(world).document)) == right("v2")


def test_a_call_too_heavy_beside_others_is_asked_alone():
    world = FaultWorld("v2")
    l1 = world.nodes["l1", 0]
    counts = {"l1": 0}

    def strike(endpoint, _methods):
        counts["l1"] += "l1-" in endpoint.masked
        l1.gas_cap = 4_000 if counts["l1"] in range(2, 5) else 50_000_000

    world.transport.plan = strike
    assert json.dumps(told(run(world).document)) == right("v2")


def test_what_is_too_heavy_for_one_endpoint_is_made_lighter_where_the_other_is_dead():
    world = FaultWorld("v2", endpoints=2)
    world.transport.plan = lambda endpoint, _: Mishap.BAD_GATEWAY if "l2-0" in endpoint.masked else None
    world.nodes["l2", 1].most_bytes = 4_000
    ended = run(world, "restricted", "list")
    assert json.dumps(told(ended.document)) == right("v2", "restricted", "list")
