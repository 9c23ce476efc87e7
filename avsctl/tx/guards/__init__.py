"""Guards: what is found of a change before anyone signs it, from values alone; critical findings refuse it."""

from collections.abc import Iterator

from avsctl.core.checks import tell_rewards
from avsctl.core.deployment import Generation, Layer
from avsctl.core.findings import Finding, build_finding
from avsctl.core.units import TaskDefinitionId
from avsctl.core.wording import join_words
from avsctl.tx.guards import blocks, calls, left_out, operators, quorums, syncs
from avsctl.tx.guards.permission import ALLOWABLE, check_allowed, permit, refusing
from avsctl.tx.guards.prospect import Prospect

__all__ = ["ALLOWABLE", "Prospect", "check_allowed", "check_prospect", "refusing"]


def check_prospect(prospect: Prospect) -> tuple[Finding, ...]:
    """Give all that is found of a change; those that ``--allow`` can pass name their code for it.

    Where a call reverts there is no end state, and nothing is said of one.
    """
    found = (
        *calls.check_sender(prospect),
        *calls.check_reverts(prospect),
        *blocks.check_expiries(prospect),
        *_check_default(prospect),
        *_check_foresights(prospect),
        *_check_basis(prospect),
    )
    return tuple(dict.fromkeys(permit(finding) for finding in found))


def _check_default(prospect: Prospect) -> Iterator[Finding]:
    if any(step.setting.task_definition_id == 0 for step in prospect.steps):
        default = prospect.before.assess(TaskDefinitionId(0))
        is_known = default is not None and default.details is not None
        paid = f"pays {tell_rewards(default)}" if is_known else "its rewards could not be read"
        text = f"the default definition, for testing only; {paid}"
        yield build_finding("default_definition_changed", "task 0", text)


def _check_foresights(prospect: Prospect) -> Iterator[Finding]:
    for foresight in prospect.foresights:
        if prospect.after is None or foresight.after is None:
            continue
        yield from quorums.check_end(foresight, foresight.after)
        yield from operators.check_members(foresight, foresight.after, prospect.after)
        yield from syncs.check_syncs(foresight, foresight.after, prospect.generation)
        if not prospect.is_atomic:
            yield from quorums.check_between(foresight, len(prospect.steps))
    if prospect.after is not None:
        yield from left_out.check_left_out(prospect.foresights, prospect.generation)


def _check_basis(prospect: Prospect) -> Iterator[Finding]:
    """Find what the judgement rests on where it is not all read."""
    if not prospect.has_l1:
        yield build_finding(
            "sync_not_foreseen", Layer.L1.value, "L1 was not read: what the next sync does is not known"
        )
    elif prospect.unreadable_on_l1:
        names = join_words(prospect.unreadable_on_l1)
        text = f"the L1 power of {names} could not be read: the next sync is foreseen as if it left it as it is"
        yield build_finding("sync_not_foreseen", Layer.L1.value, text)
    generation = prospect.generation
    if not prospect.is_read_after:
        text = f"the state after the calls is foreseen by the rules of {generation}, not read from the chain"
        yield build_finding("state_after_not_read", "simulation", text)
    if generation is Generation.V3:
        calls_too = "" if prospect.is_read_after else "what each call does to the stored total, "
        text = f"{calls_too}how quorums are counted, and what the syncs to come do to powers and totals"
        yield build_finding("assumed_from_v2", generation.value, text)
