"""``avsctl attest``: the update to propose, and what the network would do with one."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avsctl.commands.attest_options import (
    Assumed,
    parse_assumed,
    parse_data,
    parse_hash,
    parse_out,
    parse_task,
    read_proposal,
    resolve_assumed,
)
from avsctl.commands.options import Common, with_common
from avsctl.commands.view_options import ViewOption, parse_views, resolve_views
from avsctl.core.deployment import LATEST, Generation
from avsctl.core.proposal_file import ProposalFile, build_proposal_file, format_proposal_file, require_deployment
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import TaskDefinitionId
from avsctl.errors import GenerationError, UsageError
from avsctl.output.result import Result

if TYPE_CHECKING:
    from avsctl.chain.queries.mined_tasks import MinedTask
    from avsctl.commands.connection import Connection
    from avsctl.output.attestation_answer import AttestationAnswer, Mined, ProposalAnswer, Source, WrittenProposal
    from avsctl.tx.drafts import Draft, Stage
    from avsctl.tx.rehearse import Rehearsed
    from avsctl.tx.scene import Chains

_PROPOSED = (VOTING_POWER_SYNC, TOTALS_SYNC)
_V2_RULES = "what submitTask and processTask check, and what recomputing an update gives"

TaskOption = Annotated[int | None, typer.Option("--task", metavar="ID", help="Task definition; else 10001.")]


@with_common(checks=True)
def propose(
    common: Common,
    *,
    task: TaskOption = None,
    out: Annotated[
        str | None, typer.Option("--out", metavar="FILE", help="Write it to a file that attest simulate reads.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file that --out names.")] = False,
) -> Result:
    """Give the update that an honest performer would broadcast now, or on V1 a voting power syncer send."""
    task_definition_id = VOTING_POWER_SYNC if task is None else parse_task(task)
    if task_definition_id not in _PROPOSED:
        raise UsageError(f"--task {task} carries no update", "10001 syncs powers, 10002 the totals of definitions")
    path = parse_out(out, overwrite=overwrite)
    from avsctl.commands.connection import BOTH, L2_ALONE, connect, wall_time
    from avsctl.output.attestation import present_proposal

    needs_l1 = task_definition_id == VOTING_POWER_SYNC or path is not None
    with connect(common, BOTH if needs_l1 else L2_ALONE) as connection:
        answer, file = _propose(connection, task_definition_id)
    if path is not None:
        if file is None:
            raise GenerationError("v1 has no task to write to a file", "v2 and v3 have; leave --out out")
        answer = replace(answer, file=_write(file, path))
    return present_proposal(answer, wall_time())


@with_common(checks=True)
def simulate(  # noqa: PLR0913 - one argument an option
    common: Common,
    *,
    update: Annotated[
        str | None, typer.Option("--update", metavar="FILE", help="A proposal's file, - for standard input.")
    ] = None,
    data: Annotated[str | None, typer.Option("--data", metavar="HEX", help="The encoded update itself.")] = None,
    tx: Annotated[
        str | None, typer.Option("--tx", metavar="HASH", help="A submitTask that was mined, replayed.")
    ] = None,
    task: TaskOption = None,
    offline: Annotated[
        list[str] | None, typer.Option("--offline", metavar="ID", help="An attester that says nothing; repeatable.")
    ] = None,
    dissent: Annotated[
        list[str] | None, typer.Option("--dissent", metavar="ID", help="One that votes the other way; repeatable.")
    ] = None,
    attesters: Annotated[
        str | None, typer.Option("--attesters", metavar="ID,...", help="Only these take part.")
    ] = None,
    view: ViewOption = None,
) -> Result:
    """Foresee what becomes of a task: who votes how, the quorum, the contract's answer, the powers after it."""
    task_definition_id = parse_task(task)
    assumed = replace(parse_assumed(offline or (), dissent or (), attesters), views=parse_views(view or ()))
    _require_one_source({"--update": update, "--data": data, "--tx": tx})
    from avsctl.commands.connection import wall_time
    from avsctl.output.attestation import present_attestation

    if tx is not None:
        answer = _simulate_mined(common, parse_hash(tx), task_definition_id, assumed)
    elif update is not None:
        answer = _simulate_file(common, update, task_definition_id, assumed)
    else:
        chosen = VOTING_POWER_SYNC if task_definition_id is None else task_definition_id
        read = None if data is None else parse_data(data)
        answer = (
            _simulate_honest(common, chosen, assumed) if read is None else _simulate_data(common, read, chosen, assumed)
        )
    return present_attestation(answer, wall_time())


