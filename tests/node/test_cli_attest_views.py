"""``--view`` of ``attest simulate``: updates recomputed through attesters' own endpoints, good ones and bad ones."""

import contextlib
import json

import pytest
from commandline import run
from proxy import Limits, Recorder, proxied
from test_cli_tasks import govern, list_call

from avsctl.core.units import E18
from avsctl.devnet import changes, rpc

MOST_REQUESTS = 3
"""Of one view on one layer: to open it, and to read what twelve operators take."""
KEY = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
VIEW_KEYS = ["name", "operator_ids", "is_right", "comparison", "failure"]


@pytest.fixture
def calm_v2(devnets, unchanged):
    """Twelve operators that all are active, of whom the second has a little more on L1; nothing stale."""
    with unchanged(devnets("v2", drift=0)) as devnet:
        second = devnet.operators[1]
        changes.set_powers(devnet, {second.address: second.voting_power + 5 * E18})
        yield devnet


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """Let pauses between tries take no time."""
    monkeypatch.setattr("avsctl.chain.transport.SystemClock.sleep", lambda self, seconds: None)


def simulate(devnet, env_for, *views, arguments=()):
    options = [option for view in views for option in ("--view", view)]
    return run(env_for(devnet), "attest", "simulate", "-o", "json", *options, *arguments)


def through(name, l1, l2):
    return f"{name}={l1},{l2}"


def seen(answer):
    (view,) = answer.data["views"]
    assert list(view) == VIEW_KEYS
    return view


def ballot(answer, operator_id):
    (own,) = [each for each in answer.data["attesters"] if each["operator_id"] == operator_id]
    return own["vote"], own["reason"]


def findings(answer):
    return [each for each in answer.document["findings"] if each["code"] == "view_differs"]


def behind(url, blocks):
    """Give what an endpoint answers itself whose head is so many blocks behind that of a node."""
    head = rpc.head(url) - blocks

    def answer(item):
        if item["method"] != "eth_getBlockByNumber":
            return None
        tag = item["params"][0]
        number = head if tag == "latest" else int(tag, 16)
        if number > head:
            return {"result": None}
        return {"result": rpc.call(url, "eth_getBlockByNumber", hex(number), False)}

    return Limits(answer=answer)


def lying(url, true, false):
    """Give what an endpoint answers itself that says one number for another, wherever it stands."""

    def answer(item):
        if item["method"] != "eth_call":
            return None
        result = rpc.call(url, "eth_call", *item["params"])
        return {"result": result.replace(f"{true:064x}", f"{false:064x}")}

    return Limits(answer=answer)


def pruned(head_hash):
    """Give what an endpoint answers itself that has the state of no block but one."""

    def answer(item):
        if item["method"] != "eth_call" or item["params"][1] == {"blockHash": head_hash, "requireCanonical": True}:
            return None
        text = "missing trie node 6d1e (path ) state is not available"
        return {"error": {"code": -32000, "message": text}}

    return Limits(answer=answer)


# Who sees what


def test_an_endpoint_that_says_the_same_finds_it_right(calm_v2, env_for):
    recorders = Recorder(), Recorder()
    with (
        proxied(calm_v2.l1_url, recorder=recorders[0]) as l1,
        proxied(calm_v2.l2_url, recorder=recorders[1]) as l2,
    ):
        answer = simulate(calm_v2, env_for, through("3", l1, l2))
    assert (answer.status, findings(answer)) == (0, [])
    view = seen(answer)
    assert (view["name"], view["operator_ids"], view["is_right"], view["failure"]) == ("3", [3], True, None)
    assert [row["match"] for row in view["comparison"]] == ["match"]
    assert ballot(answer, 3) == ("approve", "own_view")
    assert ballot(answer, 4) == ("approve", "own_recomputation")
    assert all(0 < recorder.requests <= MOST_REQUESTS for recorder in recorders)


