"""``power explain``: whom it speaks of, its evidence against the chains, endpoints that lack history, and bad input."""

import json
from dataclasses import replace

import pytest
from commandline import diff, run, through_proxies
from proxy import Limits, Recorder
from web3 import HTTPProvider, Web3

from avsctl.core.units import E18
from avsctl.devnet import changes, rpc
from avsctl.devnet.plan import DriftKind
from avsctl.devnet.rpc import calldata
from avsctl.devnet.scenario_names import Scenario
from avsctl.devnet.scenarios import WRONGLY_ADDED, play
from avsctl.devnet.stake_settings import set_multiplier, write_power

MOST_REQUESTS = 24
STRANGER = "0x" + "7" * 40
PRUNED = {"error": {"code": -32000, "message": "missing trie node 00ff (path ) state is not available"}}


@pytest.fixture
def calm(devnets, unchanged):
    with unchanged(devnets("v2", drift=0)) as devnet:
        yield devnet


def explain(settings, *arguments):
    return run(settings, "power", "explain", "-o", "json", *arguments)


def causes_of(told):
    return {cause["code"]: cause for cause in told["causes"]}


def web3_of(url):
    return Web3(HTTPProvider(url))


# Whom it speaks of


@pytest.mark.parametrize("generation", ["v1", "v2", "v3"])
def test_all_that_drifted_are_those_of_power_diff(devnets, env_for, generation):
    settings = env_for(devnets(generation))
    rows = {
        (row["operator_id"], row["address"]): row["delta"]
        for row in diff(settings).data["operators"]
        if row["status"] != "in_sync"
    }
    answer = explain(settings)
    assert {(each["operator_id"], each["address"]): each["delta"] for each in answer.data["operators"]} == rows
    assert all(each["causes"] for each in answer.data["operators"])
    assert answer.status == 3


@pytest.fixture
def drifted(devnet_v2):
    return devnet_v2, {kind: devnet_v2.drift_of(kind) for kind in DriftKind}


def test_named_ones_by_id_and_address_in_the_order_given(drifted, env_for):
    devnet, by_kind = drifted
    raised, gone, stranger = (
        by_kind[kind] for kind in (DriftKind.RAISED, DriftKind.UNREGISTERED_ON_L1, DriftKind.UNKNOWN_TO_L2)
    )
    answer = explain(env_for(devnet), f"{gone.operator_id},{raised.address.lower()}", stranger.address)
    assert [each["address"] for each in answer.data["operators"]] == [gone.address, raised.address, stranger.address]
    found = [finding for finding in answer.document["findings"] if finding["code"] == "drift"]
    assert [finding["text"] for finding in found] == ["3 of 3 operators"]


def test_one_that_is_in_sync_is_said_to_be_and_the_status_is_0(calm, env_for):
    answer = explain(env_for(calm), "4")
    (told,) = answer.data["operators"]
    assert (answer.status, told["operator_id"], told["delta"], told["causes"]) == (0, 4, "0", [])
    assert "nothing differs" in run(env_for(calm), "power", "explain", "4").stdout


def test_a_dead_id_is_spoken_of_as_the_one_that_its_operator_has_now(drifted, env_for):
    devnet, by_kind = drifted
    back = by_kind[DriftKind.REREGISTERED]
    (told,) = explain(env_for(devnet), str(back.dead_ids[0])).data["operators"]
    assert (told["operator_id"], told["address"]) == (back.operator_id, back.address)
    assert set(causes_of(told)) == {"pending_sync", "lists_name_old_id"}


# Evidence


def test_what_it_compares_with_is_l1_at_the_block_of_the_last_sync(calm, env_for):
    play(calm, Scenario.STAKE_ROSE)
    answer = explain(env_for(calm))
    (told,) = answer.data["operators"]
    then = int(answer.data["compared_with"]["to_block_l1"])
    web3 = web3_of(calm.l1_url)
    data = "0xc07473f6" + told["address"][2:].rjust(64, "0")
    asked = {"to": calm.contracts.avs_governance, "data": data}
    before, now = (int.from_bytes(web3.eth.call(asked, block)) for block in (then, "latest"))
    evidence = causes_of(told)["pending_sync"]["evidence"]
    assert (evidence["l1_at_last_sync"], evidence["l1_now"]) == (str(before), str(now))
    assert evidence["l2_now"] == str(before)
    assert told["delta"] == str(now - before)
    parts = told["staking_contracts"]
    assert sum(int(part["voting_power"]) for part in parts) == now
    assert sum(int(part["at_last_sync"]) for part in parts) == before
    assert [part["multiplier"] for part in parts] == ["1", "2"]


