"""``internal status`` on real nodes: what ran, what is due, who would have to attest, and why no sync lands."""

import json

import pytest
from commandline import run, through_proxies
from proxy import Limits, Recorder
from test_cli_tasks import govern, list_call, maximum_call
from test_cli_traps import MULTISIG_KEY, bring_to
from test_devnet_attest import hand_in, update_data

from avsctl.core.units import E18
from avsctl.devnet import changes, rpc
from avsctl.devnet.changes import BreakMode

HOURLY = json.dumps(
    [
        {"name": "VOTING_POWER_SYNC", "interval": 3_600_000},
        {"name": "VOTING_POWER_PER_TASK_DEFINITION_SYNC", "interval": 3_900_000},
    ]
)
MOST_REQUESTS = 20
TASK_KEYS = [
    "task_definition_id",
    "name",
    "interval_ms",
    "interval_from",
    "last",
    "last_rejected",
    "carries",
    "next_due",
    "overdue_s",
    "missed",
    "timeline",
    "attesters",
    "quorum",
    "departed",
    "attainable_without_departed",
    "verdict",
]
RUN_KEYS = [
    "to_block_l1",
    "to_block_l2",
    "timestamp",
    "block",
    "landed_at",
    "transaction",
    "task_number",
    "outcome",
    "from",
]
ATTESTER_KEYS = [
    "operator_id",
    "address",
    "active",
    "voting_power",
    "eligible",
    "reason",
    "l1_status",
    "l1_voting_power",
]


@pytest.fixture(params=["v2", "v3"])
def calm(request, devnets, unchanged):
    """Twelve operators that all are active, nothing stale, nothing to sync."""
    with unchanged(devnets(request.param, drift=0)) as devnet:
        yield devnet


def status(settings, *arguments, tasks=HOURLY):
    settings = settings | ({} if tasks is None else {"INTERNAL_TASKS": tasks})
    return run(settings, "internal", "status", "-o", "json", *arguments)


def task(answer, task_definition_id):
    (found,) = [t for t in answer.data["internal_tasks"] if t["task_definition_id"] == task_definition_id]
    return found


def findings(answer, code):
    return [each for each in answer.document["findings"] if each["code"] == code]


def finding(answer, code, subject="10001"):
    (found,) = [each for each in findings(answer, code) if each["subject"] == subject]
    return found


def own_codes(answer):
    return set(answer.codes) - {"assumed_from_v2"}


