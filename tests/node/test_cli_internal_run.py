"""``internal run`` on real nodes: once, on its schedule by an injected clock, through failures, until Ctrl-C."""

import json
import re
import signal
import subprocess
import sys
from collections import deque

import pytest
from commandline import EMPTY, process_environment, run, through_proxies
from proxy import Limits, proxied
from test_cli_tasks import govern, list_call

from avsctl.chain.fake import FakeClock
from avsctl.core.units import E18
from avsctl.devnet import changes, rpc
from avsctl.output.internal_run import KEPT, RunLog

MINUTES = json.dumps(
    [
        {"name": "VOTING_POWER_SYNC", "interval": 60_000},
        {"name": "VOTING_POWER_PER_TASK_DEFINITION_SYNC", "interval": 150_000},
    ]
)
ROUND_KEYS = [
    "round",
    "at_s",
    "task_definition_id",
    "outcome",
    "blocks",
    "proposal",
    "proof_of_task",
    "task_hash",
    "steps",
    "votes",
    "quorum",
    "chain",
    "agrees",
    "differences",
    "views",
    "findings",
    "errors",
]
EVENTS = {
    "internal_scheduled": {"task_definition_id", "interval_ms", "in_s"},
    "proposal_fetching": {"block_l1", "block_l2"},
    "proposal_computed": {"task_definition_id", "proof_of_task", "bytes"},
    "view_recomputed": {"view", "operator_ids", "is_right", "wrong_rows", "failure"},
    "attester_validated": {"task_definition_id", "operator_id", "vote", "reason"},
    "votes_aggregated": {
        *("task_definition_id", "approve", "reject", "offline"),
        *("is_approved", "handed_in", "signed", "required"),
    },
    "contract_answered": {"task_definition_id", "asked_with", "is_accepted", "error", "block"},
    "round_ended": {
        *("round", "task_definition_id", "outcome", "approve", "reject", "offline"),
        *("signed", "required", "block_l1", "block_l2"),
    },
    "round_failed": {"round", "task_definition_id", "codes"},
}
SECRET = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
AT_LEAST_S = 10
"""Waits for the next round; what is shorter waits for an endpoint."""


class Conductor(FakeClock):
    """A clock that passes while somebody waits, says what happens before each round, and ends them as Ctrl-C does."""

    def __init__(self, rounds, *acts):
        super().__init__()
        self.rounds, self.acts, self.waits = rounds, dict(enumerate(acts, 1)), []

    def sleep(self, seconds):
        super().sleep(seconds)
        if seconds < AT_LEAST_S:
            return
        self.waits.append(seconds)
        if len(self.waits) >= self.rounds:
            raise KeyboardInterrupt
        if len(self.waits) in self.acts:
            self.acts[len(self.waits)]()


@pytest.fixture
def calm_v2(devnets, unchanged):
    """Twelve operators that all are active, of whom the second has a little more on L1; nothing stale."""
    with unchanged(devnets("v2", drift=0)) as devnet:
        second = devnet.operators[1]
        changes.set_powers(devnet, {second.address: second.voting_power + 5 * E18})
        yield devnet


@pytest.fixture
def conduct(monkeypatch):
    """Run it until so many moments have passed, with something done before the second, third and so on."""

    def go(settings, rounds, *arguments, acts=(), tasks=MINUTES):
        clock = Conductor(rounds, *acts)
        monkeypatch.setattr("avsctl.chain.transport.SystemClock", lambda: clock)
        return run(settings | {"INTERNAL_TASKS": tasks}, "internal", "run", *arguments), clock

    return go


def once(settings, *arguments):
    return run(settings, "internal", "run", "--once", "-o", "json", *arguments)


def rounds(answer):
    return answer.data["rounds"]


def events(answer):
    return [json.loads(line) for line in answer.stderr.splitlines()]


# Once


