"""Blocks in a time: rounded up, exactly."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.pace import Pace, blocks_in


@pytest.mark.parametrize(
    ("pace", "seconds", "blocks"),
    [
        (Pace(1_000, 2_000), 30 * 86_400, 1_296_000),
        (Pace(1_000, 2_000), 1, 1),
        (Pace(1_000, 2_000), 3, 2),
        (Pace(1_000, 250), 1, 4),
        (Pace(83, 1_000), 60, 5),
        (Pace(7, 7), 0, 0),
    ],
)
def test_blocks_in_a_time(pace, seconds, blocks):
    assert blocks_in(pace, seconds) == blocks


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(0, 10**12))
def test_no_fraction_is_lost(blocks, took, seconds):
    assert blocks_in(Pace(blocks, took), seconds) == ceil(Fraction(seconds * blocks, took))
