"""Updates recomputed through the endpoints of attesters, as each of their nodes would do it before it votes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from avsctl.chain.background import run_all, side_by_side
from avsctl.chain.endpoint import Endpoint
from avsctl.chain.queries.attestation import load_ground
from avsctl.chain.queries.attestation_then import load_l1
from avsctl.chain.queries.operators import load_l2_operators
from avsctl.chain.queries.outlook import Outlook, look_out
from avsctl.chain.reader import BlockReader
from avsctl.chain.rpc import Rpc
from avsctl.core.attestation.recomputation import Comparison, compare_powers, compare_totals
from avsctl.core.attestation.structure import check_structure
from avsctl.core.attestation.views import View
from avsctl.core.deployment import Layer
from avsctl.core.operators import OperatorSets
from avsctl.core.power import VotingPowerUpdate
from avsctl.core.proposals import TotalsUpdate
from avsctl.core.units import OperatorId
from avsctl.errors import BlockError, ChainError, UsageError
from avsctl.tx.drafts import Draft, Stage
from avsctl.tx.events import tell_view

MOST_SECONDS: Final = 15.0
"""What one view may take, of the half that is left of the command's time."""

T = TypeVar("T")


@dataclass(frozen=True)
class Vantage:
    """Where an attester looks from."""

    name: str
    """As the user calls it."""
    operator_ids: tuple[OperatorId, ...]
    """Whose it is; empty for a name that stands for no operator."""
    l1: Endpoint
    l2: Endpoint


def look_from(stage: Stage, draft: Draft, vantages: Sequence[Vantage]) -> tuple[View, ...]:
    """Recompute an update through the endpoints of attesters, side by side; one that fails is a view that rejects.

    Each takes one request a layer to find the blocks, and those of one reading of the operators.

    Args:
        stage: where the task is rehearsed, as avsctl reads it.
        draft: the task.
        vantages: the attesters.

    Raises:
        UsageError: the task carries no update, or L1 is needed and was not read.
    """
    if not vantages:
        return ()
    update = draft.proposal.update
    if update is None and not draft.decoding_fault:
        text = f"a task of definition {draft.proposal.task_definition_id} carries no update that a view recomputes"
        raise UsageError(text, "leave --view out")
    if isinstance(update, VotingPowerUpdate) and stage.chains.l1 is None:
        raise UsageError("--view recomputes powers, which needs L1", "set L1_RPC and AVS_GOVERNANCE_ADDRESS")
    return tuple(run_all([partial(_look, stage, draft, each) for each in vantages]))


def _look(stage: Stage, draft: Draft, vantage: Vantage) -> View:
    view = _find_view(stage, draft, vantage)
    tell_view(view)
    return view


def _find_view(stage: Stage, draft: Draft, vantage: Vantage) -> View:
    update, faults = draft.proposal.update, check_structure(draft.proposal, stage.conditions, None)
    wrong = f"it is wrong by itself: {', '.join(fault.code.value for fault in faults)}" if faults else ""
    comparison: Comparison | None = None
    try:
        if isinstance(update, VotingPowerUpdate):
            comparison = _recompute_powers(stage, update, vantage)
        elif isinstance(update, TotalsUpdate):
            comparison = _recompute_totals(stage, update, vantage)
        else:
            wrong = f"its data is no update: {draft.decoding_fault}"
    except ChainError as error:
        return View(vantage.name, vantage.operator_ids, None, error.problems[0].message)
    return View(vantage.name, vantage.operator_ids, comparison, wrong)


def _recompute_powers(stage: Stage, update: VotingPowerUpdate, vantage: Vantage) -> Comparison:
    """Recompute at the blocks that the update names."""
    chains = stage.chains
    l1, governance = chains.l1, chains.avs_governance
    assert l1 is not None  # noqa: S101 - looked at before
    assert governance is not None  # noqa: S101 - given with L1
    l2_block = _find_l2_block(stage, update)
    answers, (operators, total) = side_by_side(
        lambda: _read(
            _look_out(l1, Layer.L1, vantage.l1, update.to_block_l1).require("toBlockL1"),
            lambda reader: load_l1(reader, chains.discovery, governance),
        ),
        lambda: _read(
            _look_out(chains.l2, Layer.L2, vantage.l2, l2_block).require("toBlockL2"),
            lambda reader: load_l2_operators(reader, chains.discovery),
        ),
    )
    return compare_powers(update, OperatorSets(operators, *answers, total))


def _recompute_totals(stage: Stage, update: TotalsUpdate, vantage: Vantage) -> Comparison:
    """Recompute at the block read, or at an older head: such an update names no block."""
    chains = stage.chains
    outlook = _look_out(chains.l2, Layer.L2, vantage.l2, chains.l2.block.number)
    ground = _read(outlook.wanted or outlook.head, lambda reader: load_ground(reader, chains.discovery))
    return compare_totals(update, ground.conditions.state)


def _find_l2_block(stage: Stage, update: VotingPowerUpdate) -> int:
    """Give the block of L2, as endpoints count, at which contracts see the height that an update names."""
    here = stage.chains.l2.block.number
    if update.to_block_l2 == stage.evm_block:
        return here
    if stage.evm_block != here:
        seen = f"contracts there see block {stage.evm_block} where the endpoint counts {here}"
        raise BlockError(f"which block of L2 has height {update.to_block_l2} cannot be told: {seen}")
    return update.to_block_l2


def _look_out(beside: BlockReader, layer: Layer, endpoint: Endpoint, number: int) -> Outlook:
    """Open an endpoint beside the one that is read, over its transport, within a share of the time left."""
    left = beside.rpc.deadline
    deadline = left.part(min(MOST_SECONDS, left.remaining() / 2))
    rpc = Rpc(layer, (endpoint,), beside.rpc.transport, deadline)
    return look_out(rpc, beside.block.chain_id, number)


def _read(reader: BlockReader, read: Callable[[BlockReader], T]) -> T:
    """Read at a block, and check at the end that it is still the same where it is pinned by number."""
    found = read(reader)
    reader.check_block()
    return found
