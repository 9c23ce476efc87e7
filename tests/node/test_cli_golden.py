"""``power diff -o json`` of a devnet whose heads stand at a fixed time, byte for byte what is committed.

``AVSCTL_GOLDEN=1 python -m pytest tests/node/test_cli_golden.py`` writes the files in tests/commands/golden anew, from
the devnet of now; look at what changed in them before committing it. Block hashes and the version are put in as
stand-ins, because they follow the release of the node, the bytecode of the devnet and the release of avsctl.

The keys of ``data`` are pinned here for every command: a contract with the programs that read them.
"""

import os
from pathlib import Path

import pytest
from commandline import diff, run

from avsctl import __version__
from avsctl.devnet import changes
from avsctl.devnet.changes import BreakMode

GOLDEN = Path(__file__).parents[1] / "commands" / "golden"
HEAD_TIME = 1_750_000_000


@pytest.fixture(params=["v1", "v2", "v3"])
def still(request, devnets, unchanged):
    with unchanged(devnets(request.param, head_time=HEAD_TIME)) as devnet:
        yield devnet


def matches(answer, name):
    text = answer.stdout.replace(f'"avsctl": "{__version__}"', '"avsctl": "0.0.0"')
    for layer, digit in (("l1", "1"), ("l2", "2")):
        text = text.replace(answer.document["blocks"][layer]["hash"], "0x" + digit * 64)
    file = GOLDEN / name
    if os.environ.get("AVSCTL_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert text == file.read_text()
    return True


def test_the_diff_is_the_same_byte_for_byte(still, env_for):
    assert matches(diff(env_for(still), "--per-task"), f"power_diff.{still.generation}.json")


def test_the_diff_with_a_row_that_cannot_be_read(still, env_for):
    changes.break_read(still, still.operators[0].address, BreakMode.REVERTS_WITH_STRING)
    assert matches(diff(env_for(still)), f"power_diff_unreadable.{still.generation}.json")


def test_operators_are_the_same_byte_for_byte(still, env_for):
    shown = [run(env_for(still), "operator", *what, "-o", "json") for what in (("list",), ("show", "1"))]
    assert matches(shown[0], f"operator_list.{still.generation}.json")
    assert matches(shown[1], f"operator_show.{still.generation}.json")


def test_the_same_blocks_give_the_same_answer(still, env_for):
    once, again = diff(env_for(still)), diff(env_for(still))
    assert once == again


# The keys of data

ROW = {
    "operator_id": int,
    "address": str,
    "status": str,
    "l1_voting_power": str,
    "l2_voting_power": str,
    "delta": str,
    "active_on_l2": bool,
    "registered_on_l1": bool,
    "l1_answer": str,
    "below_threshold": bool,
}
POWER_DIFF = {
    "in_sync": bool,
    "last_sync": {"to_block_l1": str, "to_block_l2": str, "timestamp": int, "age_s": int},
    "operators": [ROW],
    "totals": {"l1": str, "l2": str, "delta": str},
    "unlisted_on_l1": int,
    "update": {
        "to_increase": [{"operator_id": int, "voting_power": str}],
        "to_decrease": [{"operator_id": int, "voting_power": str}],
        "to_block_l1": str,
        "to_block_l2": str,
        "left_out": [int],
    },
    "counts": dict.fromkeys(
        (
            "in_sync",
            "increase",
            "decrease",
            "not_registered_on_l1",
            "not_an_operator_on_l1",
            "not_on_l2",
            "unreadable_on_l1",
        ),
        int,
    ),
}
TASK_TOTAL = {"task_definition_id": int, "stored_total": str, "recomputed_total": str, "delta": str}
OPERATOR_ROW = {
    "operator_id": int,
    "address": str,
    "active_on_l2": bool,
    "registered_on_l2": bool,
    "l2_voting_power": str,
    "registered_on_l1": bool,
    "l1_voting_power": str,
    "l1_answer": str,
    "l1_revert": str,
}
OPERATOR_LIST = {
    "operators": [OPERATOR_ROW],
    "counts": {"ids": int, "active": int, "registered_on_l1": int},
    "total_voting_power": str,
}
OPERATOR_SHOW = OPERATOR_ROW | {
    "ids": [int],
    "bls_key": [str],
    "task_definitions": [
        {
            "task_definition_id": int,
            "minimum_voting_power": str,
            "restricted_operator_ids": [int],
            "eligible": bool,
            "reason": str,
        }
    ],
}
TASK_ROW = {
    "task_definition_id": int,
    "name": str,
    "minimum_voting_power": str,
    "maximum_number_of_attesters": str,
    "restricted_operator_ids": [int],
    "block_expiry": str,
    "is_expired": bool,
    "attester_reward": str,
    "performer_reward": str,
    "aggregator_reward": str,
    "dispute_period_blocks": str,
    "details": str,
    "quorum": {
        "stored_total": str,
        "raw_total": str,
        "recomputed_total": str,
        "required_approve": str,
        "required_reject": str,
        "attainable": str,
        "spare_operators": int,
        "pivotal": [int],
    },
    "verdict": str,
    "is_stale": bool,
}
MEMBER = {
    "operator_id": int,
    "address": str,
    "active": bool,
    "voting_power": str,
    "eligible": bool,
    "reason": str,
}
TASK_LIST = {"task_definitions": [TASK_ROW]}
RESTRICTED_LIST = {"task_definitions": [TASK_ROW | {"operators": [MEMBER]}]}
DOCTOR = {
    "settings": [{"name": str, "value": str, "from": str}],
    "endpoints": [
        {
            "chain": str,
            "host": str,
            "url": str,
            "chain_id": int,
            "log_range": int,
            "batch": int,
            "eth_simulate_v1": bool,
            "state_override": bool,
            "multicall3": bool,
            "finalized": bool,
            "requests": int,
            "retries": int,
            "fault": str,
        }
    ],
    "checks": [{"code": str, "group": str, "result": str, "text": str}],
}
FINDING = {"code": str, "severity": str, "subject": str, "text": str, "remedy": [str]}
NULLABLE = {
    "l1_voting_power",
    "delta",
    "l1_answer",
    "l1_revert",
    "operator_id",
    "last_sync",
    "registered_on_l2",
    "bls_key",
    "reason",
    "log_range",
    "fault",
    "block_expiry",
    "raw_total",
    "spare_operators",
}


def fits(value, shape, name=""):
    """Whether a JSON value has exactly these keys, in this order, and values of these types."""
    if value is None:
        assert name in NULLABLE, name
    elif isinstance(shape, dict):
        assert list(value) == list(shape), name
        for key, inner in shape.items():
            fits(value[key], inner, key)
    elif isinstance(shape, list):
        assert isinstance(value, list), name
        for item in value:
            fits(item, shape[0], name)
    else:
        assert type(value) is shape, (name, value)
    return True


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        (("power", "diff"), POWER_DIFF),
        (("power", "diff", "--per-task"), POWER_DIFF | {"task_definitions": [TASK_TOTAL]}),
        (("operator", "list"), OPERATOR_LIST),
        (("operator", "show", "1"), OPERATOR_SHOW),
        (("task", "list"), TASK_LIST),
        (("task", "show", "2"), RESTRICTED_LIST),
        (("restricted", "list"), RESTRICTED_LIST),
        (("doctor",), DOCTOR),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_data_has_these_keys_and_types(devnet, env_for, arguments, shape):
    document = run(env_for(devnet), *arguments, "-o", "json").document
    assert fits(document["data"], shape)
    assert fits(document["findings"], [FINDING])
    if arguments == ("doctor",):
        assert document["findings"]


def test_powers_are_decimal_strings_that_javascript_does_not_round(devnet_v2, env_for):
    text = diff(env_for(devnet_v2)).stdout
    numbers = [word.strip(",") for word in text.split() if word.strip(",").lstrip("-").isdigit()]
    assert numbers
    assert max(map(int, numbers)) < 2**53
