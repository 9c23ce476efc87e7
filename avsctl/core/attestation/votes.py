"""How the attesters of a task vote, and which of their votes an aggregator hands in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from avsctl.core.changes import L2State
from avsctl.core.operators import L2Operator
from avsctl.core.tasks import TaskDefinition, find_eligible, find_refusal
from avsctl.core.units import Address, OperatorId


class Vote(StrEnum):
    """What an attester does."""

    APPROVE = "approve"
    REJECT = "reject"
    OFFLINE = "offline"


class Reason(StrEnum):
    """Why it does so."""

    OWN_RECOMPUTATION = "own_recomputation"
    """It finds the update right, or wrong, as everyone does."""
    OWN_VIEW = "own_view"
    """What its own endpoints say."""
    DISSENT = "dissent"
    """It votes the other way."""
    OFFLINE = "offline"
    NOT_CALLED = "not_called"
    """Only others take part."""


@dataclass(frozen=True)
class Conduct:
    """What is assumed of attesters; the first of these that applies holds, and dissent turns what is left around."""

    offline: frozenset[OperatorId] = frozenset()
    attesters: frozenset[OperatorId] | None = None
    """Only these take part; None for everyone."""
    dissent: frozenset[OperatorId] = frozenset()
    views: Mapping[OperatorId, bool] = field(default_factory=dict)
    """Whether an attester finds the update right by its own endpoints."""

    @property
    def named(self) -> frozenset[OperatorId]:
        """Every id that something is assumed of."""
        return self.offline | self.dissent | frozenset(self.views) | (self.attesters or frozenset())


@dataclass(frozen=True)
class Ballot:
    """One eligible attester."""

    operator_id: OperatorId
    voting_power: int
    """Raw units, as OBLS holds it."""
    vote: Vote
    reason: Reason


@dataclass(frozen=True)
class Ineligible:
    """An id that something is assumed of, and that may not attest."""

    operator_id: OperatorId
    error: str
    """What ``submitTask`` refuses it with; ``InactiveOperator`` and so on."""


@dataclass(frozen=True)
class Votes:
    """All votes on a task."""

    ballots: tuple[Ballot, ...]
    """Strongest first, by id where equal."""
    ineligible: tuple[Ineligible, ...] = ()
    """By id; none of them votes."""

    def of(self, vote: Vote) -> tuple[Ballot, ...]:
        """Give the ballots of one kind, strongest first."""
        return tuple(ballot for ballot in self.ballots if ballot.vote is vote)

    def ids(self, vote: Vote) -> tuple[OperatorId, ...]:
        """Give who votes so, by id."""
        return tuple(sorted(ballot.operator_id for ballot in self.of(vote)))


@dataclass(frozen=True)
class Aggregate:
    """The votes of one kind that are handed in."""

    attester_ids: tuple[OperatorId, ...]
    """Ascending."""
    signed: int
    """Their power together, in raw units."""
    not_handed_in: tuple[OperatorId, ...] = ()
    """Who voted so, and is beyond the maximum number of attesters: the weakest."""


def cast_votes(definition: TaskDefinition, state: L2State, conduct: Conduct, *, is_right: bool) -> Votes:
    """Let every attester vote that the definition's own rules admit: list, minimum, active.

    Args:
        definition: whose rules.
        state: L2 as it is when the task is handed in.
        conduct: what is assumed of attesters.
        is_right: whether an attester that recomputes the update finds it right.
    """
    eligible = find_eligible(definition, state.operators)
    ballots = tuple(_cast(operator, conduct, is_right=is_right) for operator in eligible)
    strangers = conduct.named - {operator.operator_id for operator in eligible}
    refused = tuple(Ineligible(each, _refuse(definition, state, each)) for each in sorted(strangers))
    return Votes(ballots, refused)


def aggregate(ballots: Iterable[Ballot], maximum_number_of_attesters: int) -> Aggregate:
    """Choose the ballots that are handed in: all, or the strongest where there is a maximum.

    Args:
        ballots: of one kind.
        maximum_number_of_attesters: 0 for no limit.
    """
    ordered = sorted(ballots, key=lambda ballot: (-ballot.voting_power, ballot.operator_id))
    most = maximum_number_of_attesters or len(ordered)
    chosen = ordered[:most]
    return Aggregate(
        tuple(sorted(ballot.operator_id for ballot in chosen)),
        sum(ballot.voting_power for ballot in chosen),
        tuple(sorted(ballot.operator_id for ballot in ordered[most:])),
    )


def _cast(operator: L2Operator, conduct: Conduct, *, is_right: bool) -> Ballot:
    operator_id = operator.operator_id
    vote, reason = _decide(operator_id, conduct, is_right=is_right)
    return Ballot(operator_id, operator.voting_power, vote, reason)


def _decide(operator_id: OperatorId, conduct: Conduct, *, is_right: bool) -> tuple[Vote, Reason]:
    if operator_id in conduct.offline:
        return Vote.OFFLINE, Reason.OFFLINE
    if conduct.attesters is not None and operator_id not in conduct.attesters:
        return Vote.OFFLINE, Reason.NOT_CALLED
    approves = conduct.views.get(operator_id, is_right)
    if operator_id in conduct.dissent:
        return (Vote.REJECT if approves else Vote.APPROVE), Reason.DISSENT
    has_view = operator_id in conduct.views
    return (Vote.APPROVE if approves else Vote.REJECT), Reason.OWN_VIEW if has_view else Reason.OWN_RECOMPUTATION


def _refuse(definition: TaskDefinition, state: L2State, operator_id: OperatorId) -> str:
    """Name the error that an id meets which is not eligible; one that was never given out has no power."""
    found = next((each for each in state.operators if each.operator_id == operator_id), None)
    operator = found or L2Operator(operator_id, Address(""), 0, is_active=False)
    return find_refusal(definition, operator, state.generation) or ""