def test_once_rehearses_each_task_at_the_same_blocks(calm_v2, env_for):
    answer = once(env_for(calm_v2))
    assert (answer.status, answer.document["command"]) == (0, "internal run")
    assert list(answer.data) == ["schedule", "counts", "left_out", "rounds"]
    assert answer.data["counts"] == {"rounds": 2, "passed": 2, "not_passed": 0, "failed": 0}
    powers, totals = rounds(answer)
    assert list(powers) == list(totals) == ROUND_KEYS
    assert (powers["task_definition_id"], totals["task_definition_id"]) == (10001, 10002)
    assert powers["blocks"] == totals["blocks"]
    assert powers["blocks"]["l2"]["hash"] == answer.document["blocks"]["l2"]["hash"]
    assert powers["proposal"] == {"increases": 1, "decreases": 0, "recounts": None}
    assert (powers["outcome"], powers["chain"]["asked_with"], powers["agrees"]) == (
        "submitted",
        "submitTask_override",
        True,
    )
    assert once(env_for(calm_v2)).stdout == answer.stdout
    simulated = run(env_for(calm_v2), "attest", "simulate", "-o", "json")
    for key in ("proof_of_task", "task_hash", "votes", "quorum", "chain"):
        assert powers[key] == simulated.data[key], key


def test_nothing_is_submitted(calm_v2, env_for):
    heads = [rpc.head(url) for url in (calm_v2.l1_url, calm_v2.l2_url)]
    once(env_for(calm_v2))
    assert [rpc.head(url) for url in (calm_v2.l1_url, calm_v2.l2_url)] == heads
    assert run(env_for(calm_v2), "power", "diff").status == 3


def test_once_that_would_not_pass_is_status_3_with_the_findings_of_a_simulation(calm_v2, env_for):
    govern(calm_v2, list_call(calm_v2, 10001, [1, 2, 3]))
    changes.unregister_l2(calm_v2, [calm_v2.operators[i].address for i in (1, 2)])
    answer = once(env_for(calm_v2), "--task", "10001", "--fail-on", "critical")
    assert answer.status == 3
    (only,) = rounds(answer)
    assert only["outcome"] == "reverted"
    simulated = run(env_for(calm_v2), "attest", "simulate", "-o", "json")
    assert answer.document["findings"] == simulated.document["findings"]
    assert "quorum_missed" in answer.codes


def test_the_third_generation_and_the_first(devnet_v3, devnet_v1, env_for):
    answer = once(env_for(devnet_v3))
    assert answer.document["deployment"]["generation"] == "v3"
    assert "assumed_from_v2" in answer.codes
    assert [each["task_definition_id"] for each in rounds(answer)] == [10001, 10002]
    for arguments in (("--once",), ()):
        refused = run(env_for(devnet_v1), "internal", "run", "-o", "json", *arguments)
        assert refused.status == 6
        assert "V2 and V3" in refused.problems[0]


def test_views_vote_here_too(calm_v2, env_for):
    head = rpc.head(calm_v2.l2_url)
    old = rpc.call(calm_v2.l2_url, "eth_getBlockByNumber", hex(head - 1), False)
    late = Limits(
        answer=lambda item: (
            {"result": old if item["params"][0] == "latest" else None}
            if item["method"] == "eth_getBlockByNumber"
            else None
        )
    )
    with proxied(calm_v2.l2_url, late) as l2:
        answer = once(env_for(calm_v2), "--view", f"3={calm_v2.l1_url},{l2}", "--view", f"x={l2},{l2}")
    powers, totals = rounds(answer)
    mine, other = powers["views"]
    assert (mine["operator_ids"], mine["is_right"], other["operator_ids"]) == ([3], False, [])
    assert "1 behind toBlockL2" in mine["failure"]
    assert powers["votes"]["reject"] == [3]
    assert totals["views"][0]["is_right"]
    assert (answer.status, answer.codes.count("view_differs")) == (0, 2)


def test_a_dead_endpoint_ends_one_that_runs_once_in_status_5(calm_v2, env_for, monkeypatch):
    monkeypatch.setattr("avsctl.chain.transport.SystemClock", FakeClock)
    settings = env_for(calm_v2) | {"L2_RPC": f"http://127.0.0.1:9/{SECRET}"}
    answer = run(settings, "internal", "run", "--once", "-o", "json", "-v", "--log-format", "json")
    assert answer.status == 5
    assert "connection refused" in answer.problems[0]
    failed = [each for each in events(answer) if each["event"] == "round_failed"]
    assert [each["task_definition_id"] for each in failed] == [10001, 10002]
    assert SECRET not in answer.stdout + answer.stderr