def test_a_name_that_stands_for_no_operator_is_told_what_such_an_attester_would_say(calm_v2, env_for):
    plain = simulate(calm_v2, env_for)
    with proxied(calm_v2.l2_url, behind(calm_v2.l2_url, 1)) as l2:
        answer = simulate(calm_v2, env_for, through("eu-west.node_1", calm_v2.l1_url, l2))
    assert answer.status == 0
    assert answer.data["votes"] == plain.data["votes"]
    assert (seen(answer)["operator_ids"], seen(answer)["is_right"]) == ([], False)
    (found,) = findings(answer)
    assert (found["subject"], found["severity"]) == ("view eu-west.node_1", "info")


@pytest.mark.parametrize("layer", ["l1", "l2"])
def test_one_that_lags_behind_the_blocks_named(calm_v2, env_for, layer):
    url = getattr(calm_v2, f"{layer}_url")
    head = rpc.head(url)
    with proxied(url, behind(url, 2)) as late:
        urls = {"l1": calm_v2.l1_url, "l2": calm_v2.l2_url, layer: late}
        answer = simulate(calm_v2, env_for, through(calm_v2.operators[3].address, urls["l1"], urls["l2"]))
    view = seen(answer)
    name = f"{layer.upper()} endpoint {late}"
    assert view["failure"] == f"{name} is at block {head - 2}, 2 behind toBlock{layer.upper()} {head}"
    assert (view["operator_ids"], view["is_right"], view["comparison"]) == ([4], False, None)
    assert ballot(answer, 4) == ("reject", "own_view")
    (found,) = findings(answer)
    assert found["subject"] == "operator 4"
    assert view["failure"] in found["text"]


def test_one_that_answers_otherwise_is_named_with_the_difference(calm_v2, env_for):
    power = calm_v2.operators[1].voting_power + 5 * E18
    with proxied(calm_v2.l1_url, lying(calm_v2.l1_url, power, power - E18)) as l1:
        answer = simulate(calm_v2, env_for, through("5", l1, calm_v2.l2_url))
    (row,) = seen(answer)["comparison"]
    assert row == {
        "operator_id": 2,
        "match": "wrong_amount",
        "expected": str(4 * E18),
        "proposed": str(5 * E18),
    }
    assert ballot(answer, 5) == ("reject", "own_view")
    assert findings(answer)[0]["text"].endswith("1 of 1 rows differ: operator 2 5 instead of 4")


def test_one_on_another_chain(calm_v2, env_for):
    answer = simulate(calm_v2, env_for, through("5", calm_v2.l2_url, calm_v2.l1_url))
    assert seen(answer)["failure"].endswith("is on chain 31338, not Anvil (31337)")


def test_one_that_has_pruned_the_state_of_a_proposal_made_earlier(calm_v2, env_for, tmp_path):
    file = tmp_path / "update.json"
    assert run(env_for(calm_v2), "attest", "propose", "--out", str(file)).status == 0
    made_at = rpc.head(calm_v2.l2_url)
    for url in (calm_v2.l1_url, calm_v2.l2_url):
        changes.mine(url, 3)
    head = rpc.call(calm_v2.l2_url, "eth_getBlockByNumber", "latest", False)["hash"]
    with proxied(calm_v2.l2_url, pruned(head)) as l2:
        views = (through("5", calm_v2.l1_url, l2), through("6", calm_v2.l1_url, calm_v2.l2_url))
        answer = simulate(calm_v2, env_for, *views, arguments=("--update", str(file)))
    lost, kept = answer.data["views"]
    assert f"at block {made_at}: missing trie node" in lost["failure"]
    assert kept["is_right"]
    assert (ballot(answer, 5)[0], ballot(answer, 6)[0], answer.status) == ("reject", "approve", 0)


