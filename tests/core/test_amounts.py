"""Amounts and counts as they are typed and shown."""

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.amounts import parse_amount, parse_count, parse_minimum
from avsctl.core.units import E18, UINT256_MAX
from avsctl.errors import UsageError

SIZES = {"ether": 10**18, "gwei": 10**9, "wei": 1}


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("000", 0),
        ("1000", 1000),
        ("1000wei", 1000),
        ("5gwei", 5 * 10**9),
        ("0.5gwei", 5 * 10**8),
        ("0.001ether", 10**15),
        (" 1.50ether\n", 3 * 10**18 // 2),
        ("0.000000000000000001ether", 1),
        ("0.000000000000000000ether", 0),
        ("0" * 5000 + "7wei", 7),
        (str(UINT256_MAX), UINT256_MAX),
        (f"{UINT256_MAX}wei", UINT256_MAX),
    ],
)
def test_amounts_as_typed(text, amount):
    assert parse_amount(text) == amount


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("0.001", "'0.001' is an amount without a unit", "write 0.001ether or 0.001gwei"),
        ("1.0", "'1.0' is an amount without a unit", "write 1.0ether or 1.0gwei"),
        ("1.5wei", "'1.5wei' is finer than the smallest unit", "wei has at most 0 decimals"),
        ("0.0000000001gwei", "'0.0000000001gwei' is finer than the smallest unit", "gwei has at most 9 decimals"),
        (f"0.{'0' * 19}ether", f"'0.{'0' * 19}ether' is finer than the smallest unit", "ether has at most 18 decimals"),
        (str(2**256), f"'{2**256}' is above 2^256-1", ""),
        ("9" * 5000, f"'{'9' * 5000}' is above 2^256-1", ""),
        (f"{UINT256_MAX // E18 + 1}ether", f"'{UINT256_MAX // E18 + 1}ether' is above 2^256-1", ""),
    ],
)
def test_a_refused_amount_says_what_to_write(text, message, hint):
    with pytest.raises(UsageError) as caught:
        parse_amount(text)
    (problem,) = caught.value.problems
    assert (problem.message, problem.hint) == (message, hint)


@pytest.mark.parametrize(
    "text",
    ["", "-1", "-1wei", "+1", ".5ether", "5.ether", "1e18", "1 ether", "1eth", "1Ether", "1_000", "1,5ether", "0x10",
     "٣", "½ether", "nan", "inf", "1.2.3ether", "1etherwei", "none", "500e18"],
)  # fmt: skip
def test_what_is_no_amount(text):
    with pytest.raises(UsageError, match="is not an amount"):
        parse_amount(text)


@given(st.integers(0, 10**60), st.integers(0, 20), st.sampled_from(["", *SIZES]))
def test_an_amount_is_exact_or_refused(digits, decimals, unit):
    whole = f"{digits:0{decimals + 1}d}"
    text = f"{whole[:-decimals]}.{whole[-decimals:]}" if decimals else whole
    exact = Fraction(text) * SIZES[unit or "wei"]
    is_written_well = decimals <= {"ether": 18, "gwei": 9}.get(unit, 0)
    if is_written_well and exact <= UINT256_MAX:
        assert parse_amount(text + unit) == exact
        return
    with pytest.raises(UsageError):
        parse_amount(text + unit)


@given(st.text(st.sampled_from("0123456789.etherwgi+- "), max_size=12) | st.text())
def test_any_text_is_read_or_refused(text):
    for parse in (parse_amount, parse_count, parse_minimum):
        with contextlib.suppress(UsageError):
            assert 0 <= parse(text) <= UINT256_MAX


@pytest.mark.parametrize(("text", "count"), [("0", 0), ("4", 4), (" 007 ", 7), ("none", 0), (str(UINT256_MAX),) * 2])
def test_counts(text, count):
    assert parse_count(text) == int(count)


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "4e0", "None", "ten", "٣", "²", "1_0", "0x4"])
def test_what_is_no_count(text):
    with pytest.raises(UsageError, match="is no count"):
        parse_count(text)


@pytest.mark.parametrize("text", [str(2**256), "9" * 5000])
def test_a_count_too_large(text):
    with pytest.raises(UsageError, match="is above"):
        parse_count(text)


def test_minima():
    assert parse_minimum("none") == parse_minimum("0") == 0
    assert parse_minimum("500e18") == 500 * E18
    with pytest.raises(UsageError, match="without a unit"):
        parse_minimum("500")