def _propose(
    connection: "Connection", task_definition_id: TaskDefinitionId
) -> tuple["ProposalAnswer", ProposalFile | None]:
    """Give the answer, and what a file of it holds; None on V1, which has no task."""
    from avsctl.core.attestation.hearing import check_faults
    from avsctl.core.attestation.structure import check_structure
    from avsctl.output.attestation_answer import ProposalAnswer
    from avsctl.tx.drafts import check_honest, draft_honest, propose_sync, set_stage

    stage = set_stage(open_chains(connection))
    state, l1 = stage.conditions.state, connection.l1_block
    assumed = connection.check_assumptions("what an update carries")
    if stage.generation is Generation.V1 and task_definition_id == VOTING_POWER_SYNC:
        synced, calls = propose_sync(stage)
        findings = (*check_honest(stage, synced), *connection.check_reading())
        answer = ProposalAnswer(
            "attest propose", connection.deployment, l1, connection.l2.block, state, synced, None, findings, calls
        )
        return answer, None
    draft = draft_honest(stage, task_definition_id)
    proposal = draft.proposal
    assert proposal.update is not None  # noqa: S101 - both internal tasks carry one
    faults = check_structure(proposal, stage.conditions, l1.number if l1 else None)
    findings = (
        *check_faults(faults, f"task {task_definition_id}"),
        *check_honest(stage, proposal.update),
        *connection.check_reading(),
        *assumed,
    )
    file = build_proposal_file(proposal, connection.deployment, l1, connection.l2.block) if l1 else None
    shown = l1 if task_definition_id == VOTING_POWER_SYNC else None
    answer = ProposalAnswer(
        "attest propose", connection.deployment, shown, connection.l2.block, state, proposal.update, proposal, findings
    )
    return answer, file


def _write(file: ProposalFile, path: Path) -> "WrittenProposal":
    from avsctl.output.attestation_answer import WrittenProposal
    from avsctl.output.destinations import write_file

    text = format_proposal_file(file)
    write_file(path, text)
    return WrittenProposal(str(path), hashlib.sha256(text.encode()).hexdigest())


def _require_one_source(given: dict[str, str | None]) -> None:
    named = [option for option, value in given.items() if value is not None]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)} exclude each other", "a task comes from one place")


def _simulate_honest(common: Common, task_definition_id: TaskDefinitionId, assumed: Assumed) -> "AttestationAnswer":
    from avsctl.commands.connection import BOTH, L2_ALONE, connect
    from avsctl.tx.drafts import set_stage

    needs = BOTH if task_definition_id == VOTING_POWER_SYNC else L2_ALONE
    with connect(common, needs, BOTH) as connection:
        return rehearse_honest(connection, set_stage(open_chains(connection)), task_definition_id, assumed)


def rehearse_honest(
    connection: "Connection", stage: "Stage", task_definition_id: TaskDefinitionId, assumed: Assumed
) -> "AttestationAnswer":
    """Take the honest proposal of now through all its steps; of an ordinary definition an empty task.

    Raises:
        UsageError: an operator named is none, or there is no such definition.
        ChainError: a chain could not be read.
    """
    from avsctl.output.attestation_answer import Source
    from avsctl.tx.drafts import check_honest, draft_honest

    source = Source.HONEST if task_definition_id in _PROPOSED else Source.EMPTY
    draft = draft_honest(stage, task_definition_id)
    answer = _rehearse(connection, stage, draft, assumed, source)
    return replace(answer, findings=(*answer.findings, *check_honest(stage, draft.proposal.update)))


def _simulate_file(
    common: Common, name: str, task_definition_id: TaskDefinitionId | None, assumed: Assumed
) -> "AttestationAnswer":
    from avsctl.commands.connection import BOTH, L2_ALONE, connect
    from avsctl.output.attestation_answer import Source
    from avsctl.tx.drafts import read_draft, set_stage

    file, shown = read_proposal(name)
    _require_same_task(task_definition_id, file.task_definition_id, shown)
    with connect(common, L2_ALONE, BOTH) as connection:
        require_deployment(file, connection.deployment, shown)
        _require_internal(connection, file.task_definition_id)
        deployment = connection.deployment
        read = read_draft(
            deployment.generation, deployment.obls, file.task_definition_id, file.data, file.proof_of_task
        )
        draft = replace(read, l2_block=file.l2_block.number)
        stage = set_stage(open_chains(connection), draft)
        return replace(_rehearse(connection, stage, draft, assumed, Source.FILE), origin=shown)


def _simulate_data(
    common: Common, data: bytes, task_definition_id: TaskDefinitionId, assumed: Assumed
) -> "AttestationAnswer":
    from avsctl.commands.connection import BOTH, L2_ALONE, connect
    from avsctl.output.attestation_answer import Source
    from avsctl.tx.drafts import read_draft, set_stage

    with connect(common, L2_ALONE, BOTH) as connection:
        _require_internal(connection, task_definition_id)
        deployment = connection.deployment
        draft = read_draft(deployment.generation, deployment.obls, task_definition_id, data)
        stage = set_stage(open_chains(connection), draft)
        return _rehearse(connection, stage, draft, assumed, Source.DATA)


