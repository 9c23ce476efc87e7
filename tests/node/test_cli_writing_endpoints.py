"""Changes prepared and sent at endpoints that lack something: the answer says so, and is right as far as it goes."""

import json

import pytest
from commandline import through_proxies
from eth_utils import keccak
from proxy import Limits, Recorder
from test_cli_tasks import Truth, create, govern
from test_cli_ways_out import check_landed, head, lines_of, send, task, told
from test_safes import govern_by

from avsctl.chain.fake import Overrides
from avsctl.devnet import changes
from avsctl.devnet.changes import BreakMode
from avsctl.devnet.rpc import calldata

SIMULATE_V1 = frozenset({"eth_simulateV1"})
OVERRIDES = Limits(lacks=SIMULATE_V1)
BARE = Limits(lacks=SIMULATE_V1, has_overrides=False)
TIGHT = Limits(lacks=SIMULATE_V1, has_overrides=False, most_items=10)
WAYS = {"eth_simulateV1": Limits(), "eth_call_override": OVERRIDES, "eth_call_one_by_one": BARE}
LESS = pytest.mark.parametrize("way", list(WAYS)[1:])
"""What lacks something; with the best way everything is tried in test_cli_ways_out."""
JSON = ("-o", "json")


@pytest.fixture(params=["v1", "v2", "v3"])
def calm(request, devnets, unchanged):
    """Twelve operators that all are active, nothing stale."""
    with unchanged(devnets(request.param, drift=0)) as devnet:
        yield devnet


@pytest.fixture
def chosen(request, devnets, unchanged):
    """The same of one generation."""
    with unchanged(devnets(request.param, drift=0)) as devnet:
        yield devnet


@pytest.fixture
def calm_v2(devnets, unchanged):
    with unchanged(devnets("v2", drift=0)) as devnet:
        yield devnet


def show(devnet, limits, *arguments, recorder=None):
    """Run ``avsctl task`` through proxies with these limits in front of both nodes."""
    with through_proxies(devnet, limits, recorder=recorder) as settings:
        return task(settings, *arguments, *JSON)


def forget(states):
    """What all ways tell: not the raw slot, and no block by which something expires."""
    known = {
        when: state and {**state, "quorum": {**state["quorum"], "raw_total": None}} for when, state in states.items()
    }
    return json.loads(json.dumps(known))


def critical(answer):
    return {f["code"] for f in answer.document["findings"] if f["severity"] == "critical"}


def texts(answer, code):
    return [f["text"] for f in answer.document["findings"] if f["code"] == code]


def updates(devnet):
    """Changes of definition 5, restricted to 1 to 4: of one call, of several, and of two that need an order."""
    yield ("update", 5, "--restricted", "1,2,3")
    yield ("update", 5, "--min-power", "100e18", "--restricted", "1,2,3,4,5")
    yield ("update", 5, "--restricted", "none", "--min-power", "200e18")
    yield ("create", "--name", "new", "--restricted", "2,4,6,8", "--min-power", "50e18", "--expiry", "+1000")
    if str(devnet.generation) != "v1":
        yield ("update", 5, "--restricted", "1,2,3,4,5,6", "--max-attesters", "6")


# What a node can simulate with


def test_every_way_foresees_the_same_and_names_itself(calm):
    assert create(calm, list_=[1, 2, 3, 4]) == 5
    for change in updates(calm):
        answers = {way: show(calm, limits, *change) for way, limits in WAYS.items()}
        best = answers["eth_simulateV1"]
        for way, answer in answers.items():
            assert answer.status == 0, told(answer)
            assert answer.data["simulated_with"] == way
            assert answer.data["calls"] == best.data["calls"]
            assert forget(answer.data["states"]) == forget(best.data["states"])
            is_read = way != "eth_call_one_by_one"
            assert answer.data["is_next_block"] is is_read
            height = head(calm)["l2"]["number"] + is_read
            assert answer.data["simulated_at_block"] == height
            assert ("state_after_not_read" in answer.codes) is not is_read
            others = [code for code in answer.codes if code not in ("state_after_not_read", "limited_endpoint")]
            assert sorted(others) == sorted(best.codes)


