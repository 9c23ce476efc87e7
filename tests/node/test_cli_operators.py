"""``operator list`` and ``operator show`` say what single reads of the chains say."""

import pytest
from chain_truth import NO_OPERATOR, UNREADABLE, reading
from commandline import run
from test_cli_tasks import create
from test_cli_traps import attempt, submission

from avsctl.core.units import E18
from avsctl.devnet import changes, rpc
from avsctl.devnet.changes import BreakMode
from avsctl.devnet.definitions import TaskDefinition
from avsctl.devnet.plan import DriftKind
from avsctl.errors import NodeError


def listed(settings):
    return run(settings, "operator", "list", "-o", "json")


def shown(settings, operator):
    return run(settings, "operator", "show", str(operator), "-o", "json")


def expected_row(chains, operator_id, address):
    answer = chains.l1_answer(address)
    return {
        "operator_id": operator_id,
        "address": address,
        "active_on_l2": operator_id is not None and chains.is_active(operator_id),
        "registered_on_l2": registered_on_l2(chains, operator_id),
        "l2_voting_power": str(chains.l2_power(operator_id) if operator_id else 0),
        "registered_on_l1": chains.is_registered(address),
        "l1_voting_power": str(answer) if isinstance(answer, int) and chains.is_registered(address) else "0",
        "l1_answer": str(answer) if isinstance(answer, int) else None,
        "l1_revert": "NotActiveOperator()" if answer == NO_OPERATOR else None,
    }


def registered_on_l2(chains, operator_id):
    """Only V3 has a getter for it."""
    if chains.generation != "v3" or operator_id is None:
        return None
    return chains.on_l2(chains.obls, "isRegistered", operator_id)


def refusal(chains, operator_id, definition_id):
    """The first check of submitTask that an attester fails: list, then minimum, then active."""
    minimum, allowed = chains.definition(definition_id)
    if allowed and operator_id not in allowed:
        return "InvalidRestrictedOperator" if chains.generation == "v1" else "InvalidRestrictedAttester"
    if chains.l2_power(operator_id) < minimum:
        return "OperatorDoesNotHaveMinimumVotingPower"
    return None if chains.is_active(operator_id) else "InactiveOperator"


def test_the_list_has_every_id_and_those_that_only_l1_has(devnet, env_for):
    answer = listed(env_for(devnet))
    with reading(devnet, answer.document["blocks"]) as chains:
        ids = [(i, chains.address_of(i)) for i in chains.ids()]
        known = {address for _, address in ids}
        strangers = [a for a in sorted(chains.ever_registered() - known) if chains.is_registered(a)]
        rows = [expected_row(chains, *each) for each in ids] + [expected_row(chains, None, a) for a in strangers]
        assert answer.data == {
            "operators": rows,
            "counts": {
                "ids": len(ids),
                "active": sum(chains.is_active(i) for i, _ in ids),
                "registered_on_l1": chains.on_l1(chains.governance, "numOfActiveOperators"),
            },
            "total_voting_power": str(chains.on_l2(chains.obls, "totalVotingPower")),
        }
    assert answer.status == 0
    assert len(rows) == 14


def test_the_list_warns_of_power_that_cannot_sign(devnet_v2, env_for):
    changes.land_sync(devnet_v2, {77: E18}, {})
    changes.register_l2(devnet_v2, [devnet_v2.operators[0]], [7 * E18])
    answer = listed(env_for(devnet_v2))
    assert set(answer.codes) == {"total_differs", "duplicate_address"}
    assert answer.status == 3


def test_csv_and_markdown_hold_every_row(devnet_v2, env_for):
    count = len(listed(env_for(devnet_v2)).data["operators"])
    csv = run(env_for(devnet_v2), "operator", "list", "-o", "csv").stdout.splitlines()
    markdown = run(env_for(devnet_v2), "operator", "list", "-o", "markdown").stdout.splitlines()
    assert len(csv) == count + 1
    assert len(markdown) == count + 2


@pytest.mark.parametrize("operator_id", [1, 4, 12, 13])
def test_an_operator_is_shown_with_what_it_would_meet_in_each_task(devnet, env_for, operator_id):
    answer = shown(env_for(devnet), operator_id)
    with reading(devnet, answer.document["blocks"]) as chains:
        address = chains.address_of(operator_id)
        ids = [i for i in chains.ids() if chains.address_of(i) == address]
        current = max(ids, key=lambda i: (chains.is_active(i), i))
        made = list(range(1, chains.on_l2(chains.center, "numOfTaskDefinitions") + 1))
        definitions = made if chains.generation == "v1" else [0, *made, 10001, 10002]
        assert answer.data == expected_row(chains, current, address) | {
            "ids": ids,
            "bls_key": bls_key(chains, current),
            "task_definitions": [
                {
                    "task_definition_id": i,
                    "minimum_voting_power": str(chains.definition(i)[0]),
                    "restricted_operator_ids": list(chains.definition(i)[1]),
                    "eligible": not reason,
                    "reason": reason,
                }
                for i in definitions
                for reason in [refusal(chains, current, i)]
            ],
        }
    assert answer.status == 0


