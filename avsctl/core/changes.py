"""Changes to task definitions, and what each does to a definition and its stored total, by generation.

AttestationCenter's setters write more than their names say: minimum and list rewrite the stored total of the definition
in OBLS, each by a formula of its own, and a sync of powers rewrites none. So what follows is worked out on the whole.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import reduce
from itertools import pairwise
from typing import Any, Final

from avsctl.core.deployment import Generation
from avsctl.core.operators import L2Operator, OperatorSets
from avsctl.core.power import PowerChange, apply_update, build_update, diff_powers
from avsctl.core.quorum import Assessment, StoredTotal, assess
from avsctl.core.tasks import VOTING_POWER_SYNC, TaskDefinition, TaskDetails, recompute_total
from avsctl.core.units import OperatorId, TaskDefinitionId


class RewardRole(StrEnum):
    """Who is paid for a task."""

    ATTESTER = "attester"
    PERFORMER = "performer"
    AGGREGATOR = "aggregator"


@dataclass(frozen=True)
class SetMinimum:
    """``setTaskDefinitionMinVotingPower``: recounts the total over all active operators, list or not."""

    task_definition_id: TaskDefinitionId
    voting_power: int
    """Raw units, inclusive."""


@dataclass(frozen=True)
class SetList:
    """``setTaskDefinitionRestrictedAttesters`` (V1: ``Operators``): recounts the total over the list; 0 for none."""

    task_definition_id: TaskDefinitionId
    operator_ids: tuple[OperatorId, ...]
    """Strictly ascending; empty for anyone."""


@dataclass(frozen=True)
class SetMaximum:
    """``setTaskDefinitionMaximumNumberOfAttesters`` (V2, V3)."""

    task_definition_id: TaskDefinitionId
    number: int
    """0 for no limit."""


@dataclass(frozen=True)
class SetReward:
    """``setBaseRewardFeeFor..`` (V3)."""

    task_definition_id: TaskDefinitionId
    role: RewardRole
    amount: int
    """Smallest unit of the rewards token, a task."""


@dataclass(frozen=True)
class CreateDefinition:
    """``createNewTaskDefinition``: the id is given at execution, the next one then."""

    definition: TaskDefinition
    """With the id that is expected."""
    details: TaskDetails

    @property
    def task_definition_id(self) -> TaskDefinitionId:
        """The id that is expected."""
        return self.definition.task_definition_id


Setting = SetMinimum | SetList | SetMaximum | SetReward | CreateDefinition


class Why(StrEnum):
    """Why a call is there that the user did not ask for."""

    RECOMPUTE_TOTAL = "recompute_total"
    """It sets what is set, for the total that it recounts."""
    LOWER_MAXIMUM = "lower_maximum"
    """The list becomes shorter than the maximum, which no call could then set."""


@dataclass(frozen=True)
class Step:
    """One call of a planned change."""

    setting: Setting
    why: Why | None = None
    """None for what the user asked for."""


@dataclass(frozen=True)
class DefinitionState:
    """One definition as it stands in storage."""

    definition: TaskDefinition
    details: TaskDetails | None
    """None where they cannot be read."""
    own_total: int
    """The stored total of its own, in raw units; counted from only where the definition has one."""
    is_raw: bool = True
    """Whether ``own_total`` is the storage slot; else it is the getter's word, in which V2 hides a 0."""


@dataclass(frozen=True)
class L2State:
    """All that quorums follow from, at one block of L2."""

    generation: Generation
    evm_block: int
    """The height that contracts see."""
    operators: tuple[L2Operator, ...]
    """Every id, dead ones too."""
    global_total: int
    """``OBLS.totalVotingPower``, in raw units."""
    definitions: tuple[DefinitionState, ...]

    def find(self, task_definition_id: TaskDefinitionId) -> DefinitionState | None:
        """Give a definition; None for one that does not exist."""
        return next((each for each in self.definitions if _id_of(each) == task_definition_id), None)

    @property
    def next_id(self) -> TaskDefinitionId:
        """The id that the next definition made by governance gets."""
        made = [_id_of(each) for each in self.definitions if _id_of(each) < VOTING_POWER_SYNC]
        return TaskDefinitionId(max(made, default=0) + 1)

    def put(self, state: DefinitionState) -> "L2State":
        """Give the state with one definition in place of the one with its id, or added."""
        others = (each for each in self.definitions if _id_of(each) != _id_of(state))
        return replace(self, definitions=tuple(sorted((*others, state), key=_id_of)))

    def assess(self, task_definition_id: TaskDefinitionId) -> Assessment | None:
        """Judge a definition as it stands; None for one that does not exist."""
        state = self.find(task_definition_id)
        if state is None:
            return None
        total = _count_from(self, state)
        return assess(state.definition, state.details, self.operators, total, self.evm_block)


@dataclass(frozen=True)
class Refusal:
    """The contract would revert."""

    error: str
    """Name of the error."""


def apply_setting(state: L2State, setting: Setting) -> L2State | Refusal:
    """Give the state after one call by the holder of the governance role, flow not paused.

    The checks and formulas of AttestationCenter and OBLS (OTHENTIC.md 2.1, 3.3, 8); V3's are taken from V2.
    """
    if isinstance(setting, CreateDefinition):
        return _create(state, setting)
    found = state.find(setting.task_definition_id)
    if found is None:
        return Refusal("TaskDefinitionNotFound")
    change = _SETTERS[type(setting)](state, found, setting)
    return change if isinstance(change, Refusal) else state.put(change)


