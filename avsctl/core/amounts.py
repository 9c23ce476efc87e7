"""Amounts of a rewards token and counts, as they are typed; whole numbers throughout."""

import re
from typing import Final

from avsctl.core.units import UINT256_MAX, parse_power
from avsctl.errors import UsageError

NONE: Final = "none"
"""What is typed to clear a minimum or a maximum."""

DECIMALS_BY_UNIT: Final = {"ether": 18, "gwei": 9, "wei": 0}
"""How many decimals a unit has: ``1ether`` is 10^18 of the smallest unit."""

_AMOUNT = re.compile(r"(?P<whole>[0-9]+)(?:\.(?P<fraction>[0-9]+))?(?P<unit>ether|gwei|wei)?", re.ASCII)
_DIGITS_MAX: Final = len(str(UINT256_MAX))


def parse_amount(text: str) -> int:
    """Read an amount as typed: ``0.001ether``, ``5gwei``, ``1000wei`` or ``1000``; returns the smallest unit.

    Raises:
        UsageError: not one of these, finer than the smallest unit, or above 2^256-1. A bare decimal is refused, for
            nothing says what of.
    """
    text = text.strip()
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise UsageError(
            f"{text!r} is not an amount", "write 0.001ether, 5gwei, 1000wei, or 1000 for the smallest unit"
        )
    unit, fraction = match["unit"], match["fraction"] or ""
    if unit is None and fraction:
        raise UsageError(f"{text!r} is an amount without a unit", f"write {text}ether or {text}gwei")
    decimals = DECIMALS_BY_UNIT[unit or "wei"]
    if len(fraction) > decimals:
        raise UsageError(f"{text!r} is finer than the smallest unit", f"{unit} has at most {decimals} decimals")
    return _read_digits(text, match["whole"] + fraction.ljust(decimals, "0"))


def parse_count(text: str) -> int:
    """Read a count as typed, a decimal whole number; ``none`` is 0.

    Raises:
        UsageError: anything else, or above 2^256-1.
    """
    text = text.strip()
    if text == NONE:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"{text!r} is no count", f"a whole number such as 4, or {NONE}")
    return _read_digits(text, text)


def parse_minimum(text: str) -> int:
    """Read a minimum voting power as typed, in raw units; ``none`` is 0.

    Raises:
        UsageError: as ``parse_power``.
    """
    return 0 if text.strip() == NONE else parse_power(text)


def _read_digits(text: str, digits: str) -> int:
    """Read decimal digits, however many, of what was typed as ``text``."""
    significant = digits.lstrip("0") or "0"
    value = int(significant) if len(significant) <= _DIGITS_MAX else UINT256_MAX + 1
    if value > UINT256_MAX:
        raise UsageError(f"{text!r} is above 2^256-1")
    return value
