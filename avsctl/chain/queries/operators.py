"""Operators of both layers: every id on L2, and what L1 says of every address known."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from avsctl.chain.background import side_by_side
from avsctl.chain.detect import Discovery
from avsctl.chain.logs import LogQuery, scan_back
from avsctl.chain.reader import BlockReader
from avsctl.contracts.avs_governance import OPERATOR_REGISTERED_TOPIC, AvsGovernance, decode_operator_registered
from avsctl.contracts.call import Answer, Call, Outcome, Reverted
from avsctl.contracts.obls import Obls
from avsctl.core.deployment import Generation
from avsctl.core.operators import (
    L1Answer,
    L1Operator,
    L2Operator,
    NotAnOperator,
    OperatorSets,
    Unreadable,
    VotingPowerRead,
    count_unlisted,
)
from avsctl.core.units import Address, OperatorId

MOST_LOG_REQUESTS: Final = 20
"""How many log requests the search for operators unknown to L2 may take."""


def load_l2_operators(reader: BlockReader, discovery: Discovery) -> tuple[tuple[L2Operator, ...], int]:
    """Read every id from 1 to the highest, dead ones too, and ``OBLS.totalVotingPower``."""
    return join_l2_operators(discovery, reader.require(l2_operator_calls(discovery)))


def l2_operator_calls(discovery: Discovery) -> list[Call[Any]]:
    """Give the calls that tell of every id and of the global total; ``join_l2_operators`` reads their answers."""
    return l2_id_calls(Obls(discovery.obls, discovery.generation), discovery.total_operators)


def l2_id_calls(obls: Obls, count: int) -> list[Call[Any]]:
    """Give the calls of ``l2_operator_calls`` for ids up to ``count``."""
    ids = map(OperatorId, range(1, count + 1))
    return [obls.total_voting_power(), *(call for each in ids for call in _calls_of_id(obls, each))]


def join_l2_operators(discovery: Discovery, answers: Sequence[Any]) -> tuple[tuple[L2Operator, ...], int]:
    """Put the answers to ``l2_operator_calls`` together: every id, and the global total."""
    total, *values = answers
    width = len(_calls_of_id(Obls(discovery.obls, discovery.generation), OperatorId(1)))
    rows = [values[start : start + width] for start in range(0, len(values), width)]
    named = enumerate(discovery.operator_addresses, 1)
    return tuple(L2Operator(OperatorId(i), a, *row) for (i, a), row in zip(named, rows, strict=True)), total


def load_l1_operators(
    reader: BlockReader, governance: AvsGovernance, addresses: Sequence[Address]
) -> tuple[tuple[L1Operator, ...], int]:
    """Read what L1 says of each address, and ``numOfActiveOperators``."""
    calls = l1_operator_calls(governance, addresses)
    count, *outcomes = reader.read(calls)
    registered, powers = outcomes[::2], outcomes[1::2]
    operators = tuple(map(_join_l1, addresses, registered, powers))
    return operators, reader.value(calls[0], count)


def l1_operator_calls(governance: AvsGovernance, addresses: Iterable[Address]) -> list[Call[Any]]:
    """Give the calls that tell how many operators L1 counts, and of each address whether it is one and its power."""
    calls: list[Call[Any]] = [governance.num_of_active_operators()]
    for address in addresses:
        calls += (governance.is_operator_registered(address), governance.voting_power(address))
    return calls


@dataclass(frozen=True)
class L1Place:
    """Where L1 is read."""

    reader: BlockReader
    avs_governance: Address


def load_operators(
    l2: BlockReader, discovery: Discovery, l1: L1Place | None
) -> tuple[tuple[L2Operator, ...], int, OperatorSets | None]:
    """Read the operators of L2 and ``OBLS.totalVotingPower``, and both layers' where L1 is read, else None."""
    if l1 is None:
        operators, total = load_l2_operators(l2, discovery)
        return operators, total, None
    sets = load_operator_sets(l1.reader, l2, discovery, l1.avs_governance)
    return sets.l2, sets.l2_total_voting_power, sets


def load_operator_sets(l1: BlockReader, l2: BlockReader, discovery: Discovery, avs_governance: Address) -> OperatorSets:
    """Read both layers side by side.

    When L1 counts more operators than are found registered, its newest ``OperatorRegistered`` logs are searched for the
    others.
    """
    governance = AvsGovernance(avs_governance, discovery.generation)
    known = _distinct(discovery.operator_addresses)
    (l2_operators, total), (l1_operators, count) = side_by_side(
        lambda: load_l2_operators(l2, discovery), lambda: load_l1_operators(l1, governance, known)
    )
    sets = OperatorSets(l2_operators, l1_operators, count, total)
    return sets if not count_unlisted(sets) else _with_unlisted(l1, governance, sets)


def load_bls_key(reader: BlockReader, discovery: Discovery, operator: L2Operator) -> tuple[int, ...] | None:
    """Read the four words of an operator's BLS key; None on V1, which has no getter for it."""
    if discovery.generation is Generation.V1:
        return None
    (key,) = reader.require([Obls(discovery.obls, discovery.generation).bls_key(operator.operator_id)])
    return key


def _calls_of_id(obls: Obls, operator_id: OperatorId) -> list[Call[Any]]:
    calls: list[Call[Any]] = [obls.voting_power(operator_id), obls.is_active(operator_id)]
    return [*calls, obls.is_registered(operator_id)] if obls.generation is Generation.V3 else calls


def _join_l1(address: Address, registered: Outcome[bool], power: Outcome[int]) -> L1Operator:
    if isinstance(registered, Reverted):
        return L1Operator(address, None, Unreadable(f"isOperatorRegistered: {registered.revert.text}"))
    return L1Operator(address, registered.value, _read_power(power))


def _read_power(outcome: Outcome[int]) -> L1Answer:
    if isinstance(outcome, Answer):
        return VotingPowerRead(outcome.value)
    if outcome.revert.name == "NotActiveOperator":
        return NotAnOperator()
    return Unreadable(f"votingPower: {outcome.revert.text}")


def _with_unlisted(l1: BlockReader, governance: AvsGovernance, sets: OperatorSets) -> OperatorSets:
    """Add the operators that L1's logs name and that are registered, until none is missing or the search ends."""
    for addresses in _registered_lately(l1, governance, {operator.address for operator in sets.l1}):
        found, _ = load_l1_operators(l1, governance, addresses)
        registered = tuple(operator for operator in found if operator.is_registered is not False)
        sets = OperatorSets(sets.l2, (*sets.l1, *registered), sets.l1_active_count, sets.l2_total_voting_power)
        if not count_unlisted(sets):
            break
    return sets


def _registered_lately(l1: BlockReader, governance: AvsGovernance, known: set[Address]) -> Iterator[list[Address]]:
    """Give the addresses of registrations, newest first, that are not known yet."""
    query = LogQuery(governance.address, OPERATOR_REGISTERED_TOPIC)
    seen = set(known)
    for window in scan_back(l1.rpc, query, l1.block.number, MOST_LOG_REQUESTS):
        new = [address for address in _distinct(map(decode_operator_registered, window.logs)) if address not in seen]
        seen.update(new)
        if new:
            yield new


def _distinct(addresses: Iterable[Address]) -> list[Address]:
    return list(dict.fromkeys(addresses))
