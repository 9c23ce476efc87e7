"""What is told of a row of readings, and how much of them is kept."""

import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from watched_readings import GONE, HOUR, LEFT, OUT, UNREAD, Rounds, address, codes, compare, moves

from avsctl.core.findings import Severity
from avsctl.core.operators import L1Operator, L2Operator, OperatorSets, VotingPowerRead
from avsctl.core.power import LastSync, diff_powers
from avsctl.core.units import OperatorId
from avsctl.core.watch import (
    BEHIND_ROUNDS,
    COURSE_ROUNDS,
    STILL_ROUNDS,
    DriftMoved,
    Movement,
    Reading,
    ReadingFailed,
    ReadingRecovered,
    SyncLanded,
    Watch,
    drift_bps,
    is_drifting,
    observe,
)
from avsctl.core.watch_findings import tell_event


@pytest.fixture
def rounds():
    return Rounds()


# Drift


def test_drift_that_the_first_reading_shows_is_found_and_told_once(rounds):
    assert moves(rounds.read(150, 100, 30)) == [("found", [1, 3])]
    assert rounds.read(150, 100, 30) == []


@pytest.mark.parametrize(
    ("before", "after", "movement"),
    [
        (100, 101, "appeared"),
        (100, 99, "appeared"),
        (100, OUT, "appeared"),
        (100, LEFT, "appeared"),
        (101, 100, "healed"),
        (OUT, 100, "healed"),
        (101, 102, "grew"),
        (99, 98, "grew"),
        (102, 101, "shrank"),
        (OUT, 1, "shrank"),
        (90, 120, "grew"),
        (120, 90, "shrank"),
        (110, 90, "turned"),
        (OUT, LEFT, "turned"),
        (0, OUT, "turned"),
    ],
)
def test_every_movement(rounds, before, after, movement):
    rounds.read(100, before)
    assert moves(rounds.read(100, after)) == [(movement, [2])]
    assert rounds.read(100, after) == []


def test_several_movements_of_one_round_are_told_each_with_everyone_it_is_about(rounds):
    rounds.read(100, 110, 90, 100, 130)
    assert moves(rounds.read(105, 120, 100, 95, 120)) == [
        ("appeared", [1, 4]),
        ("grew", [2]),
        ("shrank", [5]),
        ("healed", [3]),
    ]


def test_the_layers_agree_once_the_last_has_healed(rounds):
    rounds.read(110, 110)
    (first,) = rounds.read(100, 110)
    (last,) = rounds.read(100, 100)
    assert (first.is_last, last.is_last) == (False, True)
    assert tell_event(last).text == "operator 2 stopped drifting; L1 and L2 agree"
    rounds.read(110, UNREAD)
    (healed,) = rounds.read(100, UNREAD)
    assert not healed.is_last


def test_what_cannot_be_read_has_neither_drifted_nor_healed(rounds):
    rounds.read(110, 100)
    assert rounds.read(UNREAD, UNREAD) == []
    assert rounds.read(UNREAD, 100) == []
    assert rounds.read(110, 100) == []
    rounds.read(UNREAD, 100)
    assert moves(rounds.read(115, 100)) == [("grew", [1])]
    rounds.read(UNREAD, UNREAD)
    assert moves(rounds.read(100, 105)) == [("appeared", [2]), ("healed", [1])]


def test_what_could_not_be_read_from_the_start_is_found(rounds):
    rounds.read(UNREAD, 100)
    rounds.read(UNREAD, 100)
    assert moves(rounds.read(105, 100)) == [("found", [1])]
    assert moves(rounds.read(106, 100)) == [("grew", [1])]


def test_operators_that_come_and_go(rounds):
    rounds.read(100)
    assert moves(rounds.read(100, 90)) == [("appeared", [2])]
    assert moves(rounds.read(100)) == [("healed", [2])]
    assert moves(rounds.read(100, UNREAD)) == []
    assert moves(rounds.read(100, 90)) == [("found", [2])]


def test_an_address_that_gets_an_id_is_the_same_operator():
    sets = OperatorSets((), (L1Operator(address(7), True, VotingPowerRead(100)),), 1, 0)
    _, watch = observe(Watch(), Reading(1, 1, 1, diff_powers(sets), None), HOUR)
    registered = replace(sets, l2=(L2Operator(OperatorId(9), address(7), 60, is_active=True),))
    (event,), _ = observe(watch, Reading(2, 2, 2, diff_powers(registered), None), HOUR)
    assert moves([event]) == [("shrank", [9])]
    assert tell_event(event).text == "operator 9 drifted back from +100raw to +40raw (e18)"


