"""``doctor`` on real nodes: where settings came from, what endpoints can do, and what is wrong with a deployment."""

import json

import pytest
from commandline import run, through_proxies
from proxy import Limits, Recorder

from avsctl.core.findings import CODES
from avsctl.core.units import E18
from avsctl.devnet import changes, rpc
from avsctl.devnet.changes import BreakMode
from avsctl.devnet.plan import DriftKind

CREATION_FLOW = bytes.fromhex("976be63e")
TESTING = "0 is for testing only"
SUBMISSION_FLOW = bytes.fromhex("2aedfbf3")
MOST_REQUESTS = 40
"""More than half of them try out what the endpoints can do."""


def doctor(settings, *arguments, folder=None):
    return run(settings, "doctor", "-o", "json", *arguments, folder=folder)


def results(answer):
    return {check["code"]: check["result"] for check in answer.data["checks"]}


def texts(answer, code):
    return [check["text"] for check in answer.data["checks"] if check["code"] == code]


def finding_of(answer, code):
    (finding,) = [each for each in answer.document["findings"] if each["code"] == code]
    return finding


# Health


def test_a_deployment_that_is_well(devnets, env_for):
    for generation in ("v1", "v2", "v3"):
        answer = doctor(env_for(devnets(generation, drift=0)))
        assert answer.status == 0
        assert answer.codes == ["assumed_from_v2"] * (generation == "v3")
        assert results(answer) == {
            "endpoint": "ok",
            "generation": "info" if generation == "v3" else "ok",
            "role": "ok",
            "flows": "ok",
            "sync_alive": "ok",
            **({} if generation == "v1" else {"totals_sync": "ok"}),
            "drift": "ok",
            "operators": "ok",
            "total_equals_sum": "ok",
            "task_definitions": "ok",
            "task_verdicts": "ok",
            "dead_ids": "ok",
        }
        (verdicts,) = texts(answer, "task_verdicts")
        assert verdicts == ("1 2 3 4 live" if generation == "v1" else f"0 1 2 3 4 live   {TESTING}")


def test_drift_is_told_with_the_same_figures_as_by_power_diff(devnet, env_for):
    answer = doctor(env_for(devnet))
    assert (answer.status, results(answer)["drift"]) == (3, "warning")
    rows = json.loads(run(env_for(devnet), "power", "diff", "-o", "json").stdout)["data"]["operators"]
    drifted = [row for row in rows if row["status"] != "in_sync"]
    assert finding_of(answer, "drift")["text"] == f"{len(drifted)} of {len(rows)} operators"


def test_fail_on_decides_the_status_alone(devnet_v1, env_for):
    for level, status in (("critical", 0), ("warning", 3), ("never", 0)):
        assert doctor(env_for(devnet_v1), "--fail-on", level).status == status
        shown = run(env_for(devnet_v1), "doctor", "--fail-on", level).stdout
        assert f". Status {status} (--fail-on {level})\n" in shown


def test_a_multisig_without_the_role_is_critical(devnet, env_for):
    without = env_for(devnet) | {"AVSCTL_MULTISIG": devnet.owner}
    answer = doctor(without, "--fail-on", "critical")
    assert (answer.status, results(answer)["role"]) == (3, "critical")
    assert devnet.owner in finding_of(answer, "role_missing")["text"]
    assert results(doctor(without, "--from", devnet.multisig))["role"] == "ok"
    unset = {name: value for name, value in env_for(devnet).items() if name != "AVSCTL_MULTISIG"}
    assert finding_of(doctor(unset), "multisig_unknown")["severity"] == "info"


@pytest.mark.parametrize(
    ("flow", "name"),
    [(CREATION_FLOW, "CREATE_NEW_TASK_DEFINITION_FLOW"), (SUBMISSION_FLOW, "TASKS_SUBMISSION_FLOW")],
)
def test_a_paused_flow_is_named(devnet, env_for, flow, name):
    pause = rpc.Transaction(devnet.multisig, devnet.contracts.attestation_center, rpc.calldata("pause(bytes4)", flow))
    rpc.send(devnet.l2_url, [pause])
    answer = doctor(env_for(devnet))
    is_needed = flow == SUBMISSION_FLOW and devnet.generation != "v1"
    assert results(answer)["flows"] == ("critical" if is_needed else "warning")
    assert finding_of(answer, "flow_paused")["subject"] == name


