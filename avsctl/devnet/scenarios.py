"""Plays the scenarios on a running devnet, and tells whom each befell and what ``power explain`` has to say of it."""

import random
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from avsctl.core.cause_facts import CauseCode
from avsctl.core.deployment import Generation
from avsctl.core.units import E18
from avsctl.devnet import changes, rpc, stake_settings
from avsctl.devnet.keys import build_keys
from avsctl.devnet.plan import Operator
from avsctl.devnet.rpc import calldata
from avsctl.devnet.scenario_names import Befallen, Scenario
from avsctl.devnet.world import Devnet
from avsctl.errors import GenerationError, UsageError

WRONGLY_ADDED: Final = 7 * E18
"""What a wrong sync or a direct write adds, in raw units."""


def play(devnet: Devnet, scenario: Scenario) -> tuple[Befallen, ...]:
    """Bring a running devnet into the state of a scenario.

    Whom it befalls is chosen among the operators that have not drifted.

    Raises:
        GenerationError: the generation cannot come into that state.
        UsageError: every operator has drifted already.
    """
    require_playable(devnet.generation, scenario)
    return tuple(_PLAYS[scenario](_Cast(devnet)))


def require_playable(generation: Generation, scenario: Scenario) -> None:
    """Refuse a scenario that a generation cannot come into; raises GenerationError."""
    if scenario is Scenario.EJECTION_LOST and generation is not Generation.V3:
        raise GenerationError(
            f"generation {generation} cannot have the scenario {scenario}: its L1 knows of no ejections",
            "take --scenario unregister-lost, or --generation v3",
        )


class _Cast:
    """The operators of a devnet that a scenario may befall."""

    def __init__(self, devnet: Devnet) -> None:
        self.devnet = devnet
        drifted = {drift.address for drift in devnet.drift}
        operators = enumerate(devnet.operators, 1)
        self.calm = {i: operator for i, operator in operators if operator.address not in drifted}
        if not self.calm:
            raise UsageError("a scenario needs an operator that has not drifted", "give a smaller --drift")

    @property
    def listed_id(self) -> int:
        """One that restricted sets name."""
        return min(self.calm)

    @property
    def last_id(self) -> int:
        return max(self.calm)

    @property
    def newest_id(self) -> int:
        """The highest id on L2."""
        center = self.devnet.contracts.attestation_center
        return int.from_bytes(rpc.read(self.devnet.l2_url, center, calldata("numOfTotalOperators()")))

    def list_causes(self, operator_id: int) -> tuple[CauseCode, ...]:
        """Give what holds once this id is dead and its operator back under another."""
        is_listed = any(operator_id in each.restricted_ids for each in self.devnet.task_definitions)
        return (CauseCode.LISTS_NAME_OLD_ID,) if is_listed else ()

    def by_generation(self, v1: CauseCode, later: CauseCode) -> CauseCode:
        return v1 if self.devnet.generation is Generation.V1 else later

    def befall(self, operator_id: int, *causes: CauseCode) -> Befallen:
        return Befallen(operator_id, self.calm[operator_id].address, causes)

    def befall_all(self, cause: CauseCode, least_power: int = 0) -> Iterable[Befallen]:
        strong = (i for i, operator in self.calm.items() if operator.voting_power > least_power)
        return [self.befall(operator_id, cause) for operator_id in strong]

    def set_power(self, operator_id: int, power: int) -> None:
        changes.set_powers(self.devnet, {self.calm[operator_id].address: power})

    def take_out(self, operator_id: int) -> Operator:
        operator = self.calm[operator_id]
        changes.unregister_l1(self.devnet, [operator.address])
        changes.unregister_l2(self.devnet, [operator.address])
        return operator

    def bring_back(self, operator_id: int, power: int) -> int:
        """Let an operator leave both layers and return with a power; gives its new id."""
        operator = self.take_out(operator_id)
        self.set_power(operator_id, power)
        changes.register_l1(self.devnet, [operator])
        changes.register_l2(self.devnet, [operator], [power])
        return self.newest_id

    def sync_wrongly(self, operator_id: int) -> None:
        changes.mine(self.devnet.l1_url)
        changes.land_sync(self.devnet, {operator_id: WRONGLY_ADDED}, {})


_Play = Callable[[_Cast], Iterable[Befallen]]