def test_an_address_under_two_ids_is_one_drift():
    l2 = tuple(L2Operator(OperatorId(i), address(7), 60, is_active=True) for i in (1, 2))
    sets = OperatorSets(l2, (L1Operator(address(7), True, VotingPowerRead(100)),), 1, 120)
    (event,), _ = observe(Watch(), Reading(1, 1, 1, diff_powers(sets), None), HOUR)
    (move,) = event.moves
    assert (move.drift.operator_ids, move.drift.deltas, move.drift.size) == ((1, 2), (40, 40), 80)


# Syncs


def test_a_sync_is_told_in_the_round_that_shows_a_later_one(rounds):
    assert codes(rounds.read(110, sync=(900, 4_000))) == ["drift"]
    assert rounds.read(110) == []
    landed, healed = rounds.read(100, sync=(901, 4_000))
    assert landed == SyncLanded(LastSync(901, 4_000, None))
    assert healed.movement is Movement.HEALED
    assert tell_event(landed).text == "a 10001 sync landed: up to L1 block 901 and L2 block 4000"
    assert rounds.read(100) == []


def test_the_first_sync_ever_and_one_that_names_earlier_blocks(rounds):
    rounds.read(100)
    assert codes(rounds.read(100, sync=(900, 4_000))) == ["sync_landed"]
    assert rounds.read(100, sync=(899, 3_999)) == []


def test_that_a_sync_can_be_dated_is_no_sync(rounds):
    rounds.read(100, sync=(900, 4_000))
    rounds.sync = LastSync(900, 4_000, 77)
    assert rounds.read(100) == []


# Drift that stands still


def test_drift_stands_once_it_has_been_the_same_for_an_interval_and_several_rounds(rounds):
    rounds.read(100, 100)
    told = [codes(rounds.read(110, LEFT)) for _ in range(63)]
    assert told[0] == ["drift_appeared"]
    assert told[60] == ["drift_stands"]
    assert not any(told[1:60] + told[61:])


def test_what_it_says(rounds):
    rounds.read(110, 90, LEFT)
    rounds.read(110, 90, LEFT, seconds=HOUR)
    (event,) = rounds.read(110, 90, LEFT)
    assert (event.rounds, event.seconds, event.syncs) == (3, HOUR + 60, 0)
    finding = tell_event(event)
    assert finding.severity is Severity.WARNING
    assert finding.text == ("the drift of operators 1 and 2 has not changed for 1 h 01 m, 3 rounds; no sync landed")
    assert finding.remedy == ("avsctl internal status", "avsctl power explain")


def test_few_rounds_are_not_enough_however_long_they_take(rounds):
    rounds.read(110)
    assert [codes(rounds.read(110, seconds=10 * HOUR)) for _ in range(STILL_ROUNDS - 1)] == [[], ["drift_stands"]]


def test_a_change_begins_anew_and_what_no_sync_mends_does_not_count(rounds):
    rounds.interval = 60
    rounds.read(110, LEFT)
    rounds.read(110, LEFT)
    assert codes(rounds.read(111, LEFT)) == ["drift_grew"]
    assert rounds.read(111, LEFT) == []
    assert codes(rounds.read(111, OUT)) == ["drift_turned", "drift_stands"]
    rounds.read(100, OUT)
    assert [rounds.read(100, OUT) for _ in range(20)] == [[]] * 20


def test_syncs_that_do_not_mend_it_are_counted(rounds):
    rounds.interval = 60
    rounds.read(110, sync=(900, 4_000))
    rounds.read(110, sync=(901, 4_001))
    _, stands = rounds.read(110, sync=(902, 4_002))
    assert tell_event(stands).text.endswith("3 rounds; 2 landed that did not mend it")


def test_what_cannot_be_read_does_not_stand(rounds):
    rounds.interval = 60
    rounds.read(110)
    rounds.read(UNREAD)
    assert [codes(rounds.read(110)) for _ in range(3)] == [[], [], ["drift_stands"]]


# Rounds that fail, and blocks that are older


