"""Guard on what the syncs foreseen leave open: operators that L1 does not count, whose power a node may lower."""

from collections.abc import Iterator, Sequence
from typing import Final

from avsctl.core.deployment import Generation
from avsctl.core.findings import Finding, build_finding
from avsctl.core.foresight import Foresight
from avsctl.core.power import DiffRow, Status
from avsctl.core.quorum import Assessment, Verdict
from avsctl.core.units import OperatorId, brief_e18
from avsctl.core.wording import join_words
from avsctl.tx.guards.syncs import name_sync, tell_rest

_REASONS: Final = {
    Status.NOT_REGISTERED_ON_L1: "not registered on L1",
    Status.NOT_AN_OPERATOR_ON_L1: "no operator on L1",
    Status.UNREADABLE_ON_L1: "unreadable on L1",
}


def check_left_out(foresights: Sequence[Foresight], generation: Generation) -> Iterator[Finding]:
    """Find definitions, alive after the calls, with attesters that a sync is foreseen to leave as they are.

    One finding for all definitions that have the same ones.
    """
    groups: dict[tuple[OperatorId | None, ...], list[Foresight]] = {}
    for each in foresights:
        if each.left_out and each.after is not None and each.after.verdict is not Verdict.DEAD:
            groups.setdefault(tuple(row.operator_id for row in each.left_out), []).append(each)
    for group in groups.values():
        ids = [each.task_definition_id for each in group]
        text = f"{_tell_rows(group[0].left_out, generation)}, {_tell_outcome(group)}"
        yield build_finding("sync_leaves_out", f"{'task' if len(ids) == 1 else 'tasks'} {join_words(ids)}", text)


def _tell_rows(rows: Sequence[DiffRow], generation: Generation) -> str:
    told = [f"{row.operator_id} ({brief_e18(row.l2_voting_power)}, {_REASONS[row.status]})" for row in rows]
    noun, it, it_is = ("operator", "it", "it is") if len(rows) == 1 else ("operators", "them", "they are")
    sync = name_sync(generation)
    return f"{sync} is foreseen to leave {noun} {join_words(told)} as {it_is}; if a node lowers {it} to 0"


def _tell_outcome(group: Sequence[Foresight]) -> str:
    """Say what the definitions are at the worst of their stages: one with its figures, several by their ids."""
    if len(group) == 1:
        when, worst = _find_worst(group[0])
        return f"the task is {worst.verdict}{when}: {tell_rest(worst)}"
    dead = [each.task_definition_id for each in group if _find_worst(each)[1].verdict is Verdict.DEAD]
    if not dead:
        return f"none of the {len(group)} is dead"
    return f"{len(dead)} of the {len(group)} {'is' if len(dead) == 1 else 'are'} dead: {join_words(dead)}"


def _find_worst(foresight: Foresight) -> tuple[str, Assessment]:
    """Give the first stage at which a definition is dead without those left out, else the first one."""
    stages = (("", foresight.lowest_10001), (" after 10002", foresight.lowest_10002))
    known = [(when, stage) for when, stage in stages if stage is not None]
    return min(known, key=lambda each: each[1].verdict is not Verdict.DEAD)
