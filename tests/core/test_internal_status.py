"""The state of the internal tasks: what is due, what ran, who would have to attest, why none lands, and what mends it.

The deployment is that of section 8 of the facts: twelve operators, powers in raw units here.
"""

from dataclasses import replace
from itertools import combinations

import pytest
from attestation_case import BROKEN, GONE, LEFT, POWERS, V2, V3, define, sets_of, state_of
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.changes import SetList, apply_setting, land_powers, land_totals
from avsctl.core.findings import Severity
from avsctl.core.internal_checks import Surroundings, check_internal_tasks
from avsctl.core.internal_remedies import find_list
from avsctl.core.internal_status import (
    DAY_SECONDS,
    History,
    InternalScene,
    Run,
    SeenIn,
    Slot,
    build_timeline,
    judge_internal_tasks,
)
from avsctl.core.internal_tasks import InternalTaskName, Interval, IntervalSource, find_interval
from avsctl.core.power import LastSync, Status
from avsctl.core.quorum import Verdict

POWER_SYNC, TOTALS, WEIGHTS = InternalTaskName
NOW, HOUR = 1_795_096_947, 3600
DRIFTED = {3: 837, 5: 70, 8: 0, 10: LEFT, 12: GONE}
"""What L1 says in the mock of ``internal status``."""
FOUR = (3, 5, 8, 12)
EVERYONE = ",".join(map(str, range(1, 13)))
SYNCED = LastSync(23_810_220, 38_220_102, 1_795_064_311)
"""9 h 04 m ago."""
APART = {POWER_SYNC: Interval(HOUR * 1000, IntervalSource.SETTING), TOTALS: Interval(3_900_000, IntervalSource.SETTING)}
QUIET = Surroundings(None, (), None, None)


def scene_of(*definitions, answers=DRIFTED, last_sync=SYNCED, intervals=APART, histories=None, **state):
    made = state_of(*definitions, **state)
    sets = None if answers is None else sets_of(made, answers)
    everything = {WEIGHTS: Interval(None, IntervalSource.SETTING), **intervals}
    return InternalScene(made, sets, last_sync, histories or {}, everything, NOW)


def internal(ids=FOUR, own_total=2880, minimum=0, most=0):
    return define(10001, minimum, ids, most, own_total), define(10002)


def judge(scene, task_definition_id=10001):
    (status,) = [each for each in judge_internal_tasks(scene) if each.task_definition_id == task_definition_id]
    return status


def check(scene, around=QUIET):
    """Give the first finding of each code."""
    found = list(check_internal_tasks(scene, judge_internal_tasks(scene), around))
    return {finding.code: finding for finding in reversed(found)}


def landed(seconds_ago, **about):
    return Run(SeenIn.LOGS, NOW - seconds_ago, block=1, landed_at=NOW - seconds_ago, transaction="0x", **about)


# The mock


def test_the_mock_of_the_screen():
    scene = scene_of(*internal())
    status = judge(scene)
    assert status.schedule.next_due == 1_795_067_911
    assert (status.schedule.overdue_seconds, status.schedule.missed, status.carries) == (29_036, 9, 3)
    assert (status.last.seen_in, status.last.timestamp, status.last.transaction) == ("getters", 1_795_064_311, None)
    quorum = status.assessment.quorum
    assert (quorum.required_approve, quorum.attainable, quorum.pivotal) == (1920, 2880, (12,))
    assert status.assessment.verdict is Verdict.FRAGILE
    assert [each.l1.status for each in status.attesters] == [
        Status.INCREASE,
        Status.DECREASE,
        Status.DECREASE,
        Status.NOT_AN_OPERATOR_ON_L1,
    ]
    assert [each.member.operator_id for each in status.departed] == [8, 12]
    found = check(scene)
    assert set(found) == {"sync_overdue", "sync_needs_departed"}
    finding = found["sync_needs_departed"]
    assert (finding.severity, finding.subject) == (Severity.CRITICAL, "10001")
    assert finding.text.startswith("10001 cannot pass without operator 12, who left EigenLayer: the others bring ")
    assert "node still runs" in finding.text
    assert finding.remedy == ("avsctl task update 10001 --restricted 1,2,3,4,5,6,7,9,11",)
    assert judge(scene, 10002).needs_departed  # 8 has no stake left, 10 and 12 are gone: 5120 of 5440


