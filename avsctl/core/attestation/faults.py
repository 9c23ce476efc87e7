"""What can be wrong with an update by itself, before anyone compares it with the chains."""

from dataclasses import dataclass
from enum import StrEnum

from avsctl.core.units import OperatorId, TaskDefinitionId


class Harm(StrEnum):
    """What comes of a fault, if the task is approved all the same."""

    REVERTS = "reverts"
    """The contract refuses the task."""
    LASTS = "lasts"
    """The contract takes it, and no later update can undo it."""
    WRONG = "wrong"
    """The contract takes it; an honest performer proposes no such thing."""


class FaultCode(StrEnum):
    """What is wrong."""

    # 10001
    DUPLICATE_ID = "duplicate_id"
    """An id stands ``found`` times in one list; its deltas add up."""
    ID_IN_BOTH_LISTS = "id_in_both_lists"
    ZERO_DELTA = "zero_delta"
    ZERO_ID = "zero_id"
    """Id 0, which no operator has: what it gets raises every quorum and cannot sign."""
    UNKNOWN_ID = "unknown_id"
    """``found`` is above ``bound``, the highest id: what it gets raises every quorum and cannot sign."""
    INACTIVE_ID = "inactive_id"
    BELOW_ZERO = "below_zero"
    """A decrease by ``found`` of the ``bound`` that is left after what comes before it."""
    ABOVE_MAXIMUM = "above_maximum"
    """An increase by ``found`` of ``bound`` goes above 2^256-1."""
    TOTAL_BELOW_ZERO = "total_below_zero"
    """The same of the global total."""
    TOTAL_ABOVE_MAXIMUM = "total_above_maximum"
    L1_BLOCK_NOT_AFTER_LAST = "l1_block_not_after_last"
    """``toBlockL1`` is ``found``, the last update's was ``bound``."""
    L1_BLOCK_ABOVE_HEAD = "l1_block_above_head"
    """``toBlockL1`` is ``found``, the head of L1 is ``bound``: updates are refused until L1 has passed it."""
    L2_BLOCK_NOT_AFTER_LAST = "l2_block_not_after_last"
    L2_BLOCK_NOT_PAST = "l2_block_not_past"
    """``toBlockL2`` is ``found``, not below ``bound``, the height at which the task is executed."""
    # 10002
    WRONG_TARGET = "wrong_target"
    FUNCTION_NOT_ALLOWED = "function_not_allowed"
    MALFORMED_CALL = "malformed_call"
    """An allowed function, with arguments that it cannot read."""
    UNKNOWN_DEFINITION = "unknown_definition"
    DUPLICATE_DEFINITION = "duplicate_definition"
    """A definition is recounted ``found`` times; the last one holds."""
    WRONG_FUNCTION = "wrong_function"
    """Every id is counted though the definition has a list, or a list though it has none."""
    WRONG_MINIMUM = "wrong_minimum"
    """``found`` instead of ``bound``, in raw units."""
    WRONG_LIST = "wrong_list"
    """The ids are those that are listed and should not be, or the other way round."""
    DUPLICATE_ID_IN_LIST = "duplicate_id_in_list"
    """An id is listed ``found`` times, and counts as often."""
    IDS_LEFT_OUT = "ids_left_out"
    """Ids 1 to ``found`` are counted, the highest is ``bound``."""
    IDS_ABOVE_HIGHEST = "ids_above_highest"
    """The same the other way round: what they cost is gas."""
    TOO_MANY_IDS = "too_many_ids"
    """No block has the gas to count ``found`` ids."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong."""

    code: FaultCode
    harm: Harm
    operator_ids: tuple[OperatorId, ...] = ()
    found: int | None = None
    """What stands in the update."""
    bound: int | None = None
    """What it is held to."""
    task_definition_id: TaskDefinitionId | None = None
    """Of the total that is recounted."""
    call: int | None = None
    """Which call of a 10002 update, from 1."""
    error: str | None = None
    """Name of the error that the contract reverts with, where it does."""
