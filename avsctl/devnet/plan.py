"""What a devnet will hold, derived from its seed alone: operators with keys and powers, and the drift between layers.

Pure: the same arguments give the same plan, on every machine.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import cycle, islice
from typing import Final

from avsctl.core.deployment import Generation
from avsctl.core.units import E18, Address
from avsctl.devnet.bls import FIELD, BlsKey
from avsctl.devnet.keys import Keys, build_keys
from avsctl.errors import UsageError

MAX_OPERATORS: Final = 50_000
ODD_SHARE: Final = 4
"""One in so many operators has a power that is no whole number of e18."""
WORDS_PASSED: Final = 4
"""Numbers drawn for each operator and not used, so that a seed keeps the powers and the drift that it always had."""


class DriftKind(StrEnum):
    """A way in which the layers can come to differ over one operator."""

    RAISED = "raised"
    """Stake was added on L1 since the last sync."""
    LOWERED = "lowered"
    """Stake was withdrawn on L1 since the last sync."""
    ZEROED = "zeroed"
    """All stake was withdrawn on L1; it is registered still."""
    UNREGISTERED_ON_L1 = "unregistered_on_l1"
    """It left the AVS on L1, with its stake in place; L2 has not heard."""
    LEFT_EIGENLAYER = "left_eigenlayer"
    """It is no EigenLayer operator any more: V1's votingPower reverts, V2's and V3's answer 0."""
    DEAD_ON_L2 = "dead_on_l2"
    """Registered on L1, and known to L2 from a dead id only."""
    UNKNOWN_TO_L2 = "unknown_to_l2"
    """Registered on L1; L2 never heard of it."""
    REREGISTERED = "reregistered"
    """It left and came back under a new id, and added stake on L1 since."""


@dataclass(frozen=True)
class Operator:
    """An operator before drift; what it registers with on both layers."""

    address: str
    private_key: str = field(repr=False)
    """0x and 64 hex digits; worth nothing outside this devnet."""
    bls_key: BlsKey
    voting_power: int
    """Raw units."""
    bls_secret: int = field(default=0, repr=False)
    """Of ``bls_key``; 0 where nothing is signed with it."""

    @property
    def keys(self) -> Keys:
        """What it signs with."""
        return Keys(Address(self.address), self.private_key, self.bls_secret, self.bls_key)


@dataclass(frozen=True)
class Drift:
    """One operator that the layers differ over, and the truth about it."""

    kind: DriftKind
    address: str
    operator_id: int | None
    """Under which it is active on L2; None where it is not."""
    dead_ids: tuple[int, ...]
    """Ids of the same address that are no longer active."""
    l1_voting_power: int
    """What counts on L1, in raw units: 0 for one that is not registered or no operator."""
    l1_answer: int | None
    """What L1's ``votingPower`` answers, registered or not, in raw units; None where it reverts."""
    l2_voting_power: int
    """What L2 holds under the active id, in raw units; 0 without one."""


@dataclass(frozen=True)
class Plan:
    """All operators of a devnet and the drift among them."""

    operators: tuple[Operator, ...]
    """Registered on both layers at first; the one at position i has id i + 1."""
    strangers: tuple[Operator, ...]
    """Registered on L1 only: the drift of kind ``UNKNOWN_TO_L2``."""
    drift: tuple[Drift, ...]

    @property
    def first_powers(self) -> tuple[int, ...]:
        """What the operators register with, in raw units: the first with half, the second with half as much again.

        The two syncs that a devnet has behind it bring them to their ``voting_power``, one up and one down.
        """
        powers = [operator.voting_power for operator in self.operators]
        powers[0] //= 2
        if len(powers) > 1:
            powers[1] += powers[1] // 2
        return tuple(powers)


def build_plan(generation: Generation, operators: int, drift: int, seed: int) -> Plan:
    """Plan a devnet of ``operators`` operators that the layers differ over in ``drift`` cases, in turn of each kind.

    Raises:
        UsageError: more drift than operators, or numbers out of range.
    """
    if not 1 <= operators <= MAX_OPERATORS:
        raise UsageError(f"a devnet has 1 to {MAX_OPERATORS} operators, not {operators}")
    if not 0 <= drift <= operators:
        raise UsageError(f"{drift} of {operators} operators cannot drift", "give a --drift of 0 up to --operators")
    randomness = random.Random(seed)  # noqa: S311 - has to be repeatable
    kinds = list(islice(cycle(DriftKind), drift))
    known = kinds.count(DriftKind.UNKNOWN_TO_L2)
    everyone = _build_operators(operators + known, randomness)
    present, strangers = everyone[:operators], everyone[operators:]
    positions = randomness.sample(range(operators), drift - known)
    return Plan(present, strangers, tuple(_build_drift(generation, kinds, positions, everyone)))


def _build_operators(count: int, randomness: random.Random) -> tuple[Operator, ...]:
    keys = islice(build_keys(randomness), count)
    return tuple(_build_operator(each, randomness) for each in keys)


def _build_operator(keys: Keys, randomness: random.Random) -> Operator:
    for _ in range(WORDS_PASSED):
        randomness.randrange(1, FIELD)
    power = _build_power(randomness)
    return Operator(keys.address, keys.private_key, keys.bls_key, power, keys.bls_secret)


def _build_power(randomness: random.Random) -> int:
    odd = randomness.randrange(1, E18) if randomness.randrange(ODD_SHARE) == 0 else 0
    return randomness.randrange(12, 121) * 10 * E18 + odd


def _build_drift(
    generation: Generation, kinds: list[DriftKind], positions: list[int], everyone: tuple[Operator, ...]
) -> Iterator[Drift]:
    """Tell whom each kind befalls; those that come back are numbered in the order of the drift."""
    strangers = kinds.count(DriftKind.UNKNOWN_TO_L2)
    present = len(everyone) - strangers
    victims, unknown = iter(positions), iter(everyone[present:])
    next_id = present + 1
    for kind in kinds:
        if kind is DriftKind.UNKNOWN_TO_L2:
            yield _drift_of_stranger(next(unknown))
            continue
        position = next(victims)
        yield _drift_of(kind, everyone[position], position + 1, next_id, reverts=generation is Generation.V1)
        next_id += kind is DriftKind.REREGISTERED


def _drift_of_stranger(operator: Operator) -> Drift:
    power = operator.voting_power
    return Drift(DriftKind.UNKNOWN_TO_L2, operator.address, None, (), power, power, 0)


def _drift_of(kind: DriftKind, operator: Operator, operator_id: int, next_id: int, *, reverts: bool) -> Drift:
    """Tell what becomes of one operator; ``reverts`` says how L1 answers for one who left EigenLayer."""
    power = operator.voting_power
    answer = {
        DriftKind.RAISED: power + power // 4,
        DriftKind.LOWERED: power - power // 3,
        DriftKind.ZEROED: 0,
        DriftKind.LEFT_EIGENLAYER: None if reverts else 0,
        DriftKind.REREGISTERED: power + 50 * E18,
    }.get(kind, power)
    counted = 0 if kind is DriftKind.UNREGISTERED_ON_L1 else answer or 0
    if kind is DriftKind.DEAD_ON_L2:
        return Drift(kind, operator.address, None, (operator_id,), counted, answer, 0)
    if kind is DriftKind.REREGISTERED:
        return Drift(kind, operator.address, next_id, (operator_id,), counted, answer, power)
    return Drift(kind, operator.address, operator_id, (), counted, answer, power)
