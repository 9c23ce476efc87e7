"""Operators as they are named in a list, by id or by address, and the ids that the contract is given for them."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from avsctl.core.operators import L2Operator
from avsctl.core.units import Address, OperatorId
from avsctl.errors import UsageError

OperatorName: TypeAlias = OperatorId | Address
"""An id is taken as it is; an address stands for the one id under which it is active."""


def resolve_operators(names: Iterable[OperatorName], operators: Sequence[L2Operator]) -> tuple[OperatorId, ...]:
    """Give the distinct ids of the operators named, ascending, as the contract wants them.

    An id stays what it is, dead or unknown: what that means is found later, with everything else about the change.

    Args:
        names: as typed.
        operators: every id of the L2, dead ones too.

    Raises:
        UsageError: an address that is active under no id, or under several; all such addresses in one message.
    """
    ids, problems = set[OperatorId](), list[str]()
    for name in dict.fromkeys(names):
        if isinstance(name, int):
            ids.add(name)
            continue
        found = [each for each in operators if each.address == name]
        active = [each.operator_id for each in found if each.is_active]
        ids.update(active)
        if len(active) != 1:
            problems.append(_refuse(name, active, [each.operator_id for each in found]))
    if problems:
        raise UsageError("; ".join(problems), "name operators by id where an address does not; avsctl operator list")
    return tuple(sorted(ids))


def _refuse(address: Address, active: Sequence[OperatorId], known: Sequence[OperatorId]) -> str:
    if active:
        return f"{address} is active under several ids, {_list(active)}: name the one that is meant"
    if known:
        return f"{address} is not registered any more: its ids, {_list(known)}, are dead"
    return f"{address} is no operator on L2"


def _list(ids: Iterable[OperatorId]) -> str:
    return ", ".join(map(str, ids))
