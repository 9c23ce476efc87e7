"""Every guard on changes of task definitions, through the command line: what it says, and what ``--allow`` lets pass.

Twelve operators whose powers are a ladder from 120 to 1200 e18, the same on both layers, all totals right.
"""

import contextlib

import pytest
from commandline import run, through_proxies
from proxy import Limits
from test_cli_doctor import CREATION_FLOW, SUBMISSION_FLOW
from test_cli_tasks import create, govern
from test_cli_traps import MULTISIG_KEY, Look, attempt, nonce_of

from avsctl.chain.fake import Overrides
from avsctl.core.units import E18
from avsctl.devnet import changes, rpc
from avsctl.devnet.changes import BreakMode
from avsctl.devnet.definitions import TaskDefinition
from avsctl.devnet.rpc import calldata

LADDER = dict(enumerate((120, 240, 360, 400, 520, 640, 760, 800, 920, 1040, 1160, 1200), 1))
COMMITTEE = (4, 5, 6, 7, 8, 9)
MODERN = pytest.mark.parametrize("ladder", ["v2", "v3"], indirect=True)
LATEST = pytest.mark.parametrize("ladder", ["v2"], indirect=True)
OUTSIDER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
TITLE = ("create", "--name", "x")


@pytest.fixture(scope="module")
def ladders(devnets, unchanged):
    """Give the function that brings the devnet of a generation to the ladder of powers, until the module ends."""
    climbed = {}
    with contextlib.ExitStack() as stack:

        def climb(generation):
            if generation not in climbed:
                devnet = climbed[generation] = stack.enter_context(unchanged(devnets(generation, drift=0)))
                held = {i: operator.voting_power for i, operator in enumerate(devnet.operators, 1)}
                land_sync(devnet, held, {i: power * E18 for i, power in LADDER.items()})
                stake(devnet, LADDER)
                changes.refresh_totals(devnet, devnet.task_definitions[::-1])  # a task passes once: in another order
            return climbed[generation]

        yield climb


@pytest.fixture(params=["v1", "v2", "v3"])
def ladder(request, ladders, unchanged):
    with unchanged(ladders(request.param)) as devnet:
        yield devnet


@pytest.fixture
def judge(ladder, env_for):
    """Give the function that prepares a change with ``avsctl task``."""

    def judge(*arguments, settings=None):
        return run(settings or env_for(ladder), "task", *arguments, "-o", "json")

    return judge


@pytest.fixture
def send(judge, ladder, env_for):
    """Give the function that sends a change, signed by the multisig's key."""

    def send(*arguments):
        settings = env_for(ladder) | {"GUARD_KEY": MULTISIG_KEY}
        return judge(*arguments, "--send", "--yes", "--key-env", "GUARD_KEY", settings=settings)

    return send


def land_sync(devnet, held, wanted):
    """Let a sync bring operators to these powers, in raw units, by id."""
    deltas = {i: power - held[i] for i, power in wanted.items()}
    rises, falls = {i: d for i, d in deltas.items() if d > 0}, {i: -d for i, d in deltas.items() if d < 0}
    changes.land_sync(devnet, rises, falls)


def stake(devnet, powers):
    """Give operators these powers in e18 on L1, by id."""
    changes.set_powers(devnet, {devnet.operators[i - 1].address: power * E18 for i, power in powers.items()})


def find(answer, code):
    (finding,) = [each for each in answer.document["findings"] if each["code"] == code]
    return finding


def tell(answer, code):
    finding = find(answer, code)
    return finding["severity"], finding["subject"], finding["text"]


def critical(answer):
    return {finding["code"] for finding in answer.document["findings"] if finding["severity"] == "critical"}


def options(*codes):
    return [each for code in codes for each in ("--allow", code)]


def require_allowed_by_name(judge, change, codes):
    """Hold that a change is refused for these findings, until each of them is allowed by name."""
    answer = judge(*change)
    assert (answer.status, answer.document["status"], critical(answer)) == (4, "refused", codes)
    assert {finding["allow"] for finding in answer.document["findings"] if "allow" in finding} == codes
    for missing in codes:
        assert judge(*change, *options(*(codes - {missing}))).status == 4
    answer = judge(*change, *options(*codes))
    assert (answer.status, set(answer.data["accepted"])) == (0, codes)
    assert critical(answer) == codes


