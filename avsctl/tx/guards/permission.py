"""What refuses a change, and which refusals a user may pass by name."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from avsctl.core.findings import CODES, Finding, Severity
from avsctl.errors import UsageError

OF_THE_CHANGE: Final = (
    "dead",
    "dead_after_sync",
    "sync_unable",
    "min_power_slip",
    "unknown_ids_listed",
    "duplicate_address",
)
"""Of these the maker of a batch file may tell the others that he went on in spite of them."""
ALLOWABLE: Final = (*OF_THE_CHANGE, "safe_singleton_unknown")
"""What ``--allow`` takes. What would revert, a missing role, a paused flow and an expiry in the past are not in it."""


def permit(finding: Finding) -> Finding:
    """Give a finding with the code that ``--allow`` takes for it, where it refuses and may be passed."""
    is_allowable = finding.severity is Severity.CRITICAL and finding.code in ALLOWABLE
    return replace(finding, allow=finding.code) if is_allowable else finding


def refusing(findings: Iterable[Finding], allowed: Collection[str]) -> tuple[Finding, ...]:
    """Give the critical findings that are not allowed by name."""
    return tuple(
        finding for finding in findings if finding.severity is Severity.CRITICAL and finding.allow not in allowed
    )


def check_allowed(codes: Iterable[str]) -> None:
    """Refuse names that ``--allow`` does not take.

    Raises:
        UsageError: no finding has that code, or it cannot be allowed; the hint lists those that can.
    """
    hint = f"--allow takes {', '.join(ALLOWABLE)}"
    for code in codes:
        if code not in CODES:
            raise UsageError(f"--allow {code!r}: no finding has that code", hint)
        if code not in ALLOWABLE:
            raise UsageError(f"--allow {code}: that finding cannot be allowed, or refuses nothing", hint)