def test_power_of_an_id_that_does_not_exist_breaks_the_total(devnet, env_for):
    changes.land_sync(devnet, {77: 11 * E18}, {})
    answer = doctor(env_for(devnet), "--fail-on", "critical")
    assert (answer.status, results(answer)["total_equals_sum"]) == (3, "critical")
    finding = finding_of(answer, "total_differs")
    total = rpc.read(devnet.l2_url, devnet.contracts.obls, rpc.calldata("totalVotingPower()"))
    assert in_e18(int.from_bytes(total)) in finding["text"]
    assert in_e18(int.from_bytes(total) - 11 * E18) in finding["text"]


def in_e18(value):
    """Four places, marked where that is rounded, as findings have it."""
    rounded = (value + 5 * 10**13) // 10**14
    whole, places = divmod(rounded, 10**4)
    return f"{'~' if rounded * 10**14 != value else ''}{whole}.{places:04d}".rstrip("0").rstrip(".")


def test_power_of_a_dead_id_is_ghost_power(devnet, env_for):
    dead = devnet.drift_of(DriftKind.DEAD_ON_L2).dead_ids[0]
    changes.land_sync(devnet, {dead: 11 * E18}, {})
    answer = doctor(env_for(devnet))
    assert results(answer)["operators"] == "warning"
    assert str(dead) in finding_of(answer, "ghost_power")["subject"]
    assert results(answer)["total_equals_sum"] == "ok"


def test_two_active_ids_of_one_address_are_critical(devnet, env_for):
    changes.register_l2(devnet, [devnet.operators[0]], [7 * E18])
    answer = doctor(env_for(devnet))
    finding = finding_of(answer, "duplicate_address")
    assert (finding["subject"], finding["severity"]) == (devnet.operators[0].address, "critical")
    assert finding["text"].endswith("ids 1, 14")


def test_what_cannot_be_read_of_l1_is_critical_and_the_rest_is_checked(devnet, env_for):
    changes.break_read(devnet, devnet.operators[0].address, BreakMode.LOOPS)
    answer = doctor(env_for(devnet), "--fail-on", "critical")
    assert answer.status == 5
    assert "operator 1" in finding_of(answer, "unreadable_on_l1")["subject"]
    assert results(answer)["total_equals_sum"] == "ok"


def test_a_sync_that_is_overdue_is_critical(devnet_v2, env_for):
    tasks = '[{"name": "VOTING_POWER_SYNC", "interval": 60000}]'
    answer = doctor(env_for(devnet_v2) | {"INTERNAL_TASKS": tasks}, "--fail-on", "critical")
    assert (answer.status, results(answer)["sync_alive"]) == (3, "critical")
    assert finding_of(answer, "sync_overdue")["subject"] == "10001"


# Task definitions


def govern(devnet, signature, *arguments):
    call = rpc.calldata(signature, *arguments)
    rpc.send(devnet.l2_url, [rpc.Transaction(devnet.multisig, devnet.contracts.attestation_center, call)])


def set_list(devnet, task_definition_id, ids):
    whom = "Operators" if devnet.generation == "v1" else "Attesters"
    govern(devnet, f"setTaskDefinitionRestricted{whom}(uint16,uint256[])", task_definition_id, ids)


def test_the_verdicts_are_those_of_task_list(devnet, env_for):
    set_list(devnet, 1, [1])
    set_list(devnet, 2, [77])
    answer = doctor(env_for(devnet), "--fail-on", "critical")
    listed = run(env_for(devnet), "task", "list", "-o", "json").data["task_definitions"]
    verdicts = {row["task_definition_id"]: row["verdict"] for row in listed}
    assert set(verdicts.values()) == {"live", "stale", "fragile", "dead"}
    internal = [texts(answer, code)[0] for code in ("sync_alive", "totals_sync") if texts(answer, code)]
    told = [text.partition(":")[0] for text in internal if text.startswith("1000")]
    assert told == [f"{i} {verdicts.pop(i)}" for i in (10001, 10002) if i in verdicts]
    live, *others = texts(answer, "task_verdicts")
    assert live.partition(" live")[0] == " ".join(str(i) for i, verdict in verdicts.items() if verdict == "live")
    assert [text.partition(":")[0] for text in others] == [f"{i} {v}" for i, v in verdicts.items() if v != "live"]
    found = {check["text"].split(" ")[0]: check["result"] for check in answer.data["checks"]}
    assert (found["1"], found["2"], found["3"]) == ("info", "critical", "warning")
    assert answer.status == 3
    assert finding_of(answer, "dead")["subject"] == "task 2"


