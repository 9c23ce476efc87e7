"""What the update of a task is recomputed from: the operators at the blocks that it names, else as they are now."""

from dataclasses import dataclass

from avsctl.chain.queries.attestation_then import Named, Then, Unread, load_then
from avsctl.core.findings import Finding, build_finding
from avsctl.core.operators import OperatorSets
from avsctl.core.power import VotingPowerUpdate
from avsctl.tx.drafts import Draft, Stage, read_now


@dataclass(frozen=True)
class Recall:
    """The operators that an update is recomputed from."""

    sets: OperatorSets | None
    """None where it is not recomputed, or needs no operators."""
    at: Then | None = None
    """The blocks that it names; None for those of the stage."""
    why_not: str = ""
    """Why it is not recomputed; text from outside."""
    findings: tuple[Finding, ...] = ()


def recall_sets(stage: Stage, draft: Draft) -> Recall:
    """Read the operators that an update of powers is recomputed from; of any other task nothing.

    Raises:
        ChainError: L1 could not be read at the stage's block either.
    """
    update, chains = draft.proposal.update, stage.chains
    if not isinstance(update, VotingPowerUpdate):
        return Recall(None)
    if chains.l1 is None or chains.avs_governance is None:
        return _recall_now(stage, "L1 is not read")
    here = (chains.l1.block.number, stage.evm_block)
    if (update.to_block_l1, update.to_block_l2) == here:
        return Recall(read_now(stage))
    late = _find_late(update, here)
    if late:
        return _recall_now(stage, late)
    named = Named(update.to_block_l1, update.to_block_l2, draft.l2_block)
    found = load_then(chains.l1, chains.l2, chains.discovery, chains.avs_governance, named)
    return _recall_now(stage, found.why) if isinstance(found, Unread) else Recall(found.sets, found)


def _find_late(update: VotingPowerUpdate, heads: tuple[int, int]) -> str:
    """Say which blocks that an update names are not there yet."""
    named = (("toBlockL1", update.to_block_l1), ("toBlockL2", update.to_block_l2))
    late = (f"{name} is above block {head}" for (name, to), head in zip(named, heads, strict=True) if to > head)
    return " and ".join(late)


def _recall_now(stage: Stage, why: str) -> Recall:
    sets = read_now(stage)
    instead = "nothing is compared" if sets is None else "compared with the blocks read instead"
    finding = build_finding("blocks_not_read", "update", f"{why}: {instead}")
    return Recall(sets, None, why if sets is None else "", (finding,))