def test_the_screen_says_how_it_was_simulated(calm_v2):
    told_by = {
        OVERRIDES: "simulated with eth_call under a code override, not eth_simulateV1, at block {next}",
        BARE: "eth_call, each call alone on the state before all, not eth_simulateV1, at block {this} itself",
    }
    this = head(calm_v2)["l2"]["number"]
    for limits, text in told_by.items():
        with through_proxies(calm_v2, limits) as settings:
            answer = task(settings, "update", 1, "--min-power", "100e18")
        assert answer.status == 0
        assert text.format(this=this, next=this + 1) in " ".join(answer.stdout.split())
        assert ("warning  state_after_not_read" in answer.stdout) is (limits is BARE)


@LESS
def test_the_guards_refuse_by_every_way(calm, way, tmp_path):
    assert create(calm, list_=[1, 2, 3, 4]) == 5
    cases = [
        (("update", 5, "--min-power", "9000e18"), {"dead"}),
        (("update", 5, "--min-power", "5raw"), {"min_power_slip"}),
        (("create", "--name", "x", "--restricted", "98,99"), {"dead", "unknown_ids_listed"}),
        (("create", "--name", "x", "--expiry", head(calm)["l2"]["number"]), {"would_revert", "expiry_past"}),
    ]
    if str(calm.generation) != "v1":
        cases.append((("set-max-attesters", 5, 1), {"dead"}))
        cases.append((("update", 10001, "--restricted", "1,2,3,4", "--max-attesters", "1"), {"dead", "sync_unable"}))
    file, before = tmp_path / "batch.json", head(calm)
    with through_proxies(calm, WAYS[way]) as settings:
        for change, codes in cases:
            answer = send(settings, *change)
            assert (answer.status, answer.data["outcome"], head(calm)) == (4, "shown", before)
            assert codes <= critical(answer), told(answer)
        assert task(settings, *change, "--safe-batch", file).status == 4
        given = task(settings, *change, "--calldata")
        assert (given.status, given.stdout, file.exists()) == (4, "", False)


@LESS
def test_a_sender_without_the_role_is_refused_by_every_way(calm_v2, way):
    answer = show(calm_v2, WAYS[way], "update", 1, "--min-power", "100e18", "--from", calm_v2.owner)
    assert answer.status == 4
    assert {"role_missing", "would_revert"} <= critical(answer)


@LESS
def test_a_paused_flow_refuses_by_every_way(calm, way):
    flow = keccak(text="CREATE_NEW_TASK_DEFINITION_FLOW")[:4]
    govern(calm, calldata("pause(bytes4)", flow))
    answer = show(calm, WAYS[way], "update", 1, "--min-power", "100e18")
    assert answer.status == 4
    assert {"flow_paused", "would_revert"} <= critical(answer)


@pytest.mark.parametrize(
    ("chosen", "way"),
    [
        ("v1", "eth_call_one_by_one"),
        ("v2", "eth_call_one_by_one"),
        ("v2", "eth_call_override"),
        ("v3", "eth_call_override"),
    ],
    indirect=["chosen"],
)
def test_what_is_sent_is_compared_by_every_way(chosen, way):
    assert create(chosen, list_=[1, 2, 3, 4]) == 5
    with through_proxies(chosen, l1=Limits(), l2=WAYS[way]) as settings:
        answer = send(settings, "update", 5, "--min-power", "100e18", "--restricted", "1,2,3,4,5")
        assert answer.status == 0, told(answer)
        assert [each["is_as_simulated"] for each in answer.data["sent"]] == [True, True]
        check_landed_but_raw(chosen, answer.data)
        made = send(settings, "create", "--name", "new", "--restricted", "2,4,6,8")
    assert (made.data["sent"][0]["task_definition_id"], made.data["sent"][0]["is_as_simulated"]) == (6, True)
    check_landed_but_raw(chosen, made.data)


def check_landed_but_raw(devnet, data):
    after = forget(data["states"])["after"]
    truth = Truth(devnet, head(devnet)).definition(data["task_definition_id"])
    truth["quorum"]["raw_total"] = None
    assert after == {key: truth[key] for key in after}


