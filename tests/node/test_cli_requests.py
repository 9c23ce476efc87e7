"""What an answer costs in requests and memory, and that limits of an endpoint change the cost and not the answer."""

import functools
import subprocess
import sys

import pytest
from chain_truth import expected_diff, reading
from commandline import EMPTY, diff, process_environment, spawn, through_proxies
from proxy import Limits, Recorder

from avsctl.devnet import changes
from avsctl.devnet.plan import DriftKind
from avsctl.devnet.world import environment

DELAY_S = 1.0
"""Long beside what node and reader take, so that what is asked side by side is seen to be."""
MOST_REQUESTS = 12
MOST_ROUNDS = 3
MOST_MEMORY_BYTES = 120_000_000
MEASURED = """
import sys
from pathlib import Path
from avsctl.cli import main
status = main(sys.argv[1:])
(peak,) = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(status, peak, file=sys.stderr)
"""
LIMITS = {
    "no_overrides": Limits(has_overrides=False),
    "batches_of_10": Limits(most_items=10),
    "single_requests": Limits(most_items=1),
    "no_block_hashes": Limits(takes_block_hashes=False),
    "cap_of_30m_gas": Limits(gas_cap=30_000_000),
    "cap_of_3m_gas": Limits(gas_cap=3_000_000),
    "all_of_it": Limits(3_000_000, 10, has_overrides=False, log_range=10, takes_block_hashes=False),
}


@pytest.fixture(params=["v1", "v2", "v3"])
def thousand(request, devnets, unchanged):
    """A thousand operators, all of them active on L2, some of them drifted."""
    with unchanged(devnets(request.param, operators=1000, drift=5)) as devnet:
        yield devnet


def test_a_thousand_operators_take_few_requests_and_rounds(thousand, capsys):
    answer, recorder = counted(thousand, capsys)
    assert is_true(thousand, answer)
    assert recorder.requests <= MOST_REQUESTS
    assert recorder.rounds <= MOST_ROUNDS


def test_ids_that_are_dead_take_no_round_more(thousand, capsys):
    gone = [thousand.operators[position].address for position in (3, 500, 999)]
    changes.unregister_l2(thousand, gone)
    answer, recorder = counted(thousand, capsys)
    absent = [row["address"] for row in answer.data["operators"] if row["status"] == "not_on_l2"]
    assert absent == sorted(gone)
    assert recorder.requests <= MOST_REQUESTS
    assert recorder.rounds <= MOST_ROUNDS


def counted(devnet, capsys):
    """Run a diff on endpoints as far away as real ones, and print what it cost."""
    recorder = Recorder()
    with through_proxies(devnet, Limits(gas_cap=30_000_000, delay_s=DELAY_S), recorder=recorder) as settings:
        answer = diff(settings)
    figures = f"{recorder.requests} requests, {recorder.rounds} rounds, {recorder.size} bytes"
    with capsys.disabled():
        sys.stdout.write(f"\n{devnet.generation}, {len(devnet.operators)} operators: {figures}\n")
    return answer, recorder


def test_a_thousand_operators_take_little_memory(thousand):
    command = [sys.executable, "-c", MEASURED, "power", "diff", "-o", "json"]
    with through_proxies(thousand, Limits(gas_cap=30_000_000)) as settings:
        environment = process_environment(settings)
        ended = subprocess.run(command, env=environment, cwd=EMPTY, capture_output=True, text=True, check=True)
    status, peak = map(int, ended.stderr.split())
    assert status == 3
    assert peak * 1024 < MOST_MEMORY_BYTES


