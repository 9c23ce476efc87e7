"""``power diff`` names each kind of drift for what it is, minds its thresholds, and reads at the block it is told."""

import pytest
from chain_truth import expected_diff, reading
from commandline import diff

from avsctl.core.units import E18
from avsctl.devnet import changes, rpc
from avsctl.devnet.plan import DriftKind

STATUS_BY_KIND = {
    DriftKind.RAISED: "increase",
    DriftKind.LOWERED: "decrease",
    DriftKind.ZEROED: "decrease",
    DriftKind.UNREGISTERED_ON_L1: "not_registered_on_l1",
    DriftKind.DEAD_ON_L2: "not_on_l2",
    DriftKind.UNKNOWN_TO_L2: "not_on_l2",
    DriftKind.REREGISTERED: "increase",
}


def rows_of(answer, address):
    return [row for row in answer.data["operators"] if row["address"] == address]


def agrees(devnet, answer, **how):
    with reading(devnet, answer.document["blocks"]) as chains:
        assert answer.data == expected_diff(chains, **how)
    return True


# Every kind of drift


@pytest.mark.parametrize("kind", list(DriftKind))
def test_each_kind_of_drift_has_its_status_and_its_powers(devnet, env_for, kind):
    left = "not_an_operator_on_l1" if devnet.generation == "v1" else "decrease"
    drift = devnet.drift_of(kind)
    (row,) = rows_of(diff(env_for(devnet)), drift.address)
    assert row == {
        "operator_id": drift.operator_id,
        "address": drift.address,
        "status": STATUS_BY_KIND.get(kind, left),
        "l1_voting_power": str(drift.l1_voting_power),
        "l2_voting_power": str(drift.l2_voting_power),
        "delta": str(drift.l1_voting_power - drift.l2_voting_power),
        "active_on_l2": drift.operator_id is not None,
        "registered_on_l1": kind is not DriftKind.UNREGISTERED_ON_L1,
        "l1_answer": None if drift.l1_answer is None else str(drift.l1_answer),
        "below_threshold": False,
    }


def test_those_that_a_sync_cannot_mend_are_left_out_of_the_update(devnet, env_for):
    update = diff(env_for(devnet)).data["update"]
    left_out = {devnet.drift_of(DriftKind.UNREGISTERED_ON_L1).operator_id}
    if devnet.generation == "v1":
        left_out.add(devnet.drift_of(DriftKind.LEFT_EIGENLAYER).operator_id)
    assert set(update["left_out"]) == left_out
    raised, returned = (devnet.drift_of(kind) for kind in (DriftKind.RAISED, DriftKind.REREGISTERED))
    assert {change["operator_id"]: int(change["voting_power"]) for change in update["to_increase"]} == {
        each.operator_id: each.l1_voting_power - each.l2_voting_power for each in (raised, returned)
    }


def test_landing_the_update_leaves_only_those_it_left_out(devnet, env_for):
    update = diff(env_for(devnet)).data["update"]
    rises, falls = (
        {each["operator_id"]: int(each["voting_power"]) for each in update[name]}
        for name in ("to_increase", "to_decrease")
    )
    changes.land_sync(devnet, rises, falls)
    after = diff(env_for(devnet)).data
    assert after["update"]["to_increase"] == after["update"]["to_decrease"] == []
    drifted = [row["operator_id"] for row in after["operators"] if row["status"] != "in_sync" and row["active_on_l2"]]
    assert drifted == after["update"]["left_out"] == update["left_out"]


def test_one_that_neither_layer_has_any_more_has_no_row(devnet, env_for):
    dead = devnet.drift_of(DriftKind.DEAD_ON_L2)
    changes.unregister_l1(devnet, [dead.address])
    answer = diff(env_for(devnet))
    assert rows_of(answer, dead.address) == []
    assert agrees(devnet, answer)