def require_never_allowed(judge, change, codes):
    """Hold that a change is refused for these findings, and that none of them can be allowed."""
    answer = judge(*change)
    assert (answer.status, critical(answer)) == (4, codes)
    assert not [finding for finding in answer.document["findings"] if "allow" in finding]
    for code in codes:
        answer = judge(*change, "--allow", code)
        assert answer.status == 2
        assert f"--allow {code}: that finding cannot be allowed" in answer.problems[0]


# What cannot be allowed


def test_would_revert(ladder, judge):
    head = rpc.head(ladder.l2_url)
    change = (*TITLE, "--expiry", str(head))
    require_never_allowed(judge, change, {"would_revert", "expiry_past"})
    answer = judge(*change)
    assert tell(answer, "would_revert") == (
        "critical",
        "task 5",
        "call 1 of 1 would revert: InvalidBlockExpiry(): the expiry is not after the block of the call",
    )
    text = f"expires at block {head}, and the call would be in block {head + 1} at the earliest"
    assert tell(answer, "expiry_past") == ("critical", "task 5", text)
    assert answer.data["calls"][0]["revert"] == "InvalidBlockExpiry()"
    assert answer.data["states"] == dict.fromkeys(("before", "after", "after_10001", "after_10002"))


def test_role_missing(ladder, judge, env_for):
    change = ("update", "2", "--min-power", "200e18", "--from", OUTSIDER)
    require_never_allowed(judge, change, {"role_missing", "would_revert"})
    answer = judge(*change)
    text = f"{OUTSIDER} does not hold AVS_GOVERNANCE_MULTISIG on L2"
    assert tell(answer, "role_missing") == ("critical", "role", text)
    told = f"AccessControlUnauthorizedAccount({OUTSIDER}, AVS_GOVERNANCE_MULTISIG)"
    assert told in find(answer, "would_revert")["text"]
    assert answer.data["calls"][0]["revert"] == told
    states = answer.data["states"]
    assert states.pop("before") == show(ladder, env_for, 2)
    assert set(states.values()) == {None}
    screen = run(env_for(ladder), "task", *change).stdout
    assert f"As {OUTSIDER} (an account with a key), which does not hold AVS_GOVERNANCE_MULTISIG\n" in screen
    assert '\nTask 2 "bridge committee": ' in screen


def test_flow_paused(ladder, judge):
    govern(ladder, calldata("pause(bytes4)", SUBMISSION_FLOW))
    change = ("update", "2", "--restricted", "1,2,3,4")
    answer = judge(*change)
    assert answer.status == 0
    assert tell(answer, "flow_paused")[:2] == ("warning", "TASKS_SUBMISSION_FLOW")
    govern(ladder, calldata("unpause(bytes4)", SUBMISSION_FLOW), calldata("pause(bytes4)", CREATION_FLOW))
    require_never_allowed(judge, change, {"flow_paused", "would_revert"})
    text = "CREATE_NEW_TASK_DEFINITION_FLOW is paused: no call that makes or changes a task definition passes"
    assert tell(judge(*change), "flow_paused") == ("critical", "CREATE_NEW_TASK_DEFINITION_FLOW", text)


# Quorums


def test_dead_and_min_above_everyone(ladder, judge, send, env_for):
    change = ("update", "1", "--min-power", "1201e18")
    require_allowed_by_name(judge, change, {"dead"})
    answer = judge(*change)
    needed = "two thirds of it are 0" if str(ladder.generation) == "v1" else "needs 5440, and no admissible set"
    assert needed in find(answer, "dead")["text"]
    text = "the minimum, 1201e18, is above the strongest of 12 active operators, 1200e18"
    assert tell(answer, "min_above_everyone") == ("warning", "task 1", text)
    nonce = nonce_of(ladder)
    assert (send(*change).status, nonce_of(ladder)) == (4, nonce)
    answer = send(*change, "--allow", "dead")
    assert (answer.status, answer.data["outcome"]) == (0, "sent")
    assert Look(ladder, env_for, 1).verdict == "dead"


