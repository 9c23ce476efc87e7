"""What a performer proposes: the task that attesters look at, and the update in it where it is an internal one.

Which blocks Othentic's node names is not known (OTHENTIC.md 4.2). An honest performer of avsctl names those that it
reads: ``toBlockL1`` is the L1 block, ``toBlockL2`` the height that contracts see at the L2 block. Mined in the next
block or later such an update passes; in the very block that was read it would be refused.
"""

from dataclasses import dataclass, replace

from avsctl.core.changes import DefinitionState, L2State
from avsctl.core.operators import OperatorSets
from avsctl.core.power import VotingPowerUpdate, build_update, diff_powers
from avsctl.core.units import Address, OperatorId, TaskDefinitionId


@dataclass(frozen=True)
class TotalCall:
    """One item of a 10002 update: a call that the InternalTaskHandler makes."""

    target: Address
    data: bytes
    total: "TotalRecount | None"
    """What it recounts; None where it is none of OBLS's two functions that do."""


@dataclass(frozen=True)
class TotalRecount:
    """The arguments of OBLS.setTotalVotingPowerPerTaskDefinition, or of ..PerRestrictedTaskDefinition."""

    task_definition_id: TaskDefinitionId
    minimum_voting_power: int
    """Raw units."""
    number_of_ids: int | None = None
    """All ids from 1 up to this one are counted; None for the restricted function."""
    operator_ids: tuple[OperatorId, ...] | None = None
    """These are counted, one that is named twice twice; None for the other function."""


@dataclass(frozen=True)
class TotalsUpdate:
    """What a 10002 task carries."""

    calls: tuple[TotalCall, ...]


@dataclass(frozen=True)
class Proposal:
    """A task as it is broadcast, before anyone signs it."""

    task_definition_id: TaskDefinitionId
    data: bytes
    proof_of_task: str
    """Text; the contract reads nothing from it."""
    update: VotingPowerUpdate | TotalsUpdate | None
    """The ``data`` of 10001 and 10002, read; None for other tasks. Of a 10001 update that came from outside,
    ``left_out`` is empty."""


def propose_powers(sets: OperatorSets, to_block_l1: int, to_block_l2: int) -> VotingPowerUpdate:
    """Give the 10001 update that an honest performer broadcasts, on V1 what a syncer's batch calls carry.

    Args:
        sets: the operators as both layers have them.
        to_block_l1: the L1 block that they were read at.
        to_block_l2: the height that contracts see at the L2 block that they were read at.
    """
    return build_update(diff_powers(sets), to_block_l1, to_block_l2)


def propose_totals(state: L2State) -> tuple[TotalRecount, ...]:
    """Give what a 10002 update of an honest performer recounts: each total whose recount changes quorums, by id.

    A total that is 0 and would be 0 again is left out: V2 goes on counting from the global one.
    """
    return tuple(expect_recount(state, each) for each in state.definitions if needs_recount(state, each))


def needs_recount(state: L2State, each: DefinitionState) -> bool:
    """Whether counting the own total of a definition anew changes what its quorums are counted from."""
    if not each.definition.has_own_total:
        return False
    task_definition_id = each.definition.task_definition_id
    counted = land_recount(state, expect_recount(state, each)).assess(task_definition_id)
    before = state.assess(task_definition_id)
    return counted is not None and before is not None and counted.quorum.stored_total != before.quorum.stored_total


def expect_recount(state: L2State, each: DefinitionState) -> TotalRecount:
    """Give the recount of a definition by its own settings, over its list or over every id that there is."""
    definition = each.definition
    task_definition_id, minimum = definition.task_definition_id, definition.minimum_voting_power
    if definition.restricted_operator_ids:
        return TotalRecount(task_definition_id, minimum, operator_ids=definition.restricted_operator_ids)
    return TotalRecount(task_definition_id, minimum, number_of_ids=highest_id(state))


def count_total(recount: TotalRecount, state: L2State) -> int:
    """Sum what OBLS sums, in raw units: active ids at or above the minimum, one that is listed twice twice."""
    powers = {
        each.operator_id: each.voting_power
        for each in state.operators
        if each.is_active and each.voting_power >= recount.minimum_voting_power
    }
    if recount.operator_ids is not None:
        return sum(powers.get(operator_id, 0) for operator_id in recount.operator_ids)
    return sum(power for operator_id, power in powers.items() if operator_id <= (recount.number_of_ids or 0))


def land_recount(state: L2State, recount: TotalRecount) -> L2State:
    """Give the state after a recount; that of a definition which does not exist changes nothing that is counted."""
    found = state.find(recount.task_definition_id)
    if found is None:
        return state
    return state.put(replace(found, own_total=count_total(recount, state), is_raw=True))


def highest_id(state: L2State) -> int:
    """Give the highest operator id, 0 where there is none."""
    return max((each.operator_id for each in state.operators), default=0)
