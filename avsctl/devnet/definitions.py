"""The task definitions of a devnet, each with quorum in reach as long as nothing drifts.

Pure: derived from the operators' powers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from avsctl.core.deployment import Generation
from avsctl.core.tasks import VOTING_POWER_SYNC
from avsctl.core.units import E18, UINT256_MAX
from avsctl.devnet.plan import Operator

LONGEST_LIST: Final = 100
REWARDS_WEI: Final = (10**15, 2 * 10**15, 10**15)
"""For an attester, the performer and the aggregator."""


@dataclass(frozen=True)
class TaskDefinition:
    """A task definition as governance set it."""

    task_definition_id: int
    name: str
    minimum_voting_power: int = 0
    """Raw units."""
    restricted_ids: tuple[int, ...] = ()
    maximum_attesters: int = 0
    """0 for no limit, and always on V1."""
    block_expiry: int = UINT256_MAX

    @property
    def has_own_total(self) -> bool:
        """Whether its quorum is taken from a stored total of its own."""
        return bool(self.minimum_voting_power or self.restricted_ids)


def build_task_definitions(generation: Generation, operators: Sequence[Operator]) -> tuple[TaskDefinition, ...]:
    """Derive definitions: unrestricted, restricted, with a minimum, with a maximum, and 10001 restricted."""
    count = len(operators)
    powers = sorted(operator.voting_power for operator in operators)
    definitions = (
        TaskDefinition(1, "price feed"),
        TaskDefinition(2, "bridge committee", restricted_ids=_first_ids(max(3, count // 2), count)),
        TaskDefinition(3, "proof check", minimum_voting_power=powers[count // 4] // E18 * E18, block_expiry=10**9),
        TaskDefinition(4, "fast lane", maximum_attesters=_enough_attesters(powers)),
        TaskDefinition(VOTING_POWER_SYNC, "", restricted_ids=_first_ids(max(3, count * 3 // 4), count)),
    )
    if generation is Generation.V1:
        return tuple(replace(each, maximum_attesters=0) for each in definitions[:-1])
    return definitions


def _first_ids(wanted: int, count: int) -> tuple[int, ...]:
    return tuple(range(1, min(wanted, count, LONGEST_LIST) + 1))


def _enough_attesters(ascending_powers: Sequence[int]) -> int:
    """Give one more than the number of strongest operators that hold two thirds of all power."""
    required = sum(ascending_powers) * 2 // 3
    signed = 0
    for number, power in enumerate(reversed(ascending_powers), 1):
        signed += power
        if signed >= required:
            return min(number + 1, len(ascending_powers))
    return 0
