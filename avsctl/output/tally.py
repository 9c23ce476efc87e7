"""Findings counted by severity, in words."""

from collections.abc import Iterable

from avsctl.core.findings import Finding, Severity
from avsctl.output.text import plural


def tell_count(findings: Iterable[Finding]) -> str:
    """Write ``1 critical, 2 warnings, 3 info``, worst first, or that nothing was found."""
    severities = [finding.severity for finding in findings]
    counts = {each: severities.count(each) for each in sorted(Severity, key=lambda each: -each.rank)}
    told = [plural(n, each) if each is Severity.WARNING else f"{n} {each}" for each, n in counts.items() if n]
    return ", ".join(told) or "nothing found"