def test_one_that_dies_in_the_middle_and_one_that_never_answered(calm_v2, env_for):
    dying = Limits(drop=lambda item: item["method"] == "eth_call")
    with proxied(calm_v2.l1_url, dying) as l1:
        views = (through("5", l1, calm_v2.l2_url), through("nobody", "http://127.0.0.1:9", calm_v2.l2_url))
        answer = simulate(calm_v2, env_for, *views)
    died, silent = answer.data["views"]
    assert "the connection broke off" in died["failure"]
    assert "connection refused" in silent["failure"]
    assert ballot(answer, 5) == ("reject", "own_view")


def test_enough_of_them_miss_the_quorum(calm_v2, env_for):
    plain = simulate(calm_v2, env_for)
    strongest = [each["operator_id"] for each in plain.data["attesters"][:3]]
    with proxied(calm_v2.l2_url, behind(calm_v2.l2_url, 1)) as l2:
        answer = simulate(calm_v2, env_for, *(through(i, calm_v2.l1_url, l2) for i in strongest))
    assert answer.status == 3
    assert answer.data["votes"]["reject"] == sorted(strongest)
    assert {each["severity"] for each in findings(answer)} == {"warning"}
    assert answer.data["outcome"] != "submitted"
    assert answer.data["agrees"]


def test_a_wrong_proposal_is_rejected_unless_the_own_endpoints_say_it_is_right(calm_v2, env_for):
    power = calm_v2.operators[1].voting_power + 5 * E18
    update = update_of(calm_v2, [(2, 4 * E18)])
    with proxied(calm_v2.l1_url, lying(calm_v2.l1_url, power, power - E18)) as l1:
        answer = simulate(calm_v2, env_for, through("5", l1, calm_v2.l2_url), arguments=("--data", update))
    assert answer.status == 3
    assert (ballot(answer, 5)[0], ballot(answer, 4)[0]) == ("approve", "reject")
    assert "finds right what attesters reject" in findings(answer)[0]["text"]


def test_a_proposal_that_is_wrong_by_itself_is_rejected_whatever_the_endpoints_say(calm_v2, env_for):
    twice = update_of(calm_v2, [(2, 2 * E18), (2, 3 * E18)])
    answer = simulate(calm_v2, env_for, through("5", calm_v2.l1_url, calm_v2.l2_url), arguments=("--data", twice))
    assert (answer.status, ballot(answer, 5)) == (3, ("reject", "own_view"))
    assert seen(answer)["failure"] == "it is wrong by itself: duplicate_id"
    broken = simulate(calm_v2, env_for, through("5", calm_v2.l1_url, calm_v2.l2_url), arguments=("--data", twice[:-2]))
    assert "its data is no update" in seen(broken)["failure"]


def test_totals_are_recomputed_at_the_head_that_an_endpoint_has(calm_v2, env_for):
    govern(calm_v2, list_call(calm_v2, 1, [1, 2, 3]))
    changes.land_sync(calm_v2, {2: 5 * E18}, {})
    urls = calm_v2.l1_url, calm_v2.l2_url
    arguments = ("--task", "10002")
    answer = simulate(calm_v2, env_for, through("5", *urls), arguments=arguments)
    assert (answer.status, seen(answer)["is_right"]) == (0, True)
    govern(calm_v2, list_call(calm_v2, 1, [1, 2, 3]))
    with proxied(calm_v2.l2_url, behind(calm_v2.l2_url, 1)) as l2:
        late = simulate(calm_v2, env_for, through("5", urls[0], l2), arguments=arguments)
    matches = {row["task_definition_id"]: row["match"] for row in seen(late)["comparison"]}
    assert matches.pop(1) == "missing"
    assert set(matches.values()) <= {"match"}
    assert ballot(late, 5) == ("reject", "own_view")


def test_the_third_generation_takes_them_too(devnet_v3, env_for):
    with proxied(devnet_v3.l2_url, behind(devnet_v3.l2_url, 1)) as l2:
        answer = simulate(devnet_v3, env_for, through("3", devnet_v3.l1_url, l2))
    assert "1 behind toBlockL2" in seen(answer)["failure"]
    assert "assumed_from_v2" in answer.codes


# Screen and secrets