@MODERN
def test_max_below_quorum(ladder, judge):
    definition = create(ladder, list_=COMMITTEE)
    change = ("set-max-attesters", str(definition), "3")
    require_allowed_by_name(judge, change, {"dead"})
    text = "the 3 strongest bring 2480 of ~2693.3333; 4 are the fewest that reach it, with 3120 (e18)"
    assert tell(judge(*change), "max_below_quorum") == ("warning", f"task {definition}", text)
    assert "max_below_quorum" not in judge("set-max-attesters", str(definition), "4").codes


def test_fragile_is_a_warning_where_a_change_makes_it_so(ladder, judge):
    definition = str(create(ladder, list_=COMMITTEE))
    answer = judge(*TITLE, "--restricted", "4,12")
    assert answer.status == 0
    assert tell(answer, "fragile") == ("warning", f"task {int(definition) + 1}", "dead without operator 12")
    answer = judge("update", definition, "--restricted", "4,12")
    text = "dead without operator 12; before any 1 could be offline"
    assert tell(answer, "fragile") == ("warning", f"task {definition}", text)
    govern(ladder, calldata(f"{list_setter(ladder)}(uint16,uint256[])", int(definition), [3, 12]))
    answer = judge("update", definition, "--restricted", "4,12")
    text = "dead without operator 12; fragile before, too"
    assert tell(answer, "fragile") == ("info", f"task {definition}", text)


def list_setter(devnet):
    whom = "Operators" if str(devnet.generation) == "v1" else "Attesters"
    return f"setTaskDefinitionRestricted{whom}"


def test_dead_between(ladder, judge, tmp_path):
    definition = str(create(ladder, list_=COMMITTEE))
    change = ("update", definition, "--min-power", "100e18")
    text = "dead after call 1 of 2: needs 5440, and no admissible set of attesters brings more than 4040 (e18)"
    answer = judge(*change)
    assert (answer.status, answer.data["atomic"]) == (0, False)
    assert tell(answer, "dead_between") == ("warning", f"task {definition}", text)
    answer = judge(*change, "--safe-batch", str(tmp_path / "batch.json"))
    assert (answer.status, answer.data["atomic"]) == (0, True)
    assert "dead_between" not in answer.codes


def test_total_too_small(ladder, judge):
    held = {i: power * E18 for i, power in LADDER.items()}
    land_sync(ladder, held, {1: 2, 2: 1})
    changes.set_powers(ladder, {ladder.operators[0].address: 2, ladder.operators[1].address: 1})
    answer = judge(*TITLE, "--restricted", "1")
    assert answer.status == 0
    text = "the total is 2raw: no task can be rejected"
    assert tell(answer, "total_too_small") == ("warning", "task 5", text)
    answer = judge(*TITLE, "--restricted", "2")
    assert (answer.status, critical(answer)) == (4, {"dead"})
    assert find(answer, "total_too_small")["text"] == "the total is 1raw: no task can be rejected, nor approved"


@MODERN
def test_stale(ladder, judge):
    definition = str(create(ladder, list_=COMMITTEE))
    land_sync(ladder, {9: 920 * E18}, {9: 900 * E18})
    stake(ladder, {9: 900})
    answer = judge("set-max-attesters", definition, "6")
    assert answer.status == 0
    text = "the stored total is 4040, the operators' powers give 4020 (e18)"
    assert tell(answer, "stale") == ("warning", f"task {definition}", text)
    assert find(answer, "stale")["remedy"] == [f"avsctl task refresh {definition}"]


# Syncs


def test_dead_after_sync_by_weaker_operators(ladder, judge):
    """A list of four of whom one loses nearly everything: with the old total the others fall short."""
    stake(ladder, {12: 1})
    require_allowed_by_name(judge, (*TITLE, "--restricted", "9,10,12"), {"dead_after_sync"})
    answer = judge(*TITLE, "--restricted", "9,10,12")
    _, _, text = tell(answer, "dead_after_sync")
    sync = "the next sync of powers" if str(ladder.generation) == "v1" else "10001"
    start = f"When {sync} lands, operator 12 (1200 -> 1) loses power: 10, 9 and 12 bring 1961 of ~2106.6667"
    assert text.startswith(start)
    last = answer.data["states"]["after_10002"]
    assert last is None if str(ladder.generation) == "v1" else last["verdict"] == "fragile"


