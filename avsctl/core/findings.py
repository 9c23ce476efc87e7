"""What avsctl says is wrong: findings with a stable code of the table in ``finding_codes``."""

from collections.abc import Iterable
from dataclasses import dataclass

from avsctl.core.finding_codes import CODES, FindingCode, Severity

__all__ = ["CODES", "Finding", "FindingCode", "Severity", "build_finding", "sort_findings"]


@dataclass(frozen=True)
class Finding:
    """One thing that was found, with the numbers in its text."""

    code: str
    severity: Severity
    subject: str
    """What it is about: an operator, a task definition, a layer, a setting."""
    text: str
    remedy: tuple[str, ...] = ()
    """Commands or acts that mend it."""
    allow: str | None = None
    """What ``--allow`` takes to go on in spite of it; None where it refuses nothing, or nothing may go on."""


def build_finding(
    code: str, subject: str, text: str, remedy: Iterable[str] = (), *, severity: Severity | None = None
) -> Finding:
    """Give a finding of a known code; severity and remedy are the table's unless the case at hand has others."""
    kind = CODES[code]
    return Finding(code, severity or kind.severity, subject, text, tuple(remedy) or (kind.remedy,))


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Order findings by severity, worst first, keeping their order within one severity."""
    return tuple(sorted(findings, key=lambda finding: -finding.severity.rank))
