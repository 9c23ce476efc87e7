"""What attesters find that look at an update through endpoints of their own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from avsctl.core.attestation.hearing import tell_rows
from avsctl.core.attestation.recomputation import Comparison
from avsctl.core.findings import Finding, Severity, build_finding
from avsctl.core.units import OperatorId


@dataclass(frozen=True)
class View:
    """What attesters with endpoints of their own find."""

    name: str
    """As the user calls it."""
    operator_ids: tuple[OperatorId, ...]
    """Whose view it is; empty where no operator is known by the name."""
    comparison: Comparison | None
    """By its own endpoints; None where they could not be read."""
    failure: str = ""
    """Why they could not be read, or why the update is rejected whatever they say; text from outside."""

    @property
    def is_right(self) -> bool:
        """Whether who sees this finds the update right; an endpoint that cannot be read approves nothing."""
        return self.comparison is not None and self.comparison.is_match and not self.failure


def find_votes(views: Iterable[View]) -> dict[OperatorId, bool]:
    """Give which operators find the update right by a view of their own, as ``Conduct.views`` has it."""
    return {operator_id: view.is_right for view in views for operator_id in view.operator_ids}


def check_views(views: Iterable[View], *, is_right: bool, is_approved: bool) -> Iterator[Finding]:
    """Find the views that lead to another vote than the endpoints that everything else was read from.

    Args:
        views: of attesters.
        is_right: whether an attester finds the update right that sees what avsctl sees.
        is_approved: whether the task is approved all the same, which leaves a view a matter for its operator alone.
    """
    for view in views:
        if view.is_right is not is_right:
            severity = Severity.INFO if is_approved else None
            yield build_finding("view_differs", _name(view), _tell(view), severity=severity)


def _name(view: View) -> str:
    return f"operator {view.operator_ids[0]}" if view.operator_ids else f"view {view.name}"


def _tell(view: View) -> str:
    lead = f"view {view.name}"
    if view.failure:
        return f"{lead} rejects it: {view.failure}"
    if view.is_right or view.comparison is None:
        return f"{lead} finds right what attesters reject that see what avsctl sees"
    wrong = view.comparison.wrong
    return f"{lead} rejects it: {len(wrong)} of {len(view.comparison.rows)} rows differ: {tell_rows(wrong)}"