def test_failures_are_told_once_for_a_row_of_them(rounds):
    assert rounds.fail() == [ReadingFailed(GONE)]
    assert rounds.fail() == rounds.fail() == []
    assert codes(rounds.read(110)) == ["reading_recovered", "drift"]
    assert rounds.fail() == [ReadingFailed(GONE)]
    assert rounds.read(110) == [ReadingRecovered(1)]


def test_what_changed_meanwhile_is_told_after_failures(rounds):
    rounds.read(100, 110)
    rounds.fail()
    assert codes(rounds.read(105, 100)) == ["reading_recovered", "drift_appeared", "drift_healed"]


def test_an_older_block_is_compared_with_none(rounds):
    rounds.read(100)
    rounds.read(110)
    (behind,) = rounds.read(100, back=61)
    assert (behind.layer, behind.block, behind.seen) == ("l1", 1_119, 1_120)
    assert tell_event(behind).text == (
        "L1 block 1119 is older than 1120, which was read before: such a round is compared with none"
    )
    assert rounds.read(100, back=121) == []
    assert rounds.read(110) == []
    assert codes(rounds.read(100, back=500)) == ["reading_behind"]


def test_the_same_block_again_is_not_older(rounds):
    rounds.read(100)
    assert rounds.read(100, back=60) == []
    assert rounds.watch.behind == 0


def test_blocks_that_stay_older_are_taken_for_the_chain(rounds):
    rounds.read(100, sync=(900, 4_000))
    rounds.read(100)
    told = [codes(rounds.read(110, seconds=1, back=100, sync=(800, 3_000))) for _ in range(BEHIND_ROUNDS)]
    assert told == [["reading_behind"], [], [], [], ["reading_behind", "drift"]]
    assert codes(rounds.read(100, seconds=1, back=100)) == ["drift_healed"]


def test_a_failure_between_does_not_end_a_row_of_older_blocks(rounds):
    rounds.read(100)
    assert codes(rounds.read(110, back=100)) == ["reading_behind"]
    rounds.fail()
    assert rounds.read(110, seconds=1, back=100) == [ReadingRecovered(1)]


# Figures


def test_the_ratio_of_drift_is_of_the_larger_powers_and_never_0_where_powers_differ():
    assert drift_bps(compare([100, 100])) == 0
    assert drift_bps(compare([0, 100])) == 5_000
    assert drift_bps(compare([300, 100])) == 5_000
    assert drift_bps(compare([LEFT, OUT])) == 10_000
    assert drift_bps(compare([10**30, 1], [10**30, 2])) == 1
    assert drift_bps(compare([UNREAD, 50])) == 5_000
    assert drift_bps(compare([])) == 0


def test_operators_that_nobody_can_name_are_drift_too():
    assert not is_drifting(compare([100]))
    assert is_drifting(compare([100], unlisted=1))
    assert is_drifting(compare([101]))
    assert not is_drifting(compare([UNREAD]))


def test_the_course_holds_the_last_rounds(rounds):
    rounds.read(100)
    for _ in range(COURSE_ROUNDS):
        rounds.read(50)
    rounds.fail()
    rounds.read(50, back=1_000)
    assert rounds.watch.course == (*[5_000] * (COURSE_ROUNDS - 2), None, None)


SAID = st.one_of(st.integers(95, 105), st.sampled_from([UNREAD, LEFT, OUT]))
STEPS = st.lists(
    st.one_of(st.none(), st.tuples(st.lists(SAID, min_size=3, max_size=3), st.sampled_from([0, 0, 0, 200]))),
    max_size=40,
)


@given(STEPS)
def test_a_change_is_told_only_where_the_drift_known_before_was_another(steps):
    rounds = Rounds(interval=120)
    known = {}
    for step in steps:
        if step is None:
            rounds.fail()
            continue
        said, back = step
        events = rounds.read(*said, back=back)
        if rounds.watch.behind:
            continue
        for event in events:
            for move in event.moves if isinstance(event, DriftMoved) else ():
                before = known.get(move.drift.address)
                assert before == move.before
                assert move.before != move.after
        known = dict(rounds.watch.drift)


def test_a_watch_does_not_grow_with_its_rounds(rounds):
    sizes = []
    for number in range(1_000):
        rounds.read(*(100 + (number * at) % 7 for at in range(20)), sync=(number, number))
        rounds.read(*(100 + (number * at) % 5 for at in range(20)), back=number % 3 * 70)
        rounds.fail()
        sizes.append(len(pickle.dumps(rounds.watch)))
    assert max(sizes[-100:]) <= max(sizes[20:120]) + 100