def bls_key(chains, operator_id):
    if chains.generation == "v1":
        return None
    return [f"0x{word:064x}" for word in chains.on_l2(chains.obls, "getOperatorBLSPubKey", operator_id)]


def reasons(env_for, devnet, operator_id):
    rows = shown(env_for(devnet), operator_id).data["task_definitions"]
    return {row["task_definition_id"]: row["reason"] for row in rows}


def test_an_expired_definition_is_refused_before_its_list_is_looked_at(devnet, env_for):
    definition = create(devnet, list_=[4, 5], expiry=rpc.head(devnet.l2_url) + 2)
    assert reasons(env_for, devnet, 4)[definition] is None
    changes.mine(devnet.l2_url)
    for operator_id in (4, 5, 7):
        assert reasons(env_for, devnet, operator_id)[definition] == "InvalidTaskDefinition"
    with pytest.raises(NodeError, match="5a31d91b"):
        rpc.call(devnet.l2_url, "eth_call", submission(devnet, definition, [4]), "latest")


def test_a_total_of_0_is_met_before_the_minimum_where_the_contract_counts_with_it(devnet, env_for):
    definition = create(devnet, minimum=10**30)
    met = reasons(env_for, devnet, 4)[definition]
    assert met == attempt(devnet, definition, [4])
    is_v1 = str(devnet.generation) == "v1"
    assert met == ("InvalidRequiredVotingPower" if is_v1 else "OperatorDoesNotHaveMinimumVotingPower")


def test_a_listed_id_that_no_program_reads_exactly_is_given_as_digits(devnet, env_for):
    changes.set_definitions(devnet, [TaskDefinition(5, "for ever", restricted_ids=(1, 2**255))])
    definition = next(
        each for each in shown(env_for(devnet), 1).data["task_definitions"] if each["task_definition_id"] == 5
    )
    assert definition["restricted_operator_ids"] == [1, str(2**255)]


def test_an_address_shows_the_id_that_is_alive(devnet, env_for):
    returned = devnet.drift_of(DriftKind.REREGISTERED)
    by_address = shown(env_for(devnet), returned.address.lower())
    assert by_address.data["operator_id"] == returned.operator_id
    assert by_address.data["ids"] == [*returned.dead_ids, returned.operator_id]
    assert by_address.data == shown(env_for(devnet), returned.operator_id).data


def test_one_that_only_l1_has_is_shown_by_its_address(devnet, env_for):
    stranger = devnet.strangers[0]
    data = shown(env_for(devnet), stranger.address).data
    assert (data["operator_id"], data["ids"], data["bls_key"]) == (None, [], None)
    assert data["l1_answer"] == str(stranger.voting_power)
    assert {each["reason"] for each in data["task_definitions"]} == {"OperatorNotRegistered"}


def test_one_that_l1_alone_has_beyond_the_reach_of_logs_is_shown_too(devnet_v2, devnets, env_for):
    newcomer = devnets(operators=40, drift=16, seed=2).operators[0]
    answer = shown(env_for(devnet_v2), newcomer.address)
    assert (answer.status, answer.document["data"]) == (2, {})
    assert newcomer.address in answer.problems[0]


@pytest.mark.parametrize("operator", ["0", "14", "999999999", "-1", "1.5", "0x12", "x"])
def test_what_is_no_operator_is_status_2(devnet_v2, env_for, operator):
    answer = run(env_for(devnet_v2), "operator", "show", "-o", "json", "--", operator)
    assert answer.status == 2
    assert answer.problems


@pytest.mark.parametrize("mode", [BreakMode.REVERTS_WITH_STRING, BreakMode.LOOPS])
def test_a_read_of_l1_that_fails_is_told_and_the_rest_stands(devnet, env_for, mode):
    changes.break_read(devnet, devnet.operators[0].address, mode)
    answer = shown(env_for(devnet), 1)
    with reading(devnet, answer.document["blocks"]) as chains:
        assert chains.l1_answer(devnet.operators[0].address) == UNREADABLE
    assert answer.data["l1_answer"] is None
    assert answer.data["l1_revert"].startswith("votingPower")
    assert answer.data["l2_voting_power"] == str(devnet.operators[0].voting_power)
    assert (answer.status, answer.codes) == (
        5,
        ["unreadable_on_l1"] + ["assumed_from_v2"] * (devnet.generation == "v3"),
    )
    assert shown(env_for(devnet), 5).status == 0


def test_the_list_ends_in_status_5_when_a_read_of_l1_fails(devnet, env_for):
    changes.break_read(devnet, devnet.operators[0].address, BreakMode.REVERTS_WITH_STRING)
    answer = listed(env_for(devnet))
    assert (answer.status, answer.codes[0]) == (5, "unreadable_on_l1")
    assert devnet.operators[0].address in answer.problems[0]
    assert [row["l1_revert"] is None for row in answer.data["operators"][:2]] == [False, True]


def test_one_that_l1_alone_has_is_listed_when_it_cannot_be_read(devnet, env_for):
    stranger = devnet.strangers[0]
    changes.break_read(devnet, stranger.address, BreakMode.REVERTS_WITH_STRING)
    answer = listed(env_for(devnet))
    assert (answer.status, answer.data["operators"][-1]["l1_voting_power"]) == (5, None)
