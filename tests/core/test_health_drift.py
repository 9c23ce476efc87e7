"""The doctor's line about drift: the share of power that a watch tells, and who is gone from L1."""

import pytest
from watched_readings import LEFT, OUT, UNREAD, compare

from avsctl.core.health import check_health
from avsctl.core.operators import OperatorSets


def told(diff):
    checks = check_health((), OperatorSets((), (), 0, 0), diff, None)
    return next(check.text for check in checks if check.code == "drift")


@pytest.mark.parametrize(
    ("diff", "text"),
    [
        (compare([100, 100]), "all 2 operators in sync"),
        (compare([300, 100]), "1 of 2 operators drift, 50.0 % of the power"),
        (compare([10_000, 100], [1, 100]), "1 of 2 operators drift, 99.0 % of the power"),
        (compare([100, LEFT, OUT]), "2 of 3 operators drift, 66.7 % of the power; gone from L1: 2, 3"),
        (compare([100, UNREAD]), "not all operators could be compared"),
    ],
)
def test_how_much_of_the_power_drifts(diff, text):
    assert told(diff) == text
