"""From an intent to calls that were tried: planned on the state as it is, simulated, judged; nothing is sent here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from avsctl.chain.pace import measure_pace
from avsctl.chain.simulation import Way
from avsctl.contracts.call import Outcome, Revert, Reverted
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import CreateDefinition, L2State, Refusal, Step, apply_setting
from avsctl.core.comparison import compare_definition
from avsctl.core.expiry import NEVER_BLOCK
from avsctl.core.findings import Finding, build_finding
from avsctl.core.foresight import Foresight, foresee
from avsctl.core.pace import Pace
from avsctl.core.power import diff_powers
from avsctl.core.tasks import TaskDetails
from avsctl.core.units import TaskDefinitionId
from avsctl.errors import ChainError, NodeError
from avsctl.tx.guards import Prospect, check_prospect
from avsctl.tx.scene import Chains, Scene
from avsctl.tx.simulate import Trial, try_out

Plan = Callable[[L2State], tuple[Step, ...]]
"""Gives the calls that a change takes on a state; raises UsageError where it cannot be."""


@dataclass(frozen=True)
class Intent:
    """What a user wants."""

    plan: Plan
    task_definition_ids: tuple[TaskDefinitionId, ...] = ()
    """The definitions that are looked at even where nothing is to change in them."""


@dataclass(frozen=True)
class Prepared:
    """Calls, and what becomes of them."""

    steps: tuple[Step, ...]
    transactions: tuple[Transaction, ...]
    """One for each step."""
    earlier: tuple[Transaction, ...]
    """What runs before them in the simulation."""
    trial: Trial | None
    """None where there is nothing to call."""
    reverts: tuple[tuple[int, Revert], ...]
    """Calls that revert, by place from 1, the earlier ones counted."""
    states: tuple[L2State, ...]
    """Before the calls, and after each of them as far as none reverts."""
    foresights: tuple[Foresight, ...] = ()
    """One for each definition that is changed, by id, without what follows where a call reverts."""
    findings: tuple[Finding, ...] = ()
    pace: Pace | None = None
    """How fast blocks come; None where no expiry hangs on it, or where it could not be measured."""

    @property
    def has_end(self) -> bool:
        """Whether the state after all calls is known: none of them reverts."""
        return not self.reverts and len(self.states) == len(self.steps) + 1


def prepare(
    chains: Chains, scene: Scene, intent: Intent, earlier: Sequence[Transaction] = (), *, is_batch: bool
) -> Prepared:
    """Plan on the state after the ``earlier`` calls, and try everything in one simulation.

    Args:
        chains: where to try it.
        scene: what was read.
        intent: what is wanted.
        earlier: calls that will have run before.
        is_batch: whether all calls land together or not at all.

    Raises:
        UsageError: the intent cannot be.
        GenerationError: the generation lacks a call of it.
        ChainError: nothing could be simulated.
    """
    start, failed = _run_earlier(chains, scene, earlier)
    if failed is not None:
        prepared = Prepared((), (), tuple(earlier), failed, _find_sure_reverts(failed), (start,))
        return _judge(chains, scene, prepared, failed, is_batch=is_batch)
    steps = intent.plan(start)
    if not steps:
        return Prepared((), (), tuple(earlier), None, (), (start,), _look(start, intent, scene))
    transactions = tuple(chains.discovery.attestation_center.write(step.setting) for step in steps)
    watched = sorted({step.setting.task_definition_id for step in steps})
    trial = try_out(
        chains.l2, chains.discovery, scene.sender.address, (*earlier, *transactions), watched, scene.readings
    )
    if earlier:
        _require_read(trial)
    is_read = trial.way is not Way.ONE_BY_ONE
    states = (
        _tell_created(steps, _follow(start, trial, len(earlier)))
        if is_read
        else _foresee_states(start, steps, trial.evm_block)
    )
    reverts = _find_reverts(trial.outcomes) if is_read else _find_lone_reverts(states, steps, trial.outcomes)
    prepared = Prepared(steps, transactions, tuple(earlier), trial, reverts, states)
    return _judge(chains, scene, prepared, trial, is_batch=is_batch)


def _look(start: L2State, intent: Intent, scene: Scene) -> tuple[Foresight, ...]:
    """Foresee what becomes of definitions that nothing changes in."""
    known = [each for each in intent.task_definition_ids if start.find(each)]
    return tuple(foresee(each, (start, start), scene.sets) for each in known)


def _run_earlier(chains: Chains, scene: Scene, earlier: Sequence[Transaction]) -> tuple[L2State, Trial | None]:
    """Give the state after the calls that run first, and their trial where one of them reverts."""
    if not earlier:
        return scene.state, None
    newest = chains.discovery.task_definitions
    created = range(newest + 1, newest + len(earlier) + 1)
    known = [state.definition.task_definition_id for state in scene.state.definitions]
    watched = sorted({*known, *map(TaskDefinitionId, created)})
    trial = try_out(chains.l2, chains.discovery, scene.sender.address, earlier, watched, scene.readings)
    if _find_sure_reverts(trial):
        return scene.state, trial
    _require_read(trial)
    return replace(_follow(scene.state, trial, 0)[-1], evm_block=scene.state.evm_block), None


def _require_read(trial: Trial) -> None:
    """Refuse a trial of earlier calls that does not tell the state after them."""
    if trial.way is Way.ONE_BY_ONE:
        raise NodeError(
            "the state after the earlier calls cannot be read at this endpoint of L2: it takes neither"
            " eth_simulateV1 nor state overrides, or allows too little gas",
            "use another endpoint, or prepare this change once the earlier ones were executed",
        )


def _follow(start: L2State, trial: Trial, skipped: int) -> tuple[L2State, ...]:
    """Give the state before the calls, and as it was read after each of them, the first ``skipped`` left out."""
    read = zip(trial.states, trial.global_totals, strict=True)
    after = [
        reduce(L2State.put, states, replace(start, evm_block=trial.evm_block, global_total=total))
        for states, total in read
    ]
    return (start, *after[skipped + 1 :])


def _tell_created(steps: Sequence[Step], states: Sequence[L2State]) -> tuple[L2State, ...]:
    """Give definitions that the calls make the details that stand in these, where storage could not be read."""
    creations = (step.setting for step in steps if isinstance(step.setting, CreateDefinition))
    made = {each.task_definition_id: each.details for each in creations}
    return tuple(_tell_details(state, made) for state in states)


def _tell_details(state: L2State, known: Mapping[TaskDefinitionId, TaskDetails]) -> L2State:
    unread = (each for each in state.definitions if each.details is None)
    told = (replace(each, details=known.get(each.definition.task_definition_id)) for each in unread)
    return reduce(L2State.put, told, state)


def _foresee_states(start: L2State, steps: Sequence[Step], evm_block: int) -> tuple[L2State, ...]:
    """Give the states that avsctl's own model foresees, as far as it sees no call reverting."""
    states = [start]
    for step in steps:
        state = apply_setting(replace(states[-1], evm_block=evm_block), step.setting)
        if isinstance(state, Refusal):
            break
        states.append(state)
    return tuple(states)


