"""Operators as each layer sees them: AttestationCenter and OBLS on L2, AvsGovernance on L1."""

from collections.abc import Iterable
from dataclasses import dataclass

from avsctl.core.units import Address, OperatorId


@dataclass(frozen=True)
class L2Operator:
    """One operator id of one L2; ids are never reused, so one address may stand under several."""

    operator_id: OperatorId
    address: Address
    voting_power: int
    """The copy that OBLS holds, in raw units."""
    is_active: bool
    """``OBLS.isActive``."""
    is_registered: bool | None = None
    """``OBLS.isRegistered``, which only V3 has."""


@dataclass(frozen=True)
class VotingPowerRead:
    """``AvsGovernance.votingPower`` answered."""

    voting_power: int
    """Raw units."""


@dataclass(frozen=True)
class NotAnOperator:
    """``AvsGovernance.votingPower`` reverted with ``NotActiveOperator()``: no EigenLayer operator any more."""


@dataclass(frozen=True)
class Unreadable:
    """An L1 read of the operator failed with anything else, so its power is not known."""

    reason: str
    """The decoded revert, or what the node said; text from outside."""


L1Answer = VotingPowerRead | NotAnOperator | Unreadable


@dataclass(frozen=True)
class L1Operator:
    """What AvsGovernance says of one address."""

    address: Address
    is_registered: bool | None
    """``isOperatorRegistered``; None when that read failed."""
    answer: L1Answer


@dataclass(frozen=True)
class OperatorSets:
    """Everything that one pair of blocks says of the operators of a deployment."""

    l2: tuple[L2Operator, ...]
    """Every id from 1 to ``numOfTotalOperators``, dead ones too, ascending."""
    l1: tuple[L1Operator, ...]
    """One for each address known to L2, and for each found in L1's logs."""
    l1_active_count: int
    """``AvsGovernance.numOfActiveOperators``."""
    l2_total_voting_power: int
    """``OBLS.totalVotingPower``: a running sum, not recomputed by the chain."""


def counted_voting_power(operator: L1Operator) -> int | None:
    """Give the power in raw units that counts on L1: 0 for one that is not registered, or is no operator.

    None where a read failed: that is never taken for 0, not even of an address that is not registered.
    """
    if operator.is_registered is None or isinstance(operator.answer, Unreadable):
        return None
    if not operator.is_registered or isinstance(operator.answer, NotAnOperator):
        return 0
    return operator.answer.voting_power


def active_operators(operators: Iterable[L2Operator]) -> tuple[L2Operator, ...]:
    """Give the operators that are active on L2, in the order given."""
    return tuple(operator for operator in operators if operator.is_active)


def ghost_operators(operators: Iterable[L2Operator]) -> tuple[L2Operator, ...]:
    """Give the ids that are not active and hold power all the same (it raises quorums and cannot sign)."""
    return tuple(operator for operator in operators if not operator.is_active and operator.voting_power)


def shared_addresses(operators: Iterable[L2Operator]) -> dict[Address, tuple[OperatorId, ...]]:
    """Give the addresses under which two or more ids are active, with these ids ascending."""
    ids_by_address: dict[Address, list[OperatorId]] = {}
    for operator in active_operators(operators):
        ids_by_address.setdefault(operator.address, []).append(operator.operator_id)
    return {address: tuple(sorted(ids)) for address, ids in ids_by_address.items() if len(ids) > 1}


def count_unlisted(sets: OperatorSets) -> int:
    """Give how many operators L1 counts as active beyond the registered addresses that are known.

    An address whose registration could not be read may be one of them, so it is counted as registered.
    """
    return max(0, sets.l1_active_count - sum(operator.is_registered is not False for operator in sets.l1))