@LESS
def test_a_safe_prepares_by_every_way(calm_v2, way):
    assert create(calm_v2, list_=[1, 2, 3, 4]) == 5
    safe = govern_by(calm_v2)
    answer = show(calm_v2, WAYS[way], "update", 5, "--min-power", "100e18", "--from", safe)
    assert answer.status == 0, told(answer)
    assert (answer.data["simulated_with"], answer.data["safe"]["address"]) == (way, safe)
    with through_proxies(calm_v2, WAYS[way]) as settings:
        assert len(lines_of(task(settings, "update", 5, "--min-power", "100e18", "--from", safe, "--calldata"))) == 1


def test_what_follows_a_file_needs_the_state_after_it(calm, tmp_path):
    file = tmp_path / "batch.json"
    first = ("create", "--name", "x", "--restricted", "1,2,3,4", "--safe-batch", file)
    then = ("update", 5, "--min-power", "100e18", "--safe-batch", file, "--append")
    with through_proxies(calm, OVERRIDES) as settings:
        assert task(settings, *first).status == 0
        assert task(settings, *then, *JSON).data["file"]["calls"] == 3
    before = file.read_bytes()
    for way in (("--after", file), ("--safe-batch", file, "--append")):
        answer = show(calm, BARE, "create", "--name", "y", *way)
        assert (answer.status, file.read_bytes()) == (5, before)
        assert "the state after the earlier calls cannot be read" in answer.problems[0]


def test_gas_that_suffices_for_the_file_and_not_for_what_follows_is_told(calm_v2, tmp_path):
    file = tmp_path / "batch.json"
    for mode in ((), ("--append",), ("--append",)):
        assert show(calm_v2, Limits(), *LONG, "--safe-batch", file, *mode).status == 0
    answers = {}
    for gas in range(900_000, 3_000_000, 300_000):
        answer = show(calm_v2, Limits(lacks=SIMULATE_V1, gas_cap=gas), *LONG, "--after", file)
        answers.setdefault(answer.status, answer)
    assert set(answers) == {0, 5}
    assert answers[0].data["simulated_with"] == "eth_call_override"
    assert "the state after the earlier calls cannot be read" in answers[5].problems[0]


LONG = ("create", "--name", "n" * 250, "--restricted", "1,2,3,4")


# Blocks


@pytest.mark.parametrize(
    ("chosen", "limits", "way"),
    [
        ("v1", Limits(block_overrides=Overrides.REFUSED), "eth_call_override"),
        ("v2", Limits(lacks=SIMULATE_V1, block_overrides=Overrides.REFUSED), "eth_call_override"),
        ("v2", Limits(block_overrides=Overrides.IGNORED), "eth_simulateV1"),
        ("v3", Limits(lacks=SIMULATE_V1, block_overrides=Overrides.IGNORED), "eth_call_override"),
        *((generation, BARE, "eth_call_one_by_one") for generation in ("v1", "v2", "v3")),
    ],
    indirect=["chosen"],
)
def test_an_expiry_near_the_block_is_told_where_the_next_block_cannot_be_simulated(chosen, limits, way):
    this = head(chosen)["l2"]["number"]
    for expiry, is_near in (("+1", True), (this + 1, True), ("+2", True), (this + 3, False)):
        answer = show(chosen, limits, "create", "--name", "x", "--expiry", expiry)
        assert answer.status == 0, told(answer)
        data = answer.data
        assert (data["simulated_with"], data["is_next_block"], data["simulated_at_block"]) == (way, False, this)
        assert ("block_edge" in answer.codes) is is_near
        assert "expiry_near" in answer.codes
    assert show(chosen, limits, "create", "--name", "x", "--expiry", this).status == 4


