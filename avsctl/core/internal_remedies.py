"""What brings an internal task back to life: a recount of its total, another maximum, or a list that works."""

from collections.abc import Iterator
from dataclasses import replace

from avsctl.core.changes import DefinitionState
from avsctl.core.foresight import foresee
from avsctl.core.internal_status import InternalScene, InternalTaskStatus, rows_by_id
from avsctl.core.power import Status
from avsctl.core.quorum import Assessment, StoredTotal, Verdict, compute_quorum
from avsctl.core.tasks import TaskDefinition, find_eligible, recompute_total
from avsctl.core.units import OperatorId


def find_remedy(scene: InternalScene, status: InternalTaskStatus) -> tuple[str, ...]:
    """Give the command of governance after which a task can be approved by those that are still there; none if none is.

    The plainest comes first: what is set may be right, and only its total stale.
    """
    task_definition_id = status.task_definition_id
    if is_mended_by_recount(scene, status):
        return (f"avsctl task refresh {task_definition_id}",)
    if is_mended_without_maximum(status) and not status.needs_departed:
        return (f"avsctl task set-max-attesters {task_definition_id} none",)
    listed = find_list(scene, status.assessment.definition)
    return (f"avsctl task update {task_definition_id} --restricted {','.join(map(str, listed))}",) if listed else ()


def is_mended_by_recount(scene: InternalScene, status: InternalTaskStatus) -> bool:
    """Whether its own total, counted anew over the same settings, makes it pass also without those that departed."""
    definition, quorum = status.assessment.definition, status.assessment.quorum
    if not definition.has_own_total or not quorum.is_stale or status.assessment.is_expired:
        return False
    recounted = StoredTotal(recompute_total(definition, scene.state.operators), None)
    after = compute_quorum(definition, scene.state.operators, recounted)
    left = status.attainable_without_departed
    return after.is_attainable and (left is None or left >= after.required_approve)


def is_mended_without_maximum(status: InternalTaskStatus) -> bool:
    """Whether nothing but the maximum number of attesters keeps it from approval."""
    assessment = status.assessment
    if assessment.verdict is not Verdict.DEAD or assessment.is_expired:
        return False
    definition, quorum = assessment.definition, assessment.quorum
    operators = [member.operator for member in assessment.members if member.operator is not None]
    open_ended = replace(definition, maximum_number_of_attesters=0)
    return compute_quorum(open_ended, operators, StoredTotal(quorum.stored_total, None)).is_attainable


def find_list(scene: InternalScene, definition: TaskDefinition) -> tuple[OperatorId, ...]:
    """Give operators who are there on L1 and can approve a task now, and still can after the syncs to come.

    Everyone who is there comes first; where the sync to come takes that list its quorum, those that are in sync. Empty
    where neither works.
    """
    for candidates in _choose(scene, definition):
        if candidates and _works(scene, definition, candidates):
            return candidates
    return ()


def _choose(scene: InternalScene, definition: TaskDefinition) -> Iterator[tuple[OperatorId, ...]]:
    anyone = replace(definition, restricted_operator_ids=())
    strong = [each for each in find_eligible(anyone, scene.state.operators) if each.voting_power]
    ids = sorted(each.operator_id for each in strong)
    if scene.sets is None:
        yield tuple(ids)
        return
    rows = rows_by_id(scene.sets)
    present = [i for i in ids if rows[i].l1_voting_power]
    yield tuple(present)
    yield tuple(i for i in present if rows[i].status is Status.IN_SYNC)


def _works(scene: InternalScene, definition: TaskDefinition, ids: tuple[OperatorId, ...]) -> bool:
    """Whether a list makes a definition pass now, after the next 10001, and after the 10002 that follows.

    ``avsctl task update`` lowers a maximum above the length of the list.
    """
    before = scene.state.find(definition.task_definition_id)
    most = min(definition.maximum_number_of_attesters, len(ids))
    wanted = replace(definition, restricted_operator_ids=ids, maximum_number_of_attesters=most)
    total = recompute_total(wanted, scene.state.operators)
    after = scene.state.put(DefinitionState(wanted, before.details if before else None, total))
    foresight = foresee(definition.task_definition_id, (scene.state, after), scene.sets)
    stages = (foresight.after, foresight.after_10001, foresight.after_10002)
    return all(_passes(stage) for stage in stages if stage is not None)


def _passes(stage: Assessment) -> bool:
    return stage.verdict is not Verdict.DEAD
