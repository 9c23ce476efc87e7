"""What the numbers of one reading say is wrong: findings from operators, diff and syncs."""

from collections.abc import Iterable, Iterator

from avsctl.core.deployment import BlockRef, Generation, Layer
from avsctl.core.findings import Finding, Severity, build_finding
from avsctl.core.internal_tasks import OVERDUE_INTERVALS, count_missed
from avsctl.core.operators import OperatorSets, ghost_operators, shared_addresses
from avsctl.core.power import DiffRow, LastSync, PowerDiff, VotingPowerUpdate
from avsctl.core.quorum import Assessment, Verdict, name_pivotal
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC, TaskDefinition, TaskTotal
from avsctl.core.units import E18, Address, brief_e18, format_duration, format_e18, tell_apart

STALE_HEAD_SECONDS = 300
"""A chain that is well has newer blocks than this."""
BLOCKS_APART_SECONDS = 600
"""From more on two blocks do not show the layers at about the same time."""
_DEFAULT_REWARD = 10 * E18
"""To each role for a task of definition 0 on V1, and on V2 from its initialisation on (OTHENTIC.md 2.3)."""

_NOBODY_COUNTS = "Nobody who may attest has any power: change list or minimum with avsctl task update."
_OF_THE_GLOBAL_TOTAL = "avsctl operator list names ids that hold power and are not active; unregistering them mends it"


def check_diff(diff: PowerDiff) -> tuple[Finding, ...]:
    """Find drift, rows that could not be read, and operators that only L1 counts."""
    text = f"{len(diff.drifted)} of {len(diff.rows)} operators"
    drift = (build_finding("drift", "operators", text),) if diff.drifted else ()
    return (*check_unreadable(diff.unreadable), *drift, *check_unlisted(diff.unlisted_on_l1))


def check_unreadable(rows: Iterable[DiffRow]) -> Iterator[Finding]:
    """Tell of each row whose L1 read failed why it did."""
    for row in rows:
        yield build_finding("unreadable_on_l1", _subject(row.operator_id, row.address), row.unreadable or "")


def check_unlisted(unlisted_on_l1: int) -> Iterator[Finding]:
    """Tell how many operators L1 counts that nobody can name."""
    if unlisted_on_l1:
        text = f"L1 counts {unlisted_on_l1} more than are registered among the addresses known"
        yield build_finding("operators_unknown_to_l2", "operators", f"{text}; their power is in no total")


def check_sync(
    update: VotingPowerUpdate | None, last_sync: LastSync | None, interval_seconds: int, now: int
) -> tuple[Finding, ...]:
    """Find a sync that should have landed; none is due while there is nothing for it to carry.

    Args:
        update: what a sync would carry now; None where L1 was not read, so that nobody knows.
        last_sync: the last one that landed.
        interval_seconds: how often 10001 runs.
        now: Unix time of the L2 block read.
    """
    if update is not None and update.is_empty:
        return ()
    if last_sync is None:
        return (build_finding("never_synced", "10001", "no 10001 sync had landed by the L2 block read"),)
    age = last_sync.age_seconds(now)
    if age is None:
        text = f"L2 block {last_sync.to_block_l2}, up to which the last sync read, cannot be dated here"
        return (build_finding("sync_age_unknown", "10001", text),)
    missed = count_missed(age, interval_seconds)
    if missed < OVERDUE_INTERVALS:
        return ()
    text = f"no sync for {format_duration(age)}, {missed} intervals of {format_duration(interval_seconds)} missed"
    if update is None:
        text += "; whether one was needed is not known: L1 was not read"
        return (build_finding("sync_overdue", "10001", text, severity=Severity.WARNING),)
    return (build_finding("sync_overdue", "10001", text),)


def check_operators(sets: OperatorSets) -> tuple[Finding, ...]:
    """Find power that cannot sign, addresses that count twice, and a global total that is not the sum."""
    return (*_check_ghosts(sets), *check_shared(sets), *check_total(sets))


def about_operator(findings: Iterable[Finding], sets: OperatorSets, address: Address) -> tuple[Finding, ...]:
    """Leave out what was found of other operators than the one with ``address``."""
    others = {
        name for each in sets.l2 if each.address != address for name in (_subject(each.operator_id, ""), each.address)
    }
    return tuple(finding for finding in findings if finding.subject not in others)