def test_ids_in_lists_that_are_dead_or_unknown(devnet, env_for):
    dead = devnet.drift_of(DriftKind.DEAD_ON_L2).dead_ids[0]
    set_list(devnet, 2, [1, 2, 4, dead, 77])
    answer = doctor(env_for(devnet))
    assert results(answer)["dead_ids"] == "warning"
    (text,) = texts(answer, "dead_ids")
    assert text.startswith(f"task 2 lists {dead}; task 2 lists 77")
    assert {"dead_ids_listed", "unknown_ids_listed"} < set(answer.codes)
    assert not any("lists" in each for each in texts(answer, "task_verdicts"))


@pytest.mark.parametrize("generation", ["v2", "v3"])
def test_a_task_of_the_default_definition(devnets, unchanged, env_for, generation):
    with unchanged(devnets(generation, drift=0)) as devnet:
        receipt = changes.process_task(devnet, 0, b"1")
        changes.process_task(devnet, 1, b"2")
        answer = doctor(env_for(devnet))
    finding = finding_of(answer, "default_definition_in_use")
    assert f"block {int(receipt['blockNumber'], 16)}" in finding["text"]
    assert (answer.status, results(answer)["task_definitions"]) == (3, "warning")


SHARED = {
    *("stale", "dead_ids_listed", "unknown_ids_listed", "total_differs", "drift", "duplicate_address"),
    *("sync_overdue", "sync_dead", "sync_needs_departed"),
}


def test_the_diff_per_task_finds_the_same_of_definitions_and_syncs(devnet, env_for):
    changes.land_sync(devnet, {77: 11 * E18}, {})
    set_list(devnet, 1, [1, 77])
    answers = [run(env_for(devnet), *words, "-o", "json") for words in (("doctor",), ("power", "diff", "--per-task"))]
    found = [
        sorted((each["code"], each["subject"], each["text"], each["remedy"]) for each in answer.document["findings"])
        for answer in answers
    ]
    ours, theirs = ([each for each in one if each[0] in SHARED] for one in found)
    assert ours == theirs
    codes = {each[0] for each in ours}
    assert codes >= {"stale", "dead_ids_listed", "unknown_ids_listed", "total_differs", "drift"}
    assert ("sync_needs_departed" in codes) is (devnet.generation != "v1")


def test_internal_tasks_are_told_of_as_internal_status_does(devnet_v2, env_for):
    govern(devnet_v2, "setTaskDefinitionRestrictedAttesters(uint16,uint256[])", 10002, [77])
    paused = rpc.calldata("pause(bytes4)", SUBMISSION_FLOW)
    rpc.send(devnet_v2.l2_url, [rpc.Transaction(devnet_v2.multisig, devnet_v2.contracts.attestation_center, paused)])
    tasks = [{"name": "VOTING_POWER_SYNC"}, {"name": "VOTING_POWER_PER_TASK_DEFINITION_SYNC"}]
    settings = env_for(devnet_v2) | {"INTERNAL_TASKS": json.dumps(tasks)}
    status = run(settings, "internal", "status", "-o", "json").document["findings"]
    answer = doctor(settings)
    found = [each for each in answer.document["findings"] if each in status]
    assert [each for each in status if each not in found] == []
    assert {each["code"] for each in found} >= {
        *("sync_dead", "sync_needs_departed", "intervals_equal", "flow_paused", "unknown_ids_listed", "stale"),
    }
    assert (results(answer)["sync_alive"], results(answer)["totals_sync"]) == ("critical", "critical")
    (told,) = texts(answer, "sync_alive")
    assert "cannot pass without some of operators " in told


