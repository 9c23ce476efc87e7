"""Changes one chain of a running devnet: stake, registration, reads that fail, syncs, task definitions.

Each function returns when its transactions are mined. Powers are in raw units. What L1 and L2 do to each other on a
real deployment (messages) does not happen here: change both, or one and there is drift.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Final, TypeVar

from avsctl.contracts.keccak import keccak256
from avsctl.core.deployment import Generation
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.devnet import rpc
from avsctl.devnet.definitions import REWARDS_WEI, TaskDefinition
from avsctl.devnet.plan import Operator
from avsctl.devnet.rpc import Receipt, Transaction, calldata
from avsctl.devnet.world import Devnet
from avsctl.errors import GenerationError

OPERATORS_PER_TRANSACTION: Final = 100
"""Registration on L2 takes about 250,000 gas an operator."""
GAS_PER_ID: Final = 15_000
"""A little more than one id costs when a total is summed up over all of them."""

T = TypeVar("T")
_PARAMS: Final = "uint256,uint256,uint256,uint256,uint256,uint256,uint256[]"
_POWERS: Final = "(uint256,uint256)[]"


class BreakMode(IntEnum):
    """How the L1 read of an operator's power fails."""

    WORKS = 0
    BURNS_ALL_GAS = 1
    LOOPS = 2
    REVERTS_EMPTY = 3
    REVERTS_WITH_STRING = 4
    REVERTS_WITH_ERROR = 5


# L1


def set_powers(devnet: Devnet, power_by_address: Mapping[str, int]) -> None:
    """Give operators the stake on L1 that makes these powers; registered or not."""
    _send_l1(devnet, [call for part in _parts(list(power_by_address.items())) for call in _stake_calls(devnet, part)])


def break_read(devnet: Devnet, address: str, mode: BreakMode) -> None:
    """Make the L1 read of an operator's power fail in some way, or mend it."""
    data = calldata("devnetBreak(address,uint8)", address, int(mode))
    _send_l1(devnet, [(devnet.contracts.staking_contracts[0], data)])


def join_eigenlayer(devnet: Devnet, addresses: Sequence[str]) -> None:
    """Make operators of EigenLayer, in its AVS directory too."""
    _set_eigenlayer(devnet, addresses, is_operator=True)


def leave_eigenlayer(devnet: Devnet, addresses: Sequence[str]) -> None:
    """Make operators of EigenLayer none any more: V1's power read reverts, V2's and V3's answers 0."""
    _set_eigenlayer(devnet, addresses, is_operator=False)


def register_l1(devnet: Devnet, operators: Sequence[Operator]) -> None:
    """Register operators with the AVS on L1 alone."""
    _send_l1(
        devnet,
        [
            (
                devnet.contracts.avs_governance,
                calldata(
                    "devnetRegister(address[],uint256[4][])",
                    [operator.address for operator in part],
                    [operator.bls_key for operator in part],
                ),
            )
            for part in _parts(operators)
        ],
    )


def unregister_l1(devnet: Devnet, addresses: Sequence[str]) -> None:
    """Take operators out of the AVS on L1 alone; their stake stays."""
    governance = devnet.contracts.avs_governance
    _send_l1(devnet, [(governance, calldata("devnetUnregister(address)", address)) for address in addresses])


# L2


def register_l2(devnet: Devnet, operators: Sequence[Operator], powers: Sequence[int]) -> None:
    """Register operators on L2 alone, with these powers, under the next ids."""
    center = devnet.contracts.attestation_center
    calls = [
        calldata(
            "devnetRegister(address,address[],uint256[],uint256[4][])",
            center,
            [operator.address for operator, _ in part],
            [power for _, power in part],
            [operator.bls_key for operator, _ in part],
        )
        for part in _parts(list(zip(operators, powers, strict=True)))
    ]
    _send_l2(devnet, [(devnet.contracts.seeder, call) for call in calls])


def unregister_l2(devnet: Devnet, addresses: Sequence[str]) -> None:
    """Take operators out on L2 alone; their ids are dead from then on."""
    center = devnet.contracts.attestation_center
    calls = [calldata("devnetUnregister(address,address[])", center, part) for part in _parts(addresses)]
    _send_l2(devnet, [(devnet.contracts.seeder, call) for call in calls])


def land_sync(devnet: Devnet, increases: Mapping[int, int], decreases: Mapping[int, int]) -> None:
    """Land a voting-power update of deltas by operator id, read at the heads of now: 10001, or V1's syncer."""
    rises, falls = sorted(increases.items()), sorted(decreases.items())
    if devnet.generation is Generation.V1:
        obls = devnet.contracts.obls
        _send_l2(
            devnet,
            [
                (obls, calldata(f"increaseBatchOperatorVotingPower({_POWERS})", rises)),
                (obls, calldata(f"decreaseBatchOperatorVotingPower({_POWERS})", falls)),
            ],
        )
        return
    heads = (rpc.head(devnet.l1_url), rpc.head(devnet.l2_url))
    data = rpc.arguments_of(f"(({_POWERS},{_POWERS},uint256,uint256))", (rises, falls, *heads))
    process_task(devnet, VOTING_POWER_SYNC, data)


