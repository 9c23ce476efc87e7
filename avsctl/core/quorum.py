"""Whether a task definition can reach consensus: eligible attesters, required and attainable power, and the verdict.

The rules are those of AttestationCenter.submitTask and OBLS.verifySignature: an attester must be active, listed where
there is a list, and at or above the minimum; more than the maximum number of attesters are refused; a task is approved
by floor(2/3) of the total and rejected by floor(1/3), and where that is 0 nothing passes at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from avsctl.core.operators import L2Operator
from avsctl.core.tasks import TaskDefinition, TaskDetails, find_eligible, recompute_total
from avsctl.core.units import OperatorId


class Verdict(StrEnum):
    """What can be said of a definition; the first that applies, from top to bottom."""

    DEAD = "dead"
    """No admissible set of attesters reaches approval now."""
    STALE = "stale"
    """The stored total is not the recomputed one."""
    FRAGILE = "fragile"
    """Dead without one operator."""
    LIVE = "live"


@dataclass(frozen=True)
class StoredTotal:
    """The total that quorums are counted from, in raw units."""

    counted: int
    """What the contract counts with: the definition's own total, or the global one."""
    raw: int | None
    """The storage slot of the definition's own total, where V2 shows the global total for 0; None if not readable."""


@dataclass(frozen=True)
class Quorum:
    """Powers in raw units, and who is needed."""

    stored_total: int
    raw_total: int | None
    recomputed_total: int
    required_approve: int
    """0 means that no approval can pass: ``InvalidRequiredVotingPower``."""
    required_reject: int
    """0 means that no rejection can pass."""
    attainable: int
    """The most that an admissible set of attesters brings."""
    spare_operators: int | None
    """How many eligible operators, whichever, may be offline; None where nothing passes."""
    pivotal: tuple[OperatorId, ...]
    """The operators without whom nothing passes; empty where nothing passes at all."""

    @property
    def is_attainable(self) -> bool:
        """Whether some admissible set of attesters approves."""
        return 0 < self.required_approve <= self.attainable

    @property
    def is_stale(self) -> bool:
        """Whether the total counted from is not the one that the operators' powers give now."""
        return self.stored_total != self.recomputed_total

    @property
    def margin(self) -> int:
        """Attainable minus required power, in raw units."""
        return self.attainable - self.required_approve


def name_pivotal(quorum: Quorum) -> str:
    """Name the operators without whom nothing passes, in words."""
    ids = ", ".join(map(str, quorum.pivotal))
    return f"operator {ids}" if len(quorum.pivotal) == 1 else f"any one of operators {ids}"


def compute_quorum(definition: TaskDefinition, operators: Sequence[L2Operator], total: StoredTotal) -> Quorum:
    """Work out what a definition needs and what it can get.

    Args:
        definition: its settings.
        operators: every id of the L2.
        total: as stored.
    """
    eligible = find_eligible(definition, operators)
    powers = [operator.voting_power for operator in eligible]
    most = definition.maximum_number_of_attesters or len(powers)
    required = total.counted * 2 // 3
    spare = _count_spare(powers, most, required)
    needed = () if spare is None else sorted(eligible[at].operator_id for at in _find_pivotal(powers, most, required))
    return Quorum(
        stored_total=total.counted,
        raw_total=total.raw,
        recomputed_total=recompute_total(definition, operators),
        required_approve=required,
        required_reject=total.counted // 3,
        attainable=sum(powers[:most]),
        spare_operators=spare,
        pivotal=tuple(needed),
    )


def judge(quorum: Quorum, *, is_expired: bool = False) -> Verdict:
    """Give the verdict; an expired definition takes no task, whoever attests."""
    if is_expired or not quorum.is_attainable:
        return Verdict.DEAD
    if quorum.is_stale:
        return Verdict.STALE
    return Verdict.LIVE if quorum.spare_operators else Verdict.FRAGILE


@dataclass(frozen=True)
class Member:
    """One id of a restricted set, or one operator of an open definition."""

    operator_id: OperatorId
    operator: L2Operator | None
    """None for an id that exists nowhere; whoever gets it one day inherits the seat."""
    reason: str | None
    """Why it may not attest: ``unknown``, ``inactive`` or ``below_minimum``; None where it may."""


@dataclass(frozen=True)
class Assessment:
    """One task definition with all that follows from it at one block."""

    definition: TaskDefinition
    details: TaskDetails | None
    """None where they cannot be read: unknown, never guessed."""
    quorum: Quorum
    members: tuple[Member, ...]
    """The restricted set in its order, or every active operator where there is none."""
    is_expired: bool | None
    """None where the expiry is unknown."""

    @property
    def verdict(self) -> Verdict:
        """What can be said of it; an expiry that is unknown is taken as not reached."""
        return judge(self.quorum, is_expired=bool(self.is_expired))


def assess(
    definition: TaskDefinition,
    details: TaskDetails | None,
    operators: Sequence[L2Operator],
    total: StoredTotal,
    evm_block: int,
) -> Assessment:
    """Put together what follows from a definition.

    Args:
        definition: its settings.
        details: what has no part in the quorum, None if unknown.
        operators: every id of the L2.
        total: as stored.
        evm_block: the height that contracts see; a definition whose expiry is at or below it takes no task.
    """
    return Assessment(
        definition,
        details,
        compute_quorum(definition, operators, total),
        list_members(definition, operators),
        None if details is None else details.block_expiry <= evm_block,
    )


def list_members(definition: TaskDefinition, operators: Sequence[L2Operator]) -> tuple[Member, ...]:
    """Give who may attest a definition and who may not, with the reason."""
    by_id = {operator.operator_id: operator for operator in operators}
    ids = definition.restricted_operator_ids or tuple(o.operator_id for o in operators if o.is_active)
    return tuple(Member(i, by_id.get(i), _refuse(by_id.get(i), definition.minimum_voting_power)) for i in ids)


def _refuse(operator: L2Operator | None, minimum_voting_power: int) -> str | None:
    if operator is None:
        return "unknown"
    if not operator.is_active:
        return "inactive"
    return "below_minimum" if operator.voting_power < minimum_voting_power else None


def _count_spare(powers: Sequence[int], most: int, required: int) -> int | None:
    """Count how many of the strongest may be missing, which is the worst that can happen.

    ``powers`` descend; a window of ``most`` slides down them.
    """
    if required == 0 or sum(powers[:most]) < required:
        return None
    offline = 0
    while sum(powers[offline + 1 : offline + 1 + most]) >= required:
        offline += 1
    return offline


def _find_pivotal(powers: Sequence[int], most: int, required: int) -> list[int]:
    """Give the places of those without whom nothing passes: the next in line does not make up for them.

    ``powers`` descend, and the strongest ``most`` reach ``required``.
    """
    attainable = sum(powers[:most])
    next_in_line = powers[most] if most < len(powers) else 0
    return [at for at, power in enumerate(powers[:most]) if attainable - power + next_in_line < required]
