"""What changed between rounds, in words."""

import pytest
from watched_readings import GONE, HOUR, LEFT, OUT, Rounds

from avsctl.core.deployment import Layer
from avsctl.core.units import E18
from avsctl.core.watch import DriftMoved, DriftStands, ReadingBehind, ReadingFailed, ReadingRecovered
from avsctl.core.watch_findings import check_awaited_sync, tell_event


@pytest.fixture
def rounds():
    return Rounds()


def test_several_operators_in_words():
    rounds = Rounds()
    rounds.read(*[100 * E18] * 20, l2=[100 * E18] * 20)
    (event,) = rounds.read(*[101 * E18] * 2, *[100 * E18] * 18, l2=[100 * E18] * 20)
    assert tell_event(event).subject == "operators"
    assert tell_event(event).text == "operators 1 and 2 began to drift by +1 and +1 (e18)"
    (event,) = rounds.read(*[102 * E18] * 20, l2=[100 * E18] * 20)[1:]
    assert "operators 1 and 2 drifted further from +1 to +2 and from +1 to +2 (e18)" in tell_event(event).text


def test_a_change_of_status_alone_is_told_by_its_words(rounds):
    rounds.read(OUT)
    (event,) = rounds.read(LEFT)
    assert tell_event(event).text == ("operator 1 drifted otherwise from not_registered_on_l1 to not_an_operator_on_l1")


def test_a_long_row_is_cut(rounds):
    rounds.read(*[100] * 900)
    (event,) = rounds.read(*[101] * 900)
    assert isinstance(event, DriftMoved)
    assert len(tell_event(event).text) < 400


def test_a_sync_that_was_not_seen():
    finding = check_awaited_sync(6 * HOUR)
    assert (finding.code, finding.text) == ("sync_not_seen", "no 10001 sync landed within 6 h 00 m")


def test_every_event_has_a_finding():
    for event in (DriftStands((), 3, 60, 0), ReadingFailed(GONE), ReadingRecovered(2), ReadingBehind(Layer.L2, 1, 2)):
        assert tell_event(event).text
    assert tell_event(ReadingFailed(GONE)).text == "the round failed: L2 endpoint x: gone"
