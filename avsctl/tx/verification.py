"""What comes of verifying a batch file: the transaction that it is, every check, and what it does now."""

from dataclasses import dataclass

from avsctl.core.expectation import Deviation
from avsctl.core.findings import Finding
from avsctl.core.units import Address, TaskDefinitionId
from avsctl.core.verification import Check, CheckResult
from avsctl.tx.prepare import Prepared
from avsctl.tx.safe_file import SafeFile
from avsctl.tx.safe_proposal import SafeProposal
from avsctl.tx.safe_trial import ExecTrial


@dataclass(frozen=True)
class SignatureReport:
    """Who has signed a transaction, and what is wrong with what was given as signatures."""

    signed: tuple[Address, ...]
    """Owners with a valid signature, ascending, those who approved the hash on the chain among them."""
    missing: int
    """How many more the threshold asks for; 0 for enough."""
    faults: tuple[str, ...]
    """One sentence each, with the account named: wrong, of no owner, twice, in wrong order."""
    joined: bytes
    """What ``execTransaction`` takes: as many as the threshold asks for, sorted by owner; empty where any is missing
    or at fault."""


@dataclass(frozen=True)
class Verification:
    """A batch file held to the chain."""

    file: SafeFile
    proposal: SafeProposal | None
    """None where the file is not such that a transaction can be made of it."""
    chain_nonce: int
    """The next one of the Safe."""
    prepared: Prepared | None
    """What the calls do now; None where they are not all changes of task definitions of this deployment."""
    trial: ExecTrial | None
    """The whole as one execution; None where it could not be simulated so."""
    checks: tuple[Check, ...]
    """In the order in which they are shown."""
    deviations: tuple[tuple[TaskDefinitionId, tuple[Deviation, ...]], ...]
    """What is not as the sidecar expects it, by definition; empty without one."""
    intents: tuple[str, ...]
    """The commands that derive the same transaction from what is wanted; empty where there is none."""
    signatures: SignatureReport | None
    """None where none were given or looked for."""
    findings: tuple[Finding, ...]

    @property
    def is_verified(self) -> bool:
        """Whether nothing differs."""
        return all(check.result is not CheckResult.MISMATCH for check in self.checks)