def test_intervals_that_nothing_sets_are_no_fault(devnets, env_for):
    assert doctor(env_for(devnets("v2", drift=0))).codes == []
    same = json.dumps([{"name": name} for name in ("VOTING_POWER_SYNC", "VOTING_POWER_PER_TASK_DEFINITION_SYNC")])
    assert doctor(env_for(devnets("v2", drift=0)) | {"INTERNAL_TASKS": same}).codes == ["intervals_equal"]
    alone = json.dumps([{"name": "VOTING_POWER_SYNC"}])
    assert doctor(env_for(devnets("v2", drift=0)) | {"INTERNAL_TASKS": alone}).codes == ["sync_not_scheduled"]


# The multisig


def test_what_the_multisig_is_on_l2_is_told(devnet_v2, env_for):
    (text,) = texts(doctor(env_for(devnet_v2)), "role")
    assert text.startswith(f"AVS_GOVERNANCE_MULTISIG: {devnet_v2.multisig}  no code on L2")
    rpc.call(devnet_v2.l2_url, "anvil_setCode", devnet_v2.multisig, "0x00")
    (text,) = texts(doctor(env_for(devnet_v2)), "role")
    assert text == f"AVS_GOVERNANCE_MULTISIG: {devnet_v2.multisig}  a contract, and no Safe"


def test_every_finding_names_its_remedy(devnet, env_for):
    changes.land_sync(devnet, {77: 11 * E18, devnet.drift_of(DriftKind.DEAD_ON_L2).dead_ids[0]: 1}, {})
    changes.register_l2(devnet, [devnet.operators[0]], [7 * E18])
    settings = env_for(devnet) | {"AVSCTL_MULTISIG": devnet.owner}
    for name in ("L1_CHAIN", "L2_CHAIN"):
        del settings[name]
    findings = doctor(settings).document["findings"]
    assert len({finding["code"] for finding in findings}) >= 6
    assert all(finding["remedy"] and all(finding["remedy"]) for finding in findings)
    assert {finding["code"] for finding in findings} <= set(CODES)


# Settings and endpoints


def test_each_setting_is_told_with_where_it_came_from(devnet_v2, env_for, tmp_path):
    known = env_for(devnet_v2)
    (tmp_path / ".env").write_text(f"# mine\nL1_CHAIN=31337\n\nL2_CHAIN=31338\nPRIVATE_KEY={'7' * 64}\n")
    state = {
        "L1": {"chainId": 31337, "AvsGovernance": known["AVS_GOVERNANCE_ADDRESS"]},
        "L2s": [{"chainId": 31338, "AttestationCenter": known["ATTESTATION_CENTER_ADDRESS"]}],
    }
    (tmp_path / ".othentic").mkdir()
    (tmp_path / ".othentic/state.output.json").write_text(json.dumps(state))
    with through_proxies(devnet_v2, Limits(path="/key/hidden")) as through:
        settings = {"L2_RPC": through["L2_RPC"]}
        answer = doctor(settings, "--l1-rpc", through["L1_RPC"], "--from", devnet_v2.multisig, folder=tmp_path)
    assert {each["name"]: each["from"] for each in answer.data["settings"]} == {
        "L1_RPC": "option --l1-rpc",
        "L2_RPC": "environment",
        "L1_CHAIN": ".env line 2",
        "L2_CHAIN": ".env line 4",
        "AVS_GOVERNANCE_ADDRESS": ".othentic/state.output.json (L1.AvsGovernance)",
        "ATTESTATION_CENTER_ADDRESS": ".othentic/state.output.json (L2s[0].AttestationCenter)",
        "AVSCTL_MULTISIG": "option --from",
    }
    values = {each["name"]: each["value"] for each in answer.data["settings"]}
    assert values["L1_RPC"] == through["L1_RPC"].replace("key/hidden", "***")
    assert "7" * 64 not in answer.stdout + answer.stderr
    assert answer.status == 3


def test_without_a_chain_the_endpoints_own_word_is_taken_and_told(devnet_v2, env_for):
    settings = {name: value for name, value in env_for(devnet_v2).items() if not name.endswith("_CHAIN")}
    answer = doctor(settings)
    told = [each["subject"] for each in answer.document["findings"] if each["code"] == "chain_id_unverified"]
    assert told == ["l1", "l2"]
    assert answer.document["deployment"]["l2_chain_id"] == 31338