def test_an_address_that_is_active_under_two_ids_counts_once_on_l1(devnet, env_for):
    operator = devnet.operators[0]
    changes.register_l2(devnet, [operator], [7 * E18])
    answer = diff(env_for(devnet))
    rows = rows_of(answer, operator.address)
    assert [row["l2_voting_power"] for row in rows] == [str(operator.voting_power), str(7 * E18)]
    assert len({row["operator_id"] for row in rows}) == 2
    powers = {row["address"]: int(row["l1_voting_power"]) for row in answer.data["operators"]}
    assert answer.data["totals"]["l1"] == str(sum(powers.values()))
    assert agrees(devnet, answer)


def test_ghost_power_is_no_row_and_in_no_total(devnet, env_for):
    before = diff(env_for(devnet)).data
    dead_id = devnet.drift_of(DriftKind.DEAD_ON_L2).dead_ids[0]
    changes.land_sync(devnet, {dead_id: 9 * E18, 77: 11 * E18}, {})
    answer = diff(env_for(devnet), "--per-task")
    assert answer.data["operators"] == before["operators"]
    assert answer.data["totals"] == before["totals"]
    assert agrees(devnet, answer, per_task=True)
    stale = {each["task_definition_id"]: int(each["delta"]) for each in answer.data["task_definitions"]}
    assert stale[1] == -20 * E18  # the global total holds both, nobody can sign with them


def test_the_total_of_a_definition_goes_stale_with_the_powers_it_sums_up(devnet, env_for):
    changes.refresh_totals(devnet)
    fresh = diff(env_for(devnet), "--per-task")
    assert {each["delta"] for each in fresh.data["task_definitions"]} == {"0"}
    listed = next(each for each in devnet.task_definitions if each.restricted_ids)
    first = next(i for i in listed.restricted_ids if i not in {id_ for d in devnet.drift for id_ in d.dead_ids})
    changes.land_sync(devnet, {first: 3 * E18}, {})
    answer = diff(env_for(devnet), "--per-task")
    stale = {each["task_definition_id"]: each["delta"] for each in answer.data["task_definitions"]}
    assert stale[listed.task_definition_id] == str(3 * E18)
    assert stale[1] == "0"
    assert agrees(devnet, answer, per_task=True)


def test_v2_answers_the_global_total_for_a_stored_total_of_zero(devnet_v2, env_for):
    """A list of ids that hold nothing stores 0, and the getter says the global total then (OTHENTIC.md, trap 3)."""
    center = devnet_v2.contracts.attestation_center
    data = rpc.calldata("setTaskDefinitionRestrictedAttesters(uint16,uint256[])", 2, [99])
    rpc.send(devnet_v2.l2_url, [rpc.Transaction(devnet_v2.multisig, center, data)])
    answer = diff(env_for(devnet_v2), "--per-task")
    task = next(each for each in answer.data["task_definitions"] if each["task_definition_id"] == 2)
    assert task == {
        "task_definition_id": 2,
        "stored_total": answer.data["totals"]["l2"],
        "recomputed_total": "0",
        "delta": f"-{answer.data['totals']['l2']}",
    }


# Thresholds


def test_differences_under_min_delta_count_for_nothing(devnet, env_for):
    raised = devnet.drift_of(DriftKind.RAISED)
    size = raised.l1_voting_power - raised.l2_voting_power
    at = diff(env_for(devnet), "--min-delta", f"{size}raw")
    over = diff(env_for(devnet), "--min-delta", f"{size + 1}raw")
    assert rows_of(at, raised.address)[0]["below_threshold"] is False
    assert rows_of(over, raised.address)[0]["below_threshold"] is True
    assert rows_of(over, raised.address)[0]["status"] == "increase"
    assert agrees(devnet, at, is_below=lambda delta, _: delta < size)
    assert agrees(devnet, over, is_below=lambda delta, _: delta <= size)
    assert at.data["update"] == over.data["update"]


