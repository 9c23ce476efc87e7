"""All that the guards look at: a change, how it was tried, and what becomes of the definitions."""

from dataclasses import dataclass

from avsctl.contracts.call import Revert
from avsctl.core.changes import L2State, Step
from avsctl.core.deployment import Generation
from avsctl.core.foresight import Foresight
from avsctl.core.pace import Pace
from avsctl.core.units import Address


@dataclass(frozen=True)
class Prospect:
    """A change as it was planned and tried."""

    generation: Generation
    sender: Address
    holds_role: bool
    """Whether the sender holds AVS_GOVERNANCE_MULTISIG on L2."""
    paused_flows: tuple[str, ...]
    """Names."""
    steps: tuple[Step, ...]
    """The calls of the change, in order."""
    reverts: tuple[tuple[int, Revert], ...]
    """Calls that revert in the simulation, by place from 1, the earlier ones counted."""
    foresights: tuple[Foresight, ...]
    """One for each definition that is changed."""
    before: L2State
    after: L2State | None
    """After all calls; None where one reverts."""
    has_l1: bool
    """Whether L1 was read, so that the syncs to come are foreseen."""
    unreadable_on_l1: tuple[str, ...]
    """The operators whose power on L1 could not be read, as findings name them: ``operator 3``."""
    is_atomic: bool
    """All calls land together or none does; else the states between them are lived through."""
    is_next_block: bool
    """The simulation ran in the block after the one read; else in that one."""
    evm_block: int
    """The height that contracts saw in the simulation."""
    is_read_after: bool
    """The state after was read in the simulation; else it is foreseen by the rules of ``core.changes``."""
    pace: Pace | None
    """How fast that height grows; None where it is not known."""
    earlier: int = 0
    """Calls of earlier batches that ran before these in the simulation."""
