"""When a definition expires: as typed, as a block, and as a time from now."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.expiry import (
    NEVER_BLOCK,
    AbsoluteBlock,
    BlocksFromNow,
    DurationFromNow,
    Never,
    parse_expiry,
    resolve_expiry,
    seconds_until,
)
from avsctl.core.pace import Pace, blocks_in
from avsctl.core.units import UINT256_MAX
from avsctl.errors import UsageError

NOW = 38_236_420
BASE = Pace(blocks=1000, seconds=2000)
MAINNET = Pace(blocks=1000, seconds=12_000)
PACES = st.builds(Pace, st.integers(1, 10**6), st.integers(1, 10**7))


@pytest.mark.parametrize(
    ("text", "expiry"),
    [
        ("never", Never()),
        (" never\n", Never()),
        ("38300000", AbsoluteBlock(38_300_000)),
        ("0", AbsoluteBlock(0)),
        ("0007", AbsoluteBlock(7)),
        ("+7", BlocksFromNow(7)),
        ("30d", DurationFromNow(30 * 86_400)),
        ("12h", DurationFromNow(12 * 3600)),
        (str(UINT256_MAX), AbsoluteBlock(UINT256_MAX)),
        (f"+{UINT256_MAX}", BlocksFromNow(UINT256_MAX)),
        ("0" * 5000 + "1d", DurationFromNow(86_400)),
    ],
)
def test_expiries_as_typed(text, expiry):
    assert parse_expiry(text) == expiry


@pytest.mark.parametrize(
    "text",
    ["", "Never", "none", "-1", "-3d", "+30d", "30m", "30 d", "1.5d", "1e6", "0x10", "+", "d", "++1", "1_000", "٣d",
     "2026-11-19", "3d12h", "latest"],
)  # fmt: skip
def test_what_is_no_expiry(text):
    with pytest.raises(UsageError, match="is no expiry"):
        parse_expiry(text)


@pytest.mark.parametrize("text", ["+0", "0d", "00h"])
def test_an_expiry_at_once(text):
    with pytest.raises(UsageError, match="expires at once"):
        parse_expiry(text)


@pytest.mark.parametrize("text", [str(2**256), f"+{2**256}", "9" * 5000, f"{UINT256_MAX // 86_400 + 1}d"])
def test_an_expiry_too_large(text):
    with pytest.raises(UsageError, match="is above"):
        parse_expiry(text)


@given(st.text(st.sampled_from("0123456789+dhnevr- "), max_size=10) | st.text())
def test_any_text_is_read_or_refused(text):
    try:
        expiry = parse_expiry(text)
    except UsageError:
        return
    assert isinstance(expiry, Never | AbsoluteBlock | BlocksFromNow | DurationFromNow)


@pytest.mark.parametrize(
    ("text", "pace", "block"),
    [
        ("never", None, NEVER_BLOCK),
        ("38300000", None, 38_300_000),
        ("1", None, 1),
        ("+7", None, NOW + 7),
        ("30d", BASE, NOW + 30 * 43_200),
        ("30d", MAINNET, NOW + 30 * 7200),
        ("12h", MAINNET, NOW + 3600),
    ],
)
def test_the_block_of_an_expiry(text, pace, block):
    assert resolve_expiry(parse_expiry(text), NOW, pace) == block


def test_never_is_the_largest_block_there_is():
    assert NEVER_BLOCK == 2**256 - 1


@pytest.mark.parametrize(("expiry", "pace"), [(BlocksFromNow(UINT256_MAX), None), (DurationFromNow(UINT256_MAX), BASE)])
def test_a_block_beyond_the_last(expiry, pace):
    far = NOW if isinstance(expiry, BlocksFromNow) else UINT256_MAX
    with pytest.raises(UsageError, match=r"is above 2\^256-1"):
        resolve_expiry(expiry, far, pace)


def test_no_block_is_called_never_by_accident():
    last = UINT256_MAX - NOW
    assert resolve_expiry(BlocksFromNow(last), NOW, None) == NEVER_BLOCK
    with pytest.raises(UsageError):
        resolve_expiry(BlocksFromNow(last + 1), NOW, None)


def test_a_time_needs_a_pace():
    with pytest.raises(UsageError, match="the pace of L2's blocks is not known"):
        resolve_expiry(DurationFromNow(86_400), NOW, None)


@given(PACES, st.integers(1, 10**9), st.integers(0, 10**9))
def test_a_time_comes_back_as_near_as_whole_blocks_allow(pace, seconds, now):
    block = resolve_expiry(DurationFromNow(seconds), now, pace)
    assert block == now + blocks_in(pace, seconds)
    assert abs(seconds_until(block, now, pace) - seconds) <= pace.seconds / pace.blocks + 1


@pytest.mark.parametrize(
    ("block", "pace", "seconds"),
    [
        (NOW, BASE, 0),
        (NOW + 1, BASE, 2),
        (NOW - 1, BASE, -2),
        (NOW + 7200, MAINNET, 86_400),
        (NOW + 1, Pace(3, 10), 3),
        (NOW - 1, Pace(3, 10), -4),
        (NEVER_BLOCK, BASE, None),
        (NOW + 1, None, None),
    ],
)
def test_when_a_block_is_due(block, pace, seconds):
    assert seconds_until(block, NOW, pace) == seconds
