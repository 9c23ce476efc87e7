"""An L1 read that fails for any reason but ``NotActiveOperator()`` is a row of its own; all the others stand."""

import pytest
from chain_truth import expected_diff, reading
from commandline import diff, run, through_proxies
from proxy import Limits

from avsctl.devnet import changes
from avsctl.devnet.changes import BreakMode
from avsctl.devnet.plan import DriftKind

BROKEN = {
    7: BreakMode.BURNS_ALL_GAS,
    60: BreakMode.LOOPS,
    61: BreakMode.REVERTS_EMPTY,
    120: BreakMode.REVERTS_WITH_STRING,
    199: BreakMode.REVERTS_WITH_ERROR,
}
NOT_ACTIVE_OPERATOR = "0x3d738b2e"


@pytest.fixture(params=["v1", "v2", "v3"])
def broken(request, devnets, unchanged):
    """Two hundred operators, five of whom cannot be read, each in another way, and ids that avsctl finds them under."""
    with unchanged(devnets(request.param, operators=200, drift=0)) as devnet:
        for operator_id, mode in BROKEN.items():
            changes.break_read(devnet, devnet.operators[operator_id - 1].address, mode)
        yield devnet


@pytest.mark.parametrize("gas_cap", [None, 30_000_000])
def test_reads_that_fail_are_rows_and_the_others_stand(broken, gas_cap):
    with through_proxies(broken, Limits(gas_cap=gas_cap)) as settings:
        answer = diff(settings)
    assert answer.status == 5
    rows = {row["operator_id"]: row for row in answer.data["operators"]}
    assert set(rows) == set(range(1, 201))
    for operator_id, row in rows.items():
        power = str(broken.operators[operator_id - 1].voting_power)
        known = operator_id not in BROKEN
        assert row["status"] == ("in_sync" if known else "unreadable_on_l1")
        assert row["l2_voting_power"] == power
        assert row["l1_voting_power"] == row["l1_answer"] == (power if known else None)
        assert row["delta"] == ("0" if known else None)
    assert answer.data["totals"] == {
        "l1": None,
        "l2": str(sum(operator.voting_power for operator in broken.operators)),
        "delta": None,
    }
    assert answer.data["update"]["left_out"] == sorted(BROKEN)
    assert answer.data["in_sync"] is False
    assert answer.document["status"] == "error"


def test_each_failure_is_told_with_the_decoded_revert(broken, env_for):
    answer = diff(env_for(broken))
    told = dict(zip(sorted(BROKEN), answer.problems, strict=True))
    for operator_id, message in told.items():
        assert f"operator {operator_id} ({broken.operators[operator_id - 1].address})" in message
    assert "the price feed is stale" in told[120]
    assert "NotActiveOperator" not in "".join(answer.problems)
    findings = [each for each in answer.document["findings"] if each["code"] == "unreadable_on_l1"]
    assert [each["severity"] for each in findings] == ["critical"] * 5
    assert answer.stderr.count("unreadable_on_l1") + answer.stderr.count("votingPower") >= 5
    assert "Traceback" not in answer.stderr


def test_it_ends_in_5_whatever_fail_on_says_and_the_table_names_them(broken, env_for):
    shown = run(env_for(broken), "power", "diff", "--fail-on", "never")
    assert shown.status == 5
    assert shown.stdout.count("unreadable") >= 5


@pytest.mark.parametrize("mode", [BreakMode.BURNS_ALL_GAS, BreakMode.LOOPS, BreakMode.REVERTS_EMPTY])
@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_one_that_fails_without_data_among_all_kinds_of_drift(devnets, unchanged, env_for, generation, mode):
    with unchanged(devnets(generation, operators=40, drift=16, seed=2)) as devnet:
        drifted = {drift.address for drift in devnet.drift}
        victim = next(operator for operator in devnet.operators if operator.address not in drifted)
        changes.break_read(devnet, victim.address, mode)
        answer = diff(env_for(devnet))
        with reading(devnet, answer.document["blocks"]) as chains:
            assert answer.data == expected_diff(chains)
    assert answer.data["counts"]["unreadable_on_l1"] == 1
    assert answer.status == 5


def test_one_that_only_l1_has_can_be_unreadable_too(devnet, env_for):
    stranger = devnet.strangers[0].address
    changes.break_read(devnet, stranger, BreakMode.REVERTS_WITH_STRING)
    answer = diff(env_for(devnet))
    (row,) = [row for row in answer.data["operators"] if row["address"] == stranger]
    assert (row["operator_id"], row["status"], row["l1_voting_power"]) == (None, "unreadable_on_l1", None)
    assert answer.data["update"]["left_out"].count(None) == 0
    assert answer.status == 5


# Who is no operator


@pytest.fixture
def left(devnet_v1):
    return devnet_v1.drift_of(DriftKind.LEFT_EIGENLAYER)


def asks_for_power_of(item, address):
    params = item["params"]
    return item["method"] == "eth_call" and params[0]["data"].startswith("0xc07473f6" + address[2:].lower().zfill(64))


def says(address, error):
    """Give the limits of an endpoint that takes single calls only, and answers one of them with an error."""
    refusal = {"error": {"code": 3, "message": "execution reverted"} | error}
    return Limits(has_overrides=False, answer=lambda item: refusal if asks_for_power_of(item, address) else None)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"data": NOT_ACTIVE_OPERATOR}, "not_an_operator_on_l1"),
        ({"data": {"data": NOT_ACTIVE_OPERATOR}}, "not_an_operator_on_l1"),
        ({"data": "0x"}, "unreadable_on_l1"),
        ({}, "unreadable_on_l1"),
        ({"message": "execution reverted: NotActiveOperator()"}, "unreadable_on_l1"),
        ({"message": "execution reverted: NotActiveOperator()", "data": "0x"}, "unreadable_on_l1"),
        ({"data": NOT_ACTIVE_OPERATOR + "00" * 32}, "unreadable_on_l1"),
        ({"data": NOT_ACTIVE_OPERATOR[:8]}, "unreadable_on_l1"),
        ({"data": "0x08c379a0"}, "unreadable_on_l1"),
        ({"message": "out of gas"}, "unreadable_on_l1"),
    ],
)
def test_only_the_revert_data_says_that_one_is_no_operator(devnets, left, error, status):
    bare = devnets("v1", has_multicall=False)
    address = bare.drift_of(DriftKind.LEFT_EIGENLAYER).address
    assert address == left.address
    with through_proxies(bare, says(address, error)) as settings:
        answer = diff(settings)
    (row,) = [row for row in answer.data["operators"] if row["address"] == address]
    assert row["status"] == status
    assert answer.status == (3 if status == "not_an_operator_on_l1" else 5)


def test_one_that_left_is_no_operator_beside_one_that_burns_all_gas(devnet_v1, left, env_for):
    changes.break_read(devnet_v1, devnet_v1.operators[0].address, BreakMode.BURNS_ALL_GAS)
    rows = {row["address"]: row for row in diff(env_for(devnet_v1)).data["operators"]}
    assert rows[left.address]["status"] == "not_an_operator_on_l1"
    assert rows[devnet_v1.operators[0].address]["status"] == "unreadable_on_l1"
