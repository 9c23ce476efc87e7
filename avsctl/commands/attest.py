"""``avsctl attest``: the update to propose, and what the network would do with one."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from avsctl.commands.attest_options import (
    parse_assumed,
    parse_data,
    parse_hash,
    parse_out,
    parse_task,
)
from avsctl.commands.options import Common, with_common
from avsctl.commands.view_options import ViewOption, parse_views
from avsctl.core.deployment import Generation
from avsctl.core.proposal_file import ProposalFile, build_proposal_file, format_proposal_file
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import TaskDefinitionId
from avsctl.errors import GenerationError, UsageError
from avsctl.output.destinations import require_apart, require_unread
from avsctl.output.result import Result

if TYPE_CHECKING:
    from avsctl.commands.connection import Connection
    from avsctl.output.attestation_answer import ProposalAnswer, WrittenProposal

_PROPOSED: Final = (VOTING_POWER_SYNC, TOTALS_SYNC)

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
    if path is not None:
        require_apart(common.destinations, path, "--out", common.settings_files)
    from avsctl.commands.connection import BOTH, L2_ALONE, connect, wall_time
    from avsctl.output.attestation import present_proposal

    needs_l1 = task_definition_id == VOTING_POWER_SYNC or path is not None
    with connect(common, BOTH if needs_l1 else L2_ALONE) as connection:
        answer, file = _propose(connection, task_definition_id)
    if path is not None:
        if file is None:
            raise GenerationError("v1 has no task to write to a file", "v2 and v3 have; leave --out out")
        answer = replace(answer, file=_write(file, path, is_new=not overwrite))
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
    require_unread(common.destinations, (update,))
    from avsctl.commands.attest_sources import simulate_data, simulate_file, simulate_honest, simulate_mined
    from avsctl.commands.connection import wall_time
    from avsctl.output.attestation import present_attestation

    if tx is not None:
        answer = simulate_mined(common, parse_hash(tx), task_definition_id, assumed)
    elif update is not None:
        answer = simulate_file(common, update, task_definition_id, assumed)
    else:
        chosen = VOTING_POWER_SYNC if task_definition_id is None else task_definition_id
        read = None if data is None else parse_data(data)
        answer = (
            simulate_honest(common, chosen, assumed) if read is None else simulate_data(common, read, chosen, assumed)
        )
    return present_attestation(answer, wall_time())


def _propose(
    connection: "Connection", task_definition_id: TaskDefinitionId
) -> tuple["ProposalAnswer", ProposalFile | None]:
    """Give the answer, and what a file of it holds; None on V1, which has no task."""
    from avsctl.commands.attest_sources import open_chains
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
    _, draft = draft_honest(stage, task_definition_id)
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


def _write(file: ProposalFile, path: Path, *, is_new: bool) -> "WrittenProposal":
    from avsctl.output.attestation_answer import WrittenProposal
    from avsctl.output.files import write_file

    text = format_proposal_file(file)
    write_file(path, text, is_new=is_new)
    return WrittenProposal(str(path), hashlib.sha256(text.encode()).hexdigest())


def _require_one_source(given: dict[str, str | None]) -> None:
    named = [option for option, value in given.items() if value is not None]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)} exclude each other", "a task comes from one place")