@pytest.mark.parametrize(
    ("limits", "abilities"),
    [
        (Limits(), {"log_range": None, "batch": 100, "state_override": True, "eth_simulate_v1": True}),
        (Limits(log_range=10), {"log_range": 10}),
        (Limits(log_range=50), {"log_range": 50}),
        (Limits(most_items=10), {"batch": 10}),
        (Limits(most_items=7), {"batch": 5}),
        (Limits(most_items=1), {"batch": 1}),
        (Limits(has_overrides=False), {"state_override": False}),
    ],
)
def test_the_limits_of_endpoints_are_found(devnets, limits, abilities):
    with through_proxies(devnets("v2", drift=0), limits, Limits()) as settings:
        answer = doctor(settings)
    l1, l2 = answer.data["endpoints"]
    assert {key: l1[key] for key in abilities} == abilities
    assert (l1["chain"], l2["chain"], l1["chain_id"], l2["chain_id"]) == ("l1", "l2", 31337, 31338)
    assert (l2["log_range"], l2["batch"], l2["state_override"]) == (None, 100, True)
    assert l1["multicall3"] is l1["finalized"] is True
    assert answer.codes == (["limited_endpoint"] if limits.most_items and limits.most_items < 10 else [])
    assert answer.status == 0


def test_what_an_endpoint_lacks_is_told(devnets):
    def refuse(item):
        refused = item["method"] == "eth_simulateV1" or "finalized" in item["params"]
        return {"error": {"code": -32601, "message": "the method is not available"}} if refused else None

    limits = Limits(has_overrides=False, answer=refuse)
    with through_proxies(devnets("v2", drift=0, has_multicall=False), limits, Limits()) as settings:
        answer = doctor(settings)
    l1 = answer.data["endpoints"][0]
    assert [l1[key] for key in ("multicall3", "state_override", "eth_simulate_v1", "finalized")] == [False] * 4
    assert "Multicall3 and state overrides" in finding_of(answer, "limited_endpoint")["text"]


def test_the_requests_it_tells_are_those_that_it_made(devnet):
    recorders = Recorder(), Recorder()
    with through_proxies(devnet, Limits(takes_block_hashes=False), recorder=recorders) as settings:
        answer = doctor(settings)
    assert [each["requests"] for each in answer.data["endpoints"]] == [each.requests for each in recorders]
    assert sum(each.requests for each in recorders) <= MOST_REQUESTS


def test_an_endpoint_among_several_that_is_down_is_a_finding(devnet_v2):
    with through_proxies(devnet_v2) as settings:
        both = f"http://127.0.0.1:1/hidden,{settings['L2_RPC']}"
        answer = doctor(settings | {"L2_RPC": both})
    assert answer.status == 3
    assert finding_of(answer, "endpoint_unusable")["subject"] == "http://127.0.0.1:1/***"
    assert [each["fault"] is None for each in answer.data["endpoints"]] == [True, False, True]
    assert "1 of 2" in json.dumps(answer.data["settings"])


def test_a_layer_that_is_down_leaves_the_set_up_to_look_at(devnet_v2, env_for):
    answer = doctor(env_for(devnet_v2) | {"L2_RPC": "http://127.0.0.1:1/hidden"})
    assert answer.status == 5
    assert [each["name"] for each in answer.data["settings"]][:2] == ["L1_RPC", "L1_CHAIN"]
    assert [bool(each["fault"]) for each in answer.data["endpoints"]] == [False, True]
    assert answer.problems
    assert "hidden" not in answer.stdout + answer.stderr


def test_a_wrong_chain_leaves_the_set_up_to_look_at(devnet_v2, env_for):
    answer = doctor(env_for(devnet_v2) | {"L2_CHAIN": "8453"})
    assert answer.status == 2
    assert "8453" in answer.problems[0]
    assert [each["chain_id"] for each in answer.data["endpoints"]] == [31337, 31338]


def test_the_table_has_a_line_for_each_check(devnet_v2, env_for):
    shown = run(env_for(devnet_v2), "doctor").stdout
    for check in doctor(env_for(devnet_v2)).data["checks"]:
        assert any(check["code"] in line for line in shown.splitlines())
    assert "\x1b" not in shown