def test_a_deployment_that_is_well():
    scene = scene_of(*internal(range(1, 10), 4760), answers={}, last_sync=LastSync(1, 2, NOW - 10 * HOUR))
    assert check(scene) == {}
    for status in judge_internal_tasks(scene):
        assert (status.carries, status.schedule.next_due, status.schedule.overdue_seconds) == (0, None, 0)
        assert not status.needs_departed
        assert status.departed == ()


# When a run is due


@pytest.mark.parametrize(
    ("seconds_ago", "overdue", "missed"),
    [(0, 0, 0), (3599, 0, 0), (3600, 0, 1), (3601, 1, 1), (7199, 3599, 1), (7200, 3600, 2), (-5, 0, 0)],
)
def test_overdue_is_counted_from_what_the_last_run_read(seconds_ago, overdue, missed):
    scene = scene_of(*internal(), last_sync=LastSync(1, 2, NOW - seconds_ago))
    schedule = judge(scene).schedule
    assert (schedule.next_due, schedule.overdue_seconds, schedule.missed) == (
        NOW - seconds_ago + HOUR,
        overdue,
        missed,
    )
    assert ("sync_overdue" in check(scene)) is (missed >= 2)


def test_without_l1_it_is_not_known_whether_a_run_is_needed():
    scene = scene_of(*internal(), answers=None)
    status = judge(scene)
    assert (status.carries, status.schedule.missed, status.attainable_without_departed) == (None, 9, None)
    assert all(each.l1 is None for each in status.attesters)
    (finding,) = [each for code, each in check(scene).items() if code == "sync_overdue"]
    assert finding.severity is Severity.WARNING
    assert finding.text.endswith("not known: L1 was not read")
    assert set(check(scene)) == {"sync_overdue", "fragile"}


@pytest.mark.parametrize(
    ("last_sync", "code"),
    [(None, "never_synced"), (LastSync(1, 2, None), "sync_age_unknown")],
)
def test_a_sync_that_cannot_be_dated(last_sync, code):
    scene = scene_of(*internal(), last_sync=last_sync)
    assert judge(scene).schedule.next_due is None
    assert code in check(scene)


def test_totals_wait_since_the_sync_of_powers_that_made_them_stale():
    stale = define(1, 0, (1, 2, 3), 0, 999)
    ran = {10002: History((landed(5 * HOUR),), 0)}
    late = scene_of(*internal(), stale, histories=ran, last_sync=LastSync(1, 2, NOW - 3 * HOUR))
    status = judge(late, 10002)
    assert (status.carries, status.schedule.missed) == (1, 2)
    assert check(late)["totals_overdue"].text.startswith("no 10002 for 3 h 00 m, 2 intervals of 1 h 05 m missed; 1 tot")
    fresh = scene_of(*internal(), stale, histories=ran, last_sync=LastSync(1, 2, NOW - HOUR))
    assert judge(fresh, 10002).schedule.missed == 0
    assert "totals_overdue" not in check(fresh)
    unknown = scene_of(*internal(), stale)
    assert judge(unknown, 10002).schedule.next_due is None
    assert "totals_overdue" not in check(unknown)


# What ran


def test_a_log_says_where_the_last_sync_landed_if_it_is_of_that_very_sync():
    own = landed(HOUR, to_blocks=(SYNCED.to_block_l1, SYNCED.to_block_l2), task_number=7)
    last = judge(scene_of(*internal(), histories={10001: History((own,), 0)})).last
    assert (last.seen_in, last.task_number, last.landed_at) == ("logs", 7, NOW - HOUR)
    assert last.timestamp == SYNCED.timestamp
    other = replace(own, to_blocks=(1, 2))
    last = judge(scene_of(*internal(), histories={10001: History((other,), 0)})).last
    assert (last.seen_in, last.task_number, last.landed_at) == ("getters", None, None)
    undated = replace(SYNCED, timestamp=None)
    last = judge(scene_of(*internal(), histories={10001: History((own,), 0)}, last_sync=undated)).last
    assert last.timestamp == NOW - HOUR


@pytest.mark.parametrize(("seconds_ago", "is_told"), [(HOUR, True), (10 * HOUR, False)])
def test_a_rejection_is_told_while_nothing_has_landed_since(seconds_ago, is_told):
    rejected = landed(seconds_ago, is_approved=False, task_number=9)
    scene = scene_of(*internal(), histories={10001: History((rejected,), 0)})
    assert ("sync_rejected" in check(scene)) is is_told
    assert (judge(scene).last_rejected == rejected) is is_told
    if is_told:
        assert "(task 9)" in check(scene)["sync_rejected"].text


