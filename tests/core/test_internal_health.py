"""Whether the syncs are alive, as the doctor and the diff tell it, in the deployment of ``test_internal_status``."""

import pytest
from attestation_case import define
from test_internal_status import APART, DRIFTED, SYNCED, TOTALS, WEIGHTS, internal, scene_of

from avsctl.core.findings import Severity
from avsctl.core.health import check_lists, check_syncs
from avsctl.core.internal_health import check_landing, check_paused, find_intervals, judge_health
from avsctl.core.internal_tasks import InternalTaskName, InternalTaskSetting, Interval, IntervalSource
from avsctl.core.power import LastSync

EQUAL = {name: Interval(3_600_000, IntervalSource.SETTING) for name in (InternalTaskName.VOTING_POWER_SYNC, TOTALS)}
LATE = "the last one read blocks of 9 h 03 m ago, 9 intervals missed"


def lines(health):
    return [(check.code, check.result, check.text) for check in check_syncs(health)]


def codes(health):
    return [finding.code for finding in health.findings]


def test_the_mock_of_the_screen():
    health = judge_health(scene_of(*internal()), None)
    assert codes(health) == ["sync_overdue", "sync_needs_departed", "sync_needs_departed"]
    assert lines(health) == [
        (
            "sync_alive",
            "critical",
            f"10001 fragile: {LATE}; it runs every 1 h 00 m (as set); cannot pass without operator 12",
        ),
        (
            "totals_sync",
            "critical",
            "10002 live: no total waits for it; cannot pass without some of operators 8, 10, 12",
        ),
    ]
    assert check_landing(health) == health.findings[1:]


def test_all_is_well():
    health = judge_health(scene_of(*internal(ids=()), answers={}), None)
    assert codes(health) == []
    assert [result for _, result, _ in lines(health)] == ["ok", "ok"]


def test_v1_has_none():
    assert lines(None) == [("sync_alive", "ok", "not known on V1, which has no internal tasks")]


def test_a_dead_sync_says_why_in_brief():
    health = judge_health(scene_of(*internal(ids=(3, 77), own_total=9000)), None)
    assert lines(health)[0][:2] == ("sync_alive", "critical")
    told = "; needs 6000raw, and no admissible set of attesters brings more than 360raw (e18); the stored total is "
    assert told in lines(health)[0][2]
    assert next((each.code, each.subject) for each in check_landing(health)) == ("sync_dead", "10001")


def test_what_is_said_of_ids_in_lists_is_left_to_the_line_on_lists():
    scene = scene_of(*internal(ids=(3, 5, 8, 12, 77)))
    health = judge_health(scene, None)
    assert "unknown_ids_listed" not in [each.code for check in check_syncs(health) for each in check.findings]
    assessed = [scene.state.assess(each.definition.task_definition_id) for each in scene.state.definitions]
    assert [(each.code, each.subject) for each in check_lists(assessed)] == [("unknown_ids_listed", "task 10001")]


@pytest.mark.parametrize(("source", "found"), [(IntervalSource.DEFAULT, False), (IntervalSource.SETTING, True)])
def test_equal_intervals_are_told_where_they_are_set(source, found):
    intervals = {name: Interval(3_600_000, source) for name in EQUAL}
    health = judge_health(scene_of(*internal(), answers={}, intervals=intervals), None)
    assert ("intervals_equal" in codes(health)) is found
    assert lines(health)[1][1] == ("warning" if found else "ok")
    assumed = "assumed, INTERNAL_TASKS is not set" if source is IntervalSource.DEFAULT else "as set"
    assert f"it runs every 1 h 00 m ({assumed})" in lines(health)[0][2]


def test_the_third_task_has_its_line_where_it_exists():
    intervals = {**APART, WEIGHTS: Interval(3_600_000, IntervalSource.SETTING)}
    health = judge_health(scene_of(*internal(), define(10003), answers={}, intervals=intervals), None)
    assert lines(health)[2][:2] == ("weights_sync", "ok")
    assert health.ids == {10001, 10002, 10003}


def test_a_sync_whose_definition_is_missing_is_overdue_all_the_same():
    health = judge_health(scene_of(answers=DRIFTED), None)
    assert codes(health) == ["sync_overdue"]
    told = "10001 is not defined: the last one read blocks of 9 h 03 m ago"
    assert lines(health) == [("sync_alive", "critical", told)]


@pytest.mark.parametrize(
    ("last_sync", "told"),
    [
        (None, "10001 fragile: none has landed; it runs"),
        (LastSync(1, 2, None), "10001 fragile: the last one read blocks of a time that is not known; it runs"),
        (SYNCED, "10001 fragile: the last one read blocks of 9 h 03 m ago, 9 intervals missed; it runs"),
    ],
)
def test_when_the_last_one_was(last_sync, told):
    assert lines(judge_health(scene_of(*internal(), last_sync=last_sync), None))[0][2].startswith(told)


def test_blocks_ahead_of_the_head_are_told_where_the_head_is_known():
    scene = scene_of(*internal())
    assert "blocks_ahead" in codes(judge_health(scene, SYNCED.to_block_l1 - 1000))
    assert "blocks_ahead" not in codes(judge_health(scene, SYNCED.to_block_l1)) + codes(judge_health(scene, None))


def test_a_paused_flow_is_worse_where_an_internal_task_needs_it():
    paused = ("CREATE_NEW_TASK_DEFINITION_FLOW", "TASKS_SUBMISSION_FLOW")
    health = judge_health(scene_of(*internal()), None, paused)
    assert [each.severity for each in check_paused(paused, health)] == [Severity.WARNING, Severity.CRITICAL]
    assert [each.severity for each in check_paused(paused, None)] == [Severity.WARNING] * 2
    assert check_paused((), health) == ()


def test_intervals_are_those_of_the_setting():
    only = (InternalTaskSetting(InternalTaskName.VOTING_POWER_SYNC, 60_000),)
    intervals = find_intervals(only)
    assert intervals[InternalTaskName.VOTING_POWER_SYNC] == Interval(60_000, IntervalSource.SETTING)
    assert intervals[TOTALS].milliseconds is None
    assert {each.source for each in find_intervals(None).values()} == {IntervalSource.DEFAULT}