def let_pass(devnet, seconds):
    """Put the next blocks of both layers so much later."""
    for url in (devnet.l1_url, devnet.l2_url):
        now = int(rpc.call(url, "eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        rpc.call(url, "evm_setNextBlockTimestamp", hex(now + seconds))
        changes.mine(url)


def mend(devnet, env_for, remedy):
    """Do what a remedy says, as the multisig."""
    program, *arguments = remedy.split()
    assert program == "avsctl"
    settings = env_for(devnet) | {"MEND_KEY": MULTISIG_KEY}
    answer = run(settings, *arguments, "--send", "--yes", "--key-env", "MEND_KEY", "-o", "json")
    assert answer.status == 0, (answer.problems, answer.codes)


def without_l1(settings):
    gone = ("L1_RPC", "L1_CHAIN", "AVS_GOVERNANCE_ADDRESS")
    return {name: value for name, value in settings.items() if name not in gone}


# What ran


def test_a_deployment_that_is_well(calm, env_for):
    answer = status(env_for(calm))
    assert (answer.status, own_codes(answer)) == (0, set())
    powers, totals = answer.data["internal_tasks"]
    assert list(powers) == list(totals) == TASK_KEYS
    assert list(powers["last"]) == list(totals["last"]) == RUN_KEYS
    assert {tuple(each) for each in powers["attesters"]} == {tuple(ATTESTER_KEYS)}
    assert (powers["carries"], totals["carries"], powers["overdue_s"]) == (0, 0, 0)
    assert powers["last"]["outcome"] == totals["last"]["outcome"] == "approved"
    assert (powers["interval_ms"], totals["interval_ms"]) == (3_600_000, 3_900_000)
    assert powers["interval_from"] == "INTERNAL_TASKS"
    assert [each["operator_id"] for each in powers["attesters"]] == list(range(1, 10))
    assert {each["l1_status"] for each in totals["attesters"]} == {"in_sync"}
    assert powers["timeline"]["slots"].count("landed") >= 1
    told = status(env_for(calm)).stdout
    assert told == answer.stdout


def test_the_last_runs_are_those_that_landed_with_signatures(calm, env_for):
    changes.set_powers(calm, {calm.operators[0].address: calm.operators[0].voting_power + 5 * E18})
    landing = hand_in(calm, range(1, 10), 10001, data=update_data(calm, [(1, 5 * E18)], []))
    assert landing.outcome is not None
    answer = status(env_for(calm))
    last = task(answer, 10001)["last"]
    assert (last["transaction"], last["block"]) == (landing.transaction_hash, landing.block_number)
    assert (last["task_number"], last["from"]) == (landing.outcome.task_number, "logs")
    heads = rpc.head(calm.l1_url), landing.block_number - 1
    assert (int(last["to_block_l1"]), int(last["to_block_l2"])) == heads
    assert task(answer, 10001)["timeline"]["slots"][-1] == "landed"
    assert task(answer, 10001)["carries"] == 0

    rejected = hand_in(
        calm, range(1, 10), 10001, is_approved=False, proof_of_task="another", data=update_data(calm, [], [])
    )
    assert rejected.outcome is not None
    answer = status(env_for(calm))
    assert answer.status == 3
    own = task(answer, 10001)
    assert own["last"] == last
    assert (own["last_rejected"]["block"], own["last_rejected"]["outcome"]) == (rejected.block_number, "rejected")
    assert f"(task {rejected.outcome.task_number})" in finding(answer, "sync_rejected")["text"]


def test_the_first_generation_has_none(devnet_v1, env_for):
    answer = status(env_for(devnet_v1))
    assert answer.status == 6
    (problem,) = answer.document["errors"]
    assert "V2 and V3" in problem["message"]
    assert "attest propose" in problem["hint"]


# When a run is due


def test_a_sync_is_overdue_while_it_has_something_to_carry(calm, env_for):
    let_pass(calm, 9 * 3600)
    assert own_codes(status(env_for(calm))) == set()
    changes.set_powers(calm, {calm.operators[0].address: calm.operators[0].voting_power + 1})
    answer = status(env_for(calm), "--fail-on", "critical")
    assert (answer.status, own_codes(answer)) == (3, {"sync_overdue"})
    own, now = task(answer, 10001), answer.document["blocks"]["l2"]["timestamp"]
    assert own["carries"] == 1
    assert own["next_due"] == own["last"]["timestamp"] + 3600
    assert own["overdue_s"] == now - own["next_due"]
    assert own["missed"] == (now - own["last"]["timestamp"]) // 3600 >= 9
    doctor = run(env_for(calm) | {"INTERNAL_TASKS": HOURLY}, "doctor", "-o", "json")
    assert findings(doctor, "sync_overdue") == findings(answer, "sync_overdue")
    changes.land_sync(calm, {1: 1}, {})
    assert task(status(env_for(calm)), 10001)["carries"] == 0


def test_totals_wait_for_10002(calm, env_for):
    up = {number: calm.operators[number - 1].voting_power + 10 * E18 for number in (1, 2, 3)}
    changes.set_powers(calm, {calm.operators[number - 1].address: power for number, power in up.items()})
    changes.land_sync(calm, dict.fromkeys(up, 10 * E18), {})
    assert "totals_overdue" not in own_codes(status(env_for(calm)))
    let_pass(calm, 3 * 3600)
    answer = status(env_for(calm))
    assert {"totals_overdue", "stale"} <= own_codes(answer)
    assert task(answer, 10002)["carries"] == 3
    changes.refresh_totals(calm, calm.task_definitions[::-1])  # in the order of the devnet's first it would be a replay
    answer = status(env_for(calm))
    assert own_codes(answer) == set()
    assert (task(answer, 10002)["carries"], task(answer, 10002)["overdue_s"]) == (0, 0)


def test_intervals(calm, env_for):
    answer = status(env_for(calm), tasks=None)
    assert own_codes(answer) == {"intervals_equal"}
    assert task(answer, 10001)["interval_from"] == task(answer, 10002)["interval_from"] == "default"
    answer = status(env_for(calm), "--sync-interval", "60000", tasks=None)
    assert (task(answer, 10001)["interval_ms"], task(answer, 10001)["interval_from"]) == (60_000, "--sync-interval")
    assert task(answer, 10002)["interval_ms"] == 3_600_000
    answer = status(env_for(calm), tasks='[{"name":"VOTING_POWER_SYNC"}]')
    assert finding(answer, "sync_not_scheduled", "10002")["severity"] == "warning"
    assert task(answer, 10002)["interval_ms"] is None


@pytest.mark.parametrize(
    ("tasks", "words"),
    [
        ("[", "expected a JSON array"),
        ('[{"name":"SYNC"},{"name":"VOTING_POWER_SYNC","interval":5}]', "entry 1: expected"),
        ('[{"name":"SYNC"},{"name":"VOTING_POWER_SYNC","interval":5}]', "entry 2: expected"),
    ],
)
def test_settings_that_are_wrong_are_told_one_by_one(devnet_v2, env_for, tasks, words):
    answer = status(env_for(devnet_v2), tasks=tasks)
    assert answer.status == 2
    assert any(words in problem for problem in answer.problems)
    for interval in ("59999", "-5", "x"):
        assert status(env_for(devnet_v2), "--sync-interval", interval).status == 2


# Why none lands


def test_a_quorum_that_needs_who_left_and_the_command_that_mends_it(calm, env_for):
    listed = (3, 5, 9)
    govern(calm, list_call(calm, 10001, listed))
    gone = max(listed, key=lambda i: calm.operators[i - 1].voting_power)
    changes.leave_eigenlayer(calm, [calm.operators[gone - 1].address])
    answer = status(env_for(calm), "--fail-on", "critical")
    assert answer.status == 3
    own, found = task(answer, 10001), finding(answer, "sync_needs_departed")
    assert gone in own["quorum"]["pivotal"]
    assert own["departed"] == [gone]
    assert int(own["attainable_without_departed"]) < int(own["quorum"]["required_approve"])
    assert f"operator {gone}, who" in found["text"]
    (remedy,) = found["remedy"]
    ids = ",".join(str(i) for i in range(1, 13) if i != gone)
    assert remedy == f"avsctl task update 10001 --restricted {ids}"
    mend(calm, env_for, remedy)
    assert "sync_needs_departed" not in own_codes(status(env_for(calm)))


def test_unregistered_on_l1_is_departed_too(calm, env_for):
    govern(calm, list_call(calm, 10001, [3]))
    changes.unregister_l1(calm, [calm.operators[2].address])
    answer = status(env_for(calm))
    assert "operator 3, who is not registered on L1" in finding(answer, "sync_needs_departed")["text"]
    assert task(answer, 10001)["attesters"][0]["l1_status"] == "not_registered_on_l1"


@pytest.mark.parametrize("internal", [10001, 10002])
def test_a_stale_total_that_gates_its_own_sync(calm, env_for, internal):
    govern(calm, list_call(calm, internal, [1, 2, 3]))
    gone = sorted((1, 2, 3), key=lambda i: -calm.operators[i - 1].voting_power)[:2]
    addresses = [calm.operators[i - 1].address for i in gone]
    changes.unregister_l2(calm, addresses)
    changes.unregister_l1(calm, addresses)
    answer = status(env_for(calm), "--fail-on", "critical")
    assert answer.status == 3
    found = finding(answer, "sync_dead", str(internal))
    assert found["remedy"] == [f"avsctl task refresh {internal}"]
    assert (
        finding(answer, "dead_ids_listed", f"task {internal}")["text"] == f"lists {', '.join(map(str, sorted(gone)))}"
    )
    assert task(answer, internal)["verdict"] == "dead"
    mend(calm, env_for, found["remedy"][0])
    assert task(status(env_for(calm)), internal)["verdict"] in ("live", "fragile")


def test_a_list_of_dead_ids_alone(calm, env_for):
    govern(calm, list_call(calm, 10001, [4, 99]))
    changes.unregister_l2(calm, [calm.operators[3].address])
    changes.unregister_l1(calm, [calm.operators[3].address])
    answer = status(env_for(calm))
    found = finding(answer, "sync_dead")
    assert "nobody in its list" in found["text"]
    mend(calm, env_for, found["remedy"][0])
    assert task(status(env_for(calm)), 10001)["verdict"] == "live"


def test_a_maximum_that_keeps_quorum_out_of_reach(calm, env_for):
    govern(calm, list_call(calm, 10001, range(1, 10)), maximum_call(10001, 1))
    found = finding(status(env_for(calm)), "sync_dead")
    assert found["remedy"] == ["avsctl task set-max-attesters 10001 none"]
    mend(calm, env_for, found["remedy"][0])
    assert task(status(env_for(calm)), 10001)["verdict"] == "live"


def test_without_any_power_no_sync_can_begin(calm, env_for):
    govern(calm, list_call(calm, 10001, []))
    bring_to(calm, dict.fromkeys(range(1, 13), 0))
    answer = status(env_for(calm))
    assert "no sync can start by itself" in finding(answer, "sync_dead")["text"]
    assert task(answer, 10001)["quorum"]["required_approve"] == "0"


def test_a_sync_that_names_a_block_far_above_the_head(calm, env_for):
    heads = 10**12, rpc.head(calm.l2_url)
    data = rpc.arguments_of("(((uint256,uint256)[],(uint256,uint256)[],uint256,uint256))", ([], [], *heads))
    changes.process_task(calm, 10001, data)
    found = finding(status(env_for(calm), "--fail-on", "critical"), "blocks_ahead")
    assert found["severity"] == "critical"
    assert "1000000000000" in found["text"]
    older = str(rpc.head(calm.l1_url) - 1)
    assert "blocks_ahead" not in own_codes(status(env_for(calm), "--l1-block", older))


def test_a_paused_submission_is_critical(calm, env_for):
    data = rpc.calldata("pause(bytes4)", bytes.fromhex("2aedfbf3"))
    rpc.send(calm.l2_url, [rpc.Transaction(calm.multisig, calm.contracts.attestation_center, data)])
    answer = status(env_for(calm), "--fail-on", "critical")
    assert answer.status == 3
    assert finding(answer, "flow_paused", "TASKS_SUBMISSION_FLOW")["severity"] == "critical"


def test_an_operator_that_cannot_be_read_on_l1(calm, env_for):
    changes.break_read(calm, calm.operators[0].address, BreakMode.REVERTS_WITH_STRING)
    answer = status(env_for(calm))
    assert answer.status == 5
    assert "unreadable_on_l1" in answer.codes
    first = task(answer, 10001)["attesters"][0]
    assert (first["l1_status"], first["l1_voting_power"]) == ("unreadable_on_l1", None)
    assert task(answer, 10001)["departed"] == []


# Endpoints


def test_the_l2_alone(calm, env_for):
    let_pass(calm, 9 * 3600)
    answer = status(without_l1(env_for(calm)))
    assert answer.document["blocks"]["l1"] is None
    own = task(answer, 10001)
    assert (own["carries"], own["attainable_without_departed"]) == (None, None)
    assert {each["l1_status"] for each in own["attesters"]} == {None}
    assert finding(answer, "sync_overdue")["severity"] == "warning"


def test_an_endpoint_with_ranges_of_ten_blocks(calm, env_for):
    changes.land_sync(calm, {1: 1}, {})
    changes.mine(calm.l2_url, 40)
    whole = task(status(env_for(calm)), 10001)
    recorder = Recorder()
    with through_proxies(calm, l2=Limits(log_range=10), recorder=(Recorder(), recorder)) as settings:
        answer = status(settings)
    found = finding(answer, "history_unavailable", "l2")
    assert found["severity"] == "info"
    assert "the last 20 blocks only" in found["text"]
    own = task(answer, 10001)
    assert own["last"] == whole["last"] | {
        "block": None,
        "landed_at": None,
        "transaction": None,
        "task_number": None,
        "from": "getters",
    }
    assert own["timeline"]["slots"].count("landed") == 3  # the getters at old blocks know all three syncs
    assert own["timeline"]["seen_from"] == 0
    assert task(answer, 10002)["last"] is None
    assert set(task(answer, 10002)["timeline"]["slots"]) <= {"unseen", "none"}
    assert recorder.count("eth_getLogs") <= 5


def test_an_endpoint_without_logs_or_old_state(calm, env_for):
    changes.mine(calm.l2_url, 5)

    def refuse(request):
        if request["method"] == "eth_getLogs":
            return {"error": {"code": -32601, "message": "the method eth_getLogs does not exist"}}
        if request["method"] == "eth_call" and str(request["params"][1]).startswith("0x"):
            return {"error": {"code": -32000, "message": "missing trie node 0xabc (path )"}}
        return None

    with through_proxies(calm, Limits(), Limits(answer=refuse)) as settings:
        answer = status(settings)
    assert "gave no logs" in finding(answer, "history_unavailable", "l2")["text"]
    own = task(answer, 10001)
    assert own["last"]["from"] == "getters"
    assert own["timeline"]["seen_from"] == own["last"]["timestamp"]
    assert task(answer, 10002)["timeline"]["seen_from"] is None


def test_what_it_costs(calm, env_for):
    recorder = Recorder()
    with through_proxies(calm, recorder=recorder) as settings:
        assert status(settings).status == 0
    assert recorder.requests <= MOST_REQUESTS


def test_the_table_in_a_pipe(calm, env_for):
    shown = run(env_for(calm) | {"INTERNAL_TASKS": HOURLY}, "internal", "status").stdout
    assert "VOTING_POWER_PER_TASK_DEFINITION_SYNC" in shown
    assert "whether an aggregator runs with internal tasks is not on chain" in shown
    assert ("updateInternalTaskConfig" in shown) is (str(calm.generation) == "v3")
    assert all(operator.address in shown for operator in calm.operators)
    assert "▏" not in shown
