"""What is wrong with the internal tasks: findings that explain a sync that does not land."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from avsctl.core.checks import check_assessments, check_fee_calculator, check_sync, tell_dead
from avsctl.core.findings import Finding, Severity, build_finding
from avsctl.core.internal_remedies import find_remedy, is_mended_by_recount, is_mended_without_maximum
from avsctl.core.internal_status import (
    DEPARTED_WORDS,
    Attester,
    InternalScene,
    InternalTaskStatus,
    attain_without,
)
from avsctl.core.internal_tasks import DEFAULT_INTERVAL_MS, InternalTaskName
from avsctl.core.power import LastSync
from avsctl.core.quorum import Verdict
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import Address, format_duration, tell_apart

NEAR_BLOCKS = 100
"""By so few L1 blocks an endpoint may just lag behind the one that the last performer read."""
_SUBMISSION = "TASKS_SUBMISSION_FLOW"


@dataclass(frozen=True)
class Surroundings:
    """What else can stop an internal task."""

    fee_calculator: Address | None
    """None where none is set or that is not known."""
    paused_flows: tuple[str, ...]
    """Names."""
    l1_head: int | None
    """The newest L1 block; None where L1 was not read, or at an older block."""
    log_blocks: int | None
    """Of how many newest L2 blocks the endpoint gave logs; None where that covers the last day."""


def check_internal_tasks(
    scene: InternalScene, statuses: Sequence[InternalTaskStatus], around: Surroundings
) -> Iterator[Finding]:
    """Find what keeps internal tasks from landing, or makes them useless."""
    by_name = {status.name: status for status in statuses}
    powers = by_name.get(InternalTaskName.VOTING_POWER_SYNC)
    if powers is not None:
        seconds = powers.interval.seconds or DEFAULT_INTERVAL_MS // 1000
        yield from check_sync(scene.update, scene.last_sync, seconds, scene.now)
    for status in statuses:
        yield from _check_task(scene, status)
    yield from _check_intervals(by_name)
    yield from _check_head(scene.last_sync, around.l1_head)
    if _SUBMISSION in around.paused_flows:
        text = f"{_SUBMISSION} is paused: no internal task can be submitted"
        yield build_finding("flow_paused", _SUBMISSION, text, severity=Severity.CRITICAL)
    yield from check_fee_calculator(scene.state.generation, around.fee_calculator)
    if around.log_blocks is not None:
        yield _tell_history(around.log_blocks)


def _check_task(scene: InternalScene, status: InternalTaskStatus) -> Iterator[Finding]:
    subject = str(status.task_definition_id)
    if status.interval.milliseconds is None and status.name is not InternalTaskName.WEIGHTS_UPDATE:
        text = f"INTERNAL_TASKS does not name {status.name}: an aggregator that has it never runs {subject}"
        yield build_finding("sync_not_scheduled", subject, text)
    if status.assessment.verdict is Verdict.DEAD:
        yield build_finding("sync_dead", subject, _tell_dead(scene, status), find_remedy(scene, status))
    elif status.needs_departed:
        yield build_finding("sync_needs_departed", subject, _tell_departed(scene, status), find_remedy(scene, status))
    if status.last_rejected is not None:
        yield build_finding("sync_rejected", subject, _tell_rejected(status))
    if status.task_definition_id == TOTALS_SYNC and status.schedule.is_overdue and status.carries:
        yield build_finding("totals_overdue", subject, _tell_overdue(status))
    told = {"dead", "fragile"} if status.needs_departed else {"dead"}
    yield from (finding for finding in check_assessments([status.assessment]) if finding.code not in told)


def _tell_dead(scene: InternalScene, status: InternalTaskStatus) -> str:
    """Say why nothing passes: the figures, and the cause where one stands out (OTHENTIC.md 7.A)."""
    told = tell_dead(status.assessment)
    definition, quorum = status.assessment.definition, status.assessment.quorum
    subject = f"{status.task_definition_id}"
    if is_mended_by_recount(scene, status):
        cause = f"its own total is stale and gates the sync that would mend it; a recount needs no vote on {subject}"
    elif is_mended_without_maximum(status):
        cause = f"more than {definition.maximum_number_of_attesters} attesters are needed, its maximum"
    elif definition.restricted_operator_ids and not quorum.attainable:
        cause = "nobody in its list may attest with any power"
    elif not quorum.recomputed_total and not status.assessment.is_expired:
        cause = "no sync can start by itself: operators register again once their stake counts, or governance names a"
        cause += " syncer"
    else:
        return f"{subject} {told}"
    return f"{subject} {told}; {cause}"


def _tell_departed(scene: InternalScene, status: InternalTaskStatus) -> str:
    """Say without whom it cannot pass; that their nodes are off is nothing that the chain knows."""
    pivotal = frozenset(status.assessment.quorum.pivotal)
    needed = [each for each in status.departed if each.member.operator_id in pivotal]
    gone = needed or list(status.departed)
    left = attain_without(scene.state, status.assessment, {each.member.operator_id for each in gone})
    figures = "the others bring {} of {} (e18)".format(*tell_apart(left, status.assessment.quorum.required_approve))
    if len(gone) == 1:
        whom = f"operator {gone[0].member.operator_id}, who {_tell_how(gone[0])}"
    else:
        listed = ", ".join(f"{each.member.operator_id} ({_tell_how(each)})" for each in gone)
        whom = f"{'operators' if needed else 'some of operators'} {listed}"
    return (
        f"{status.task_definition_id} cannot pass without {whom}: {figures}. From the chain alone it cannot be known"
        " whether a node still runs; if it is off, nothing lands until governance changes the list"
    )


def _tell_how(attester: Attester) -> str:
    default = "has no power left on L1"
    return default if attester.l1 is None else DEPARTED_WORDS.get(attester.l1.status, default)


def _tell_rejected(status: InternalTaskStatus) -> str:
    run = status.last_rejected
    number = "" if run is None or run.task_number is None else f" (task {run.task_number})"
    block = "" if run is None or run.block is None else f" in L2 block {run.block}"
    return f"{status.task_definition_id} was last rejected{block}{number}; that task can never be approved"


def _tell_overdue(status: InternalTaskStatus) -> str:
    schedule, seconds = status.schedule, status.interval.seconds or 0
    since = (schedule.overdue_seconds or 0) + seconds
    totals = "1 total waits" if status.carries == 1 else f"{status.carries} totals wait"
    return (
        f"no {status.task_definition_id} for {format_duration(since)}, {schedule.missed} intervals of"
        f" {format_duration(seconds)} missed; {totals} for it"
    )


def _check_intervals(by_name: dict[InternalTaskName, InternalTaskStatus]) -> Iterator[Finding]:
    pair = (InternalTaskName.VOTING_POWER_SYNC, InternalTaskName.VOTING_POWER_PER_TASK_DEFINITION_SYNC)
    found = [by_name[name].interval for name in pair if name in by_name]
    if len(found) == len(pair) and found[0].milliseconds == found[1].milliseconds is not None:
        every = format_duration(found[0].seconds or 0)
        text = f"both run every {every}, together: the totals are counted from the powers before"
        yield build_finding("intervals_equal", f"{VOTING_POWER_SYNC}, {TOTALS_SYNC}", text)


def _check_head(last_sync: LastSync | None, l1_head: int | None) -> Iterable[Finding]:
    if last_sync is None or l1_head is None or last_sync.to_block_l1 <= l1_head:
        return ()
    ahead = last_sync.to_block_l1 - l1_head
    text = f"the last {VOTING_POWER_SYNC} names L1 block {last_sync.to_block_l1}, {ahead} above the head: no honest"
    text += f" {VOTING_POWER_SYNC} is accepted until L1 is past it"
    severity = Severity.WARNING if ahead <= NEAR_BLOCKS else Severity.CRITICAL
    return (build_finding("blocks_ahead", str(VOTING_POWER_SYNC), text, severity=severity),)


def _tell_history(blocks: int) -> Finding:
    served = f"gave logs of the last {blocks} blocks only" if blocks else "gave no logs"
    text = f"the endpoint of L2 {served}; used the getters of InternalTaskHandler, which know {VOTING_POWER_SYNC} alone"
    return build_finding("history_unavailable", "l2", text)