def test_who_wrote_past_the_sync_and_where(calm, env_for):
    play(calm, Scenario.WRONG_SYNC_AND_WRITE)
    (told,) = explain(env_for(calm)).data["operators"]
    wrong, written = (causes_of(told)[code]["evidence"] for code in ("wrong_sync", "direct_write"))
    (write,) = written["writes"]
    transaction = web3_of(calm.l2_url).eth.get_transaction(write["transaction"])
    assert (transaction["from"], transaction["blockNumber"]) == (calm.owner, write["block"])
    assert (write["by"], write["moved"]) == (calm.owner, str(WRONGLY_ADDED))
    assert int(wrong["left_by_sync"]) - int(wrong["l1_at_last_sync"]) == WRONGLY_ADDED
    landed = web3_of(calm.l2_url).eth.get_transaction(wrong["transaction"])
    assert (landed["blockNumber"], landed["to"]) == (wrong["block"], calm.contracts.attestation_center)


@pytest.mark.parametrize("generation", ["v1", "v2", "v3"])
def test_which_multiplier_from_what_to_what_and_in_which_block(devnets, unchanged, env_for, generation):
    with unchanged(devnets(generation, drift=0)) as devnet:
        contract = devnet.contracts.staking_contracts[1]
        set_multiplier(devnet, contract, 3)
        changed_in = rpc.head(devnet.l1_url)
        changes.mine(devnet.l1_url, 5)
        told = explain(env_for(devnet)).data["operators"]
    assert len(told) == len(devnet.operators)
    for each in told:
        evidence = causes_of(each)["multiplier_changed"]["evidence"]
        assert evidence["multipliers"] == [{"staking_contract": contract, "from": "2", "to": "3"}]
        (step,) = evidence["steps"]
        assert (step["moved"], step["block"]) == (each["delta"], changed_in)


def test_two_changes_are_told_apart_by_what_each_moved(calm, env_for):
    first, second = calm.contracts.staking_contracts
    set_multiplier(calm, second, 3)
    set_multiplier(calm, second, 5)
    changes.set_powers(calm, {calm.operators[0].address: 0})
    told = {each["operator_id"]: causes_of(each) for each in explain(env_for(calm)).data["operators"]}
    _, twice = changes.stakes_of(calm.operators[1].voting_power)
    steps = told[2]["multiplier_changed"]["evidence"]["steps"]
    assert [int(step["moved"]) for step in steps] == [twice, 2 * twice]
    assert set(told[1]) == {"multiplier_changed", "pending_sync"}
    by_stake = int(told[1]["pending_sync"]["evidence"]["by_stake"])
    _, own = changes.stakes_of(calm.operators[0].voting_power)
    assert by_stake == -calm.operators[0].voting_power - 3 * own
    assert first != second


@pytest.mark.parametrize("generation", ["v1", "v2", "v3"])
def test_the_message_that_was_lost_is_named_by_its_transaction(devnets, unchanged, env_for, generation):
    with unchanged(devnets(generation, drift=0)) as devnet:
        (gone,) = play(devnet, Scenario.UNREGISTER_LOST)
        evidence = explain(env_for(devnet)).data["operators"][0]["causes"][0]["evidence"]
        receipt = web3_of(devnet.l1_url).eth.get_transaction_receipt(evidence["transaction"])
    assert receipt["blockNumber"] == evidence["block"]
    assert gone.address[2:].lower() in (receipt["logs"][0]["data"].hex() + receipt["logs"][0]["topics"][-1].hex())


def test_which_staking_contract_cannot_be_read(calm, env_for):
    play(calm, Scenario.UNREADABLE)
    answer = explain(env_for(calm))
    (told,) = answer.data["operators"]
    evidence = causes_of(told)["l1_read_fails"]["evidence"]
    assert evidence["staking_contracts"] == [calm.contracts.staking_contracts[0]]
    assert "the price feed is stale" in evidence["reason"]
    assert (answer.status, told["delta"]) == (5, None)
    assert answer.problems == ["the L1 read of 1 operator failed: 12"]


def test_a_sync_that_cannot_pass_is_linked_to_those_who_wait_for_it(calm, env_for):
    data = rpc.calldata("setTaskDefinitionRestrictedAttesters(uint16,uint256[])", 10001, [99])
    rpc.send(calm.l2_url, [rpc.Transaction(calm.multisig, calm.contracts.attestation_center, data)])
    play(calm, Scenario.STAKE_ROSE)
    (dead,) = [each for each in explain(env_for(calm)).document["findings"] if each["code"] == "sync_dead"]
    assert dead["text"].startswith("1 operator waits for it: 10001 needs")
    play(calm, Scenario.GHOST_POWER)
    assert "sync_dead" not in explain(env_for(calm), "12").codes