def _simulate_mined(
    common: Common, transaction_hash: str, task_definition_id: TaskDefinitionId | None, assumed: Assumed
) -> "AttestationAnswer":
    from avsctl.commands.connection import connect_before
    from avsctl.output.attestation_answer import Source
    from avsctl.tx.drafts import read_draft, set_stage_before
    from avsctl.tx.rehearse import rehearse_mined

    if common.l2_block != LATEST:
        raise UsageError("--l2-block is not for --tx, which is read at the block before its own", "leave it out")
    if assumed.is_given:
        raise UsageError("with --tx the votes are those of the transaction", "leave out who votes how")
    with connect_before(common, transaction_hash) as (connection, mined):
        task = mined.task
        _require_same_task(task_definition_id, task.task_definition_id, "the transaction")
        deployment = connection.deployment
        draft = read_draft(
            deployment.generation, deployment.obls, task.task_definition_id, task.data, task.proof_of_task
        )
        stage = set_stage_before(open_chains(connection), draft, task.performer)
        answer = _answer(connection, rehearse_mined(stage, draft, mined), Source.TRANSACTION)
    return replace(answer, origin=transaction_hash, mined=_tell_mined(connection, mined))


def _rehearse(
    connection: "Connection", stage: "Stage", draft: "Draft", assumed: Assumed, source: "Source"
) -> "AttestationAnswer":
    from avsctl.core.attestation.views import check_views, find_votes
    from avsctl.output.attestation_steps import Ending, find_ending
    from avsctl.tx.rehearse import rehearse_draft
    from avsctl.tx.views import look_from

    operators = stage.conditions.state.operators
    conduct = resolve_assumed(assumed, operators)
    views = look_from(stage, draft, resolve_views(assumed.views, operators))
    rehearsed = rehearse_draft(stage, draft, replace(conduct, views=find_votes(views)))
    answer = replace(_answer(connection, rehearsed, source), views=views)
    is_approved = find_ending(answer) is Ending.SUBMITTED
    findings = check_views(views, is_right=rehearsed.rehearsal.is_right, is_approved=is_approved)
    return replace(answer, findings=(*answer.findings, *findings))


def _answer(connection: "Connection", rehearsed: "Rehearsed", source: "Source") -> "AttestationAnswer":
    from avsctl.output.attestation_answer import AttestationAnswer, ChainAnswer, RecomputedAt

    asked, after, at = rehearsed.answer, rehearsed.answer.after, rehearsed.recall.at
    chain = ChainAnswer(
        asked.asked_with.value,
        asked.is_accepted,
        asked.revert,
        asked.evm_block,
        asked.is_next_block,
        after.powers if after else None,
        after.total if after else None,
        after.totals if after else None,
        asked.lacking,
    )
    assumptions = connection.check_assumptions(_V2_RULES)
    return AttestationAnswer(
        command="attest simulate",
        deployment=connection.deployment,
        l1=connection.l1_block,
        l2=connection.l2.block,
        source=source,
        origin="",
        proposal=rehearsed.draft.proposal,
        conditions=rehearsed.conditions,
        rehearsal=rehearsed.rehearsal,
        chain=chain,
        differences=rehearsed.differences,
        findings=(*rehearsed.findings, *connection.check_reading(), *assumptions),
        decoding_fault=rehearsed.draft.decoding_fault,
        not_recomputed=rehearsed.recall.why_not,
        recomputed_at=RecomputedAt(at.l1, at.l2) if at else None,
    )


def _tell_mined(connection: "Connection", mined: "MinedTask") -> "Mined":
    from avsctl.output.attestation_answer import Mined

    number = mined.task_number(connection.discovery.generation, connection.deployment.attestation_center)
    return Mined(mined.transaction_hash, mined.block_number, mined.is_success, number)


def open_chains(connection: "Connection") -> "Chains":
    """Give the layers of a connection as rehearsals take them."""
    from avsctl.tx.scene import Chains

    is_both = connection.layers.l1 is not None
    l1, governance = (connection.l1, connection.avs_governance) if is_both else (None, None)
    return Chains(connection.l2, connection.discovery, l1, governance)


def _require_same_task(wanted: TaskDefinitionId | None, found: TaskDefinitionId, where: str) -> None:
    if wanted is not None and wanted != found:
        raise UsageError(f"--task {wanted} is not that of {where}, {found}", "leave --task out")


def _require_internal(connection: "Connection", task_definition_id: TaskDefinitionId) -> None:
    if connection.discovery.generation is Generation.V1 and task_definition_id >= VOTING_POWER_SYNC:
        raise GenerationError(f"v1 has no task definition {task_definition_id}", "v2 and v3 have it")
