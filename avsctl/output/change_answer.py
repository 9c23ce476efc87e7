"""The answer of a command that changes task definitions: the calls, what becomes of them, and what was done."""

from dataclasses import dataclass, replace
from typing import Final

from avsctl.contracts.call import Revert
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import CreateDefinition
from avsctl.core.deployment import BlockRef, Deployment
from avsctl.core.findings import Finding
from avsctl.core.foresight import Foresight
from avsctl.core.multisig import Sender
from avsctl.core.quorum import Assessment
from avsctl.core.units import TaskDefinitionId
from avsctl.output.change_calls import PlannedCall
from avsctl.output.change_outcome import Outcome, Payload, SentCall, WrittenFile
from avsctl.output.change_safe import SafePart
from avsctl.output.change_why import assess_after

REFRESH: Final = "task refresh"
"""The one command that changes several definitions."""


@dataclass(frozen=True)
class ChangeAnswer:
    """A change that was planned and simulated, and what was done with it."""

    command: str
    deployment: Deployment
    l1: BlockRef | None
    l2: BlockRef
    sender: Sender
    holds_role: bool
    """Whether the sender holds AVS_GOVERNANCE_MULTISIG on L2."""
    calls: tuple[PlannedCall, ...]
    """Empty where there is nothing to change."""
    earlier: tuple[Transaction, ...]
    """Calls that run before them: of a file that is executed first, or that they are appended to."""
    is_atomic: bool
    """Whether all of them land or none."""
    simulated_with: str
    """Method or way; empty where there was nothing to simulate."""
    evm_block: int
    """The height that contracts saw in the simulation."""
    is_next_block: bool
    """Whether that was the block after the one read."""
    reverts: tuple[tuple[int, Revert], ...]
    """Calls that would revert, by place from 1, the earlier ones counted."""
    foresights: tuple[Foresight, ...]
    """One for each definition that is changed, or was asked about; may be empty where a call would revert."""
    findings: tuple[Finding, ...]
    refused: tuple[Finding, ...]
    """Those of the findings that forbid to go on."""
    outcome: Outcome
    files: tuple[WrittenFile, ...] = ()
    """What was written, one file a transaction of a Safe."""
    calldata: tuple[Payload, ...] = ()
    """What was given out."""
    sent: tuple[SentCall, ...] = ()
    """What was mined, in the order of the calls."""
    pending: str | None = None
    """Hash of the next one, which left; whether it lands is not known."""
    now: tuple[Assessment, ...] = ()
    """The definitions as they stand where not all calls landed; empty where that was not read."""
    safe: SafePart | None = None
    """What the owners sign; None where the sender is no Safe."""
    expiry_date: int | None = None
    """Unix seconds at which the expiry of a new definition is about due; None for no expiry, and where not known."""

    @property
    def accepted(self) -> tuple[Finding, ...]:
        """The findings that would have refused, had they not been allowed by name."""
        return tuple(finding for finding in self.findings if finding.allow and finding not in self.refused)

    @property
    def is_unexpected(self) -> bool:
        """Whether the user expects another transaction of the Safe than this."""
        return self.safe is not None and self.safe.is_expected is False

    @property
    def prefixes(self) -> tuple[Assessment | None, ...]:
        """For each call, the definition that it changes as it stands after it; None where that is not known."""
        count = len(self.calls)
        found = (self.find(call.step.setting.task_definition_id) for call in self.calls)
        return tuple(assess_after(foresight, at, count) for at, foresight in enumerate(found))

    @property
    def creation(self) -> CreateDefinition | None:
        """The definition to be created, if that is what the change is."""
        settings = (call.step.setting for call in self.calls)
        return next((setting for setting in settings if isinstance(setting, CreateDefinition)), None)

    @property
    def created_id(self) -> TaskDefinitionId | None:
        """The id that a definition was created with; None where none was."""
        return next((each.created_id for each in self.sent if each.created_id is not None), None)

    @property
    def task_definition_ids(self) -> tuple[TaskDefinitionId, ...]:
        """The definitions that are changed or were asked about, by id."""
        planned = {call.step.setting.task_definition_id for call in self.calls}
        return tuple(sorted(planned | {foresight.task_definition_id for foresight in self.foresights}))

    def find(self, task_definition_id: TaskDefinitionId) -> Foresight | None:
        """Give what is foreseen of a definition."""
        return next((each for each in self.known if each.task_definition_id == task_definition_id), None)

    @property
    def known(self) -> tuple[Foresight, ...]:
        """What is foreseen; nothing lies behind calls that revert."""
        if not self.reverts:
            return self.foresights
        return tuple(replace(each, after=None, after_10001=None, after_10002=None) for each in self.foresights)