# Endpoints that lack something


def old_state(head, blocks):
    """Give what an endpoint answers itself that has the state of the newest ``blocks`` only."""

    def answer(item):
        if item["method"] != "eth_call":
            return None
        block = item["params"][1]
        return PRUNED if isinstance(block, str) and block.startswith("0x") and int(block, 16) < head - blocks else None

    return answer


def test_a_node_that_prunes_leaves_open_what_it_does_not_have(devnets, unchanged):
    with unchanged(devnets("v2", drift=0)) as devnet:
        play(devnet, Scenario.STAKE_ROSE)
        limits = Limits(answer=old_state(rpc.head(devnet.l1_url), 10))
        with through_proxies(devnet, limits, Limits()) as settings:
            answer = explain(settings)
    (told,) = answer.data["operators"]
    assert [(cause["code"], cause["certain"]) for cause in told["causes"]] == [("pending_sync", False)]
    (left_open,) = told["not_told_apart"]
    assert left_open["codes"] == ["pending_sync", "mismatch"]
    block = answer.data["compared_with"]["to_block_l1"]
    assert left_open["why"] == f"the endpoint of L1 does not have the state of block {block} any more"
    (finding,) = [each for each in answer.document["findings"] if each["code"] == "causes_not_told_apart"]
    assert (finding["severity"], finding["subject"]) == ("info", f"operator {told['operator_id']}")
    assert answer.status == 3


def test_who_wrote_stays_open_where_l2_has_no_old_state(devnets, unchanged):
    with unchanged(devnets("v2", drift=0)) as devnet:
        play(devnet, Scenario.DIRECT_WRITE)
        limits = Limits(answer=old_state(rpc.head(devnet.l2_url), 10))
        with through_proxies(devnet, Limits(), limits) as settings:
            (told,) = explain(settings).data["operators"]
    assert [(cause["code"], cause["certain"]) for cause in told["causes"]] == [("mismatch", True)]
    assert told["not_told_apart"][0]["codes"] == ["wrong_sync", "direct_write", "registered_since_sync"]


@pytest.mark.parametrize("scenario", [Scenario.STAKE_AND_MULTIPLIER, Scenario.WRONG_SYNC_AND_WRITE, Scenario.CAPPED])
@pytest.mark.parametrize("has_multicall", [True, False], ids=["multicall", "bare"])
def test_short_ranges_of_logs_and_bare_endpoints_do_not_change_the_causes(
    devnets, unchanged, env_for, scenario, has_multicall
):
    limits = Limits(log_range=10, most_items=10, has_overrides=False, takes_block_hashes=False)
    with unchanged(devnets("v2", drift=0, has_multicall=has_multicall)) as devnet:
        play(devnet, scenario)
        plain = explain(env_for(devnet)).data
        with through_proxies(devnet, limits) as settings:
            limited = explain(settings).data
    for each, other in zip(plain["operators"], limited["operators"], strict=True):
        assert causes_of(each).keys() == causes_of(other).keys()
        assert all(cause["certain"] for cause in other["causes"])
        assert {k: v for k, v in each.items() if k != "causes"} == {k: v for k, v in other.items() if k != "causes"}


def test_logs_that_are_refused_leave_the_transactions_out_and_the_causes_in(devnets, unchanged):
    refused = Limits(lacks=frozenset({"eth_getLogs"}))
    with unchanged(devnets("v2", drift=0)) as devnet:
        play(devnet, Scenario.UNREGISTER_LOST)
        play(devnet, Scenario.MULTIPLIER_CHANGED)
        with through_proxies(devnet, refused) as settings:
            answer = explain(settings)
    told = {each["operator_id"]: causes_of(each) for each in answer.data["operators"]}
    assert set(told.pop(12)) == {"unregister_not_arrived"}
    assert {code for causes in told.values() for code in causes} == {"multiplier_changed"}
    assert all(causes["multiplier_changed"]["certain"] for causes in told.values())


def test_two_hundred_operators_take_few_requests(devnets, unchanged):
    recorder = Recorder()
    with unchanged(devnets("v2", operators=200, drift=0)) as devnet:
        play(devnet, Scenario.MULTIPLIER_CHANGED)
        with through_proxies(devnet, Limits(gas_cap=30_000_000), recorder=recorder) as settings:
            answer = explain(settings)
    assert len(answer.data["operators"]) == 200
    assert {code for each in answer.data["operators"] for code in causes_of(each)} == {"multiplier_changed"}
    assert recorder.requests <= MOST_REQUESTS