@pytest.mark.parametrize("bps", [1, 2000, 2500, 3334, 10_000])
def test_differences_under_min_bps_of_the_larger_power_count_for_nothing(devnet_v2, env_for, bps):
    answer = diff(env_for(devnet_v2), "--min-bps", str(bps))
    assert agrees(devnet_v2, answer, is_below=lambda delta, larger: delta / larger < bps / 10_000)
    assert answer.status == 3


def test_with_everything_under_the_threshold_it_is_in_sync(devnet, env_for):
    answer = diff(env_for(devnet), "--min-delta", "100000e18")
    assert answer.status == 0
    assert answer.data["in_sync"] is True
    assert "drift" not in answer.codes
    assert sum(row["below_threshold"] for row in answer.data["operators"]) == len(devnet.drift)


# Blocks


def test_each_layer_is_read_at_the_block_it_is_told(devnet, env_for):
    operator, (l1, l2) = devnet.operators[0], (rpc.head(devnet.l1_url), rpc.head(devnet.l2_url))
    power = operator.voting_power
    changes.set_powers(devnet, {operator.address: 5 * E18})
    changes.land_sync(devnet, {1: 3 * E18}, {})

    def powers(*blocks):
        answer = diff(env_for(devnet), *blocks)
        assert agrees(devnet, answer)
        row = rows_of(answer, operator.address)[0]
        return int(row["l1_voting_power"]), int(row["l2_voting_power"])

    assert powers() == (5 * E18, power + 3 * E18)
    assert powers("--l1-block", str(l1)) == (power, power + 3 * E18)
    assert powers("--l2-block", str(l2)) == (5 * E18, power)
    assert powers("--l1-block", "safe", "--l2-block", "safe") == (power, power)
    changes.mine(devnet.l1_url, 32)
    changes.mine(devnet.l2_url, 32)
    assert powers("--l1-block", "safe", "--l2-block", "finalized") == (5 * E18, power)
    assert powers("--l1-block", "finalized", "--l2-block", "safe") == (power, power + 3 * E18)


@pytest.mark.parametrize(("tag", "depth"), [("latest", 0), ("safe", 32), ("finalized", 64)])
def test_the_answer_names_the_blocks_it_read(devnet_v2, env_for, tag, depth):
    blocks = diff(env_for(devnet_v2), "--l1-block", tag, "--l2-block", tag).document["blocks"]
    for layer, url in (("l1", devnet_v2.l1_url), ("l2", devnet_v2.l2_url)):
        number = rpc.head(url) - depth
        block = rpc.call(url, "eth_getBlockByNumber", hex(number), False)
        assert blocks[layer] == {
            "chain_id": int(rpc.call(url, "eth_chainId"), 16),
            "number": number,
            "hash": block["hash"],
            "timestamp": int(block["timestamp"], 16),
        }


def test_the_age_of_the_last_sync_counts_up_to_the_block_read(devnet_v2, env_for):
    before = diff(env_for(devnet_v2)).data["last_sync"]
    changes.mine(devnet_v2.l2_url, 10)
    after = diff(env_for(devnet_v2)).data["last_sync"]
    assert after == before | {"age_s": before["age_s"] + 20}
    changes.land_sync(devnet_v2, {1: 1}, {})
    landed = diff(env_for(devnet_v2)).data["last_sync"]
    assert landed["age_s"] == 2
    assert int(landed["to_block_l2"]) == rpc.head(devnet_v2.l2_url) - 1


def test_a_sync_is_overdue_after_two_intervals_with_something_to_carry(devnet_v2, env_for):
    tasks = '[{"name": "VOTING_POWER_SYNC", "interval": 60000}]'
    assert "sync_overdue" in diff(env_for(devnet_v2) | {"INTERNAL_TASKS": tasks}).codes
    assert "sync_overdue" not in diff(env_for(devnet_v2) | {"INTERNAL_TASKS": tasks.replace("60000", "36000000")}).codes
