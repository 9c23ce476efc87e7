"""What a voting-power update does to OBLS, item by item: increases first, then decreases, each in its order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from avsctl.core.power import VotingPowerUpdate
from avsctl.core.units import UINT256_MAX, OperatorId


@dataclass(frozen=True)
class Breach:
    """An item that leaves the range of a word: the contract panics at the first, and the whole update reverts."""

    operator_id: OperatorId
    delta: int
    """Raw units, negative for a decrease."""
    held: int
    """What it is applied to, in raw units."""
    is_of_total: bool
    """Whether it is the global total that leaves the range, and not the power of the operator."""


@dataclass(frozen=True)
class Ledger:
    """The powers and the running sum after an update."""

    powers: dict[OperatorId, int]
    """By id, in raw units."""
    total: int
    breaches: tuple[Breach, ...]
    """Every item that cannot be applied, in order; it is passed over."""


def post_update(update: VotingPowerUpdate, powers: Mapping[OperatorId, int], total: int) -> Ledger:
    """Apply an update as OBLS's batch functions do: ids, activity and duplicates are not looked at.

    Args:
        update: the deltas.
        powers: by id, in raw units; an id that is not here has none.
        total: ``OBLS.totalVotingPower``, in raw units.
    """
    after, breaches = dict(powers), []
    for operator_id, delta in _walk(update):
        held = after.get(operator_id, 0)
        fits, fits_total = _is_word(held + delta), _is_word(total + delta)
        if not (fits and fits_total):
            breaches.append(Breach(operator_id, delta, total if fits else held, is_of_total=fits))
            continue
        after[operator_id], total = held + delta, total + delta
    return Ledger(after, total, tuple(breaches))


def _walk(update: VotingPowerUpdate) -> Iterator[tuple[OperatorId, int]]:
    for item in update.to_increase:
        yield item.operator_id, item.voting_power
    for item in update.to_decrease:
        yield item.operator_id, -item.voting_power


def _is_word(value: int) -> bool:
    return 0 <= value <= UINT256_MAX