def test_a_last_sync_above_the_head_of_l1_is_no_block_to_compare_with(calm, env_for):
    changes.mine(calm.l2_url)
    far = (rpc.head(calm.l1_url) + 10**9, rpc.head(calm.l2_url))
    data = rpc.arguments_of("(((uint256,uint256)[],(uint256,uint256)[],uint256,uint256))", ([], [], *far))
    changes.process_task(calm, 10001, data)
    play(calm, Scenario.STAKE_ROSE)
    answer = explain(env_for(calm))
    (told,) = answer.data["operators"]
    assert [(cause["code"], cause["certain"]) for cause in told["causes"]] == [("pending_sync", False)]
    assert f"the last sync names L1 block {far[0]}" in told["not_told_apart"][0]["why"]


# Bad input


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("99",), "no operator on either layer: 99; ids run from 1 to 12"),
        (("1", "98", STRANGER, "99"), f"no operator on either layer: 98, {STRANGER}, 99"),
        (("0",), "item 1 of the list of operators is 0: ids are from 1"),
        (("3", "x"), "item 2 of the list of operators is no id and no address"),
        (("0x12",), "item 1 of the list of operators is no id and no address"),
        (("3,,4",), "item 2 of the list of operators is empty"),
        (("none",), "no id and no address"),
        (("-3",), "No such option: -3"),
        (("3", "-o", "csv"), "csv"),
        (("--fail-on", "perhaps"), "--fail-on"),
    ],
)
def test_bad_input_is_status_2(calm, env_for, arguments, said):
    answer = run(env_for(calm), "power", "explain", *arguments)
    assert answer.status == 2
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_fail_on_never_is_status_0(calm, env_for):
    play(calm, Scenario.STAKE_ROSE)
    assert explain(env_for(calm), "--fail-on", "never").status == 0
    assert explain(env_for(calm), "--fail-on", "critical").status == 0


def test_text_from_the_chain_is_shown_harmless(calm, env_for):
    play(calm, Scenario.UNREADABLE)
    evil = {"error": {"code": 3, "message": "execution reverted: \x1b[2J\u202eevil", "data": "0x"}}

    def answer(item):
        is_power = item["method"] == "eth_call" and item["params"][0]["data"].startswith("0xc07473f6")
        return evil if is_power else None

    bare = replace(Limits(has_overrides=False), answer=answer)
    with through_proxies(calm, bare, Limits()) as settings:
        shown = run(settings, "power", "explain")
        told = explain(settings)
    assert "\x1b[2J" not in shown.stdout + shown.stderr
    assert "\u202e" not in shown.stdout + shown.stderr + told.stdout
    json.loads(told.stdout)


def test_powers_of_two_ids_of_one_address_are_each_explained(calm, env_for):
    operator = calm.operators[0]
    changes.register_l2(calm, [operator], [7 * E18])
    told = {each["operator_id"]: each for each in explain(env_for(calm)).data["operators"]}
    assert {i: set(causes_of(each)) for i, each in told.items()} == {1: {"two_active_ids"}, 13: {"two_active_ids"}}
    assert int(told[13]["delta"]) == operator.voting_power - 7 * E18
    remedy = "a voting power syncer deactivates id 1 and lowers it to 0"
    assert causes_of(told[13])["two_active_ids"]["remedy"] == [remedy]


def test_to_unregister_one_of_two_ids_leaves_the_older(calm, env_for):
    operator = calm.operators[0]
    changes.register_l2(calm, [operator], [operator.voting_power])
    changes.unregister_l2(calm, [operator.address])
    rows = run(env_for(calm), "operator", "list", "-o", "json").data["operators"]
    assert {row["operator_id"]: row["active_on_l2"] for row in rows if row["address"] == operator.address}[1]


def test_a_syncer_takes_the_older_of_two_ids_away(calm, env_for):
    operator = calm.operators[0]
    changes.register_l2(calm, [operator], [operator.voting_power])
    settings = env_for(calm)
    write_power(calm, 13, 0)
    for data in (
        calldata("modifyOperatorActiveStatus(uint256,bool)", 1, False),
        calldata("decreaseOperatorVotingPower(uint256,uint256)", 1, operator.voting_power),
    ):
        rpc.send(calm.l2_url, [rpc.Transaction(calm.owner, calm.contracts.obls, data)])
    (left,) = explain(settings).data["operators"]
    assert left["operator_id"] == 13
    assert set(causes_of(left)) == {"lists_name_old_id"}
