"""``avsctl task``: task definitions, and whether each can reach consensus."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from avsctl.commands.options import Common, with_common
from avsctl.core.units import TaskDefinitionId
from avsctl.errors import UsageError
from avsctl.output.result import Result

if TYPE_CHECKING:
    from avsctl.output.tasks import TasksAnswer


@with_common(checks=True, is_tabular=True)
def list_tasks(common: Common) -> Result:
    """List every task definition with its settings and verdict, the default and the internal ones too."""
    from avsctl.commands.connection import wall_time
    from avsctl.output.tasks import present_tasks

    return present_tasks(read_tasks(common, "task list"), wall_time())


@with_common(checks=True)
def show_task(common: Common, task: Annotated[str, typer.Argument(metavar="ID", help="Task definition id.")]) -> Result:
    """Show one task definition: all its fields, who may attest, quorum and verdict."""
    from avsctl.commands.connection import wall_time
    from avsctl.output.tasks import present_definitions

    wanted = parse_task_id(task)
    return present_definitions(select(read_tasks(common, "task show"), [wanted]), wall_time())


def read_tasks(common: Common, command: str) -> "TasksAnswer":
    """Read and judge every definition, at one block of L2."""
    from avsctl.chain.queries.assessments import load_assessments
    from avsctl.commands.connection import L2_ALONE, connect
    from avsctl.core.checks import check_assessments, check_definitions, check_fee_calculator
    from avsctl.output.tasks import TasksAnswer

    with connect(common, L2_ALONE) as connection:
        discovery = connection.discovery
        tasks = load_assessments(connection.l2, discovery)
    findings = (
        *check_assessments(tasks.assessments),
        *check_definitions(discovery.generation, tasks.assessments, tasks.last_default_task),
        *check_fee_calculator(discovery.generation, tasks.fee_calculator),
        *connection.check_reading(),
        *connection.check_assumptions("how quorums are counted, and that no raw total can be read"),
    )
    return TasksAnswer(
        command,
        connection.deployment,
        None,
        connection.l2.block,
        discovery.evm_block_number,
        tasks.assessments,
        findings,
    )


def select(answer: "TasksAnswer", ids: list[TaskDefinitionId]) -> "TasksAnswer":
    """Keep the definitions asked for, with their findings; an id that does not exist is an error."""
    from avsctl.core.wording import join_words

    known = {each.definition.task_definition_id: each for each in answer.assessments}
    for wanted in ids:
        if wanted not in known:
            raise UsageError(
                f"task definition {wanted} does not exist: there are {join_words(list(known)) or 'none'}",
                "avsctl task list shows them",
            )
    others = {f"task {i}" for i in known if i not in ids}
    findings = tuple(finding for finding in answer.findings if finding.subject not in others)
    return replace(answer, assessments=tuple(each for i, each in known.items() if i in ids), findings=findings)


def parse_task_id(text: str) -> TaskDefinitionId:
    """Read the id of a task definition (uint16); raises UsageError for anything else."""
    if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) < 1 << 16:
        return TaskDefinitionId(int(text))
    raise UsageError(f"{text!r} is no task definition id", "a whole number from 0 to 65535")
