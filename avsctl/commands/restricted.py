"""``avsctl restricted``: task definitions with a restricted operator set."""
# ruff: noqa: PLC0415 - the read path is imported when a command runs, so that help and mistakes cost nothing

from typing import Annotated

import typer

from avsctl.commands.options import Common, with_common
from avsctl.commands.task import parse_task_id, read_tasks, select
from avsctl.output.result import Result


@with_common(checks=True)
def list_restricted(
    common: Common,
    *,
    task: Annotated[list[str] | None, typer.Option("--task", metavar="ID", help="Only this one; repeatable.")] = None,
) -> Result:
    """List the definitions with a restricted operator set: members, power, quorum and verdict."""
    from avsctl.commands.connection import wall_time
    from avsctl.output.tasks import present_definitions

    wanted = [parse_task_id(text) for text in task or ()]
    answer = read_tasks(common, "restricted list")
    restricted = [a.definition for a in answer.assessments if a.definition.restricted_operator_ids]
    ids = wanted or [definition.task_definition_id for definition in restricted]
    return present_definitions(select(answer, list(ids)), wall_time())