def test_a_line_a_round_for_people(calm_v2, env_for):
    answer = run(env_for(calm_v2), "internal", "run", "--once")
    first, second, *_ = answer.stdout.splitlines()
    assert re.fullmatch(
        r"[0-9-]{10} [0-9:]{8}Z  10001  passes  1 increase, 0 decreases  9 approve  "
        r"[0-9.]+ of [0-9.]+ e18  submitTask accepts",
        first,
    )
    assert re.search(r"  10002  passes  0 recounts  ", second)


# On schedule


def test_each_task_runs_at_its_interval_until_interrupted(calm_v2, env_for, conduct):
    answer, clock = conduct(env_for(calm_v2), 7, "-o", "json")
    assert answer.status == 130
    assert [(each["at_s"], each["task_definition_id"]) for each in rounds(answer)] == [
        (0, 10001),
        (0, 10002),
        (60, 10001),
        (120, 10001),
        (150, 10002),
        (180, 10001),
        (240, 10001),
        (300, 10001),
        (300, 10002),
    ]
    assert [each["round"] for each in rounds(answer)] == list(range(1, 10))
    assert answer.data["counts"] == {"rounds": 9, "passed": 9, "not_passed": 0, "failed": 0}
    assert answer.document["errors"] == [{"code": "interrupted", "message": "interrupted", "hint": ""}]
    assert [round(seconds) for seconds in clock.waits] == [60, 60, 30, 30, 60, 60, 60]
    assert answer.document["deployment"]["generation"] == "v2"


def test_each_round_sees_the_heads_of_then(calm_v2, env_for, conduct):
    third = calm_v2.operators[2]

    def drift():
        changes.set_powers(calm_v2, {third.address: third.voting_power - 1})

    answer, _ = conduct(env_for(calm_v2), 3, "--task", "10001", "-o", "json", acts=[drift])
    before, after, same = rounds(answer)
    assert (before["proposal"]["decreases"], after["proposal"]["decreases"]) == (0, 1)
    assert after["blocks"]["l1"]["number"] > before["blocks"]["l1"]["number"]
    assert same["blocks"] == after["blocks"]
    assert same["proof_of_task"] == after["proof_of_task"] != before["proof_of_task"]


def test_an_endpoint_that_fails_makes_a_round_fail_and_the_next_one_is_tried(calm_v2, env_for, conduct):
    state = {"is_down": True}
    limits = Limits(drop=lambda item: state["is_down"], path=f"/{SECRET}")

    def set_down(*, to):
        return lambda: state.update(is_down=to)

    with through_proxies(calm_v2, Limits(), limits) as settings:
        acts = [set_down(to=False), set_down(to=True), set_down(to=False)]
        answer, _ = conduct(settings, 4, "--task", "10001", "-o", "json", acts=acts)
    assert answer.status == 130
    assert [each["outcome"] for each in rounds(answer)] == ["failed", "submitted", "failed", "submitted"]
    failed = rounds(answer)[2]
    assert failed["blocks"] is failed["votes"] is failed["chain"] is None
    assert "the connection broke off" in failed["errors"][0]["message"]
    assert answer.data["counts"]["failed"] == 2
    assert answer.stderr.count("warning: round") == 2
    assert answer.stderr.count("note: round") == 2
    assert SECRET not in answer.stdout + answer.stderr


def test_one_that_dies_in_the_middle_of_a_round(calm_v2, env_for, conduct):
    state = {"is_down": True}
    limits = Limits(drop=lambda item: item["method"] == "eth_call" and state["is_down"])
    with through_proxies(calm_v2, limits) as settings:
        answer, _ = conduct(settings, 2, "--task", "10002", acts=[lambda: state.update(is_down=False)])
    failed, passed = answer.stdout.splitlines()
    assert re.search(r"  10002  failed  L[12] endpoint http://127.0.0.1:[0-9]+: ", failed)
    assert "  10002  passes  " in passed
    assert "failed" not in answer.stderr


def test_a_round_has_its_own_deadline(calm_v2, env_for, conduct):
    state = {"is_slow": False}
    limits = Limits(drop=lambda item: state["is_slow"])
    with through_proxies(calm_v2, limits) as settings:
        acts = [lambda: state.update(is_slow=True), lambda: state.update(is_slow=False)]
        answer, _ = conduct(settings, 3, "--task", "10001", "--timeout", "1", "-o", "json", acts=acts)
    assert [each["outcome"] for each in rounds(answer)] == ["submitted", "failed", "submitted"]