def test_sync_not_foreseen(ladder, judge, env_for):
    change = ("update", "2", "--restricted", "1,2,3,4")
    settings = {name: value for name, value in env_for(ladder).items() if name not in ("L1_RPC", "L1_CHAIN")}
    answer = judge(*change, settings=settings)
    assert answer.status == 0
    assert tell(answer, "sync_not_foreseen")[:2] == ("warning", "l1")
    assert answer.data["states"]["after_10001"] is answer.data["states"]["after_10002"] is None
    changes.break_read(ladder, ladder.operators[4].address, BreakMode.REVERTS_WITH_STRING)
    answer = judge(*change)
    assert answer.status == 0
    assert find(answer, "sync_not_foreseen")["text"].startswith("the L1 power of operator 5 could not be read")


def test_sync_leaves_out(ladder, judge, env_for):
    definition = str(create(ladder, list_=COMMITTEE))
    changes.unregister_l1(ladder, [ladder.operators[7].address, ladder.operators[8].address])
    answer = judge("update", definition, "--restricted", "5,6,7,8,9")
    assert answer.status == 0
    sync = "the next sync of powers" if str(ladder.generation) == "v1" else "10001"
    text = (
        f"{sync} is foreseen to leave operators 8 (800, not registered on L1) and 9 (920, not registered on L1) as they"
        " are; if a node lowers them to 0, the task is dead: 7, 6 and 5 bring 1920 of ~2426.6667 (e18)"
    )
    assert tell(answer, "sync_leaves_out") == ("warning", f"task {definition}", text)
    states = answer.data["states"]
    assert states["after_10001"] == states["after"]
    without_l1 = {name: value for name, value in env_for(ladder).items() if name not in ("L1_RPC", "L1_CHAIN")}
    assert "sync_leaves_out" not in judge("update", definition, "--restricted", "5,6,7,8,9", settings=without_l1).codes


@MODERN
def test_sync_unable(ladder, judge):
    require_allowed_by_name(judge, ("set-max-attesters", "10001", "1"), {"dead", "sync_unable"})
    text = "no sync of powers would land any more: needs ~3173.3333, and"
    assert tell(judge("set-max-attesters", "10001", "1"), "sync_unable")[2].startswith(text)
    text = "no sync of totals would land any more: "
    assert tell(judge("set-max-attesters", "10002", "1"), "sync_unable")[2].startswith(text)
    stake(ladder, {12: 1})
    change = ("update", "10001", "--restricted", "9,10,12")
    require_allowed_by_name(judge, change, {"dead_after_sync", "sync_unable"})
    text = "no sync of powers would land any more once the next 10001 has: needs ~2106.6667"
    assert tell(judge(*change), "sync_unable")[2].startswith(text)


# Who may attest


def test_min_power_slip(judge):
    change = ("update", "1", "--min-power", "500raw")
    require_allowed_by_name(judge, change, {"min_power_slip"})
    text = "the minimum, 500raw, is below a millionth of the smallest active power, 120e18"
    assert tell(judge(*change), "min_power_slip") == ("critical", "task 1", text)
    assert "min_power_slip" not in judge("update", "1", "--min-power", "0.00012e18").codes


def test_min_excludes_nobody(judge):
    answer = judge("update", "1", "--min-power", "120e18")
    assert answer.status == 0
    text = "the minimum, 120e18, excludes nobody: the weakest active operator has 120e18"
    assert tell(answer, "min_excludes_nobody") == ("info", "task 1", text)
    assert "min_excludes_nobody" not in judge("update", "1", "--min-power", "121e18").codes


def test_dead_ids_listed(ladder, judge):
    gone = ladder.operators[8]
    definition = str(create(ladder, list_=COMMITTEE))
    changes.unregister_l2(ladder, [gone.address])
    answer = judge(*TITLE, "--restricted", "4,5,6,7,8,9")
    assert answer.status == 0
    assert tell(answer, "dead_ids_listed")[0::2] == ("warning", "lists 9, not active")
    changes.register_l2(ladder, [gone], [920 * E18])
    answer = judge("update", definition, "--min-power", "200e18")
    text = "lists 9, not active; the address of 9 is active as 13"
    assert tell(answer, "dead_ids_listed") == ("warning", f"task {definition}", text)
    (remedy,) = find(answer, "dead_ids_listed")["remedy"]
    assert remedy == f"avsctl task update {definition} --restricted 4,5,6,7,8,13"
    assert "dead_ids_listed" not in judge(*remedy.split()[2:]).codes