def test_the_last_day_in_stretches_of_an_interval():
    runs = (landed(10), landed(2 * HOUR), landed(3 * HOUR + 1, is_approved=False), landed(40 * HOUR))
    timeline = build_timeline(History(runs, NOW - 6 * HOUR), APART[POWER_SYNC], NOW)
    assert (timeline.slot_seconds, len(timeline.slots)) == (HOUR, 24)
    tail = [Slot.UNSEEN, Slot.NONE, Slot.NONE, Slot.REJECTED, Slot.LANDED, Slot.NONE, Slot.LANDED]
    assert list(timeline.slots[-7:]) == tail
    assert set(timeline.slots[:-6]) == {Slot.UNSEEN}


@given(st.integers(60_000, 2**48 - 1), st.lists(st.integers(0, 2 * DAY_SECONDS), max_size=5))
def test_a_day_has_at_most_48_stretches_and_every_run_falls_into_one(interval_ms, ages):
    history = History(tuple(landed(age) for age in ages), 0)
    timeline = build_timeline(history, Interval(interval_ms, IntervalSource.SETTING), NOW)
    reach = len(timeline.slots) * timeline.slot_seconds
    assert 1 <= len(timeline.slots) <= 48
    assert DAY_SECONDS - timeline.slot_seconds < reach <= DAY_SECONDS
    assert timeline.slots.count(Slot.LANDED) == len({age // timeline.slot_seconds for age in ages if age < reach})
    assert Slot.UNSEEN not in timeline.slots


# What keeps a run from landing


def test_a_stale_total_of_its_own_gates_the_sync():
    scene = scene_of(*internal(range(1, 7), 9000), answers={})
    finding = check(scene)["sync_dead"]
    assert "gates the sync" in finding.text
    assert finding.remedy == ("avsctl task refresh 10001",)


def test_a_recount_that_is_not_enough_is_no_remedy():
    scene = scene_of(*internal(FOUR, 9000))
    finding = check(scene)["sync_dead"]
    assert finding.remedy == ("avsctl task update 10001 --restricted 1,2,3,4,5,6,7,9,11",)
    assert "gates" not in finding.text


@pytest.mark.parametrize(
    ("definitions", "state", "words", "remedy"),
    [
        (
            internal((99,), 0),
            {},
            "nobody in its list",
            "avsctl task update 10001 --restricted 1,2,3,4,5,6,7,8,9,10,11,12",
        ),
        (internal((1, 2, 3, 4), 1120, most=1), {}, "more than 1 attesters", "avsctl task set-max-attesters 10001 none"),
        (internal((), 0), {"powers": (0, 0)}, "no sync can start by itself", None),
        (internal((), 0), {"powers": (1,)}, "nothing can be approved", None),
        (internal((1, 2), 360, minimum=1201), {}, "nobody in its list", None),
    ],
)
def test_why_nothing_passes_and_what_mends_it(definitions, state, words, remedy):
    scene = scene_of(*definitions, answers={}, **state)
    finding = check(scene)["sync_dead"]
    assert words in finding.text
    assert remedy is None or finding.remedy == (remedy,)
    assert remedy is not None or not finding.remedy[0].startswith("avsctl task update")


def test_an_expired_definition_has_no_remedy_of_a_list():
    scene = scene_of(define(10001, 0, FOUR, 0, 2880, expiry=100), define(10002), answers={})
    finding = check(scene)["sync_dead"]
    assert "expired" in finding.text
    assert not any("--restricted" in each or "refresh 10001" in each for each in finding.remedy)


def test_dead_ids_in_a_list_are_told_beside():
    scene = scene_of(*internal((1, 2, 3, 99), 480), answers={}, powers=(*POWERS[:2], None, *POWERS[3:]))
    found = check(scene)
    assert found["dead_ids_listed"].text == "lists 3"
    assert found["unknown_ids_listed"].text == "lists 99"


def test_several_who_departed_of_whom_none_is_needed_alone():
    scene = scene_of(*internal((1, 2, 3, 4, 5), 1640), answers={4: LEFT, 5: 0})
    finding = check(scene)["sync_needs_departed"]
    assert "without some of operators 4 (is not registered on L1), 5 (has no power left on L1)" in finding.text
    assert "the others bring 720raw of 1093raw (e18)" in finding.text


def test_an_operator_that_cannot_be_read_may_be_there_still():
    scene = scene_of(*internal(), answers={12: BROKEN})
    assert judge(scene).attainable_without_departed == 2880
    assert "sync_needs_departed" not in check(scene)
    listed = find_list(scene_of(*internal(), answers={12: BROKEN, 8: GONE}), internal()[0].definition)
    assert listed == (1, 2, 3, 4, 5, 6, 7, 9, 10, 11)


def test_where_the_next_sync_would_kill_a_list_of_all_that_are_there_those_in_sync_are_named():
    scene = scene_of(*internal((12,), 1200), answers={11: 1, 10: 1, 9: 1, 8: 1, 12: GONE})
    listed = find_list(scene, internal()[0].definition)
    assert listed == (1, 2, 3, 4, 5, 6, 7)


@given(
    st.lists(st.integers(0, 900), min_size=1, max_size=7),
    st.lists(st.integers(0, 900) | st.sampled_from([LEFT, GONE, BROKEN]), min_size=7, max_size=7),
    st.sets(st.integers(1, 7)),
    st.integers(0, 3000),
    st.integers(0, 300),
)
def test_a_list_that_is_named_works_with_those_who_are_there_alone(powers, answers, ids, own_total, minimum):
    listed = [i for i in sorted(ids) if i <= len(powers)]
    before = define(10001, minimum, listed, 0, own_total)
    scene = scene_of(before, answers=dict(enumerate(answers[: len(powers)], 1)), powers=powers)
    named = find_list(scene, before.definition)
    there = [i for i, answer in enumerate(answers, 1) if isinstance(answer, int) and answer]
    assert set(named) <= set(there)
    if named:
        after = apply_setting(scene.state, SetList(10001, named))
        states = [after, land_powers(after, scene.sets)]
        assert all(can_pass(state) for state in (*states, land_totals(states[1])))


def can_pass(state):
    """Try every set of attesters."""
    rules, total = state.find(10001).definition, state.assess(10001).quorum.stored_total
    may = [
        each.voting_power
        for each in state.operators
        if each.operator_id in rules.restricted_operator_ids and each.voting_power >= rules.minimum_voting_power
    ]
    sets = (chosen for size in range(len(may) + 1) for chosen in combinations(may, size))
    return any(sum(chosen) >= total * 2 // 3 > 0 for chosen in sets)


@pytest.mark.parametrize(
    ("ahead", "severity"),
    [(0, None), (1, Severity.WARNING), (100, Severity.WARNING), (101, Severity.CRITICAL)],
)
def test_a_sync_that_names_a_block_above_the_head_blocks_those_after_it(ahead, severity):
    around = replace(QUIET, l1_head=SYNCED.to_block_l1 - ahead)
    finding = check(scene_of(*internal()), around).get("blocks_ahead")
    assert (finding.severity if finding else None) is severity
    assert "blocks_ahead" not in check(scene_of(*internal()), replace(QUIET, l1_head=None))


def test_what_else_stops_an_internal_task():
    around = Surroundings("0xFEE", ("TASKS_SUBMISSION_FLOW", "CREATE_NEW_TASK_DEFINITION_FLOW"), None, 20)
    found = check(scene_of(*internal()), around)
    assert found["flow_paused"].severity is Severity.CRITICAL
    assert found["flow_paused"].subject == "TASKS_SUBMISSION_FLOW"
    assert "0xFEE" in found["fee_calculator_set"].text
    assert "logs of the last 20 blocks only" in found["history_unavailable"].text
    assert "gave no logs" in check(scene_of(*internal()), replace(QUIET, log_blocks=0))["history_unavailable"].text


def test_intervals_that_are_equal_and_tasks_that_nobody_runs():
    default = {name: find_interval(None, name) for name in InternalTaskName}
    finding = check(scene_of(*internal(), intervals=default))["intervals_equal"]
    assert (finding.subject, finding.severity) == ("10001, 10002", Severity.WARNING)
    nobody = {name: find_interval((), name) for name in InternalTaskName}
    found = check(scene_of(*internal(), intervals=nobody))
    assert "INTERNAL_TASKS does not name VOTING_POWER_" in found["sync_not_scheduled"].text
    assert "intervals_equal" not in found
    assert "sync_overdue" in found


def test_weights_are_there_where_the_deployment_has_them():
    scene = scene_of(*internal(), define(10003), generation=V3)
    assert [status.task_definition_id for status in judge_internal_tasks(scene)] == [10001, 10002, 10003]
    assert judge(scene, 10003).carries is None
    assert [s.task_definition_id for s in judge_internal_tasks(scene_of(*internal(), generation=V2))] == [10001, 10002]