def check_total(sets: OperatorSets) -> tuple[Finding, ...]:
    """Find a global total that differs from the sum of the powers of ids 1 to the highest."""
    total = sum(operator.voting_power for operator in sets.l2)
    if total == sets.l2_total_voting_power:
        return ()
    stored, summed = tell_apart(sets.l2_total_voting_power, total)
    text = f"totalVotingPower is {stored}, the operators' powers sum to {summed} (e18)"
    return (build_finding("total_differs", "OBLS", text, ("avsctl operator list",)),)


def _check_ghosts(sets: OperatorSets) -> Iterable[Finding]:
    for operator in ghost_operators(sets.l2):
        text = f"not active, yet holds {brief_e18(operator.voting_power)} e18"
        yield build_finding("ghost_power", f"operator {operator.operator_id}", text)


def check_shared(sets: OperatorSets) -> Iterator[Finding]:
    """Find addresses that are active under several ids: each of them stands beside the whole power of L1."""
    for address, ids in shared_addresses(sets.l2).items():
        yield build_finding("duplicate_address", address, f"active under ids {', '.join(map(str, ids))}")


def _subject(operator_id: int | None, address: str) -> str:
    return address if operator_id is None else f"operator {operator_id}"


def check_flows(paused: Iterable[str]) -> tuple[Finding, ...]:
    """Find flows, by name, that are paused."""
    return tuple(build_finding("flow_paused", name, f"{name} is paused") for name in paused)


def check_blocks_apart(l1: BlockRef, l2: BlockRef) -> tuple[Finding, ...]:
    """Find that the two blocks of a comparison lie far apart in time."""
    apart = abs(l1.timestamp - l2.timestamp)
    if apart <= BLOCKS_APART_SECONDS:
        return ()
    text = f"L1 block {l1.number} and L2 block {l2.number} are {format_duration(apart)} apart"
    return (build_finding("blocks_apart", "blocks", text),)


def check_task_totals(totals: Iterable[TaskTotal]) -> Iterator[Finding]:
    """Find definitions whose stored total is not the recomputed one."""
    for total in totals:
        subject = f"task {total.task_definition_id}"
        stored, recomputed = tell_apart(total.stored_total, total.recomputed_total)
        if total.delta and total.is_own:
            text = f"the stored total is {stored}, the operators' powers give {recomputed} (e18)"
            yield build_finding("stale", subject, text, () if total.recomputed_total else (_NOBODY_COUNTS,))
        elif total.delta:
            text = f"counts from totalVotingPower, {stored}; the active operators' powers sum to {recomputed} (e18)"
            yield build_finding("stale", subject, text, (_OF_THE_GLOBAL_TOTAL,))


def check_role(multisig: str | None, *, holds_role: bool) -> tuple[Finding, ...]:
    """Find a multisig that is not set, or that does not hold the governance role."""
    if multisig is None:
        return (build_finding("multisig_unknown", "role", "no multisig is set, so its role was not checked"),)
    if holds_role:
        return ()
    return (build_finding("role_missing", "role", f"{multisig} does not hold AVS_GOVERNANCE_MULTISIG on L2"),)


def check_head(layer: Layer, block: BlockRef, now: int) -> tuple[Finding, ...]:
    """Find a newest block that is old by the clock ``now`` (Unix time)."""
    age = now - block.timestamp
    if age <= STALE_HEAD_SECONDS:
        return ()
    return (build_finding("stale_head", layer.value, f"the newest block is {format_duration(age)} old"),)


def check_assessments(assessments: Iterable[Assessment]) -> Iterator[Finding]:
    """Find definitions that cannot reach approval or rejection, hang on one operator, or have settings gone wrong."""
    for assessment in assessments:
        subject, quorum = f"task {assessment.definition.task_definition_id}", assessment.quorum
        if assessment.verdict is Verdict.DEAD:
            yield build_finding("dead", subject, tell_dead(assessment))
        elif assessment.verdict is Verdict.FRAGILE:
            yield build_finding("fragile", subject, f"dead without {name_pivotal(quorum)}")
        yield from check_task_totals([total_of(assessment)])
        if quorum.required_approve:
            yield from check_rejection(assessment)
        yield from _check_maximum(assessment.definition)
        inactive, unknown = _listed(assessment, "inactive"), _listed(assessment, "unknown")
        if inactive:
            yield build_finding("dead_ids_listed", subject, f"lists {inactive}")
        if unknown:
            yield build_finding("unknown_ids_listed", subject, f"lists {unknown}")


