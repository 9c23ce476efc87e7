"""What becomes of a task definition: before a change, after it, and after the syncs that follow."""

from dataclasses import dataclass

from avsctl.core.changes import L2State, land_powers, land_totals
from avsctl.core.deployment import Generation
from avsctl.core.operators import OperatorSets
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


def foresee(task_definition_id: TaskDefinitionId, states: tuple[L2State, ...], sets: OperatorSets | None) -> Foresight:
    """Judge one definition at each stage.

    Args:
        task_definition_id: whose.
        states: before the calls and after each of them, as far as none reverts.
        sets: the operators of both layers, None where L1 was not read.
    """
    before, after = states[0], states[-1]
    powers = None if sets is None else land_powers(after, sets)
    totals = None if powers is None or after.generation is Generation.V1 else land_totals(powers)
    return Foresight(
        task_definition_id,
        before.assess(task_definition_id),
        after.assess(task_definition_id),
        powers.assess(task_definition_id) if powers else None,
        totals.assess(task_definition_id) if totals else None,
        tuple(state.assess(task_definition_id) for state in states[1:-1]),
    )