def test_an_expiry_that_the_next_block_reaches_is_refused_where_it_can_be_simulated(calm):
    this = head(calm)["l2"]["number"]
    for limits in (Limits(), OVERRIDES):
        answer = show(calm, limits, "create", "--name", "x", "--expiry", str(this + 1))
        assert (answer.status, critical(answer)) == (4, {"would_revert", "expiry_past"})
        assert answer.data["is_next_block"]
        answer = show(calm, limits, "create", "--name", "x", "--expiry", str(this + 2))
        assert (answer.status, "block_edge" in answer.codes) == (0, False)


# Limits on requests


def test_small_batches_and_no_overrides_suffice(calm, tmp_path):
    assert create(calm, list_=[1, 2, 3, 4]) == 5
    recorder, file = Recorder(), tmp_path / "batch.json"
    for change in list(updates(calm))[::3]:
        answer = show(calm, TIGHT, *change, recorder=recorder)
        assert answer.status == 0, told(answer)
        best = show(calm, Limits(), *change)
        assert answer.data["calls"] == best.data["calls"]
        assert forget(answer.data["states"]) == forget(best.data["states"])
    assert max(len(each.methods) for each in recorder.exchanges if "eth_call" in each.methods) <= 10
    with through_proxies(calm, TIGHT) as settings:
        assert task(settings, "update", 5, "--min-power", "100e18", "--safe-batch", file).status == 0
        assert len(lines_of(task(settings, "update", 5, "--min-power", "100e18", "--calldata"))) == 2
        answer = send(settings, "update", 5, "--min-power", "100e18")
    assert answer.status == 0, told(answer)
    assert [each["is_as_simulated"] for each in answer.data["sent"]] == [True, True]
    check_landed_but_raw(calm, answer.data)


# L1


@pytest.mark.parametrize(
    ("chosen", "missing"),
    [("v1", "L1_RPC"), ("v2", "L1_RPC"), ("v3", "L1_RPC"), ("v2", "AVS_GOVERNANCE_ADDRESS")],
    indirect=["chosen"],
)
def test_without_l1_what_the_next_sync_does_is_not_foreseen(chosen, env_for, missing):
    settings = {name: value for name, value in env_for(chosen).items() if name != missing}
    answer = task(settings, "update", 1, "--min-power", "100e18", *JSON)
    assert answer.status == 0, told(answer)
    assert answer.document["blocks"]["l1"] is None
    assert texts(answer, "sync_not_foreseen") == ["L1 was not read: what the next sync does is not known"]
    states = answer.data["states"]
    assert (states["after_10001"], states["after_10002"]) == (None, None)
    assert states["after"]["minimum_voting_power"] == str(100 * 10**18)
    sent = send(settings, "update", 1, "--min-power", "100e18")
    assert sent.data["sent"][0]["is_as_simulated"]
    check_landed(chosen, sent.data)


@pytest.mark.parametrize(
    ("chosen", "mode"),
    [("v1", BreakMode.REVERTS_WITH_STRING), ("v2", BreakMode.REVERTS_EMPTY), ("v3", BreakMode.REVERTS_WITH_ERROR)],
    indirect=["chosen"],
)
def test_an_operator_that_cannot_be_read_on_l1_is_named(chosen, env_for, mode):
    changes.break_read(chosen, chosen.operators[4].address, mode)
    answer = task(env_for(chosen), "update", 1, "--min-power", "100e18", *JSON)
    assert answer.status == 0, told(answer)
    (text,) = texts(answer, "sync_not_foreseen")
    assert "operator 5" in text
    states = answer.data["states"]
    assert states["after_10001"]["verdict"] == states["after"]["verdict"]
    sent = send(env_for(chosen), "update", 1, "--min-power", "100e18")
    assert sent.status == 0, told(sent)
    check_landed(chosen, sent.data)


def test_an_l1_that_does_not_answer_is_an_error_and_sends_nothing(calm_v2, env_for):
    before = head(calm_v2)
    for limits in (Limits(page=(503, "<html>down</html>")), Limits(lacks=frozenset({"eth_call"}))):
        with through_proxies(calm_v2, l1=limits, l2=Limits()) as settings:
            answer = send(settings, "update", 1, "--min-power", "100e18", "--timeout", "3")
        assert (answer.status, head(calm_v2)) == (5, before)
        assert "L1" in answer.problems[0]