def refresh_totals(devnet: Devnet, definitions: Sequence[TaskDefinition] | None = None) -> None:
    """Rewrite the stored totals of definitions that have one: 10002, or on V1 the setters of governance.

    Only the definitions that the devnet began with, unless others are given.
    """
    stored = [each for each in definitions or devnet.task_definitions if each.has_own_total]
    if devnet.generation is Generation.V1:
        _send_governance(devnet, [_setter(devnet, definition) for definition in stored])
        return
    count = _count_ids(devnet)
    items = [(devnet.contracts.obls, _total_call(definition, count)) for definition in stored]
    process_task(devnet, TOTALS_SYNC, rpc.arguments_of("((address,bytes)[])", items))


def process_task(devnet: Devnet, task_definition_id: int, data: bytes) -> Receipt:
    """Land a task on V2 or V3 as if it had been approved, without attesters or signatures."""
    if devnet.generation is Generation.V1:
        raise GenerationError("a V1 devnet has no internal tasks")
    task = ("0x" + keccak256(data).hex(), data, devnet.operators[0].address, task_definition_id)
    call = calldata("devnetProcessTask((string,bytes,address,uint16))", task)
    return _send_l2(devnet, [(devnet.contracts.attestation_center, call)])[0]


def set_definitions(devnet: Devnet, definitions: Sequence[TaskDefinition]) -> None:
    """Let governance create these definitions in order, and restrict 10001 where it is among them."""
    _send_governance(devnet, [_creation(devnet, definition) for definition in definitions])


# Both


def mine(url: str, blocks: int = 1) -> None:
    """Mine empty blocks on one chain."""
    rpc.call(url, "anvil_mine", hex(blocks))


def stakes_of(power: int) -> tuple[int, int]:
    """Divide a power into the stake that counts once and the stake that counts twice."""
    twice = power // 5
    return power - 2 * twice, twice


def _stake_calls(devnet: Devnet, part: Sequence[tuple[str, int]]) -> Iterator[tuple[str, bytes]]:
    for index, contract in enumerate(devnet.contracts.staking_contracts):
        stakes = [stakes_of(power)[index] for _, power in part]
        yield contract, calldata("setStakes(address[],uint256[])", [address for address, _ in part], stakes)


def _set_eigenlayer(devnet: Devnet, addresses: Sequence[str], *, is_operator: bool) -> None:
    names = ("devnetSetOperators", "devnetSetRegisteredWithAvsDirectory")
    _send_l1(
        devnet,
        [
            (devnet.contracts.operator_registry, calldata(f"{name}(address[],bool)", part, is_operator))
            for name in names
            for part in _parts(addresses)
        ],
    )


def _creation(devnet: Devnet, definition: TaskDefinition) -> bytes:
    if definition.task_definition_id >= VOTING_POWER_SYNC:
        return _setter(devnet, definition)
    params = (
        definition.block_expiry,
        *REWARDS_WEI,
        0,
        definition.minimum_voting_power,
        definition.restricted_ids,
    )
    if devnet.generation is Generation.V1:
        return calldata(f"createNewTaskDefinition(string,({_PARAMS}))", definition.name, params)
    with_maximum = (*params, definition.maximum_attesters)
    return calldata(f"createNewTaskDefinition(string,({_PARAMS},uint256))", definition.name, with_maximum)


def _setter(devnet: Devnet, definition: TaskDefinition) -> bytes:
    """Encode the call that sets what is set, for its effect on the stored total."""
    definition_id = definition.task_definition_id
    if not definition.restricted_ids:
        minimum = definition.minimum_voting_power
        return calldata("setTaskDefinitionMinVotingPower(uint16,uint256)", definition_id, minimum)
    whom = "Operators" if devnet.generation is Generation.V1 else "Attesters"
    signature = f"setTaskDefinitionRestricted{whom}(uint16,uint256[])"
    return calldata(signature, definition_id, definition.restricted_ids)


def _total_call(definition: TaskDefinition, count: int) -> bytes:
    name = "setTotalVotingPowerPer"
    definition_id, minimum = definition.task_definition_id, definition.minimum_voting_power
    if not definition.restricted_ids:
        return calldata(f"{name}TaskDefinition(uint16,uint256,uint256)", definition_id, count, minimum)
    signature = f"{name}RestrictedTaskDefinition(uint16,uint256,uint256[])"
    return calldata(signature, definition_id, minimum, definition.restricted_ids)


def _count_ids(devnet: Devnet) -> int:
    answer = rpc.read(devnet.l2_url, devnet.contracts.attestation_center, calldata("numOfTotalOperators()"))
    return int.from_bytes(answer, "big")


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), OPERATORS_PER_TRANSACTION):
        yield items[start : start + OPERATORS_PER_TRANSACTION]


def _send_l1(devnet: Devnet, calls: Sequence[tuple[str, bytes]]) -> list[Receipt]:
    return rpc.send(devnet.l1_url, [Transaction(devnet.owner, to, data) for to, data in calls])


def _send_l2(devnet: Devnet, calls: Sequence[tuple[str, bytes]]) -> list[Receipt]:
    return rpc.send(devnet.l2_url, [Transaction(devnet.owner, to, data, _gas(devnet)) for to, data in calls])


def _send_governance(devnet: Devnet, calls: Sequence[bytes]) -> list[Receipt]:
    center = devnet.contracts.attestation_center
    return rpc.send(devnet.l2_url, [Transaction(devnet.multisig, center, data, _gas(devnet)) for data in calls])


def _gas(devnet: Devnet) -> int:
    """Allow for summing up over every id; above 2,000 operators this fits no block but those of the seeding."""
    return rpc.GAS + GAS_PER_ID * len(devnet.operators)