def test_unknown_ids_listed(ladder, judge):
    definition = str(create(ladder, list_=(*COMMITTEE, 99)))
    change = (*TITLE, "--restricted", "4,5,6,7,8,13,14")
    require_allowed_by_name(judge, change, {"unknown_ids_listed"})
    text = "the change lists 13 and 14: the highest id is 12, and a later registrant inherits the seat"
    assert tell(judge(*change), "unknown_ids_listed")[2] == text
    answer = judge("update", definition, "--min-power", "200e18")
    assert answer.status == 0
    assert tell(answer, "unknown_ids_listed") == ("warning", f"task {definition}", "lists 99, as before")


def test_duplicate_address(ladder, judge):
    twice = ladder.operators[3]
    changes.register_l2(ladder, [twice], [400 * E18])
    change = (*TITLE, "--restricted", "4,5,6,7,8,13")
    require_allowed_by_name(judge, change, {"duplicate_address"})
    text = f"lists 4 and 13, all active under {twice.address}"
    assert tell(judge(*change), "duplicate_address") == ("critical", "task 5", text)


# The rest


def test_expiry_near(ladder, judge):
    head = rpc.head(ladder.l2_url)
    answer = judge(*TITLE, "--expiry", "+10")
    assert answer.status == 0
    start = f"expires at block {head + 10}, 9 blocks or about "
    assert find(answer, "expiry_near")["severity"] == "warning"
    assert find(answer, "expiry_near")["text"].startswith(start)
    definition = str(create(ladder, list_=COMMITTEE, expiry=head + 50))
    assert "expiry_near" in judge("update", definition, "--restricted", "4,5,6,7,8,9,10").codes


@MODERN
def test_default_definition_changed(judge):
    answer = judge("update", "0", "--min-power", "130e18")
    assert answer.status == 0
    severity, subject, text = tell(answer, "default_definition_changed")
    assert (severity, subject) == ("warning", "task 0")
    assert text.endswith("pays 10 to each attester, 10 to the performer and 10 to the aggregator (e18)")


def test_assumed_from_v2(ladder, judge):
    answer = judge("update", "2", "--restricted", "1,2,3,4")
    assert ("assumed_from_v2" in answer.codes) is (str(ladder.generation) == "v3")
    if "assumed_from_v2" in answer.codes:
        text = "how quorums are counted, and what the syncs to come do to powers and totals"
        assert tell(answer, "assumed_from_v2") == ("info", "v3", text)


WITHOUT_SIMULATION = {"lacks": frozenset({"eth_simulateV1"})}


def test_state_after_not_read(ladder, judge, send):
    with through_proxies(ladder, Limits(**WITHOUT_SIMULATION, has_overrides=False)) as settings:
        change = ("update", "2", "--min-power", "200e18")
        answer = judge(*change, settings=settings | {"AVSCTL_MULTISIG": ladder.multisig})
    assert answer.status == 0
    assert tell(answer, "state_after_not_read")[:2] == ("warning", "simulation")
    assert answer.data["states"]["after"] == send(*change).data["states"]["after"]


@LATEST
def test_block_edge(ladder, judge):
    head = rpc.head(ladder.l2_url)
    limits = Limits(**WITHOUT_SIMULATION, block_overrides=Overrides.REFUSED)
    with through_proxies(ladder, limits) as settings:
        answer = judge(*TITLE, "--expiry", "+1", settings=settings | {"AVSCTL_MULTISIG": ladder.multisig})
        far = judge(*TITLE, "--expiry", "+3", settings=settings | {"AVSCTL_MULTISIG": ladder.multisig})
    assert (answer.status, answer.data["is_next_block"]) == (0, False)
    text = f"simulated in block {head}, not in the next one; the expiry, block {head + 1}, is that near"
    assert tell(answer, "block_edge") == ("warning", "task 5", text)
    assert "block_edge" not in far.codes


# The two-step trap


