"""Durations as they are typed: ``30s``, ``1m``, ``6h``, ``2d``."""

import re
from typing import Final

from avsctl.errors import UsageError

DURATION_MAX_SECONDS: Final = 365 * 86_400
"""The longest that may be typed: a year."""

_SECONDS_BY_UNIT: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION: Final = re.compile(r"(?P<number>[0-9]+)(?P<unit>[smhd])", re.ASCII)
_DIGITS_MAX: Final = len(str(DURATION_MAX_SECONDS))
_SHOWN: Final = 40
_HINT: Final = "a whole number and its unit, such as 30s, 1m, 6h or 2d"


def parse_duration(text: str, option: str) -> int:
    """Read a duration as typed and give its seconds, from 1 to those of a year.

    Raises:
        UsageError: it is none, or 0, below it, or above a year; names the option. A bare integer is refused with two
            readings spelt out.
    """
    text = text.strip()
    match = _DURATION.fullmatch(text)
    if match is None:
        hint = f"write {text}s for seconds, {text}m for minutes" if _is_count(text) else _HINT
        raise UsageError(f"{option} {text[:_SHOWN]!r} is not a duration", hint)
    digits, unit = match["number"].lstrip("0"), _SECONDS_BY_UNIT[match["unit"]]
    if not digits:
        raise UsageError(f"{option} {text[:_SHOWN]!r} is no time at all", _HINT)
    if len(digits) > _DIGITS_MAX or int(digits) * unit > DURATION_MAX_SECONDS:
        raise UsageError(f"{option} {text[:_SHOWN]!r} is longer than a year", _HINT)
    return int(digits) * unit


def _is_count(text: str) -> bool:
    """Whether it is a whole number above 0 that a unit would make a duration."""
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX and int(text) > 0
