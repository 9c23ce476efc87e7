"""Guards on the calls themselves: who makes them, which flows are paused, and what reverts."""

from collections.abc import Iterable, Iterator
from typing import Final

from avsctl.contracts.call import Revert
from avsctl.core.checks import check_flows, check_role
from avsctl.core.findings import Finding, Severity, build_finding
from avsctl.tx.guards.meanings import explain, format_revert
from avsctl.tx.guards.prospect import Prospect
from avsctl.tx.guards.wording import name_calls

DEFINITIONS_FLOW: Final = "CREATE_NEW_TASK_DEFINITION_FLOW"
"""The flow that every call which makes or changes a definition needs (OTHENTIC.md 2.4)."""


def check_sender(prospect: Prospect) -> Iterator[Finding]:
    """Find a sender without the governance role, and paused flows; the one that the calls need is critical."""
    yield from check_role(prospect.sender, holds_role=prospect.holds_role)
    yield from check_flows(name for name in prospect.paused_flows if name != DEFINITIONS_FLOW)
    if DEFINITIONS_FLOW in prospect.paused_flows:
        text = f"{DEFINITIONS_FLOW} is paused: no call that makes or changes a task definition passes"
        yield build_finding("flow_paused", DEFINITIONS_FLOW, text, severity=Severity.CRITICAL)


def check_reverts(prospect: Prospect) -> Iterator[Finding]:
    """Find the calls that revert, in one finding for each reason."""
    count = prospect.earlier + len(prospect.steps)
    for text, calls in _by_reason(prospect.reverts).items():
        first, revert = calls[0]
        meaning, remedy = explain(revert, prospect.sender)
        which = name_calls([place for place, _ in calls])
        told = f"{which} of {count} would revert: {text}{': ' if meaning else ''}{meaning}"
        yield build_finding("would_revert", _subject(prospect, first), told, remedy)


def _by_reason(reverts: Iterable[tuple[int, Revert]]) -> dict[str, list[tuple[int, Revert]]]:
    found: dict[str, list[tuple[int, Revert]]] = {}
    for place, revert in reverts:
        found.setdefault(format_revert(revert), []).append((place, revert))
    return found


def _subject(prospect: Prospect, place: int) -> str:
    at = place - 1 - prospect.earlier
    if 0 <= at < len(prospect.steps):
        return f"task {prospect.steps[at].setting.task_definition_id}"
    return "earlier calls"