@MODERN
def test_the_two_step_trap(ladder, judge, send, env_for):
    """Two operators have drifted: with a minimum the committee is live today, and dead once their powers arrive."""
    definition = create(ladder, b"price-feed", list_=COMMITTEE)
    stake(ladder, {5: 70, 8: 0})
    assert Look(ladder, env_for, definition).verdict == "live"
    change = ("update", str(definition), "--min-power", "500e18", "--max-attesters", "4")

    answer = judge(*change)
    assert (answer.status, critical(answer)) == (4, {"dead_after_sync"})
    text = (
        "When 10001 lands, operators 5 (520 -> 70) and 8 (800 -> 0) fall below 500: 9, 7 and 6 bring 2320 of"
        " ~2426.6667 (e18). The stored total follows only at 10002: ~1546.6667 is needed"
        " then."
    )
    assert tell(answer, "dead_after_sync") == ("critical", f"task {definition}", text)
    states = answer.data["states"]
    figures = [
        ("before", "live", 2693, 4040, 1, []),
        ("after", "live", 2426, 3120, 1, []),
        ("after_10001", "dead", 2426, 2320, None, []),
        ("after_10002", "fragile", 1546, 2320, 0, [9]),
    ]
    for stage, verdict, needed, attainable, spare, pivotal in figures:
        quorum = states[stage]["quorum"]
        assert states[stage]["verdict"] == verdict
        assert int(quorum["required_approve"]) // E18 == needed
        assert quorum["attainable"] == str(attainable * E18)
        assert (quorum["spare_operators"], quorum["pivotal"]) == (spare, pivotal)

    nonce = nonce_of(ladder)
    assert send(*change).status == 4
    assert send(*change, "--allow", "dead").status == 4
    assert nonce_of(ladder) == nonce
    answer = send(*change, "--allow", "dead_after_sync")
    assert (answer.status, answer.data["outcome"], answer.data["accepted"]) == (0, "sent", ["dead_after_sync"])
    assert [call["differences"] for call in answer.data["sent"]] == [[], [], []]
    assert answer.data["states"] == states
    assert show(ladder, env_for, definition) == states["after"]
    assert attempt(ladder, definition, [6, 7, 8, 9]) is None

    changes.land_sync(ladder, {}, {5: 450 * E18, 8: 800 * E18})
    assert show(ladder, env_for, definition) == states["after_10001"]
    assert attempt(ladder, definition, [6, 7, 9]) == "InsufficientVotingPower"

    landed = TaskDefinition(definition, "", 500 * E18, COMMITTEE, 4)
    changes.refresh_totals(ladder, [landed])
    assert show(ladder, env_for, definition) == states["after_10002"]
    assert attempt(ladder, definition, [6, 7, 9]) is None
    assert attempt(ladder, definition, [6, 7]) == "InsufficientVotingPower"


def test_the_two_step_trap_without_a_sync_of_totals(ladders, unchanged, env_for):
    """On the first generation there is no maximum, and nothing but governance counts the total anew."""
    with unchanged(ladders("v1")) as devnet:
        definition = create(devnet, list_=COMMITTEE)
        stake(devnet, {5: 70, 8: 0, 9: 0})
        settings = env_for(devnet) | {"GUARD_KEY": MULTISIG_KEY}
        change = ("task", "update", str(definition), "--min-power", "500e18", "-o", "json")
        signed = ("--send", "--yes", "--key-env", "GUARD_KEY", "--allow", "dead_after_sync")
        answer = run(settings, *change)
        assert (answer.status, critical(answer)) == (4, {"dead_after_sync"})
        assert find(answer, "dead_after_sync")["text"].endswith("No sync counts the stored total anew on V1.")
        states = answer.data["states"]
        assert states["after_10002"] is None
        assert run(settings, *change, *signed).status == 0
        assert show(devnet, env_for, definition) == states["after"]
        changes.land_sync(devnet, {}, {5: 450 * E18, 8: 800 * E18, 9: 920 * E18})
        assert show(devnet, env_for, definition) == states["after_10001"]
        assert states["after_10001"]["verdict"] == "dead"
        assert run(settings, "task", "refresh", str(definition), *signed[:4], "-o", "json").status == 0
        assert show(devnet, env_for, definition)["verdict"] == "fragile"


def show(devnet, env_for, definition):
    """Give a definition as ``task show`` has it, without its operators."""
    (row,) = run(env_for(devnet), "task", "show", str(definition), "-o", "json").data["task_definitions"]
    del row["operators"]
    return row