def test_what_no_later_round_mends_ends_it_at_once(calm_v2, env_for, conduct):
    settings = env_for(calm_v2)
    for changed, words in (
        ({"L2_CHAIN": "1"}, "was expected"),
        ({"ATTESTATION_CENTER_ADDRESS": calm_v2.operators[0].address}, "has no code"),
    ):
        answer, clock = conduct(settings | changed, 3, "-o", "json")
        assert (answer.status, clock.waits) == (2, []), changed
        assert words in answer.problems[0]
    view = f"99={calm_v2.l1_url},{calm_v2.l2_url}"
    answer, clock = conduct(settings, 3, "-o", "json", "--view", view)
    assert (answer.status, clock.waits) == (2, [])


def test_settings_that_stop_fitting_the_chain_make_a_round_fail(calm_v2, env_for, conduct):
    chain = {"id": "0x7a6a"}
    limits = Limits(answer=lambda item: {"result": chain["id"]} if item["method"] == "eth_chainId" else None)
    with through_proxies(calm_v2, Limits(), limits) as settings:
        acts = [lambda: chain.update(id="0x1"), lambda: chain.update(id="0x7a6a")]
        answer, _ = conduct(settings, 3, "--task", "10002", "-o", "json", acts=acts)
    assert [each["outcome"] for each in rounds(answer)] == ["submitted", "failed", "submitted"]
    assert rounds(answer)[1]["errors"][0]["code"] == "wrong_chain"


def test_lines_come_as_they_are_and_findings_are_told_when_they_are_new(calm_v2, env_for, conduct):
    third = calm_v2.operators[2]
    answer, _ = conduct(
        env_for(calm_v2),
        4,
        "--task",
        "10001",
        acts=[lambda: None, lambda: changes.unregister_l1(calm_v2, [third.address])],
    )
    assert answer.status == 130
    assert len(answer.stdout.splitlines()) == 4
    assert answer.stderr.count("node_rule_unknown") == 1
    assert answer.stderr.endswith("error: interrupted\n")


def test_the_document_goes_to_a_file_beside_the_lines(calm_v2, env_for, conduct, tmp_path):
    file = tmp_path / "rounds.json"
    answer, _ = conduct(env_for(calm_v2), 2, "--task", "10001", "-o", f"json={file}")
    assert len(answer.stdout.splitlines()) == 2
    document = json.loads(file.read_text())
    assert (document["exit_code"], len(document["data"]["rounds"])) == (130, 2)


def test_the_document_holds_the_last_rounds(calm_v2, env_for, conduct, monkeypatch):
    monkeypatch.setattr("avsctl.output.internal_run.RunLog", lambda schedule: RunLog(schedule, deque(maxlen=2)))
    answer, _ = conduct(env_for(calm_v2), 5, "--task", "10001", "-o", "json")
    assert KEPT == 1000
    assert [each["round"] for each in rounds(answer)] == [4, 5]
    assert (answer.data["counts"]["rounds"], answer.data["left_out"]) == (5, 3)


# Events


def test_the_events_of_a_round_and_their_fields_are_stable(calm_v2, env_for, conduct):
    state = {"is_down": False}
    limits = Limits(drop=lambda item: state["is_down"])
    view = f"3={calm_v2.l1_url},{calm_v2.l2_url}"
    with through_proxies(calm_v2, limits) as settings:
        acts = [lambda: state.update(is_down=True)]
        arguments = ("-o", "json", "-v", "--log-format", "json", "--view", view)
        answer, _ = conduct(settings, 2, *arguments, acts=acts)
    told = [each for each in events(answer) if each["event"] in EVENTS]
    assert {each["event"] for each in told} == set(EVENTS)
    for each in told:
        assert EVENTS[each["event"]] <= each.keys(), each
        assert each.keys() - {"event", "level", "message"} <= EVENTS[each["event"]] | {
            *("increases", "decreases", "to_block_l1", "to_block_l2", "recounts"),
        }, each
    of_first = [each["event"] for each in told if each.get("task_definition_id", 10001) == 10001]
    order = list(dict.fromkeys(of_first))
    assert order.index("internal_scheduled") < order.index("proposal_fetching") < order.index("proposal_computed")
    assert order.index("attester_validated") < order.index("votes_aggregated") < order.index("contract_answered")
    assert order.index("contract_answered") < order.index("round_ended") < order.index("round_failed")


