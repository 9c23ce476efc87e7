"""Tasks before anyone has voted on them: the honest ones of now, and those that come from elsewhere, read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from avsctl.chain.background import side_by_side
from avsctl.chain.detect import Discovery
from avsctl.chain.queries.attestation import Ground, load_burned, load_ground
from avsctl.chain.queries.attestation_then import load_l1
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.obls import Obls
from avsctl.contracts.submit_task import Task
from avsctl.contracts.task_data import build_total_call, decode_totals, decode_update, encode_totals, encode_update
from avsctl.contracts.transaction import Transaction
from avsctl.core.attestation.conditions import Conditions, find_rules, is_internal
from avsctl.core.checks import check_unreadable
from avsctl.core.deployment import Generation
from avsctl.core.findings import Finding, build_finding
from avsctl.core.operators import L1Operator, OperatorSets, active_operators
from avsctl.core.power import VotingPowerUpdate, diff_powers
from avsctl.core.proposals import Proposal, TotalsUpdate, propose_powers, propose_totals
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import Address, OperatorId, TaskDefinitionId
from avsctl.errors import GenerationError, UsageError
from avsctl.tx.events import tell_computed, tell_fetching
from avsctl.tx.scene import Chains

_NOBODY: Final = Address("0x0000000000000000000000000000000000000000")


@dataclass(frozen=True)
class Stage:
    """Where tasks are rehearsed: everything read at one block of each layer."""

    chains: Chains
    ground: Ground
    sets: OperatorSets | None
    """The operators of both layers; None where L1 is not read."""
    strangers: tuple[OperatorId, ...] = ()
    """Ids that were never given out, and that a task names."""
    has_looked_up: bool = False
    """Whether it was looked up which operators handed in the task before."""

    @property
    def conditions(self) -> Conditions:
        """What a task meets in the next block."""
        return self.ground.conditions

    @property
    def generation(self) -> Generation:
        """Whose rules hold."""
        return self.conditions.generation

    @property
    def evm_block(self) -> int:
        """The height that contracts see."""
        return self.conditions.state.evm_block

    def with_conditions(self, conditions: Conditions) -> "Stage":
        """Give it with what is known better."""
        return replace(self, ground=replace(self.ground, conditions=conditions))


@dataclass(frozen=True)
class Draft:
    """A task, its data read."""

    proposal: Proposal
    decoding_fault: str = ""
    """Why its data is not what such a task carries."""
    l2_block: int | None = None
    """Where it is said to have been computed, as endpoints count; of use where contracts count other blocks."""

    def perform(self, performer: Address) -> Task:
        """Give it as somebody broadcasts it."""
        proposal = self.proposal
        return Task(proposal.proof_of_task, proposal.data, performer, proposal.task_definition_id)


def set_stage(chains: Chains, draft: Draft | None = None) -> Stage:
    """Read what drafts and rehearsals start from.

    Args:
        chains: the deployment, open at the blocks to read.
        draft: the task, where it is known already: the ids that it names are looked at, and whether an operator handed
            it in before.

    Raises:
        ChainError: a chain could not be read.
    """
    tell_fetching(chains.l1.block if chains.l1 else None, chains.l2.block)
    accounts = tuple(dict.fromkeys(chains.discovery.operator_addresses))
    ground, answers = side_by_side(
        lambda: _load_ground(chains, draft, accounts if draft else ()), lambda: _load_l1(chains)
    )
    return _join(chains, draft, ground, answers)


def set_stage_before(chains: Chains, draft: Draft, performer: Address) -> Stage:
    """Read what the replay of a task starts from; what L1 says now is left for ``read_now``.

    Raises:
        ChainError: the chain could not be read.
    """
    tell_fetching(None, chains.l2.block)
    return _join(chains, draft, _load_ground(chains, draft, (performer,)), None)


def read_now(stage: Stage) -> OperatorSets | None:
    """Give the operators of both layers at the stage's blocks; None where L1 is not set.

    Raises:
        ChainError: L1 could not be read.
    """
    return stage.sets or _join(stage.chains, None, stage.ground, _load_l1(stage.chains)).sets


def draft_honest(stage: Stage, task_definition_id: TaskDefinitionId) -> tuple[Stage, Draft]:
    """Give the task that an honest performer broadcasts now, and the stage with what was looked up of it.

    Of an ordinary definition it is one without data. Data that name no block come again as they were: where their task
    is known to be used up, the proof is of the data and the L2 block.

    Raises:
        ChainError: the chain could not be read.
        GenerationError: an internal task, where the generation has none.
        UsageError: there is no such definition, or L1 is needed and was not read.
    """
    if stage.generation is Generation.V1 and task_definition_id >= VOTING_POWER_SYNC:
        raise GenerationError(f"v1 has no task definition {task_definition_id}", "v2 and v3 have it")
    if find_rules(stage.conditions.state, task_definition_id) is None:
        raise UsageError(f"there is no task definition {task_definition_id}", "avsctl task list names them all")
    update = _build_update(stage, task_definition_id)
    data = b"" if update is None else _encode(update)
    draft = Draft(Proposal(task_definition_id, data, prove(data), update))
    if not isinstance(update, VotingPowerUpdate):
        stage, draft = _freshen(stage, draft)
    tell_computed(draft.proposal)
    return stage, draft


def look_up(stage: Stage, draft: Draft) -> Stage:
    """Learn by which active operators the task was handed in before, where that can be told and is not known.

    Raises:
        ChainError: the chain could not be read.
    """
    if stage.has_looked_up or not stage.ground.has_slots:
        return stage
    tasks = [draft.perform(address) for address in find_performers(stage)]
    burned = load_burned(stage.chains.l2, stage.chains.discovery, tasks)
    return replace(stage.with_conditions(replace(stage.conditions, burned=burned)), has_looked_up=True)


def find_performers(stage: Stage) -> list[Address]:
    """Give the active operators' addresses, nobody's where there is none."""
    operators = active_operators(stage.conditions.state.operators)
    return list(dict.fromkeys(each.address for each in operators)) or [_NOBODY]


def read_draft(
    generation: Generation, obls: Address, task_definition_id: TaskDefinitionId, data: bytes, proof: str | None = None
) -> Draft:
    """Read a task that came from elsewhere; data that is no update is a fault of the draft.

    Args:
        generation: that it is for.
        obls: whose totals 10002 recounts.
        task_definition_id: of which definition it is.
        data: what it carries.
        proof: its proof of task; None for the one that avsctl gives it.
    """
    update: VotingPowerUpdate | TotalsUpdate | None = None
    fault = ""
    try:
        if is_internal(generation, task_definition_id):
            update = _decode(task_definition_id, data, obls)
    except ValueError as error:
        fault = str(error)
    return Draft(Proposal(task_definition_id, data, prove(data) if proof is None else proof, update), fault)


def propose_sync(stage: Stage) -> tuple[VotingPowerUpdate, tuple[Transaction, ...]]:
    """Give what a voting power syncer of V1 sends to OBLS now, and the update that its calls make.

    Raises:
        UsageError: L1 was not read.
    """
    update = propose_update(stage)
    return update, Obls(stage.conditions.obls, stage.generation).sync(update)


def propose_update(stage: Stage) -> VotingPowerUpdate:
    """Give the update of powers that an honest performer proposes now.

    Raises:
        UsageError: L1 was not read.
    """
    l1 = stage.chains.l1
    if l1 is None or stage.sets is None:
        raise UsageError("an update of powers needs L1", "set L1_RPC and AVS_GOVERNANCE_ADDRESS")
    return propose_powers(stage.sets, l1.block.number, stage.evm_block)


def check_honest(stage: Stage, update: VotingPowerUpdate | TotalsUpdate | None) -> tuple[Finding, ...]:
    """Find what should be known of an honest update: who is left out of it, who could not be read, that it is empty."""
    if isinstance(update, TotalsUpdate):
        return () if update.calls else (build_finding("nothing_to_propose", "update", "no total is stale"),)
    if update is None or stage.sets is None:
        return ()
    findings = list(check_unreadable(diff_powers(stage.sets).unreadable))
    if update.left_out:
        text = f"left out, active on L2 and not to be read as registered on L1: {', '.join(map(str, update.left_out))}"
        findings.append(build_finding("node_rule_unknown", "update", text))
    if update.is_empty:
        findings.append(build_finding("nothing_to_propose", "update", "no power drifted that a sync can mend"))
    return tuple(findings)


def prove(data: bytes) -> str:
    """Give avsctl's proof of task: the hash of the data, 0x and 64 hex digits."""
    return "0x" + keccak256(data).hex()


