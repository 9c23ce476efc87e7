"""What a task leaves behind: powers, the global total, totals that no longer fit, and the drift that remains."""

from dataclasses import dataclass, replace

from avsctl.core.attestation.conditions import Conditions
from avsctl.core.operators import OperatorSets
from avsctl.core.power import PowerDiff, diff_powers
from avsctl.core.quorum import Assessment
from avsctl.core.units import OperatorId, TaskDefinitionId


@dataclass(frozen=True)
class Shift:
    """A figure before a task and after it, in raw units."""

    before: int
    after: int

    @property
    def delta(self) -> int:
        """After minus before."""
        return self.after - self.before


@dataclass(frozen=True)
class PowerShift:
    """An operator whose power a task changes; an id that was never given out gets power that cannot sign."""

    operator_id: OperatorId
    power: Shift


@dataclass(frozen=True)
class DefinitionShift:
    """One definition before a task and after it."""

    before: Assessment
    after: Assessment

    @property
    def task_definition_id(self) -> TaskDefinitionId:
        """Which."""
        return self.after.definition.task_definition_id

    @property
    def becomes_stale(self) -> bool:
        """Whether the total that it counts from fitted the powers, and does no longer."""
        return self.after.quorum.is_stale and not self.before.quorum.is_stale


@dataclass(frozen=True)
class Aftermath:
    """What a task leaves behind."""

    powers: tuple[PowerShift, ...]
    """By id, those that change."""
    global_total: Shift
    """The running sum, in which power that cannot sign counts."""
    definitions: tuple[DefinitionShift, ...]
    """Every definition, by id."""
    drift: PowerDiff | None
    """What differs from L1 then; None where L1 was not read."""


def look_after(before: Conditions, after: Conditions, sets: OperatorSets | None) -> Aftermath:
    """Tell what a task changed.

    Args:
        before: the conditions that it met.
        after: those that it left.
        sets: the operators as L1 has them; None where it was not read. Those of L2 in it are not looked at, but an
            operator of ``after`` that L1 was not asked about makes the drift unknown.
    """
    was, now = before.powers, after.powers
    shifts = (PowerShift(each, Shift(was.get(each, 0), now.get(each, 0))) for each in sorted(was.keys() | now.keys()))
    return Aftermath(
        tuple(each for each in shifts if each.power.delta),
        Shift(before.state.global_total, after.state.global_total),
        _shift_definitions(before, after),
        None if sets is None else _find_drift(after, sets),
    )


def _shift_definitions(before: Conditions, after: Conditions) -> tuple[DefinitionShift, ...]:
    ids = [each.definition.task_definition_id for each in after.state.definitions]
    pairs = ((before.state.assess(each), after.state.assess(each)) for each in ids)
    return tuple(DefinitionShift(was, now) for was, now in pairs if was is not None and now is not None)


def _find_drift(after: Conditions, sets: OperatorSets) -> PowerDiff | None:
    operators = after.state.operators
    asked = {each.address for each in sets.l1}
    if any(each.is_active and each.address not in asked for each in operators):
        return None
    return diff_powers(replace(sets, l2=operators, l2_total_voting_power=after.state.global_total))