def test_without_verbose_a_document_comes_with_the_rounds_alone(calm_v2, env_for, conduct):
    answer, _ = conduct(env_for(calm_v2), 2, "--task", "10001", "-o", "json", "--log-format", "json")
    assert [each["event"] for each in events(answer) if each["event"] != "finding"] == [
        "round_ended",
        "round_ended",
        "error",
    ]
    quiet, _ = conduct(env_for(calm_v2), 2, "--task", "10001", "-o", "json", "-q")
    assert quiet.stderr == "error: interrupted\n"


def test_a_simulation_tells_the_same_events(calm_v2, env_for):
    answer = run(env_for(calm_v2), "attest", "simulate", "-v", "--log-format", "json")
    told = {each["event"] for each in events(answer)}
    assert {"proposal_fetching", "proposal_computed", "attester_validated"} <= told
    assert {"votes_aggregated", "contract_answered"} <= told


# What is scheduled


def test_intervals_and_tasks(calm_v2, env_for, conduct):
    settings = env_for(calm_v2)
    answer, clock = conduct(settings, 1, "-o", "json", "--sync-interval", "90000")
    assert [(each["interval_ms"], each["interval_from"]) for each in answer.data["schedule"]] == [
        (90_000, "--sync-interval"),
        (150_000, "INTERNAL_TASKS"),
    ]
    assert [round(seconds) for seconds in clock.waits] == [90]
    only = '[{"name": "VOTING_POWER_PER_TASK_DEFINITION_SYNC", "interval": 60000}]'
    answer, _ = conduct(settings, 1, "-o", "json", tasks=only)
    assert [each["task_definition_id"] for each in rounds(answer)] == [10002]
    answer, _ = conduct(settings, 1, "-o", "json", "--once", "--task", "10001", tasks=only)
    assert [each["task_definition_id"] for each in rounds(answer)] == [10001]
    answer, _ = conduct(settings, 1, "--task", "10001", tasks=only)
    assert (answer.status, "INTERNAL_TASKS names no VOTING_POWER_SYNC" in answer.stderr) == (2, True)
    assert conduct(settings, 1, "-o", "json", tasks="[]")[0].status == 2
    assert conduct(settings, 1, "-o", "json", tasks="[")[0].status == 2


def test_10002_needs_no_l1(calm_v2, env_for):
    gone = ("L1_RPC", "L1_CHAIN", "AVS_GOVERNANCE_ADDRESS")
    settings = {name: value for name, value in env_for(calm_v2).items() if name not in gone}
    answer = once(settings, "--task", "10002")
    assert (answer.status, answer.document["blocks"]["l1"]) == (0, None)
    answer = once(settings)
    assert answer.status == 2
    assert any("L1_RPC" in problem for problem in answer.problems)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--task", "1"), "--task takes 10001, 10002 or all"),
        (("--task", "10003", "--once"), "--task takes"),
        (("--sync-interval", "59999"), "is not an interval"),
        (("--l2-block", "5"), "would be the same in every round"),
        (("--l1-block", "5"), "would be the same in every round"),
        (("-o", "table=x.txt"), "not to a file"),
        (("-o", "csv"), "not one table"),
    ],
)
def test_what_is_typed_wrongly(calm_v2, env_for, tmp_path, arguments, words):
    answer = run(env_for(calm_v2), "internal", "run", *arguments, folder=tmp_path)
    assert (answer.status, words in answer.stderr) == (2, True)


# A process of its own


def start(devnet, env_for, folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "avsctl", "internal", "run", *arguments],
        env=process_environment(env_for(devnet) | {"INTERNAL_TASKS": MINUTES}),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_ends_it_with_130_and_its_document(calm_v2, env_for, tmp_path):
    process = start(calm_v2, env_for, tmp_path, "-o", "table", "-o", "json=rounds.json")
    lines = [process.stdout.readline() for _ in range(2)]
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=30)
    assert (process.returncode, rest) == (130, "")
    assert ["passes" in line for line in lines] == [True, True]
    assert errors.endswith("error: interrupted\n")
    assert "Traceback" not in errors
    document = json.loads((tmp_path / "rounds.json").read_text())
    assert document["exit_code"] == 130
    assert [each["outcome"] for each in document["data"]["rounds"]] == ["submitted"] * 2


def test_it_ends_when_nobody_reads_its_lines(calm_v2, env_for):
    process = start(calm_v2, env_for, EMPTY)
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
