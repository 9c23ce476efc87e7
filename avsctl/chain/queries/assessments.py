"""Every task definition with all that follows from it, at one block of L2."""

from collections.abc import Sequence
from dataclasses import dataclass

from avsctl.chain.background import side_by_side
from avsctl.chain.detect import Discovery
from avsctl.chain.queries.default_tasks import find_default_task
from avsctl.chain.queries.operators import load_l2_operators
from avsctl.chain.queries.tasks import TasksReading, load_tasks
from avsctl.chain.reader import BlockReader
from avsctl.core.operators import L2Operator
from avsctl.core.quorum import Assessment, assess
from avsctl.core.units import Address


@dataclass(frozen=True)
class AssessedTasks:
    """The definitions, judged, and what concerns the tasks of all of them."""

    assessments: tuple[Assessment, ...]
    """Of every definition."""
    fee_calculator: Address | None
    """The contract that is asked for the fees of every task; None where none is set or that is not known."""
    last_default_task: int | None
    """Block of the newest task of definition 0 that was seen; None where none was."""


def load_assessments(reader: BlockReader, discovery: Discovery) -> AssessedTasks:
    """Read operators and definitions of L2, and whether the default definition is in use."""
    (operators, _), read = side_by_side(
        lambda: load_l2_operators(reader, discovery), lambda: load_tasks_in_use(reader, discovery)
    )
    return assess_tasks(*read, operators, discovery.evm_block_number)


def load_tasks_in_use(reader: BlockReader, discovery: Discovery) -> tuple[TasksReading, int | None]:
    """Read every definition, and the block of the newest task of definition 0 that is seen."""
    return side_by_side(lambda: load_tasks(reader, discovery), lambda: find_default_task(reader, discovery))


def assess_tasks(
    tasks: TasksReading, last_default_task: int | None, operators: Sequence[L2Operator], evm_block: int
) -> AssessedTasks:
    """Judge what ``load_tasks_in_use`` read.

    Args:
        tasks: the definitions.
        last_default_task: as it was found.
        operators: every id of the L2.
        evm_block: the height that contracts see.
    """
    assessments = tuple(
        assess(each.definition, each.details, operators, each.total, evm_block) for each in tasks.readings
    )
    return AssessedTasks(assessments, tasks.fee_calculator, last_default_task)
