"""What is wrong with an update by itself: checks that need the chain's state, and no recomputation."""

from collections import Counter
from collections.abc import Iterator

from avsctl.core.attestation.conditions import Conditions
from avsctl.core.attestation.faults import Fault, FaultCode, Harm
from avsctl.core.attestation.ledger import Breach, post_update
from avsctl.core.attestation.structure_totals import check_totals
from avsctl.core.deployment import Generation
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.core.proposals import Proposal, TotalsUpdate, highest_id
from avsctl.core.units import OperatorId


def check_structure(proposal: Proposal, conditions: Conditions, l1_head: int | None) -> tuple[Fault, ...]:
    """Find what is wrong with the update of a proposal; nothing is with that of an ordinary task, which has none.

    Args:
        proposal: the task.
        conditions: those that it would be executed under.
        l1_head: newest block of L1; None where L1 is not read, and that bound is not checked.
    """
    if isinstance(proposal.update, VotingPowerUpdate):
        return check_powers(proposal.update, conditions, l1_head)
    if isinstance(proposal.update, TotalsUpdate):
        return check_totals(proposal.update, conditions)
    return ()


def check_powers(update: VotingPowerUpdate, conditions: Conditions, l1_head: int | None) -> tuple[Fault, ...]:
    """Find what is wrong with a 10001 update, or on V1 with a syncer's batch calls, which name no blocks.

    Args:
        update: the deltas and block numbers.
        conditions: those that it would be executed under.
        l1_head: newest block of L1; None where L1 is not read, and that bound is not checked.
    """
    blocks = () if conditions.generation is Generation.V1 else _check_blocks(update, conditions, l1_head)
    return (*_check_lists(update), *_check_ids(update, conditions), *_check_amounts(update, conditions), *blocks)


def _check_lists(update: VotingPowerUpdate) -> Iterator[Fault]:
    for items in (update.to_increase, update.to_decrease):
        for operator_id, times in Counter(map(_id_of, items)).items():
            if times > 1:
                yield Fault(FaultCode.DUPLICATE_ID, Harm.WRONG, (operator_id,), times)
    lowered = frozenset(map(_id_of, update.to_decrease))
    both = {each.operator_id for each in update.to_increase if each.operator_id in lowered}
    for operator_id in sorted(both):
        yield Fault(FaultCode.ID_IN_BOTH_LISTS, Harm.WRONG, (operator_id,))
    for item in _items(update):
        if item.voting_power == 0:
            yield Fault(FaultCode.ZERO_DELTA, Harm.WRONG, (item.operator_id,))


def _check_ids(update: VotingPowerUpdate, conditions: Conditions) -> Iterator[Fault]:
    highest = highest_id(conditions.state)
    inactive = {each.operator_id for each in conditions.state.operators if not each.is_active}
    for operator_id in dict.fromkeys(map(_id_of, _items(update))):
        if operator_id == 0:
            yield Fault(FaultCode.ZERO_ID, Harm.WRONG, (operator_id,))
        elif operator_id > highest:
            yield Fault(FaultCode.UNKNOWN_ID, Harm.WRONG, (operator_id,), operator_id, highest)
        elif operator_id in inactive:
            yield Fault(FaultCode.INACTIVE_ID, Harm.WRONG, (operator_id,))


def _check_amounts(update: VotingPowerUpdate, conditions: Conditions) -> Iterator[Fault]:
    ledger = post_update(update, conditions.powers, conditions.state.global_total)
    for breach in ledger.breaches:
        yield Fault(_code(breach), Harm.REVERTS, (breach.operator_id,), abs(breach.delta), breach.held, error="Panic")


def _check_blocks(update: VotingPowerUpdate, conditions: Conditions, l1_head: int | None) -> Iterator[Fault]:
    to_l1, to_l2 = update.to_block_l1, update.to_block_l2
    if to_l1 <= conditions.last_commit_l1:
        error, last = "InvalidToBlockL1VsLastCommitBlockL1", conditions.last_commit_l1
        yield Fault(FaultCode.L1_BLOCK_NOT_AFTER_LAST, Harm.REVERTS, (), to_l1, last, error=error)
    if l1_head is not None and to_l1 > l1_head:
        yield Fault(FaultCode.L1_BLOCK_ABOVE_HEAD, Harm.LASTS, (), to_l1, l1_head)
    if to_l2 <= conditions.last_commit_l2:
        error, last = "InvalidToBlockL2VsLastCommitBlockL2", conditions.last_commit_l2
        yield Fault(FaultCode.L2_BLOCK_NOT_AFTER_LAST, Harm.REVERTS, (), to_l2, last, error=error)
    if to_l2 >= conditions.block:
        error = "InvalidToBlockL2VsCurrentHeight"
        yield Fault(FaultCode.L2_BLOCK_NOT_PAST, Harm.REVERTS, (), to_l2, conditions.block, error=error)


def _code(breach: Breach) -> FaultCode:
    if breach.delta < 0:
        return FaultCode.TOTAL_BELOW_ZERO if breach.is_of_total else FaultCode.BELOW_ZERO
    return FaultCode.TOTAL_ABOVE_MAXIMUM if breach.is_of_total else FaultCode.ABOVE_MAXIMUM


def _items(update: VotingPowerUpdate) -> tuple[PowerChange, ...]:
    return (*update.to_increase, *update.to_decrease)


def _id_of(item: PowerChange) -> OperatorId:
    return item.operator_id
