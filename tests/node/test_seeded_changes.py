"""Seeded changes, sent for real: the chain ends as the simulation said, and every verdict holds when it is tried.

What is compared with is read by web3 and eth_getStorageAt alone (``Truth``). CI runs a sample; with AVSCTL_SOAK=1
(``make soak``) it is 200 changes on V1, 200 on V2 and 50 on V3.
"""

import contextlib
import os
import random

import pytest
from commandline import run
from test_cli_tasks import Truth, plant, refusal
from test_contract_rules import E18

from avsctl.devnet import changes

EVERYTHING = {"v1": 200, "v2": 200, "v3": 50}
SAMPLE = {"v1": 12, "v2": 20, "v3": 6}
SERIES = EVERYTHING if os.environ.get("AVSCTL_SOAK") else SAMPLE
MULTISIG_KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
"""Account 1 of the mnemonic that every anvil has."""
ALLOWED = ("dead", "dead_after_sync", "sync_unable", "min_power_slip", "unknown_ids_listed", "duplicate_address")
PER_TEST = 10


def batches():
    for generation, count in SERIES.items():
        for first in range(0, count, PER_TEST):
            yield pytest.param(generation, range(first, min(first + PER_TEST, count)), id=f"{generation}-{first}")


@pytest.fixture(scope="module")
def planted(devnets, unchanged):
    """Devnets with definitions of every kind and verdict, one for each generation."""
    made = {}
    with contextlib.ExitStack() as stack:

        def get(generation):
            if generation not in made:
                made[generation] = stack.enter_context(unchanged(devnets(generation)))
                plant(made[generation])
            return made[generation]

        yield get


@pytest.mark.parametrize(("generation", "seeds"), list(batches()))
def test_the_state_after_is_the_simulated_one(generation, seeds, planted, unchanged, env_for):
    devnet = planted(generation)
    for seed in seeds:
        with unchanged(devnet):
            check(devnet, env_for(devnet), random.Random(f"{generation} {seed}"))  # noqa: S311 - repeatable


def check(devnet, settings, randomness):
    disturb(devnet, randomness)
    arguments = choose(devnet, randomness)
    allowed = [part for code in ALLOWED for part in ("--allow", code)]
    signing = ("--send", "--yes", "--key-env", "SIGNER")
    shown = run(settings, *arguments, *allowed, "-o", "json")
    sent = run(settings | {"SIGNER": MULTISIG_KEY}, *arguments, *allowed, *signing, "-o", "json")
    assert shown.status == sent.status == 0, (arguments, shown.stdout, sent.stdout, sent.stderr)
    assert shown.data["outcome"] == "shown"
    if not sent.data["calls"]:
        assert not sent.data["sent"], arguments
        return
    assert [call["status"] for call in sent.data["sent"]] == ["success"] * len(sent.data["calls"]), arguments
    assert all(call["is_as_simulated"] for call in sent.data["sent"]), (arguments, sent.stdout)
    for change in definitions_of(sent.data):
        compare(devnet, change, arguments)
    for before, after in zip(definitions_of(shown.data), definitions_of(sent.data), strict=True):
        assert forget_height(before["states"]["after"]) == forget_height(after["states"]["after"])


def definitions_of(data):
    return data.get("task_definitions", [data])


def forget_height(state):
    return {key: value for key, value in state.items() if key not in ("is_expired", "verdict")}


def compare(devnet, change, arguments):
    """Hold the simulated state to single reads, and its verdict to the contract's own checks."""
    number = run_head(devnet)
    truth = Truth(devnet, number).definition(change["task_definition_id"])
    after = change["states"]["after"]
    for key, value in after.items():
        assert value == truth[key], (arguments, key)
    assert (refusal(devnet, truth) is None) == (after["verdict"] != "dead"), arguments


def run_head(devnet):
    """Give the head as ``blocks`` of an answer has it."""
    block = changes.rpc.call(devnet.l2_url, "eth_getBlockByNumber", "latest", False)
    return {"l1": None, "l2": {"number": int(block["number"], 16), "hash": block["hash"]}}


def disturb(devnet, randomness):
    """Move powers on L2 and take operators out, so that totals are stale and ids dead."""
    performer = devnet.operators[1].address  # of ``refusal``
    addresses = [address for address, _ in active_powers(devnet).values() if address != performer]
    for address in randomness.sample(addresses, randomness.randrange(3)):
        changes.unregister_l2(devnet, [address])
    powers = active_powers(devnet)
    ids = randomness.sample(sorted(powers), randomness.randrange(4))
    rises, falls = {}, {}
    for operator_id in ids:
        power = powers[operator_id][1]
        if randomness.random() < 0.5:
            rises[operator_id] = randomness.choice([1, 7 * E18, power])
        else:
            falls[operator_id] = randomness.choice([power, power // 2, min(power, 1)])
    if rises or falls:
        changes.mine(devnet.l1_url)
        changes.land_sync(devnet, rises, falls)


def active_powers(devnet):
    operators = Truth(devnet, run_head(devnet)).operators
    return {i: (address, power) for i, (address, power, is_active) in operators.items() if is_active}


def choose(devnet, randomness):
    """Make up a command that the generation has."""
    truth = Truth(devnet, run_head(devnet))
    kinds = ["create", "update", "update", "update", "refresh"]
    if truth.generation != "v1":
        kinds.append("maximum")
    kind = randomness.choice(kinds)
    ids = [i for i in truth.ids() if i != 8]  # 8 lists id 0, which no list may be given
    definition = randomness.choice(ids)
    if kind == "refresh":
        return ("task", "refresh", "--stale")
    if kind == "maximum":
        listed = len(truth.fields(definition)[-2])
        return ("task", "set-max-attesters", str(definition), str(randomness.randrange((listed or 12) + 1)))
    options = some_options(truth, definition if kind == "update" else None, randomness)
    if kind == "create":
        return ("task", "create", "--name", f"seeded {randomness.random()}", *options, *creation_options(randomness))
    return ("task", "update", str(definition), *(options or ("--min-power", "none")))


def creation_options(randomness):
    expiry = randomness.choice(["never", "+50", "+5000", "30d"])
    rewards = ("--attester-reward", "0.001ether", "--performer-reward", "5gwei") if randomness.random() < 0.5 else ()
    return ("--expiry", expiry, *rewards, "--dispute-period", str(randomness.randrange(100)))


def some_options(truth, definition, randomness):
    """Choose minimum, list and maximum, each as often given as not; a maximum fits the list that results."""
    options, listed = [], [] if definition is None else list(truth.fields(definition)[-2])
    powers = [power for _, power, is_active in truth.operators.values() if is_active] or [0]
    if randomness.random() < 0.6:
        power = randomness.choice([0, 1, *(p + d for p in powers for d in (-1, 0, 1) if p + d >= 0), 5000 * E18])
        options += ["--min-power", f"{power}raw"]
    if randomness.random() < 0.6:
        listed = sorted(randomness.sample(range(1, 16), randomness.randrange(9)))
        options += ["--restricted", ",".join(map(str, listed)) or "none"]
    if truth.generation != "v1" and randomness.random() < 0.4:
        options += ["--max-attesters", str(randomness.randrange((len(listed) or 12) + 1))]
    if truth.generation == "v3" and randomness.random() < 0.3:
        options += ["--aggregator-reward", "17"]
    return tuple(options)
