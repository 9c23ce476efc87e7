"""What comes of verifying a batch file: the transaction that it is, every check, and what it does now."""

from dataclasses import dataclass

from avsctl.contracts.multi_send import MultiSend
from avsctl.core.findings import Finding, Severity
from avsctl.core.multisig import SafeSetup, Sender
from avsctl.core.units import Address
from avsctl.core.verification import Check, CheckResult
from avsctl.tx.prepare import Prepared
from avsctl.tx.safe_file import SafeFile
from avsctl.tx.safe_proposal import SafeProposal
from avsctl.tx.safe_trial import Execution


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
    safe: Sender
    """What stands at the address that the file calls its Safe."""
    setup: SafeSetup | None
    """None for what is no Safe."""
    proposal: SafeProposal | None
    """None where the file is not such that a transaction can be made of it."""
    multi_send: MultiSend | None
    """What a delegatecall goes to, known by its code; None for a plain call."""
    chain_nonce: int
    """The next one of the Safe; 0 for what is none."""
    prepared: Prepared | None
    """What the calls do now; None where they are not all changes of task definitions of this deployment."""
    execution: Execution | None
    """The whole as one execution; None where it was not simulated so."""
    checks: tuple[Check, ...]
    """In the order in which they are shown."""
    intents: tuple[str, ...]
    """The commands that derive the same transaction from what is wanted; empty where there is none."""
    signatures: SignatureReport | None
    """None where none were given."""
    findings: tuple[Finding, ...]
    """What differs, what was found of the calls, and what of the Safe; none of it can be allowed here."""
    accepted: tuple[str, ...] = ()
    """Codes of those among the critical findings that were allowed when the file was made."""

    @property
    def is_verified(self) -> bool:
        """Whether nothing differs, everything passes, and no critical finding is new."""
        is_well = all(check.result is not CheckResult.MISMATCH for check in self.checks)
        return is_well and not any(
            finding.severity is Severity.CRITICAL and finding.code not in self.accepted for finding in self.findings
        )