def _find_reverts(outcomes: Sequence[Outcome[bytes]]) -> tuple[tuple[int, Revert], ...]:
    """Give place, from 1, and reason of the calls that revert."""
    return tuple((at, each.revert) for at, each in enumerate(outcomes, 1) if isinstance(each, Reverted))


def _find_sure_reverts(trial: Trial) -> tuple[tuple[int, Revert], ...]:
    """Give the calls that revert in their order; where each was tried alone, that is known of the first one only."""
    reverts = _find_reverts(trial.outcomes)
    return reverts if trial.way is not Way.ONE_BY_ONE else tuple(each for each in reverts if each[0] == 1)


def _find_lone_reverts(
    states: Sequence[L2State], steps: Sequence[Step], outcomes: Sequence[Outcome[bytes]]
) -> tuple[tuple[int, Revert], ...]:
    """Leave out what reverts only because the calls before it have not run, as the model knows.

    ``states`` are those that the model foresees before the calls and after each that passes.
    """
    alone = [apply_setting(states[0], step.setting) for step in steps]
    return tuple(
        (at, revert)
        for at, revert in _find_reverts(outcomes)
        if at in (1, len(states)) or not (isinstance(found := alone[at - 1], Refusal) and found.error == revert.name)
    )


def _judge(chains: Chains, scene: Scene, prepared: Prepared, trial: Trial, *, is_batch: bool) -> Prepared:
    """Foresee what becomes of each definition, and ask the guards."""
    ids = sorted({step.setting.task_definition_id for step in prepared.steps})
    foresights = (
        foresee(each, prepared.states, scene.sets) if prepared.has_end else _look_back(each, prepared) for each in ids
    )
    prepared = replace(prepared, foresights=tuple(foresights), pace=_find_pace(chains, prepared))
    findings = check_prospect(_look_ahead(scene, prepared, trial, is_batch=is_batch))
    return replace(prepared, findings=(*findings, *_check_plan(prepared)))


