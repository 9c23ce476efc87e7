"""What votes come to: signed power against required, who is needed, and what an aggregator makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from avsctl.core.attestation.votes import Aggregate, Vote, Votes, aggregate
from avsctl.core.operators import L2Operator
from avsctl.core.quorum import Assessment, Quorum
from avsctl.core.tasks import find_eligible
from avsctl.core.units import OperatorId


@dataclass(frozen=True)
class Tally:
    """The votes on a task against the quorums of its definition, in raw units."""

    quorum: Quorum
    """Of the definition, whoever votes: totals, required powers, and the operators without whom nothing passes."""
    approving: Aggregate
    rejecting: Aggregate
    smallest_passing_set: tuple[OperatorId, ...]
    """The fewest eligible operators that approve, the strongest of them, by id; empty where no set does."""

    @property
    def margin(self) -> int:
        """Approving minus required power."""
        return self.approving.signed - self.quorum.required_approve

    @property
    def is_approvable(self) -> bool:
        """Whether those who approve suffice."""
        return 0 < self.quorum.required_approve <= self.approving.signed

    @property
    def is_rejectable(self) -> bool:
        """Whether those who reject suffice: they burn the task for good if they are handed in first."""
        return 0 < self.quorum.required_reject <= self.rejecting.signed

    @property
    def is_contested(self) -> bool:
        """Whether either may land first."""
        return self.is_approvable and self.is_rejectable

    @property
    def hands_in_approval(self) -> bool:
        """Whether the approving votes are handed in: if they suffice, or if neither do and they weigh no less."""
        if self.is_approvable or self.is_rejectable:
            return self.is_approvable
        return self.approving.signed >= self.rejecting.signed

    @property
    def handed_in(self) -> Aggregate:
        """The votes that the aggregator hands in."""
        return self.approving if self.hands_in_approval else self.rejecting


def tally_votes(votes: Votes, assessment: Assessment, operators: Sequence[L2Operator]) -> Tally:
    """Count votes by the definition's own rules.

    Args:
        votes: of the attesters.
        assessment: of the definition, when the task is handed in.
        operators: every id of the L2 then.
    """
    most = assessment.definition.maximum_number_of_attesters
    eligible = find_eligible(assessment.definition, operators)
    return Tally(
        assessment.quorum,
        aggregate(votes.of(Vote.APPROVE), most),
        aggregate(votes.of(Vote.REJECT), most),
        find_smallest_passing_set(eligible, assessment.quorum),
    )


def find_smallest_passing_set(eligible: Sequence[L2Operator], quorum: Quorum) -> tuple[OperatorId, ...]:
    """Give the fewest operators that approve a task, by id; empty where no admissible set does.

    Args:
        eligible: strongest first, by id where equal.
        quorum: of the definition.
    """
    if not quorum.is_attainable:
        return ()
    chosen, signed = [], 0
    for operator in eligible:
        if signed >= quorum.required_approve:
            break
        chosen.append(operator.operator_id)
        signed += operator.voting_power
    return tuple(sorted(chosen))
