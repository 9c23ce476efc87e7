"""What an endpoint can do, found by trying."""

import pytest

from avsctl.chain.abilities import report_endpoint
from avsctl.chain.fake import Batches, Mishap, Overrides


def report(world):
    return report_endpoint(world.rpc(), world.target)


def test_an_endpoint_that_can_do_everything(world):
    node = world.add(head=50_000)
    real = node.answer
    node.answer = lambda method, params: {"result": []} if method == "eth_simulateV1" else real(method, params)
    found = report(world)
    assert (found.chain_id, found.head.number, found.fault) == (1, 50_000, "")
    assert found.abilities.has_multicall3
    assert found.abilities.has_finalized
    assert found.abilities.has_simulate_v1
    assert (found.abilities.batch, found.abilities.log_range) == (100, None)
    assert (found.requests, found.retries) == (len(world.transport.sent), 0)


@pytest.mark.parametrize("batches", Batches)
def test_an_endpoint_that_can_do_little(world, batches):
    world.add(
        head=50_000,
        has_multicall=False,
        overrides=Overrides.REFUSED,
        most_items=10,
        batches=batches,
        tags=("latest",),
        log_range=10,
        log_refusal="limited to a 10 block range",
    )
    abilities = report(world).abilities
    assert not abilities.has_state_override
    assert not abilities.has_simulate_v1
    assert not abilities.has_multicall3
    assert not abilities.has_finalized
    assert (abilities.batch, abilities.log_range) == (10, 10)


def test_an_endpoint_without_logs_or_batches(world):
    world.add(log_range=0, log_refusal="no logs here", most_items=1)
    abilities = report(world).abilities
    assert (abilities.batch, abilities.log_range) == (1, 0)


def test_overrides_that_are_taken_and_ignored(world):
    node = world.add()
    real = node.answer

    def answer(method, params):
        if method == "eth_call" and len(params) == 3:
            return {"result": "0x" + "2a".rjust(64, "0")}
        return real(method, params)

    node.answer = answer
    assert report(world).abilities.has_state_override
    node.answer = real
    assert not report(world).abilities.has_state_override


@pytest.mark.parametrize("mishap", sorted(set(Mishap) - {Mishap.SWAPPED}))
def test_an_endpoint_that_does_not_answer_is_a_report(world, mishap):
    world.add()
    world.transport.plan = lambda *_: mishap
    found = report(world)
    assert found.abilities is None
    assert found.fault
    assert world.secret not in repr(found)
    assert found.requests == len(world.transport.sent)