def _change_stake(times: int, of: int) -> _Play:
    def run(cast: _Cast) -> Iterable[Befallen]:
        operator_id = cast.listed_id
        cast.set_power(operator_id, cast.calm[operator_id].voting_power * times // of)
        yield cast.befall(operator_id, CauseCode.PENDING_SYNC)

    return run


def _sync_wrongly(cast: _Cast) -> Iterable[Befallen]:
    cast.sync_wrongly(cast.last_id)
    yield cast.befall(cast.last_id, cast.by_generation(CauseCode.MISMATCH, CauseCode.WRONG_SYNC))


def _write(cast: _Cast) -> Iterable[Befallen]:
    stake_settings.write_power(cast.devnet, cast.last_id, WRONGLY_ADDED)
    yield cast.befall(cast.last_id, cast.by_generation(CauseCode.MISMATCH, CauseCode.DIRECT_WRITE))


def _return_with_half(cast: _Cast) -> Iterable[Befallen]:
    operator_id, operator = cast.last_id, cast.calm[cast.last_id]
    new_id = cast.bring_back(operator_id, operator.voting_power // 2)
    cast.set_power(operator_id, operator.voting_power)
    cause = cast.by_generation(CauseCode.PENDING_SYNC, CauseCode.REGISTERED_SINCE)
    yield Befallen(new_id, operator.address, (cause, *cast.list_causes(operator_id)))


def _change_multiplier(cast: _Cast) -> Iterable[Befallen]:
    stake_settings.set_multiplier(cast.devnet, cast.devnet.contracts.staking_contracts[1], 3)
    yield from cast.befall_all(CauseCode.MULTIPLIER_CHANGED)


def _add_contract(cast: _Cast) -> Iterable[Befallen]:
    operator_id = cast.listed_id
    stake_settings.add_staking_contract(cast.devnet, {cast.calm[operator_id].address: 50 * E18})
    yield cast.befall(operator_id, CauseCode.STAKING_CONTRACTS_CHANGED)


def _remove_contract(cast: _Cast) -> Iterable[Befallen]:
    stake_settings.set_staking_contracts(cast.devnet, cast.devnet.contracts.staking_contracts[:1])
    yield from cast.befall_all(CauseCode.STAKING_CONTRACTS_CHANGED)


def _cap(cast: _Cast) -> Iterable[Befallen]:
    powers = sorted(operator.voting_power for operator in cast.calm.values())
    cap = powers[len(powers) // 2] - 1
    stake_settings.set_cap(cast.devnet, cap)
    yield from cast.befall_all(CauseCode.CAPPED, cap)


def _fall_below_minimum(cast: _Cast) -> Iterable[Befallen]:
    operator_id, power = cast.listed_id, cast.calm[cast.listed_id].voting_power
    weakest = min(operator.voting_power for operator in cast.devnet.operators)
    stake_settings.set_minimum(cast.devnet, weakest // 2)
    cast.set_power(operator_id, min(power, weakest) // 4)
    yield cast.befall(operator_id, CauseCode.PENDING_SYNC, CauseCode.BELOW_MINIMUM)


def _unregister(cast: _Cast) -> Iterable[Befallen]:
    changes.unregister_l1(cast.devnet, [cast.calm[cast.last_id].address])
    yield cast.befall(cast.last_id, CauseCode.UNREGISTER_NOT_ARRIVED)


def _eject(cast: _Cast) -> Iterable[Befallen]:
    stake_settings.eject_l1(cast.devnet, cast.calm[cast.last_id].address)
    yield cast.befall(cast.last_id, CauseCode.EJECT_NOT_ARRIVED)


def _register(cast: _Cast) -> Iterable[Befallen]:
    (keys,) = islice(build_keys(random.Random("a stranger")), 1)  # noqa: S311 - has to be repeatable
    stranger = Operator(keys.address, keys.private_key, keys.bls_key, 300 * E18, keys.bls_secret)
    changes.join_eigenlayer(cast.devnet, [stranger.address])
    changes.set_powers(cast.devnet, {stranger.address: stranger.voting_power})
    changes.register_l1(cast.devnet, [stranger])
    yield Befallen(None, stranger.address, (CauseCode.REGISTER_NOT_ARRIVED,))


def _return_on_l1(cast: _Cast) -> Iterable[Befallen]:
    operator = cast.take_out(cast.last_id)
    changes.register_l1(cast.devnet, [operator])
    yield Befallen(None, operator.address, (CauseCode.REGISTER_NOT_ARRIVED,))


def _leave(cast: _Cast) -> Iterable[Befallen]:
    changes.leave_eigenlayer(cast.devnet, [cast.calm[cast.last_id].address])
    yield cast.befall(cast.last_id, cast.by_generation(CauseCode.LEFT_EIGENLAYER, CauseCode.PENDING_SYNC))


def _return_listed(cast: _Cast) -> Iterable[Befallen]:
    operator = cast.calm[cast.listed_id]
    new_id = cast.bring_back(cast.listed_id, operator.voting_power)
    yield Befallen(new_id, operator.address, cast.list_causes(cast.listed_id))


def _make_ghost(cast: _Cast) -> Iterable[Befallen]:
    cast.take_out(cast.last_id)
    cast.sync_wrongly(cast.last_id)
    yield cast.befall(cast.last_id, CauseCode.GHOST_POWER)


def _register_twice(cast: _Cast) -> Iterable[Befallen]:
    operator = cast.calm[cast.last_id]
    changes.register_l2(cast.devnet, [operator], [operator.voting_power])
    yield cast.befall(cast.last_id, CauseCode.TWO_ACTIVE_IDS)
    yield Befallen(cast.newest_id, operator.address, (CauseCode.TWO_ACTIVE_IDS,))


def _break(cast: _Cast) -> Iterable[Befallen]:
    address = cast.calm[cast.last_id].address
    changes.break_read(cast.devnet, address, changes.BreakMode.REVERTS_WITH_STRING)
    yield cast.befall(cast.last_id, CauseCode.L1_READ_FAILS)


def _change_stake_and_write(cast: _Cast) -> Iterable[Befallen]:
    operator_id = cast.last_id
    list(_write(cast))
    cast.set_power(operator_id, cast.calm[operator_id].voting_power * 2)
    if cast.devnet.generation is Generation.V1:
        yield cast.befall(operator_id, CauseCode.MISMATCH)
    else:
        yield cast.befall(operator_id, CauseCode.PENDING_SYNC, CauseCode.DIRECT_WRITE)


def _change_stake_and_multiplier(cast: _Cast) -> Iterable[Befallen]:
    list(_change_stake(5, 4)(cast))
    for each in _change_multiplier(cast):
        is_both = each.operator_id == cast.listed_id
        yield cast.befall(each.operator_id or 0, *each.causes, *([CauseCode.PENDING_SYNC] if is_both else []))


def _sync_wrongly_and_write(cast: _Cast) -> Iterable[Befallen]:
    (wrong,) = _sync_wrongly(cast)
    (written,) = _write(cast)
    yield cast.befall(cast.last_id, *dict.fromkeys((*wrong.causes, *written.causes)))


def _return_listed_with_more(cast: _Cast) -> Iterable[Befallen]:
    (back,) = _return_listed(cast)
    rpc.call(cast.devnet.l1_url, "evm_mine")
    cast.set_power(cast.listed_id, cast.calm[cast.listed_id].voting_power + 50 * E18)
    yield Befallen(back.operator_id, back.address, (CauseCode.PENDING_SYNC, *back.causes))


def _leave_and_unregister(cast: _Cast) -> Iterable[Befallen]:
    list(_leave(cast))
    (gone,) = _unregister(cast)
    has_left = cast.devnet.generation is Generation.V1
    yield cast.befall(cast.last_id, *gone.causes, *([CauseCode.LEFT_EIGENLAYER] if has_left else []))


_PLAYS: Final[dict[Scenario, _Play]] = {
    Scenario.STAKE_ROSE: _change_stake(5, 4),
    Scenario.STAKE_FELL: _change_stake(2, 3),
    Scenario.STAKE_WITHDRAWN: _change_stake(0, 1),
    Scenario.WRONG_SYNC: _sync_wrongly,
    Scenario.DIRECT_WRITE: _write,
    Scenario.REGISTERED_SINCE: _return_with_half,
    Scenario.MULTIPLIER_CHANGED: _change_multiplier,
    Scenario.STAKING_CONTRACT_ADDED: _add_contract,
    Scenario.STAKING_CONTRACT_REMOVED: _remove_contract,
    Scenario.CAPPED: _cap,
    Scenario.BELOW_MINIMUM: _fall_below_minimum,
    Scenario.UNREGISTER_LOST: _unregister,
    Scenario.EJECTION_LOST: _eject,
    Scenario.REGISTRATION_LOST: _register,
    Scenario.RETURN_LOST: _return_on_l1,
    Scenario.LEFT_EIGENLAYER: _leave,
    Scenario.OLD_ID_LISTED: _return_listed,
    Scenario.GHOST_POWER: _make_ghost,
    Scenario.TWO_IDS: _register_twice,
    Scenario.UNREADABLE: _break,
    Scenario.STAKE_AND_WRITE: _change_stake_and_write,
    Scenario.STAKE_AND_MULTIPLIER: _change_stake_and_multiplier,
    Scenario.WRONG_SYNC_AND_WRITE: _sync_wrongly_and_write,
    Scenario.OLD_ID_AND_STAKE: _return_listed_with_more,
    Scenario.LEFT_AND_UNREGISTERED: _leave_and_unregister,
}
