"""What becomes of a task definition: before a change, after it, and after the syncs that follow."""

from dataclasses import dataclass

from avsctl.core.changes import L2State, land_powers, land_totals
from avsctl.core.deployment import Generation
from avsctl.core.operators import OperatorSets
from avsctl.core.power import SYNCED_BY_UPDATE, DiffRow, diff_powers
from avsctl.core.quorum import Assessment
from avsctl.core.units import TaskDefinitionId


@dataclass(frozen=True)
class Foresight:
    """One definition at each of its stages."""

    task_definition_id: TaskDefinitionId
    before: Assessment | None
    """None where it does not exist yet."""
    after: Assessment | None
    """After the calls, as far as none reverts; None where it does not exist then."""
    after_10001: Assessment | None
    """After the next sync of powers as well; None where L1 was not read."""
    after_10002: Assessment | None
    """After the sync of totals that follows; None where L1 was not read, and on V1, which has none."""
    between: tuple[Assessment | None, ...] = ()
    """After each call but the last, None where it does not exist yet; empty where that was not read."""
    left_out: tuple[DiffRow, ...] = ()
    """Those who may attest it after the calls, and whose power the syncs foreseen leave as it is."""
    lowest_10001: Assessment | None = None
    """As ``after_10001`` where that sync lowers everyone left out to 0; None where no one is ``left_out``."""
    lowest_10002: Assessment | None = None
    """As ``after_10002``, likewise."""


def foresee(task_definition_id: TaskDefinitionId, states: tuple[L2State, ...], sets: OperatorSets | None) -> Foresight:
    """Judge one definition at each stage.

    Args:
        task_definition_id: whose.
        states: before the calls and after each of them, as far as none reverts.
        sets: the operators of both layers, None where L1 was not read.
    """
    before, after = states[0], states[-1]
    end = after.assess(task_definition_id)
    left_out = _find_left_out(end, sets) if end and sets else ()
    synced = land_powers(after, sets) if sets else None
    lowest = land_powers(after, sets, lowers_left_out=True) if sets and left_out else None
    return Foresight(
        task_definition_id,
        before.assess(task_definition_id),
        end,
        *_assess_syncs(task_definition_id, synced),
        tuple(state.assess(task_definition_id) for state in states[1:-1]),
        left_out,
        *_assess_syncs(task_definition_id, lowest),
    )


def _find_left_out(end: Assessment, sets: OperatorSets) -> tuple[DiffRow, ...]:
    """Give those who may attest and are active on L2, but not registered, no operator, or unreadable on L1."""
    eligible = {member.operator_id for member in end.members if member.reason is None}
    rows = (row for row in diff_powers(sets).rows if row.operator_id in eligible)
    return tuple(row for row in rows if row.status not in SYNCED_BY_UPDATE)


def _assess_syncs(
    task_definition_id: TaskDefinitionId, powers: L2State | None
) -> tuple[Assessment | None, Assessment | None]:
    """Judge a definition on the state after a sync of powers, and after the sync of totals that follows."""
    if powers is None:
        return None, None
    has_totals = powers.generation is not Generation.V1
    return powers.assess(task_definition_id), land_totals(powers).assess(task_definition_id) if has_totals else None
