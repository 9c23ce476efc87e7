"""Every scenario on every generation that can have it: the devnet comes into its state, and explain says just that."""

import dataclasses
import json
import subprocess
import sys

import pytest
from commandline import process_environment, run

from avsctl.core.deployment import Generation
from avsctl.devnet.launch import DevnetSettings, start
from avsctl.devnet.scenario_names import Scenario
from avsctl.devnet.scenarios import play
from avsctl.errors import GenerationError, UsageError

OPEN = {
    (Generation.V1, "mismatch"): ("mismatch", "pending_sync"),
    (Generation.V2, "to_zero"): ("pending_sync", "left_eigenlayer"),
    (Generation.V3, "to_zero"): ("pending_sync", "left_eigenlayer"),
}
"""What each generation leaves open, by cause or change."""
UNREADABLE = 5


@pytest.fixture(scope="module")
def calm(devnets):
    """Give the devnet of a generation on which nothing has drifted; the same one for all scenarios."""
    return lambda generation: devnets(generation, drift=0)


def playable(generation):
    return [each for each in Scenario if generation is Generation.V3 or each is not Scenario.EJECTION_LOST]


@pytest.mark.parametrize(
    ("generation", "scenario"),
    [
        pytest.param(generation, scenario, id=f"{generation}-{scenario}")
        for generation in Generation
        for scenario in playable(generation)
    ],
)
def test_explain_names_just_the_causes_of_each_scenario(calm, unchanged, env_for, generation, scenario):
    with unchanged(calm(generation)) as devnet:
        befallen = play(devnet, scenario)
        answer = run(env_for(devnet), "power", "explain", "-o", "json")
    told = {(each["operator_id"], each["address"]): each for each in answer.data["operators"]}
    assert {who: {cause["code"] for cause in each["causes"]} for who, each in told.items()} == {
        (each.operator_id, each.address): set(each.causes) for each in befallen
    }
    assert answer.status == (UNREADABLE if scenario is Scenario.UNREADABLE else 3)
    for each in told.values():
        assert [tuple(untold["codes"]) for untold in each["not_told_apart"]] == list(left_open(generation, each))
        assert all(cause["certain"] for cause in each["causes"]) or each["not_told_apart"]


def left_open(generation, told):
    """Give between what this generation does not decide."""
    for cause in told["causes"]:
        change = cause["evidence"].get("change")
        if (generation, cause["code"]) in OPEN or (generation, change) in OPEN:
            yield OPEN.get((generation, cause["code"])) or OPEN[generation, change]
        if cause["code"] == "register_not_arrived" and cause["evidence"]["operator_ids"]:
            yield ("register_not_arrived", "removed_on_l2")


@pytest.mark.parametrize("generation", list(Generation), ids=str)
def test_before_a_scenario_nothing_is_to_be_explained(calm, env_for, generation):
    answer = run(env_for(calm(generation)), "power", "explain", "-o", "json")
    assert (answer.status, answer.data["operators"]) == (0, [])
    assert set(answer.codes) <= {"assumed_from_v2", "chain_id_unverified"}


def test_a_scenario_befalls_operators_that_have_not_drifted(devnets, unchanged, env_for):
    with unchanged(devnets("v2")) as devnet:
        before = run(env_for(devnet), "power", "explain", "-o", "json").data["operators"]
        (one,) = play(devnet, Scenario.STAKE_ROSE)
        after = run(env_for(devnet), "power", "explain", "-o", "json").data["operators"]
    assert one.address not in {each["address"] for each in before}
    assert [each for each in after if each not in before] == [each for each in after if each["address"] == one.address]
    assert len(after) == len(before) + 1


def test_a_scenario_needs_somebody_to_befall(devnets):
    devnet = devnets("v2")
    drifted = {drift.address for drift in devnet.drift}
    everyone = tuple(operator for operator in devnet.operators if operator.address in drifted)
    with pytest.raises(UsageError, match="has not drifted"):
        play(dataclasses.replace(devnet, operators=everyone), Scenario.STAKE_ROSE)


@pytest.mark.parametrize("generation", [Generation.V1, Generation.V2], ids=str)
def test_what_a_generation_cannot_have_is_refused_before_a_node_is_started(generation):
    settings = DevnetSettings(generation, scenario=Scenario.EJECTION_LOST)
    with pytest.raises(GenerationError, match="ejection-lost"), start(settings):
        pytest.fail("it was started")


# devnet up


def test_devnet_up_plays_a_scenario_and_says_whom_it_befell(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "avsctl", "devnet", "up", "--scenario", "stake-and-write", "-o", "json"],
        env=process_environment({}),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("}"):
            break
    try:
        data = json.loads("".join(lines))["data"]
        answer = run(data["environment"], "power", "explain", "-o", "json")
    finally:
        process.terminate()
        process.communicate(timeout=30)
    (operator,) = data["scenario"]["operators"]
    (told,) = answer.data["operators"]
    assert (data["scenario"]["name"], data["drift"]) == ("stake-and-write", [])
    assert {**operator, "causes": set(operator["causes"])} == {
        "operator_id": told["operator_id"],
        "address": told["address"],
        "causes": {cause["code"] for cause in told["causes"]},
    }


def test_a_name_that_is_no_scenario_is_status_2_and_the_names_are_told():
    answer = run({}, "devnet", "up", "--scenario", "apocalypse")
    assert answer.status == 2
    assert "'apocalypse' is not one of" in answer.stderr
    assert all(f"'{scenario}'" in answer.stderr for scenario in Scenario)


def test_a_scenario_that_the_generation_cannot_have_is_status_6():
    answer = run({}, "devnet", "up", "--scenario", "ejection-lost", "--generation", "v1", "-o", "json")
    assert (answer.status, answer.problems[0]) == (
        6,
        "generation v1 cannot have the scenario ejection-lost: its L1 knows of no ejections",
    )


def test_help_names_every_scenario():
    said = run({}, "devnet", "up", "--help").stdout.replace("\n", "").replace(" ", "")
    assert all(scenario in said for scenario in Scenario)
