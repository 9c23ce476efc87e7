"""The tasks that ``attest simulate`` takes, each from where it comes, and the answer about it."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from avsctl.commands.attest_options import Assumed, read_proposal, resolve_assumed
from avsctl.commands.options import Common
from avsctl.commands.view_options import resolve_views
from avsctl.core.deployment import LATEST, Generation
from avsctl.core.proposal_file import require_blocks, require_deployment, require_reached
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import TaskDefinitionId
from avsctl.errors import GenerationError, UsageError

if TYPE_CHECKING:
    from avsctl.chain.queries.mined_tasks import MinedTask
    from avsctl.commands.connection import Connection
    from avsctl.output.attestation_answer import AttestationAnswer, Mined, Source
    from avsctl.tx.drafts import Draft, Stage
    from avsctl.tx.rehearse import Rehearsed
    from avsctl.tx.scene import Chains

INTERNAL: Final = (VOTING_POWER_SYNC, TOTALS_SYNC)
"""Those whose honest update can be computed."""
_V2_RULES: Final = "what submitTask and processTask check, and what recomputing an update gives"


def simulate_honest(common: Common, task_definition_id: TaskDefinitionId, assumed: Assumed) -> "AttestationAnswer":
    """Foresee what becomes of the honest proposal of now, or of an empty task of an ordinary definition.

    Raises:
        UsageError: an operator named is none, or there is no such definition.
        GenerationError: the generation has no internal tasks.
        ChainError: a chain could not be read.
    """
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

    source = Source.HONEST if task_definition_id in INTERNAL else Source.EMPTY
    known, draft = draft_honest(stage, task_definition_id)
    answer = _rehearse(connection, known, draft, assumed, source)
    return replace(answer, findings=(*answer.findings, *check_honest(stage, draft.proposal.update)))


def simulate_file(
    common: Common, name: str, task_definition_id: TaskDefinitionId | None, assumed: Assumed
) -> "AttestationAnswer":
    """Foresee what becomes of the proposal in a file, ``-`` for standard input.

    Raises:
        ConfigError: it is none, or of another deployment, or its blocks are not those of the chains.
        UsageError: an operator named is none, or the file is of another definition than the one given.
        GenerationError: the generation has no internal tasks.
        ChainError: a chain could not be read.
    """
    from avsctl.commands.connection import BOTH, L2_ALONE, connect
    from avsctl.output.attestation_answer import Source
    from avsctl.tx.drafts import read_draft, set_stage

    file, shown = read_proposal(name)
    _require_same_task(task_definition_id, file.task_definition_id, shown)
    with connect(common, L2_ALONE, BOTH) as connection:
        require_deployment(file, connection.deployment, shown)
        require_reached(file, connection.l1_block, connection.l2.block, shown)
        require_blocks(file, connection.l1_block, connection.l2.block, shown)
        _require_internal(connection, file.task_definition_id)
        deployment = connection.deployment
        read = read_draft(
            deployment.generation, deployment.obls, file.task_definition_id, file.data, file.proof_of_task
        )
        draft = replace(read, l2_block=file.l2_block.number)
        stage = set_stage(open_chains(connection), draft)
        answer = _rehearse(connection, stage, draft, assumed, Source.FILE)
        if answer.recomputed_at is not None:
            require_blocks(file, answer.recomputed_at.l1, answer.recomputed_at.l2, shown)
        return replace(answer, origin=shown)


def simulate_data(
    common: Common, data: bytes, task_definition_id: TaskDefinitionId, assumed: Assumed
) -> "AttestationAnswer":
    """Foresee what becomes of a task that carries these data.

    Raises:
        UsageError: an operator named is none.
        GenerationError: the generation has no internal tasks.
        ChainError: a chain could not be read.
    """
    from avsctl.commands.connection import BOTH, L2_ALONE, connect
    from avsctl.output.attestation_answer import Source
    from avsctl.tx.drafts import read_draft, set_stage

    with connect(common, L2_ALONE, BOTH) as connection:
        _require_internal(connection, task_definition_id)
        deployment = connection.deployment
        draft = read_draft(deployment.generation, deployment.obls, task_definition_id, data)
        stage = set_stage(open_chains(connection), draft)
        return _rehearse(connection, stage, draft, assumed, Source.DATA)


def simulate_mined(
    common: Common, transaction_hash: str, task_definition_id: TaskDefinitionId | None, assumed: Assumed
) -> "AttestationAnswer":
    """Tell what became of a task that was mined, and whether it was right: everything as it was in the block before.

    Raises:
        UsageError: there is no such transaction, it is no submitTask, or an option does not go with it.
        ChainError: a chain could not be read.
    """
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
