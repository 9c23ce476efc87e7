"""All that the doctor needs of a deployment, read side by side at one block of each layer."""

from dataclasses import dataclass

from avsctl.chain.background import side_by_side
from avsctl.chain.detect import Discovery
from avsctl.chain.queries.assessments import AssessedTasks, assess_tasks, load_tasks_in_use
from avsctl.chain.queries.multisig import find_multisig
from avsctl.chain.queries.power import PowerReading, load_power
from avsctl.chain.queries.sender import load_sender
from avsctl.chain.queries.tasks import load_paused_flows, state_of
from avsctl.chain.reader import BlockReader
from avsctl.core.changes import L2State
from avsctl.core.governance import Governance, HolderSearch
from avsctl.core.units import Address


@dataclass(frozen=True)
class HealthReading:
    """What the health of a deployment is judged by."""

    power: PowerReading
    tasks: AssessedTasks
    state: L2State
    paused_flows: tuple[str, ...]
    """Names."""


def load_health(l1: BlockReader, l2: BlockReader, discovery: Discovery, avs_governance: Address) -> HealthReading:
    """Read operators, the last sync, task definitions, flows, and whether the default definition is in use."""
    power, (read, paused) = side_by_side(
        lambda: load_power(l1, l2, discovery, avs_governance),
        lambda: side_by_side(lambda: load_tasks_in_use(l2, discovery), lambda: load_paused_flows(l2, discovery)),
    )
    sets, states = power.sets, tuple(map(state_of, read[0].readings))
    state = L2State(discovery.generation, discovery.evm_block_number, sets.l2, sets.l2_total_voting_power, states)
    return HealthReading(power, assess_tasks(*read, sets.l2, discovery.evm_block_number), state, paused)


def load_governance(
    l2: BlockReader, discovery: Discovery, multisig: Address | None, *, searches: bool
) -> tuple[Governance, HolderSearch | None]:
    """Read what the multisig that is set is and may do and, where it ``searches``, look who holds the role."""
    return side_by_side(
        lambda: _load_set(l2, discovery, multisig), lambda: find_multisig(l2, discovery) if searches else None
    )


def _load_set(l2: BlockReader, discovery: Discovery, multisig: Address | None) -> Governance:
    if multisig is None:
        return Governance(None, holds_role=False)
    asked = discovery.attestation_center.has_governance_role(multisig)
    (holds_role,), sender = side_by_side(lambda: l2.require([asked]), lambda: load_sender(l2, multisig))
    return Governance(multisig, holds_role=holds_role, sender=sender)
