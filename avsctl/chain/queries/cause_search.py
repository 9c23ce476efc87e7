"""When settings of L1 changed, found without logs: state is read between blocks at which it differs, ever closer.

What changed and changed back between two looks is not seen; it moves no power from one to the other.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from avsctl.chain.queries.cause_reference import L1Past, load_settings_at
from avsctl.core.cause_facts import CauseCode, StakeSettings, changed_settings
from avsctl.core.units import Address

POINTS: Final = 7
"""Blocks between two that differ that are looked at in one go."""
MOST_ROUNDS: Final = 8
"""Enough for 2^24 blocks."""


def search_changes(
    past: L1Past, then: tuple[int, StakeSettings], now: StakeSettings, most: int
) -> dict[int, frozenset[CauseCode]] | None:
    """Give the blocks in which settings changed, and what; None where state is missing, or for more than ``most``.

    Args:
        past: L1, pinned at the block that ``now`` is of.
        then: an earlier block, and the settings there.
        now: the settings at the pinned block.
        most: changes that are looked for.

    Raises:
        ChainError: the endpoint failed.
    """
    known = {then[0]: then[1], past.reader.block.number: now}
    for _ in range(MOST_ROUNDS):
        gaps = [pair for pair in pairwise(sorted(known)) if _differ(known, pair)]
        if len(gaps) > most:
            return None
        heights = sorted({height for gap in gaps for height in _divide(*gap)})
        if not heights:
            return {after: _codes(known, (before, after)) for before, after in gaps}
        found = load_settings_at(past, heights, _name_contracts(known))
        if len(found) < len(heights):
            return None
        known |= found
    return None


def _divide(before: int, after: int) -> Sequence[int]:
    """Give up to ``POINTS`` blocks between two, evenly apart."""
    between = after - before - 1
    count = min(POINTS, between)
    return [before + (between + 1) * (at + 1) // (count + 1) for at in range(count)]


def _differ(known: Mapping[int, StakeSettings], pair: tuple[int, int]) -> bool:
    return bool(_codes(known, pair))


def _codes(known: Mapping[int, StakeSettings], pair: tuple[int, int]) -> frozenset[CauseCode]:
    return frozenset(changed_settings(known[pair[0]], known[pair[1]]))


def _name_contracts(known: Mapping[int, StakeSettings]) -> list[Address]:
    return list(dict.fromkeys(name for settings in known.values() for name, _ in settings.multipliers))
