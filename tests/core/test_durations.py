"""Durations as they are typed."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.durations import DURATION_MAX_SECONDS, parse_duration
from avsctl.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1), ("30s", 30), ("1m", 60), ("6h", 21_600), ("2d", 172_800), ("365d", 31_536_000), (" 007m ", 420)],
)
def test_what_is_one(text, seconds):
    assert parse_duration(text, "--for") == seconds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not a duration"),
        ("-5m", "is not a duration"),
        ("soon", "is not a duration"),
        ("1.5h", "is not a duration"),
        ("1h30m", "is not a duration"),
        ("5 m", "is not a duration"),
        ("5M", "is not a duration"),
        ("٣m", "is not a duration"),
        ("1e3s", "is not a duration"),
        ("inf", "is not a duration"),
        ("\x1b[31mm", "is not a duration"),
        ("0s", "is no time at all"),
        ("000d", "is no time at all"),
        ("366d", "is longer than a year"),
        (f"{DURATION_MAX_SECONDS + 1}s", "is longer than a year"),
        ("9" * 5000 + "s", "is longer than a year"),
    ],
)
def test_what_is_none(text, words):
    with pytest.raises(UsageError, match=words) as caught:
        parse_duration(text, "--interval")
    (problem,) = caught.value.problems
    assert problem.message.startswith("--interval ")
    assert len(problem.message) < 100
    assert problem.hint


def test_a_count_without_a_unit_has_two_readings():
    with pytest.raises(UsageError) as caught:
        parse_duration("60", "--interval")
    assert caught.value.problems[0].hint == "write 60s for seconds, 60m for minutes"


def test_no_unit_makes_a_duration_of_0():
    with pytest.raises(UsageError) as caught:
        parse_duration("0", "--interval")
    assert "write 0s" not in caught.value.problems[0].hint


@given(st.text(max_size=12))
def test_whatever_is_typed_is_read_or_refused(text):
    with contextlib.suppress(UsageError):
        assert 1 <= parse_duration(text, "--for") <= DURATION_MAX_SECONDS
