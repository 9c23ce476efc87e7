"""Task definitions as csv has them: what is unknown does not look like what never is."""

import pytest

from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.quorum import StoredTotal, assess
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.core.units import UINT256_MAX
from avsctl.output.tables import write_csv
from avsctl.output.tasks import TasksAnswer, present_tasks

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
