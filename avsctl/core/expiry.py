"""When a task definition expires: as it is typed, and as the absolute block of the L2's EVM that the contract keeps."""

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from avsctl.core.pace import Pace, blocks_in
from avsctl.core.units import UINT256_MAX
from avsctl.errors import UsageError

NEVER_BLOCK: Final = UINT256_MAX
"""The block that stands for no expiry."""

_SECONDS_BY_UNIT: Final = {"d": 86_400, "h": 3_600}
_EXPIRY = re.compile(r"(?P<sign>\+?)(?P<number>[0-9]+)(?P<unit>[dh]?)", re.ASCII)
_DIGITS_MAX: Final = len(str(UINT256_MAX))
_HINT: Final = "never, a block such as 38300000, +N blocks from now, or a time from now such as 30d or 12h"


@dataclass(frozen=True)
class Never:
    """No expiry."""


@dataclass(frozen=True)
class AbsoluteBlock:
    """A block, as the L2's EVM counts."""

    block: int


@dataclass(frozen=True)
class BlocksFromNow:
    """So many blocks after the one that is read."""

    blocks: int


@dataclass(frozen=True)
class DurationFromNow:
    """So long after the block that is read."""

    seconds: int


Expiry: TypeAlias = Never | AbsoluteBlock | BlocksFromNow | DurationFromNow


def parse_expiry(text: str) -> Expiry:
    """Read an expiry as typed: ``never``, a block, ``+N`` blocks, ``30d`` or ``12h`` from now.

    Raises:
        UsageError: none of these, a time from now of 0, or above 2^256-1.
    """
    text = text.strip()
    if text == "never":
        return Never()
    match = _EXPIRY.fullmatch(text)
    if match is None or (match["sign"] and match["unit"]):
        raise UsageError(f"{text!r} is no expiry", _HINT)
    digits, unit = match["number"].lstrip("0") or "0", match["unit"]
    number = int(digits) * _SECONDS_BY_UNIT.get(unit, 1) if len(digits) <= _DIGITS_MAX else UINT256_MAX + 1
    if number > UINT256_MAX:
        raise UsageError(f"{text!r} is above 2^256-1", "write never for no expiry")
    if not match["sign"] and not unit:
        return AbsoluteBlock(number)
    if not number:
        raise UsageError(f"{text!r} expires at once: no task would pass", _HINT)
    return DurationFromNow(number) if unit else BlocksFromNow(number)


def resolve_expiry(expiry: Expiry, evm_block: int, pace: Pace | None) -> int:
    """Give the absolute block of an expiry.

    Args:
        expiry: as typed.
        evm_block: the height that contracts see at the block that is read.
        pace: how fast that height grows; None where it is not known.

    Raises:
        UsageError: it lies above 2^256-1, or is a time where the pace is not known.
    """
    if isinstance(expiry, Never):
        return NEVER_BLOCK
    if isinstance(expiry, AbsoluteBlock):
        return expiry.block
    block = evm_block + (expiry.blocks if isinstance(expiry, BlocksFromNow) else _count_blocks(expiry.seconds, pace))
    if block > UINT256_MAX:
        raise UsageError(f"an expiry so long after block {evm_block} is above 2^256-1", "write never")
    return block


def seconds_until(block: int, evm_block: int, pace: Pace | None) -> int | None:
    """Give in how many seconds an absolute block is due, rounded down, below 0 where it has passed.

    None for no expiry, and where the pace is not known.
    """
    if block == NEVER_BLOCK or pace is None:
        return None
    return (block - evm_block) * pace.seconds // pace.blocks


def _count_blocks(seconds: int, pace: Pace | None) -> int:
    if pace is None:
        raise UsageError(
            "a time from now cannot be turned into a block: the pace of L2's blocks is not known",
            "give --expiry as a block, or as +N blocks",
        )
    return blocks_in(pace, seconds)
