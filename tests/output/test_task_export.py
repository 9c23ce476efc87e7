"""Task definitions as csv has them, what is unknown unlike what never is; and the blank lines of their screen."""

import pytest

from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.findings import build_finding
from avsctl.core.quorum import StoredTotal, assess
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.core.units import UINT256_MAX
from avsctl.output.destinations import Format
from avsctl.output.render import FILE, Terminal, render
from avsctl.output.tables import write_csv
from avsctl.output.tasks import TasksAnswer, present_definitions, present_tasks

DEPLOYMENT = Deployment(Generation.V2, None, 2, None, "0xA", "0xB", "0xC")
BLOCK = BlockRef(2, 7, "0x" + "0" * 64, 0)


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (None, ",,unknown"),
        (TaskDetails("", UINT256_MAX, 0, 0, 0, 0), ",false,read"),
        (TaskDetails("", 7, 0, 0, 0, 0), "7,true,read"),
    ],
)
def test_an_expiry_is_unknown_never_or_a_block(details, expected):
    assessment = assess(TaskDefinition(1, 0, (5,)), details, (), StoredTotal(3, None), 7)
    result = present_tasks(TasksAnswer("task list", DEPLOYMENT, None, BLOCK, 7, (assessment,), ()), 0)
    assert result.table is not None
    head, row = write_csv(result.table).splitlines()
    assert head.startswith(
        "task_definition_id,name,minimum_voting_power,maximum_number_of_attesters,block_expiry,is_ex"
    )
    assert row.startswith(f"1,,0,0,{expected},5,")


@pytest.mark.parametrize("terminal", [FILE, Terminal(100, is_tty=True)])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_one_blank_line_stands_between_definitions_and_before_findings(terminal, count):
    assessments = tuple(
        assess(TaskDefinition(i, 0, (5,)), TaskDetails("x", UINT256_MAX, 0, 0, 0, 0), (), StoredTotal(3, None), 7)
        for i in range(count)
    )
    findings = (build_finding("dead", "task 0", "needs 2"),)
    answer = TasksAnswer("restricted list", DEPLOYMENT, None, BLOCK, 7, assessments, findings)
    text = render(present_definitions(answer, 0), Format.TABLE, terminal, 3)
    assert "\n\n\n" not in text
    assert "\n\ncritical dead  task 0: needs 2\n" in text
    assert [text.count(f'\n\nTask {i} "x"') for i in range(count)] == [1] * count