def _look_back(task_definition_id: TaskDefinitionId, prepared: Prepared) -> Foresight:
    """Give a definition as it stands before calls whose end is not known."""
    before = foresee(task_definition_id, prepared.states[:1], None)
    return replace(before, after=None)


def _look_ahead(scene: Scene, prepared: Prepared, trial: Trial, *, is_batch: bool) -> Prospect:
    sets = scene.sets
    unreadable = () if sets is None else diff_powers(sets).unreadable
    return Prospect(
        generation=scene.state.generation,
        sender=scene.sender.address,
        holds_role=scene.holds_role,
        paused_flows=scene.paused_flows,
        steps=prepared.steps,
        reverts=prepared.reverts,
        foresights=prepared.foresights,
        before=prepared.states[0],
        after=prepared.states[-1] if prepared.has_end else None,
        has_l1=sets is not None,
        unreadable_on_l1=tuple(f"operator {row.operator_id}" for row in unreadable if row.operator_id is not None),
        is_atomic=is_batch or len(prepared.steps) <= 1,
        is_next_block=trial.is_next_block,
        evm_block=trial.evm_block,
        is_read_after=trial.way is not Way.ONE_BY_ONE,
        pace=prepared.pace,
        earlier=len(prepared.earlier),
    )


def _find_pace(chains: Chains, prepared: Prepared) -> Pace | None:
    """Measure how fast blocks come, where an expiry is to be dated by it; None where that cannot be told."""
    ids = {step.setting.task_definition_id for step in prepared.steps}
    planned = [step.setting.details for step in prepared.steps if isinstance(step.setting, CreateDefinition)]
    found = [each.details for each in prepared.states[0].definitions if each.definition.task_definition_id in ids]
    if all(details is None or details.block_expiry == NEVER_BLOCK for details in (*planned, *found)):
        return None
    try:
        return measure_pace(chains.l2, chains.discovery.evm_block_number)
    except ChainError:
        return None


def _check_plan(prepared: Prepared) -> Iterator[Finding]:
    """Find that the calls end otherwise than planned, by what was read after them."""
    if not prepared.has_end:
        return
    planned = _foresee_states(prepared.states[0], prepared.steps, prepared.states[-1].evm_block)[-1]
    for foresight in prepared.foresights:
        task_definition_id = foresight.task_definition_id
        for each in compare_definition(planned, prepared.states[-1], task_definition_id):
            text = f"{each.field} is {each.found} after the calls, where it should be {each.expected}"
            yield build_finding("not_as_planned", f"task {task_definition_id}", text)
