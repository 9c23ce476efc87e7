"""What L1 counts for operators in each staking contract, now and at the last sync (V2, V3)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from avsctl.chain.background import side_by_side
from avsctl.chain.queries.cause_reference import MOST_CONTRACTS, L1Past, reference_block
from avsctl.chain.queries.power_history_states import read_at_blocks
from avsctl.contracts.call import value_of
from avsctl.core.cause_facts import OperatorFacts, StakePart, StakeSettings, Then
from avsctl.core.deployment import Generation
from avsctl.core.units import Address
from avsctl.errors import ChainError

MOST_PARTS: Final = 8_000
"""Calls for parts of powers; more are not asked for."""

Both = tuple[int | None, int | None]
"""The power in one contract now, and at the last sync; None where it reverts or was not read."""


def load_parts(
    past: L1Past, addresses: Sequence[Address], contracts: Sequence[Address]
) -> dict[tuple[Address, Address], Both]:
    """Give what each contract gives each operator, by operator and contract; empty where that is too much to ask.

    Raises:
        ChainError: L1 could not be read at its pinned block.
    """
    pairs = [(address, contract) for address in dict.fromkeys(addresses) for contract in dict.fromkeys(contracts)]
    too_many = len(set(contracts)) > MOST_CONTRACTS or len(pairs) > MOST_PARTS
    if past.discovery.generation is Generation.V1 or too_many or not pairs:
        return {}
    calls = [past.getters.power_in(*pair) for pair in pairs]
    now, then = side_by_side(lambda: past.reader.read(calls), lambda: _read_then(past, pairs))
    return {pair: (value_of(outcome), then.get(pair)) for pair, outcome in zip(pairs, now, strict=True)}


def with_parts(facts: OperatorFacts, parts: Mapping[tuple[Address, Address], Both]) -> OperatorFacts:
    """Add the parts of one operator to its facts; what is not supported counts nothing."""
    weights = dict(facts.settings.multipliers)
    before = {name for name, _ in facts.then.settings.multipliers} if isinstance(facts.then, Then) else set(weights)
    own = {contract: both for (address, contract), both in parts.items() if address == facts.address}
    joined = tuple(
        StakePart(
            contract,
            weights.get(contract),
            now if contract in weights else 0,
            then if contract in before or then is None else 0,
        )
        for contract, (now, then) in own.items()
    )
    return replace(facts, parts=joined or None)


def dropped_contracts(facts: Sequence[OperatorFacts], now: StakeSettings) -> tuple[Address, ...]:
    """Give the contracts that were supported at the last sync and are not now."""
    kept = {name for name, _ in now.multipliers}
    thens = (each.then for each in facts if isinstance(each.then, Then))
    return tuple(dict.fromkeys(name for then in thens for name, _ in then.settings.multipliers if name not in kept))


def _read_then(past: L1Past, pairs: Sequence[tuple[Address, Address]]) -> dict[tuple[Address, Address], int | None]:
    block = reference_block(past)
    if block is None:
        return {}
    try:
        (told,) = read_at_blocks(past.reader, [(block, [past.getters.power_in(*pair) for pair in pairs])])
    except ChainError:
        return {}
    return {} if told is None else {pair: value_of(outcome) for pair, outcome in zip(pairs, told, strict=True)}
