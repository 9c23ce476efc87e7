"""Every number of ``power diff -o json`` is what single reads of the chains say.

The normal run takes a sample: every generation, every seed from 1 to 5, 12 to 200 operators, seven devnets in all. With
AVSCTL_SOAK=1 in the environment (``make soak``) it is every generation with every seed and 12, 47, 120 and 200
operators: sixty devnets.
"""

import os

import pytest
from chain_truth import expected_diff, reading
from commandline import diff, run

SAMPLE = [("v1", 1, 12), ("v1", 4, 60), ("v2", 2, 200), ("v2", 5, 25), ("v3", 3, 90), ("v3", 1, 12), ("v2", 1, 13)]
EVERYTHING = [(v, seed, count) for v in ("v1", "v2", "v3") for seed in range(1, 6) for count in (12, 47, 120, 200)]
SERIES = EVERYTHING if os.environ.get("AVSCTL_SOAK") else SAMPLE


@pytest.mark.parametrize(("generation", "seed", "operators"), SERIES)
def test_every_number_is_what_the_chains_say(devnets, env_for, generation, seed, operators):
    devnet = devnets(generation, seed=seed, operators=operators, drift=max(8, operators // 3))
    answer = diff(env_for(devnet), "--per-task")
    document = answer.document
    with reading(devnet, document["blocks"]) as chains:
        assert document["data"] == expected_diff(chains, per_task=True)
        check_blocks(document["blocks"], chains)
        check_deployment(document["deployment"], devnet, chains)
    assert answer.status == 3
    assert answer.stderr == ""
    stale = [total for total in answer.data["task_definitions"] if total["delta"] != "0"]
    about_definitions = {"dead_ids_listed", "sync_needs_departed"}
    codes = sorted(code for code in answer.codes if code not in about_definitions)
    assert codes == ["assumed_from_v2"] * (generation == "v3") + ["drift"] + ["stale"] * len(stale)
    assert len({row["status"] for row in document["data"]["operators"]}) == (6 if generation == "v1" else 5)
    assert document["data"]["unlisted_on_l1"] == 0


def check_blocks(blocks, chains):
    for layer, web3 in (("l1", chains.l1), ("l2", chains.l2)):
        head = web3.eth.get_block("latest")
        assert blocks[layer] == {
            "chain_id": web3.eth.chain_id,
            "number": head["number"],
            "hash": head["hash"].to_0x_hex(),
            "timestamp": head["timestamp"],
        }


def check_deployment(deployment, devnet, chains):
    assert deployment == {
        "generation": chains.generation,
        "l1_chain_id": chains.l1.eth.chain_id,
        "l2_chain_id": chains.l2.eth.chain_id,
        "avs_governance": devnet.contracts.avs_governance,
        "attestation_center": devnet.contracts.attestation_center,
        "obls": chains.obls.address,
        "internal_task_handler": None if chains.generation == "v1" else chains.handler.address,
    }


@pytest.mark.parametrize("generation", ["v1", "v2", "v3"])
def test_a_devnet_without_drift_is_in_sync(devnets, env_for, generation):
    answer = diff(env_for(devnets(generation, drift=0)))
    assert answer.status == 0
    assert answer.data["in_sync"] is True
    assert answer.data["update"]["to_increase"] == answer.data["update"]["to_decrease"] == []
    assert answer.data["counts"]["in_sync"] == len(answer.data["operators"]) == 12
    assert answer.data["totals"]["delta"] == "0"
    assert "task_definitions" not in answer.data


def test_csv_holds_the_same_rows(devnet_v2, env_for):
    rows = diff(env_for(devnet_v2)).data["operators"]
    head, *lines = run(env_for(devnet_v2), "power", "diff", "-o", "csv").stdout.split()
    assert head.split(",") == list(rows[0])
    assert [line.split(",") for line in lines] == [list(map(cell, row.values())) for row in rows]


def cell(value):
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
