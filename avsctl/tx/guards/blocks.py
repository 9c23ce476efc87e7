"""Guards on expiries: in the past, near, or at the edge of what the simulation could tell."""

from collections.abc import Iterator
from typing import Final

from avsctl.core.changes import CreateDefinition
from avsctl.core.expiry import seconds_until
from avsctl.core.findings import Finding, build_finding
from avsctl.core.units import TaskDefinitionId, format_duration
from avsctl.tx.guards.prospect import Prospect

NEAR_SECONDS: Final = 3_600
EDGE_BLOCKS: Final = 2
"""A simulation at the block read is at most so far from the block that the calls land in, if they land soon."""


def check_expiries(prospect: Prospect) -> Iterator[Finding]:
    """Find expiries, of definitions made or changed, that leave no time or that the simulation may have missed."""
    block = prospect.evm_block
    for task_definition_id, expiry in _created(prospect).items():
        if expiry <= block:
            text = f"expires at block {expiry}, and the call would be in block {block} at the earliest"
            yield build_finding("expiry_past", f"task {task_definition_id}", text)
    for task_definition_id, expiry in (_existing(prospect) | _created(prospect)).items():
        if expiry <= block:
            continue
        subject, left = f"task {task_definition_id}", seconds_until(expiry, block, prospect.pace)
        if left is not None and left < NEAR_SECONDS:
            text = f"expires at block {expiry}, {expiry - block} blocks or about {format_duration(left)} after {block}"
            yield build_finding("expiry_near", subject, text)
        if not prospect.is_next_block and expiry - block <= EDGE_BLOCKS:
            text = f"simulated in block {block}, not in the next one; the expiry, block {expiry}, is that near"
            yield build_finding("block_edge", subject, text)


def _created(prospect: Prospect) -> dict[TaskDefinitionId, int]:
    """Give the expiries of definitions that the calls make, by the id expected."""
    settings = (step.setting for step in prospect.steps)
    return {
        setting.task_definition_id: setting.details.block_expiry
        for setting in settings
        if isinstance(setting, CreateDefinition)
    }


def _existing(prospect: Prospect) -> dict[TaskDefinitionId, int]:
    """Give the expiries, as far as they are known, of definitions that exist and are changed."""
    found = (prospect.before.find(step.setting.task_definition_id) for step in prospect.steps)
    return {
        state.definition.task_definition_id: state.details.block_expiry
        for state in found
        if state is not None and state.details is not None
    }
