"""Powers as they are written and typed, and durations."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.units import (
    E18,
    UINT256_MAX,
    brief_e18,
    format_coin,
    format_duration,
    format_e18,
    parse_power,
    tell_apart,
)
from avsctl.errors import UsageError

POWERS = st.integers(0, UINT256_MAX)


@given(POWERS)
def test_what_is_written_in_full_reads_back(value):
    assert parse_power(f"{format_e18(value)}e18") == value
    assert parse_power(f"{value}raw") == value
    assert format_e18(-value) == (f"-{format_e18(value)}" if value else "0")


@given(POWERS, st.integers(0, 17))
def test_what_is_shortened_says_so_and_is_off_by_half_a_step_at_most(value, decimals):
    text = format_e18(value, decimals)
    is_small = 0 < value < 10 ** (18 - decimals) / 2
    if text.endswith("raw"):
        assert is_small
        assert value < 10**9
        assert parse_power(text) == value
        return
    decimals = 22 - len(str(value)) if is_small else decimals
    whole, _, places = text.removeprefix("~").partition(".")
    assert len(places) <= decimals
    assert not places.endswith("0")
    shown = int(whole) * E18 + int(places.ljust(18, "0"))
    assert abs(shown - value) * 2 <= 10 ** (18 - decimals)
    assert text.startswith("~") == (shown != value)
    assert shown or not value


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0, 18, "0"),
        (1, 18, "0.000000000000000001"),
        (-E18 // 2, 18, "-0.5"),
        (1200 * E18, 18, "1200"),
        (3, 4, "3raw"),
        (-3, 4, "-3raw"),
        (5 * 10**13, 4, "~0.0001"),
        (5 * 10**13 - 1, 4, "~0.00005"),
        (10**9, 4, "0.000000001"),
        (-1_234_567_890_123, 4, "~-0.000001235"),
        (10**9 - 1, 4, "999999999raw"),
        (10**9 - 1, 9, "~0.000000001"),
        (-(12 * E18 + 1), 4, "~-12"),
        (12 * E18 + E18 // 4, 4, "12.25"),
        (E18 - 1, 4, "~1"),
        (E18 // 2, 0, "~1"),
    ],
)
def test_powers_as_written(value, decimals, text):
    assert format_e18(value, decimals) == text


@given(st.lists(POWERS, max_size=3))
def test_powers_that_differ_never_look_the_same(values):
    told = tell_apart(*values)
    assert len(told) == len(values)
    assert len(set(told)) == len(set(values))
    assert told in (tuple(map(brief_e18, values)), tuple(map(format_e18, values)))


def test_only_powers_that_would_look_the_same_are_exact():
    assert tell_apart(E18 * 4 // 3, E18) == ("~1.3333", "1")
    assert tell_apart(E18 + 2, E18 + 1) == ("1.000000000000000002", "1.000000000000000001")
    assert tell_apart(E18 // 3, E18 // 3) == ("~0.3333", "~0.3333")


@pytest.mark.parametrize(
    ("wei", "text"),
    [
        (0, "0"),
        (1, "0.000000000000000001"),
        (178_123_456_789_012, "~0.000178123"),
        (10**17 + 1, "~0.1"),
        (E18 - 1, "~1"),
        (9999 * E18 + 123_456_789_012_345_678, "~9999.123457"),
        (12 * E18 + E18 // 4, "12.25"),
    ],
)
def test_coins_have_six_significant_decimals(wei, text):
    assert format_coin(wei) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("00", 0),
        ("0e18", 0),
        ("0raw", 0),
        ("500e18", 500 * E18),
        (" 0.5e18\n", E18 // 2),
        ("007raw", 7),
        ("0" * 5000 + "7raw", 7),
        ("0.000000000000000001e18", 1),
        ("1.50e18", 3 * E18 // 2),
        (f"{2**256 - 1}raw", 2**256 - 1),
    ],
)
def test_powers_as_typed(text, value):
    assert parse_power(text) == value


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("500", "'500' is a voting power without a unit", "write 500e18 for 500 times 10^18, or 500raw for raw units"),
        ("0.5", "'0.5' is a voting power without a unit", "write 0.5e18"),
        ("0.0", "'0.0' is a voting power without a unit", "write 0.0e18"),
        (" 1.5raw", "'1.5raw' is no whole number of raw units", "write 1.5e18, or whole raw units"),
        (f"0.{'1' * 19}e18", f"'0.{'1' * 19}e18' is finer than one raw unit", "an e18 power has at most 18 decimals"),
        (f"{2**256}raw", f"'{2**256}raw' is above 2^256-1", ""),
        ("9" * 5000 + "raw", f"'{'9' * 5000}raw' is above 2^256-1", ""),
        ("1" + "0" * 60 + "e18", f"'1{'0' * 60}e18' is above 2^256-1", ""),
    ],
)
def test_a_refusal_says_what_to_write(text, message, hint):
    with pytest.raises(UsageError) as caught:
        parse_power(text)
    (problem,) = caught.value.problems
    assert (problem.message, problem.hint) == (message, hint)


@pytest.mark.parametrize(
    "text",
    ["", "-1e18", "+1e18", "1e17", "1E18", "1 e18", ".5e18", "5.e18", "1_000raw", "1,000e18", "0x1raw", "٣e18", "½e18",
     "1e18e18", "nan", "inf", "500e18raw", "5wei"],
)  # fmt: skip
def test_what_is_no_power_is_refused(text):
    with pytest.raises(UsageError, match="is not a voting power"):
        parse_power(text)


@given(st.text(st.sampled_from("0123456789.eraw18-+ _"), max_size=12) | st.text())
def test_any_text_is_read_or_refused(text):
    try:
        value = parse_power(text)
    except UsageError:
        return
    assert 0 <= value <= UINT256_MAX
    assert value == 0 or text.strip().endswith(("e18", "raw"))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 m 00 s"),
        (3599, "59 m 59 s"),
        (3600, "1 h 00 m"),
        (9 * 3600 + 4 * 60 + 59, "9 h 04 m"),
        (86_399, "23 h 59 m"),
        (86_400, "1 d 00 h"),
        (3 * 86_400 + 2 * 3600, "3 d 02 h"),
        (1000 * 86_400, "1000 d 00 h"),
        (-8, "-8 s"),
        (-61, "-1 m 01 s"),
    ],
)
def test_durations(seconds, text):
    assert format_duration(seconds) == text


@given(st.integers(0, 10**9))
def test_a_duration_is_short_of_the_truth_by_less_than_its_finer_unit(seconds):
    sizes = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
    parts = re.findall(r"(\d+) ([dhms])", format_duration(seconds))
    shown = sum(int(number) * sizes[unit] for number, unit in parts)
    assert 0 <= seconds - shown < sizes[parts[-1][1]]