def is_true(devnet, answer):
    """Compare with what was planted: single reads of a thousand operators would take a minute."""
    drifted = {drift.address: drift for drift in devnet.drift}
    assert {drift.kind for drift in devnet.drift}.isdisjoint({DriftKind.UNKNOWN_TO_L2, DriftKind.DEAD_ON_L2})
    rows = {row["address"]: row for row in answer.data["operators"]}
    assert len(rows) == len(answer.data["operators"]) == 1000
    for operator_id, operator in enumerate(devnet.operators, 1):
        row, drift = rows[operator.address], drifted.get(operator.address)
        l1, l2 = (drift.l1_voting_power, drift.l2_voting_power) if drift else (operator.voting_power,) * 2
        assert (row["l1_voting_power"], row["l2_voting_power"]) == (str(l1), str(l2))
        assert row["operator_id"] == (drift.operator_id if drift else operator_id)
        assert (row["status"] == "in_sync") is (drift is None)
    assert answer.status == 3
    return True


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("has_multicall", [True, False], ids=["multicall", "bare"])
def test_limits_do_not_change_the_answer(devnets, has_multicall, name):
    devnet = devnets("v2", operators=60, drift=16, seed=3, has_multicall=has_multicall)
    assert same_with(devnet, LIMITS[name])


@pytest.mark.parametrize("generation", ["v1", "v3"])
@pytest.mark.parametrize("name", ["no_overrides", "all_of_it"])
def test_nor_do_they_on_other_generations(devnets, generation, name):
    assert same_with(devnets(generation, operators=20, drift=8, has_multicall=False), LIMITS[name])


@functools.cache
def truth(devnet):
    """What the chains say at their heads, which stand still."""
    blocks = diff(environment(devnet)).document["blocks"]
    with reading(devnet, blocks) as chains:
        return blocks, expected_diff(chains, per_task=True)


def same_with(devnet, limits):
    with through_proxies(devnet, limits) as settings:
        answer = diff(settings, "--per-task")
    assert (answer.document["blocks"], answer.data) == truth(devnet)
    by_number = {each["subject"] for each in answer.document["findings"] if each["code"] == "block_pinned_by_number"}
    assert by_number == (set() if limits.takes_block_hashes else {"l1", "l2"})
    assert answer.status == 3
    return True


def test_the_lens_stands_in_where_multicall3_is_not(devnets):
    recorder = Recorder()
    with through_proxies(devnets("v2", operators=200, drift=0, has_multicall=False), recorder=recorder) as settings:
        assert diff(settings).status == 0
    assert recorder.requests <= MOST_REQUESTS
    assert recorder.count("eth_call") < 40


def test_what_the_proxy_refuses_is_refused(devnets):
    """Each limit bites: with it, more is asked than without."""
    devnet = devnets("v2", operators=200, drift=0, has_multicall=False)

    def cost(limits):
        recorder = Recorder()
        with through_proxies(devnet, limits, recorder=recorder) as settings:
            assert diff(settings).status == 0
        return recorder.requests

    free = cost(Limits())
    for limits in (Limits(has_overrides=False), Limits(most_items=3), Limits(gas_cap=3_000_000)):
        assert cost(limits) > free
    assert cost(Limits(takes_block_hashes=False)) > free


def test_a_block_that_is_replaced_while_it_is_read_is_an_error(devnets):
    """Pinned by number, the block's hash is compared again at the end."""
    seen = []

    def replace(item):
        if item["method"] == "eth_getBlockByNumber":
            seen.append(item["params"][0])
            if seen.count(item["params"][0]) and item["params"][0] != "latest":
                return {"result": {"number": item["params"][0], "hash": "0x" + "ab" * 32, "timestamp": "0x1"}}
        return None

    limits = Limits(takes_block_hashes=False, answer=replace)
    with through_proxies(devnets("v1", drift=0), Limits(), limits) as settings:
        answer = diff(settings)
    assert answer.status == 5
    assert "was replaced while it was read" in answer.problems[0] or "has another block" in answer.problems[0]
    assert answer.data == {}


def test_the_real_program_agrees_with_the_one_in_this_process(devnets):
    with through_proxies(devnets("v2")) as settings:
        apart, here = spawn(settings, "power", "diff", "-o", "json"), diff(settings)
    assert (apart.status, apart.document, apart.stderr) == (here.status, here.document, "")