def check_rejection(assessment: Assessment) -> Iterator[Finding]:
    """Find a total of which a third is 0; where two thirds are 0 too, the definition is ``dead`` as well."""
    quorum, definition = assessment.quorum, assessment.definition
    if quorum.required_reject:
        return
    total = f"{quorum.stored_total}raw" if quorum.stored_total else "0"
    neither = "" if quorum.required_approve else ", nor approved"
    text = f"the total is {total}: no task can be rejected{neither}"
    is_mended_by_recount = definition.has_own_total and quorum.recomputed_total // 3
    remedy = (f"avsctl task refresh {definition.task_definition_id}",) if is_mended_by_recount else ()
    yield build_finding("total_too_small", f"task {definition.task_definition_id}", text, remedy)


def _check_maximum(definition: TaskDefinition) -> Iterator[Finding]:
    """Find a maximum that the list has shrunk below: the contract compares them only when the maximum is set."""
    length, maximum = len(definition.restricted_operator_ids), definition.maximum_number_of_attesters
    if 0 < length < maximum:
        text = f"the maximum is {maximum}, the list has {length}: setting a maximum above {length} reverts"
        remedy = (f"avsctl task set-max-attesters {definition.task_definition_id} {length}",)
        yield build_finding("max_above_list", f"task {definition.task_definition_id}", text, remedy)


def check_definitions(
    generation: Generation, assessments: Iterable[Assessment], last_default_task: int | None = None
) -> Iterator[Finding]:
    """Find that governance has made no task definition, and that the default one is in use.

    Args:
        generation: V1 has none but those that governance makes.
        assessments: every definition that there is.
        last_default_task: block of the last task seen that was submitted under definition 0; None where none was seen.
    """
    by_id = {int(each.definition.task_definition_id): each for each in assessments}
    if not any(0 < task_definition_id < VOTING_POWER_SYNC for task_definition_id in by_id):
        yield _tell_none_made(generation, sorted(by_id))
    if last_default_task is not None:
        text = f"the last task seen of the default definition is of block {last_default_task}; it pays"
        yield build_finding("default_definition_in_use", "task 0", f"{text} {tell_rewards(by_id.get(0))}")


def check_fee_calculator(generation: Generation, fee_calculator: Address | None) -> Iterator[Finding]:
    """Tell of a fee calculator, which is asked for the fees of internal tasks too (OTHENTIC.md 7.A.13)."""
    if fee_calculator is not None:
        internal = "" if generation is Generation.V1 else f", {VOTING_POWER_SYNC} and {TOTALS_SYNC} too,"
        text = f"{fee_calculator} is asked for the fees of every task{internal} and blocks those that it reverts on"
        yield build_finding("fee_calculator_set", "AttestationCenter", text)


def _tell_none_made(generation: Generation, ids: list[int]) -> Finding:
    if generation is Generation.V1:
        return build_finding("no_task_definition", "task definitions", "none is defined")
    text = f"governance has made none: there are {', '.join(map(str, ids)) or 'none at all'}"
    return build_finding("only_default_definition", "task definitions", text)


def tell_rewards(assessment: Assessment | None) -> str:
    """Say what a definition pays to whom, in e18 of the rewards token; without details, what V1 and V2 pay for 0."""
    details = assessment.details if assessment else None
    paid = (
        (details.attester_reward, details.performer_reward, details.aggregator_reward)
        if details
        else (_DEFAULT_REWARD,) * 3
    )
    attester, performer, aggregator = map(format_e18, paid)
    return f"{attester} to each attester, {performer} to the performer and {aggregator} to the aggregator (e18)"


def _listed(assessment: Assessment, reason: str) -> str:
    """Give the ids of a restricted set that may not attest for a reason."""
    members = assessment.members if assessment.definition.restricted_operator_ids else ()
    return ", ".join(str(member.operator_id) for member in members if member.reason == reason)


def tell_dead(assessment: Assessment) -> str:
    """Say with figures why no task of a definition can be approved; for one whose verdict is dead."""
    quorum = assessment.quorum
    if assessment.is_expired:
        return "it has expired: no task of it passes any more"
    if not quorum.required_approve:
        return f"the total is {brief_e18(quorum.stored_total)}: two thirds of it are 0, and nothing can be approved"
    needed, attainable = tell_apart(quorum.required_approve, quorum.attainable)
    return f"needs {needed}, and no admissible set of attesters brings more than {attainable} (e18)"


def total_of(assessment: Assessment) -> TaskTotal:
    """Give the total that a definition counts from, beside what it would be now."""
    definition, quorum = assessment.definition, assessment.quorum
    own = definition.has_own_total
    return TaskTotal(definition.task_definition_id, quorum.stored_total, quorum.recomputed_total, own)