def test_the_screen_names_view_and_difference(calm_v2, env_for):
    with proxied(calm_v2.l2_url, behind(calm_v2.l2_url, 1)) as l2:
        views = ("--view", through("3", calm_v2.l1_url, l2), "--view", through("ok", calm_v2.l1_url, calm_v2.l2_url))
        answer = run(env_for(calm_v2), "attest", "simulate", *views)
    assert 'view "3" of operator 3 cannot be read: L2 endpoint' in answer.stdout
    assert 'view "ok" finds it right' in answer.stdout


@pytest.mark.parametrize("form", [(), ("-o", "json"), ("-v",), ("-v", "--log-format", "json")])
def test_no_url_is_shown_beyond_its_host(calm_v2, env_for, form):
    with contextlib.ExitStack() as stack:
        limits = Limits(path=f"/v2/{KEY}?token={KEY}", lacks=frozenset({"eth_call"}))
        l1 = stack.enter_context(proxied(calm_v2.l1_url, limits))
        secret = through("3", f"http://user:{KEY}@127.0.0.1:9/{KEY}", l1)
        views = ("--view", through("5", l1, l1), "--view", secret)
        answer = run(env_for(calm_v2), "attest", "simulate", *views, *form)
    assert answer.status in (0, 3)
    assert "/***" in answer.stdout
    assert KEY not in answer.stdout + answer.stderr


# What is typed wrongly


@pytest.mark.parametrize(
    ("views", "words"),
    [
        (["x"], "is not NAME=L1_RPC,L2_RPC"),
        ([f"http://a/{KEY},http://b/{KEY}"], "is not NAME=L1_RPC,L2_RPC"),
        ([f"a b=http://a/{KEY},http://b/{KEY}"], "is not NAME=L1_RPC,L2_RPC"),
        ([f"a=http://a/{KEY}"], "is not NAME=L1_RPC,L2_RPC"),
        ([f"a=http://a/{KEY},http://b/{KEY},http://c"], "is not NAME=L1_RPC,L2_RPC"),
        ([f"a=ftp://a/{KEY},http://b/{KEY}"], "the endpoint of L1: expected an http"),
        ([f"a=http://a/{KEY},{KEY}"], "the endpoint of L2: expected an http"),
        ([f"0=http://a/{KEY},http://b"], "ids are from 1"),
        ([f"0x12=http://a/{KEY},http://b"], "no address"),
        ([f"a=http://a/{KEY},http://b"] * 2, "given twice"),
        ([f"a{i}=http://a/{KEY},http://b" for i in range(33)], "33 times"),
    ],
)
def test_views_that_are_none(calm_v2, env_for, views, words):
    answer = simulate(calm_v2, env_for, *views)
    assert answer.status == 2
    (problem,) = answer.document["errors"]
    assert words in problem["message"] + problem["hint"]
    assert KEY not in json.dumps(answer.document) + answer.stderr


def test_views_of_operators_that_are_none_and_of_tasks_without_an_update(calm_v2, env_for):
    urls = calm_v2.l1_url, calm_v2.l2_url
    address = calm_v2.operators[4].address
    for views, arguments, words in (
        (["99"], (), "there is no operator 99"),
        (["0x" + "12" * 20], (), "no operator on L2"),
        (["5", address], (), "given twice"),
        (["5"], ("--task", "1"), "carries no update"),
        (["5"], ("--tx", "0x" + "11" * 32), "the votes are those of the transaction"),
    ):
        answer = simulate(calm_v2, env_for, *(through(name, *urls) for name in views), arguments=arguments)
        assert answer.status == 2, views
        assert words in answer.problems[0]


def update_of(devnet, increases):
    """Give the data of an update of the heads."""
    powers = "(uint256,uint256)[]"
    heads = (rpc.head(devnet.l1_url), rpc.head(devnet.l2_url))
    data = rpc.arguments_of(f"(({powers},{powers},uint256,uint256))", (increases, [], *heads))
    return f"0x{data.hex()}"