def land_powers(state: L2State, sets: OperatorSets, *, lowers_left_out: bool = False) -> L2State:
    """Give the state after the next sync of powers (10001, or V1's syncer): powers as on L1, no total of a definition.

    Operators that such a sync leaves out keep their power, or have none any more if it ``lowers_left_out``: what a
    node does is not known (OTHENTIC.md 4.2). Where the running sum in ``totalVotingPower`` is less than what the sync
    takes away, OBLS reverts (Panic 0x11), so that nothing lands.
    """
    update = build_update(diff_powers(sets), 0, 0)
    if lowers_left_out:
        held = [each for each in state.operators if each.operator_id in update.left_out]
        lowered = (PowerChange(each.operator_id, each.voting_power) for each in held)
        update = replace(update, to_decrease=(*update.to_decrease, *lowered))
    operators = apply_update(state.operators, update)
    moved = sum(each.voting_power for each in operators) - sum(each.voting_power for each in state.operators)
    if state.global_total + moved < 0:
        return state
    definitions = tuple(replace(each, own_total=0) if _hides_zero(state, each) else each for each in state.definitions)
    return replace(state, operators=operators, global_total=state.global_total + moved, definitions=definitions)


def land_totals(state: L2State) -> L2State:
    """Give the state after the sync of totals (10002): the total of each definition that has one is counted anew."""
    return reduce(_recount, (each for each in state.definitions if each.definition.has_own_total), state)


def _recount(state: L2State, each: DefinitionState) -> L2State:
    return state.put(replace(each, own_total=recompute_total(each.definition, state.operators), is_raw=True))


def _count_from(state: L2State, each: DefinitionState) -> StoredTotal:
    """Give the total that quorums are counted from; from V2 on a stored 0 counts as the global total."""
    raw = each.own_total if each.is_raw and state.generation is not Generation.V3 else None
    if not each.definition.has_own_total:
        return StoredTotal(state.global_total, raw)
    hidden = each.own_total == 0 and state.generation is not Generation.V1
    return StoredTotal(state.global_total if hidden else each.own_total, raw)


def _hides_zero(state: L2State, each: DefinitionState) -> bool:
    """Whether a total that is only known by its getter is taken for a stored 0, which follows the global total.

    The getter then says the global total; where the operators' powers give that too, it is taken for stored.
    """
    if each.is_raw or state.generation is Generation.V1 or each.own_total != state.global_total:
        return False
    return each.own_total != recompute_total(each.definition, state.operators)


def _create(state: L2State, setting: CreateDefinition) -> L2State | Refusal:
    definition = setting.definition
    if setting.details.block_expiry <= state.evm_block:
        return Refusal("InvalidBlockExpiry")
    refusal = _refuse_list(state, definition.restricted_operator_ids) or _refuse_maximum(definition)
    if refusal is not None:
        return refusal
    total = recompute_total(definition, state.operators) if definition.has_own_total else 0
    return state.put(DefinitionState(definition, setting.details, total))


def _set_minimum(state: L2State, found: DefinitionState, setting: SetMinimum) -> DefinitionState | Refusal:
    definition = replace(found.definition, minimum_voting_power=setting.voting_power)
    everyone = replace(definition, restricted_operator_ids=())
    return replace(found, definition=definition, own_total=recompute_total(everyone, state.operators), is_raw=True)


def _set_list(state: L2State, found: DefinitionState, setting: SetList) -> DefinitionState | Refusal:
    refusal = _refuse_list(state, setting.operator_ids)
    if refusal is not None:
        return refusal
    definition = replace(found.definition, restricted_operator_ids=setting.operator_ids)
    total = recompute_total(definition, state.operators) if setting.operator_ids else 0
    return replace(found, definition=definition, own_total=total, is_raw=True)


def _set_maximum(_: L2State, found: DefinitionState, setting: SetMaximum) -> DefinitionState | Refusal:
    definition = replace(found.definition, maximum_number_of_attesters=setting.number)
    return _refuse_maximum(definition) or replace(found, definition=definition)


def _set_reward(_: L2State, found: DefinitionState, setting: SetReward) -> DefinitionState | Refusal:
    if found.details is None:
        return found
    change: dict[str, Any] = {f"{setting.role}_reward": setting.amount}
    return replace(found, details=replace(found.details, **change))


def _refuse_list(state: L2State, ids: tuple[OperatorId, ...]) -> Refusal | None:
    if all(low < high for low, high in pairwise(ids)):
        return None
    is_v1 = state.generation is Generation.V1
    return Refusal("InvalidRestrictedOperatorIndexes" if is_v1 else "InvalidRestrictedAttesterIds")


def _refuse_maximum(definition: TaskDefinition) -> Refusal | None:
    listed = len(definition.restricted_operator_ids)
    return Refusal("InvalidMaximumNumberOfAttesters") if 0 < listed < definition.maximum_number_of_attesters else None


def _id_of(state: DefinitionState) -> TaskDefinitionId:
    return state.definition.task_definition_id


_SETTERS: Final[dict[type[Setting], Callable[..., DefinitionState | Refusal]]] = {
    SetMinimum: _set_minimum,
    SetList: _set_list,
    SetMaximum: _set_maximum,
    SetReward: _set_reward,
}
