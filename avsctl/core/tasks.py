"""Task definitions: who may attest, and the total power that a quorum is counted from."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from avsctl.core.deployment import Generation
from avsctl.core.operators import L2Operator, active_operators
from avsctl.core.units import OperatorId, TaskDefinitionId
from avsctl.errors import UsageError

VOTING_POWER_SYNC: Final = TaskDefinitionId(10001)
TOTALS_SYNC: Final = TaskDefinitionId(10002)
NAME_BYTES_MAX: Final = 256
"""What avsctl gives a name at most; the contract takes any, and every byte costs gas for ever."""
_WORD: Final = re.compile(r"(?<![0-9a-zA-Z])(?:0x)?[0-9a-f]{64}(?![0-9a-zA-Z])", re.ASCII | re.IGNORECASE)
"""32 bytes as hex."""


@dataclass(frozen=True)
class TaskDefinition:
    """The settings of one task definition that decide who may attest."""

    task_definition_id: TaskDefinitionId
    minimum_voting_power: int
    """Raw units, inclusive, per attester."""
    restricted_operator_ids: tuple[OperatorId, ...]
    """Empty: anyone may attest."""
    maximum_number_of_attesters: int = 0
    """0: no limit, as always on V1."""

    @property
    def has_own_total(self) -> bool:
        """Whether quorums are counted from the stored total of the definition instead of the global one.

        AttestationCenter: with a restricted set or a minimum.
        """
        return bool(self.restricted_operator_ids) or self.minimum_voting_power > 0


@dataclass(frozen=True)
class TaskDetails:
    """The settings of one task definition that have no part in who may attest."""

    name: str
    """Text from a stranger."""
    block_expiry: int
    """The first block, as the L2's EVM counts, at which no task passes any more; 2^256-1 is never."""
    attester_reward: int
    """To each attester, in the smallest unit of the rewards token."""
    performer_reward: int
    aggregator_reward: int
    dispute_period_blocks: int
    """Stored and read by no V1 or V2 code."""


@dataclass(frozen=True)
class TaskTotal:
    """The total that quorums of one definition are counted from, as stored and as it would be now."""

    task_definition_id: TaskDefinitionId
    stored_total: int
    """What the contract counts with, in raw units."""
    recomputed_total: int
    """Sum of the eligible operators' powers, in raw units."""
    is_own: bool = True
    """Whether it is the definition's own; else it is ``totalVotingPower``, which no sync of totals recomputes."""

    @property
    def delta(self) -> int:
        """Recomputed minus stored, in raw units."""
        return self.recomputed_total - self.stored_total


def parse_name(text: str) -> str:
    """Read the name of a new definition.

    Raises:
        UsageError: it is blank, too long, holds what cannot be seen, or what may be a private key; what it holds is
            not repeated.
    """
    size = len(text.encode("utf-8", "replace"))
    if not text.strip():
        raise UsageError("the name of a task definition is empty", "it cannot be changed later")
    if size > NAME_BYTES_MAX:
        raise UsageError(f"the name of a task definition has {size} bytes", f"{NAME_BYTES_MAX} bytes of UTF-8 or less")
    if not text.isprintable():
        raise UsageError("the name of a task definition holds characters that cannot be seen", "use plain text")
    if _WORD.search(text):
        raise UsageError(
            "the name of a task definition holds 64 hex digits, as a private key has",
            "give another name: it is public, and stays on chain; a key goes into the variable that --key-env names",
        )
    return text


def find_eligible(definition: TaskDefinition, operators: Iterable[L2Operator]) -> tuple[L2Operator, ...]:
    """Give the operators that may attest, strongest first, by id where equal."""
    listed = frozenset(definition.restricted_operator_ids)
    eligible = [
        operator
        for operator in active_operators(operators)
        if operator.voting_power >= definition.minimum_voting_power and (not listed or operator.operator_id in listed)
    ]
    return tuple(sorted(eligible, key=lambda operator: (-operator.voting_power, operator.operator_id)))


def recompute_total(definition: TaskDefinition, operators: Iterable[L2Operator]) -> int:
    """Sum the power of those who may attest, in raw units.

    OBLS.setTotalVotingPowerPerTaskDefinition and setTotalVotingPowerPerRestrictedTaskDefinition.
    """
    return sum(operator.voting_power for operator in find_eligible(definition, operators))


def find_refusal(
    definition: TaskDefinition,
    operator: L2Operator,
    generation: Generation,
    *,
    is_expired: bool = False,
    total: int | None = None,
) -> str | None:
    """Name the error that an attester would meet, the first in the order of the checks of submitTask; None if none.

    AttestationCenter checks the expiry and the list, then OBLS.verifySignature that two thirds of the total are above
    0, the minimum, and that the id is active (OTHENTIC.md 5.1).

    Args:
        definition: what the task is of.
        operator: who would attest it.
        generation: of the deployment.
        is_expired: whether the definition takes no task any more.
        total: what its quorums are counted from, in raw units; None leaves that check out.
    """
    listed = definition.restricted_operator_ids
    if is_expired:
        return "InvalidTaskDefinition"
    if listed and operator.operator_id not in listed:
        return "InvalidRestrictedOperator" if generation is Generation.V1 else "InvalidRestrictedAttester"
    if total is not None and not total * 2 // 3:
        return "InvalidRequiredVotingPower"
    if operator.voting_power < definition.minimum_voting_power:
        return "OperatorDoesNotHaveMinimumVotingPower"
    return None if operator.is_active else "InactiveOperator"
