"""What an approved internal task changes: InternalTaskHandler.processTask, and the OBLS that it calls."""

from dataclasses import replace
from typing import Final

from avsctl.core.attestation.conditions import Conditions, Refused
from avsctl.core.attestation.ledger import Ledger, post_update
from avsctl.core.changes import L2State, land_powers
from avsctl.core.deployment import Generation
from avsctl.core.operators import OperatorSets
from avsctl.core.power import VotingPowerUpdate
from avsctl.core.proposals import Proposal, TotalCall, TotalRecount, TotalsUpdate, count_total, highest_id, land_recount
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import UINT256_MAX, OperatorId

OVERFLOW: Final = Refused("Panic", (0x11,))
"""Checked arithmetic of Solidity."""
COUNTABLE_IDS_MAX: Final = 1_000_000
"""No block has the gas to count more ids; each takes more than 2,000."""
_RECOUNT_SELECTORS: Final = (bytes.fromhex("e010f957"), bytes.fromhex("ca87bf8f"))
"""setTotalVotingPowerPerTaskDefinition and setTotalVotingPowerPerRestrictedTaskDefinition."""
_OVERFLOW_DATA: Final = bytes.fromhex("4e487b71") + (0x11).to_bytes(32, "big")
_NOBODY: Final = OperatorSets((), (), 0, 0)


def process_task(conditions: Conditions, proposal: Proposal) -> Conditions | Refused:
    """Give the conditions after an approved internal task; an id that is neither 10001 nor 10002 changes nothing."""
    if proposal.task_definition_id == VOTING_POWER_SYNC:
        update = proposal.update
        return process_powers(conditions, update) if isinstance(update, VotingPowerUpdate) else Refused("")
    if proposal.task_definition_id == TOTALS_SYNC:
        update = proposal.update
        return process_totals(conditions, update) if isinstance(update, TotalsUpdate) else Refused("")
    return conditions


def process_powers(conditions: Conditions, update: VotingPowerUpdate) -> Conditions | Refused:
    """Give the conditions after a voting-power update; on V1 after a syncer's two batch calls, which name no blocks.

    The order of InternalTaskHandler: the blocks, the increases, the decreases. No total of a definition follows.
    """
    refused = None if conditions.generation is Generation.V1 else _refuse_blocks(conditions, update)
    if refused is not None:
        return refused
    ledger = post_update(update, conditions.powers, conditions.state.global_total)
    if ledger.breaches:
        return OVERFLOW
    moved = replace(conditions, state=_post(conditions.state, ledger), other_powers=_others(conditions, ledger))
    if conditions.generation is Generation.V1:
        return moved
    return replace(moved, last_commit_l1=update.to_block_l1, last_commit_l2=update.to_block_l2)


def process_totals(conditions: Conditions, update: TotalsUpdate) -> Conditions | Refused:
    """Give the conditions after the calls of a 10002 task, each by OBLS's own sums."""
    state = conditions.state
    for call in update.calls:
        if call.target != conditions.obls or call.data[:4] not in _RECOUNT_SELECTORS:
            return Refused("InternalTransactionNotAllowed", (call.target, call.data))
        after = _recount(state, call)
        if isinstance(after, Refused):
            return after
        state = after
    return replace(conditions, state=state)


def is_recounting(call: TotalCall) -> bool:
    """Whether a call names one of the two functions that InternalTaskHandler lets through."""
    return call.data[:4] in _RECOUNT_SELECTORS


def _refuse_blocks(conditions: Conditions, update: VotingPowerUpdate) -> Refused | None:
    if conditions.last_commit_l1 >= update.to_block_l1:
        return Refused("InvalidToBlockL1VsLastCommitBlockL1", (conditions.last_commit_l1 + 1,))
    if conditions.last_commit_l2 >= update.to_block_l2:
        return Refused("InvalidToBlockL2VsLastCommitBlockL2", (conditions.last_commit_l2 + 1,))
    if update.to_block_l2 >= conditions.block:
        return Refused("InvalidToBlockL2VsCurrentHeight", (update.to_block_l2, conditions.block))
    return None


def _post(state: L2State, ledger: Ledger) -> L2State:
    """Put powers and sum in place; a stored 0 that a getter hides follows the global total."""
    operators = tuple(replace(each, voting_power=ledger.powers[each.operator_id]) for each in state.operators)
    return replace(land_powers(state, _NOBODY), operators=operators, global_total=ledger.total)


def _others(conditions: Conditions, ledger: Ledger) -> dict[OperatorId, int]:
    known = {each.operator_id for each in conditions.state.operators}
    return {operator_id: power for operator_id, power in ledger.powers.items() if operator_id not in known and power}


def _recount(state: L2State, call: TotalCall) -> L2State | Refused:
    recount = call.total
    if recount is None or _is_endless(recount, state):
        return Refused("InternalTransactionRevert", (b"",))
    if count_total(recount, state) > UINT256_MAX:
        return Refused("InternalTransactionRevert", (_OVERFLOW_DATA,))
    return land_recount(state, recount)


def _is_endless(recount: TotalRecount, state: L2State) -> bool:
    return (recount.number_of_ids or 0) > max(COUNTABLE_IDS_MAX, highest_id(state))
