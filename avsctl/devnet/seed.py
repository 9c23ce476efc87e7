"""Fills a deployed devnet: operators on both layers, two syncs, task definitions, and last the drift."""

from typing import Final

from avsctl.devnet import changes, clock, rpc
from avsctl.devnet.plan import Drift, DriftKind, Operator
from avsctl.devnet.rpc import Transaction, calldata
from avsctl.devnet.world import Devnet

DEFAULT_OPERATORS_LIMIT: Final = 100
"""What AvsGovernance begins with."""

_CHANGES_STAKE: Final = frozenset({DriftKind.RAISED, DriftKind.LOWERED, DriftKind.ZEROED, DriftKind.REREGISTERED})
_LEFT_ON_L2: Final = (DriftKind.DEAD_ON_L2, DriftKind.REREGISTERED)


def seed(devnet: Devnet, first_powers: tuple[int, ...], present: clock.Present) -> None:
    """Play the devnet's past: everyone registers, two syncs land with a set-up in between, then the layers drift."""
    _raise_limit(devnet)
    addresses = [operator.address for operator in (*devnet.operators, *devnet.strangers)]
    changes.join_eigenlayer(devnet, addresses)
    changes.set_powers(devnet, dict(zip(addresses, first_powers, strict=False)))
    changes.register_l1(devnet, devnet.operators)
    changes.register_l2(devnet, devnet.operators, first_powers)
    _sync(devnet, first_powers, 0, present)
    changes.set_definitions(devnet, devnet.task_definitions)
    _sync(devnet, first_powers, 1, present)
    changes.refresh_totals(devnet)
    _plant(devnet)


def _raise_limit(devnet: Devnet) -> None:
    """Make room for more operators than AvsGovernance allows at first."""
    count = len(devnet.operators) + len(devnet.strangers)
    if count > DEFAULT_OPERATORS_LIMIT:
        data = calldata("setNumOfOperatorsLimit(uint256)", count)
        rpc.send(devnet.l1_url, [Transaction(devnet.multisig, devnet.contracts.avs_governance, data)])


def _sync(devnet: Devnet, first_powers: tuple[int, ...], position: int, present: clock.Present) -> None:
    """Bring one operator to its power, first on L1 and then, by a sync at its own time, on L2."""
    at = present.started_at - clock.SYNC_AGES_SECONDS[position]
    clock.set_next_block_at(devnet.l1_url, at - clock.L1_BLOCK_SECONDS)
    rises: dict[int, int] = {}
    falls: dict[int, int] = {}
    if position < len(devnet.operators):
        operator = devnet.operators[position]
        changes.set_powers(devnet, {operator.address: operator.voting_power})
        delta = operator.voting_power - first_powers[position]
        (rises if delta > 0 else falls)[position + 1] = abs(delta)
    else:
        changes.mine(devnet.l1_url)
    clock.set_next_block_at(devnet.l2_url, at)
    changes.land_sync(devnet, rises, falls)


def _plant(devnet: Devnet) -> None:
    """Plant the drift: what happened on L1 since the last sync, and on L2 without L1."""
    by_kind = {kind: [drift for drift in devnet.drift if drift.kind is kind] for kind in DriftKind}
    changes.leave_eigenlayer(devnet, _addresses(by_kind[DriftKind.LEFT_EIGENLAYER]))
    left = [drift for kind in _LEFT_ON_L2 for drift in by_kind[kind]]
    changes.unregister_l1(devnet, _addresses(by_kind[DriftKind.UNREGISTERED_ON_L1] + left))
    changes.unregister_l2(devnet, _addresses(left))
    returned = _operators(devnet, by_kind[DriftKind.REREGISTERED])
    changes.register_l1(devnet, [*_operators(devnet, left), *devnet.strangers])
    changes.register_l2(devnet, returned, [operator.voting_power for operator in returned])
    stakes = {drift.address: drift.l1_answer or 0 for drift in devnet.drift if drift.kind in _CHANGES_STAKE}
    changes.set_powers(devnet, stakes | {operator.address: operator.voting_power for operator in devnet.strangers})


def _addresses(drifts: list[Drift]) -> list[str]:
    return [drift.address for drift in drifts]


def _operators(devnet: Devnet, drifts: list[Drift]) -> list[Operator]:
    by_address = {operator.address: operator for operator in devnet.operators}
    return [by_address[drift.address] for drift in drifts]
