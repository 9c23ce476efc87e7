"""Value types and units of the domain: addresses, ids, voting power in raw units and in e18."""

import re
from typing import Final, NewType

from avsctl.errors import UsageError

Address = NewType("Address", str)
"""An account, in EIP-55 spelling."""
OperatorId = NewType("OperatorId", int)
"""Index of an operator in AttestationCenter and OBLS of one L2, from 1."""
TaskDefinitionId = NewType("TaskDefinitionId", int)
"""Number of a task definition (uint16)."""

E18: Final = 10**18
UINT256_MAX: Final = 2**256 - 1
BPS: Final = 10_000
BRIEF_DECIMALS: Final = 4
"""Places of an e18 power in a sentence or at a terminal."""
RAW_BELOW: Final = 10**9
"""Raw units are shown as such where there are fewer."""
COIN_DECIMALS: Final = 6
"""Significant decimals of an amount of a chain's coin."""

_POWER = re.compile(r"(?P<whole>[0-9]+)(?:\.(?P<fraction>[0-9]+))?(?P<unit>e18|raw)?", re.ASCII)


def format_e18(value: int, decimals: int = 18) -> str:
    """Write raw units as a decimal number of e18, exact up to ``decimals`` places and marked ``~`` where it is not.

    A value too small to show at that precision has four significant places instead, or below 10^9 raw units is given
    in these (``3raw``); it is never 0.
    """
    sign, magnitude = ("-" if value < 0 else ""), abs(value)
    step = 10 ** (18 - decimals)
    shown = (magnitude + step // 2) // step * step
    if magnitude and not shown:
        return f"{sign}{magnitude}raw" if magnitude < RAW_BELOW else format_e18(value, 22 - len(str(magnitude)))
    whole, fraction = divmod(shown, E18)
    places = f"{fraction:018d}"[:decimals].rstrip("0")
    mark = "" if shown == magnitude else "~"
    return f"{mark}{sign}{whole}.{places}" if places else f"{mark}{sign}{whole}"


def brief_e18(value: int) -> str:
    """Write raw units in e18 as a sentence has them, to four places; exact figures stand in JSON data."""
    return format_e18(value, BRIEF_DECIMALS)


def tell_apart(*values: int) -> tuple[str, ...]:
    """Write powers that are compared as ``brief_e18`` does, or exactly where some that differ would look the same."""
    told = tuple(map(brief_e18, values))
    return told if len(set(told)) == len(set(values)) else tuple(map(format_e18, values))


def format_coin(wei: int) -> str:
    """Write wei as a number of the coin, to six significant decimals and marked ``~`` where that is not exact."""
    zeros = 18 - len(str(wei)) if wei < E18 else 0
    return format_e18(wei, min(18, zeros + COIN_DECIMALS))


def parse_power(text: str) -> int:
    """Read a voting power as typed: ``500e18``, ``0.5e18``, ``500raw`` or ``0``; returns raw units.

    Raises:
        UsageError: not one of these, finer than one raw unit, or above 2^256-1. A bare integer is refused with both
            readings spelt out.
    """
    text = text.strip()
    match = _POWER.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is not a voting power", "write 500e18, 0.5e18 or 500raw")
    whole, fraction, unit = match["whole"].lstrip("0"), match["fraction"] or "", match["unit"]
    if unit is None and (fraction or whole):
        raise UsageError(
            f"{text!r} is a voting power without a unit",
            f"write {text}e18 for {text} times 10^18, or {text}raw for raw units"
            if not fraction
            else f"write {text}e18",
        )
    if unit == "raw" and fraction:
        raise UsageError(
            f"{text!r} is no whole number of raw units", f"write {text.removesuffix('raw')}e18, or whole raw units"
        )
    if len(fraction) > 18:
        raise UsageError(f"{text!r} is finer than one raw unit", "an e18 power has at most 18 decimals")
    digits = whole + (fraction.ljust(18, "0") if unit == "e18" else "")
    value = int(digits or "0") if len(digits) <= len(str(UINT256_MAX)) else UINT256_MAX + 1
    if value > UINT256_MAX:
        raise UsageError(f"{text!r} is above 2^256-1")
    return value


def format_duration(seconds: int) -> str:
    """Write seconds in at most two units, the finer one always in two digits: ``8 s``, ``9 h 04 m``, ``3 d 02 h``."""
    sign, left = ("-" if seconds < 0 else ""), abs(seconds)
    for size, unit, finer, finer_unit in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "m"), (60, "m", 1, "s")):
        if left >= size:
            return f"{sign}{left // size} {unit} {left % size // finer:02d} {finer_unit}"
    return f"{sign}{left} s"


def format_share(part: int, whole: int) -> str:
    """Write a part as percent of a whole, rounded to one place; ``-`` where there is no whole."""
    return f"{(part * 1000 + whole // 2) // whole / 10:.1f} %" if whole else "-"