def _freshen(stage: Stage, draft: Draft) -> tuple[Stage, Draft]:
    known = look_up(stage, draft)
    if not known.conditions.burned:
        return known, draft
    proof = prove(draft.proposal.data + stage.evm_block.to_bytes(32))
    fresh = replace(draft, proposal=replace(draft.proposal, proof_of_task=proof))
    return look_up(stage, fresh), fresh


def _load_ground(chains: Chains, draft: Draft | None, performers: Sequence[Address]) -> Ground:
    if draft is None:
        return load_ground(chains.l2, chains.discovery)
    tasks = [draft.perform(each) for each in performers]
    return load_ground(chains.l2, chains.discovery, _find_strangers(draft, chains.discovery), tasks)


def _load_l1(chains: Chains) -> tuple[tuple[L1Operator, ...], int] | None:
    l1, governance = chains.l1, chains.avs_governance
    return load_l1(l1, chains.discovery, governance) if l1 and governance else None


def _join(
    chains: Chains, draft: Draft | None, ground: Ground, answers: tuple[tuple[L1Operator, ...], int] | None
) -> Stage:
    state = ground.conditions.state
    sets = None if answers is None else OperatorSets(state.operators, *answers, state.global_total)
    strangers = () if draft is None else _find_strangers(draft, chains.discovery)
    return Stage(chains, ground, sets, strangers, has_looked_up=draft is not None)


def _build_update(stage: Stage, task_definition_id: TaskDefinitionId) -> VotingPowerUpdate | TotalsUpdate | None:
    if task_definition_id == VOTING_POWER_SYNC:
        return propose_update(stage)
    if task_definition_id == TOTALS_SYNC:
        recounts = propose_totals(stage.conditions.state)
        return TotalsUpdate(tuple(build_total_call(stage.conditions.obls, each) for each in recounts))
    return None


def _encode(update: VotingPowerUpdate | TotalsUpdate) -> bytes:
    return encode_update(update) if isinstance(update, VotingPowerUpdate) else encode_totals(update)


def _decode(
    task_definition_id: TaskDefinitionId, data: bytes, obls: Address
) -> VotingPowerUpdate | TotalsUpdate | None:
    if task_definition_id == VOTING_POWER_SYNC:
        return decode_update(data)
    return decode_totals(data, obls) if task_definition_id == TOTALS_SYNC else None


def _find_strangers(draft: Draft, discovery: Discovery) -> tuple[OperatorId, ...]:
    """Give the ids that an update of powers names and that were never given out."""
    update = draft.proposal.update
    if not isinstance(update, VotingPowerUpdate):
        return ()
    named: Iterable[OperatorId] = (each.operator_id for each in (*update.to_increase, *update.to_decrease))
    return tuple(sorted({each for each in named if not 0 < each <= discovery.total_operators}))
