"""AttestationCenter, on L2: operators by id, task definitions, roles and flows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from avsctl.contracts import words
from avsctl.contracts.abi import Function, decode_values, load_function, load_writes
from avsctl.contracts.call import Call
from avsctl.contracts.keccak import keccak256
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import CreateDefinition, RewardRole, SetList, SetMaximum, SetMinimum, SetReward, Setting
from avsctl.core.deployment import Generation
from avsctl.core.tasks import VOTING_POWER_SYNC, TaskDefinition, TaskDetails
from avsctl.core.units import Address, OperatorId, TaskDefinitionId
from avsctl.errors import AnswerError, GenerationError, UsageError

GOVERNANCE_ROLE: Final = bytes.fromhex("f1688026").ljust(32, b"\0")
"""AVS_GOVERNANCE_MULTISIG: bytes4 of the hash of the name, left-aligned (Othentic roles)."""

FLOWS: Final = {
    "CREATE_NEW_TASK_DEFINITION_FLOW": bytes.fromhex("976be63e"),
    "TASKS_SUBMISSION_FLOW": bytes.fromhex("2aedfbf3"),
}
"""Flows that tasks and their definitions need, by name (Othentic flow ids)."""

DETAIL_WIDTHS: Final = {Generation.V2: (3, 4), Generation.V3: (8,)}
"""Words of one item of getActiveOperatorsDetails: 4 fields on V2 (3 at first), on V3 a BLS key of 4 words more."""

_SET_MINIMUM: Final = "setTaskDefinitionMinVotingPower"
_SET_LIST: Final = "setTaskDefinitionRestricted"
"""Followed by ``Operators`` (V1, and still taken by V2) or ``Attesters``."""
_SET_MAXIMUM: Final = "setTaskDefinitionMaximumNumberOf"
"""Followed by ``Attesters``, or ``Operators`` as V2 still takes it."""
_SET_REWARD: Final = {
    RewardRole.ATTESTER: "setBaseRewardFeeForAttesters",
    RewardRole.PERFORMER: "setBaseRewardFeeForPerformer",
    RewardRole.AGGREGATOR: "setBaseRewardFeeForAggregator",
}
_CREATE_V1: Final = "(uint256,uint256,uint256,uint256,uint256,uint256,uint256[])"
_CREATE: Final = "(uint256,uint256,uint256,uint256,uint256,uint256,uint256[],uint256)"
"""With the maximum number of attesters (V2, V3)."""

_CREATED_V1: Final = ("uint16", "string", *["uint256"] * 6, "uint256[]")
_CREATED: Final = {
    keccak256(f"TaskDefinitionCreated({','.join(kinds)})".encode()): kinds
    for kinds in (_CREATED_V1, (*_CREATED_V1, "uint256"))
}
"""Arguments of the event by its topic: V1's, and those of V2 and V3 with the maximum number of attesters."""

_decode_id: Final = words.decode_uint(64)
"""Ids count up from 1: none is larger, and hardly any address is smaller."""


@dataclass(frozen=True)
class AttestationCenter:
    """The calls of one AttestationCenter."""

    address: Address
    generation: Generation

    def obls(self) -> Call[Address]:
        """Ask for the OBLS contract that holds keys and powers."""
        return self._function("obls").call(self.address, gas=15_000)

    def num_of_total_operators(self) -> Call[int]:
        """Ask for the highest operator id ever given."""
        return self._function("numOfTotalOperators").call(self.address, gas=15_000)

    def num_of_task_definitions(self) -> Call[int]:
        """Ask for the highest task definition id made by governance."""
        return self._function("numOfTaskDefinitions").call(self.address, gas=15_000)

    def internal_task_handler(self) -> Call[Address]:
        """Ask for the InternalTaskHandler (V2, V3)."""
        return self._function("internalTaskHandler").call(self.address, gas=15_000)

    def operator_address(self, operator_id: OperatorId) -> Call[Address]:
        """Ask for the address of an id; dead ids keep theirs (getOperatorPaymentDetail)."""
        function = self._function("getOperatorPaymentDetail")
        return function.call(self.address, operator_id, gas=14_500, decode=lambda data: function.decode(data)[0])

    def operator_id(self, account: Address) -> Call[OperatorId]:
        """Ask for the id of an account (operatorsIdsByAddress).

        It reverts OperatorNotRegistered for one that has none, on V2 and V3 also for one that is not active.
        """
        return self._function("operatorsIdsByAddress").call(self.address, account, gas=20_000)

    def verify_operator(self, account: Address, task_definition_id: TaskDefinitionId) -> Call[None]:
        """Ask whether an account may attest for a definition (verifyOperatorValidForTaskDefinition; V2, V3).

        It reverts with the reason why not: OperatorNotRegistered, TaskDefinitionNotFound, InvalidTaskDefinition,
        InvalidRestrictedAttester or InsufficientVotingPowerForTaskDefinition. That it returns proves nothing where the
        function is absent: some proxies answer with nothing, and succeed.
        """
        function = self._function("verifyOperatorValidForTaskDefinition")
        arguments = (account, task_definition_id)
        return function.call(self.address, *arguments, gas=60_000, decode=_decode_nothing)

    def active_operators_details(self) -> Call[tuple[tuple[OperatorId, Address], ...]]:
        """Ask for id and address of every active operator (V2, V3).

        The array is sized by a counter and filled by ``OBLS.isActive``, and the two may differ; what it says is to be
        checked id by id.
        """
        function = self._function("getActiveOperatorsDetails")
        widths = DETAIL_WIDTHS[self.generation]
        return function.call(
            self.address, gas=18_000_000, alone=True, decode=lambda data: _decode_active_operators(data, widths)
        )

    def has_governance_role(self, account: Address) -> Call[bool]:
        """Ask whether an account holds AVS_GOVERNANCE_MULTISIG."""
        return self._function("hasRole").call(self.address, GOVERNANCE_ROLE, account, gas=15_000)

    def is_flow_paused(self, flow: bytes) -> Call[bool]:
        """Ask whether a flow is paused."""
        return self._function("isFlowPaused").call(self.address, flow, gas=15_000)

    def task_definition(self, task_definition_id: TaskDefinitionId) -> tuple[Call[Any], ...]:
        """Ask for the settings of one definition, in as many calls as the generation needs.

        ``decode_task_definition`` reads their answers.
        """
        if self.generation is Generation.V3:
            return (self._function("getTaskDefinitionDetails").call(self.address, task_definition_id, gas=60_000),)
        restricted = self._function(f"getTaskDefinitionRestricted{self._listed}")
        minimum = self._function("getTaskDefinitionMinimumVotingPower")
        calls = (
            minimum.call(self.address, task_definition_id, gas=15_000),
            restricted.call(self.address, task_definition_id, gas=60_000, decode=_decode_ids),
        )
        if self.generation is Generation.V1:
            return calls
        most = self._function("getTaskDefinitionMaximumNumberOfAttesters")
        return (*calls, most.call(self.address, task_definition_id, gas=15_000))

    def decode_task_definition(self, task_definition_id: TaskDefinitionId, answers: tuple[Any, ...]) -> TaskDefinition:
        """Join the answers of ``task_definition``."""
        if self.generation is Generation.V3:
            (details,) = answers
            return TaskDefinition(task_definition_id, details[9], tuple(map(OperatorId, details[10])), details[11])
        return TaskDefinition(task_definition_id, *answers)

    def decode_task_details(self, answers: tuple[Any, ...]) -> TaskDetails | None:
        """Give the details in the answers of ``task_definition``; None on V1 and V2, which have no getter for them."""
        if self.generation is not Generation.V3:
            return None
        (details,) = answers
        return TaskDetails(details[3], *details[4:9])

    def write(self, setting: Setting) -> Transaction:
        """Give the call that makes a setting, in the words of this generation.

        Raises:
            GenerationError: it has no such setting, or no such definition; the hint says which generation has.
            UsageError: a name that no string of a contract can hold.
        """
        if isinstance(setting, CreateDefinition):
            return self._create(setting)
        self._require_definition(setting.task_definition_id)
        name, value = self._setter(setting)
        return self._transaction(self._function(name), setting.task_definition_id, value)

    def _create(self, setting: CreateDefinition) -> Transaction:
        definition, details = setting.definition, setting.details
        if definition.maximum_number_of_attesters:
            self._require_maximum()
        _require_text(details.name)
        parameters = (
            details.block_expiry,
            details.attester_reward,
            details.performer_reward,
            details.aggregator_reward,
            details.dispute_period_blocks,
            definition.minimum_voting_power,
            definition.restricted_operator_ids,
        )
        most = () if self.generation is Generation.V1 else (definition.maximum_number_of_attesters,)
        kinds = _CREATE_V1 if self.generation is Generation.V1 else _CREATE
        create = load_function("AttestationCenter", self.generation, "createNewTaskDefinition", "string", kinds)
        return self._transaction(create, details.name, parameters + most)

    def _setter(self, setting: SetMinimum | SetList | SetMaximum | SetReward) -> tuple[str, Any]:
        match setting:
            case SetMinimum():
                return _SET_MINIMUM, setting.voting_power
            case SetList():
                return f"{_SET_LIST}{self._listed}", setting.operator_ids
            case SetMaximum():
                self._require_maximum()
                return f"{_SET_MAXIMUM}Attesters", setting.number
            case SetReward():
                self._require_rewards()
                return _SET_REWARD[setting.role], setting.amount

    def _require_definition(self, task_definition_id: TaskDefinitionId) -> None:
        is_built_in = task_definition_id == 0 or task_definition_id >= VOTING_POWER_SYNC
        if self.generation is Generation.V1 and is_built_in:
            raise GenerationError(f"v1 has no task definition {task_definition_id}", "v2 and v3 have it")

    def _require_maximum(self) -> None:
        if self.generation is Generation.V1:
            raise GenerationError("v1 has no maximum number of attesters", "v2 and v3 have it")

    def _require_rewards(self) -> None:
        if self.generation is not Generation.V3:
            raise GenerationError(
                f"{self.generation} cannot change the rewards of a task definition after its creation", "v3 can"
            )

    def _transaction(self, function: Function, *args: object) -> Transaction:
        return Transaction(self.address, function.encode(*args), 0, function, args)

    @property
    def _listed(self) -> str:
        """Whom this generation's names say that a list restricts."""
        return "Operators" if self.generation is Generation.V1 else "Attesters"

    def _function(self, name: str) -> Function:
        return load_function("AttestationCenter", self.generation, name)


def read_transaction(center: AttestationCenter, to: Address, value: int, data: bytes) -> Transaction:
    """Give a transaction with function and arguments where it calls a function of ``center`` that changes state.

    Anything but the canonical encoding of the arguments is left unread.
    """
    function = load_writes("AttestationCenter", center.generation).get(data[:4])
    if to != center.address or function is None:
        return Transaction(to, data, value)
    try:
        return Transaction(to, data, value, function, function.decode_arguments(data))
    except ValueError:
        return Transaction(to, data, value)


def decode_setting(transaction: Transaction, next_id: TaskDefinitionId) -> Setting | None:
    """Give what a transaction sets, the inverse of ``write``; None for any other call.

    Reads older spellings too, as V2 still takes them.

    Args:
        transaction: as ``read_transaction`` gives it.
        next_id: the id that a creation is expected to give.
    """
    if transaction.function is None:
        return None
    name, args = transaction.function.name, transaction.args
    if name == "createNewTaskDefinition":
        return _read_creation(next_id, *args)
    if name == _SET_MINIMUM:
        return SetMinimum(*args)
    if name.startswith(_SET_LIST):
        return SetList(*args)
    if name.startswith(_SET_MAXIMUM):
        return SetMaximum(*args)
    role = next((role for role, setter in _SET_REWARD.items() if setter == name), None)
    return None if role is None else SetReward(args[0], role, args[1])


def decode_created_id(topics: Sequence[bytes], data: bytes) -> TaskDefinitionId | None:
    """Give the id in a ``TaskDefinitionCreated`` log; None for a log of another event.

    Every generation known has all its arguments in the data; a release that indexes the id would show in the number of
    topics, as others of its events do.

    Raises:
        AnswerError: that event in another shape.
    """
    kinds = _CREATED.get(bytes(topics[0])) if topics else None
    if kinds is None:
        return None
    indexed = len(topics) - 1
    try:
        values = decode_values(kinds[:indexed], b"".join(topics[1:])) + decode_values(kinds[indexed:], data)
        return TaskDefinitionId(values[0])
    except ValueError as error:
        raise AnswerError(f"AttestationCenter's TaskDefinitionCreated has another shape: {error}") from error


def _require_text(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise UsageError("the name is no text in UTF-8", "type it in a terminal set to UTF-8") from error


def _read_creation(next_id: TaskDefinitionId, name: str, parameters: tuple[Any, ...]) -> CreateDefinition:
    expiry, attester, performer, aggregator, dispute, minimum, listed, *most = parameters
    definition = TaskDefinition(next_id, minimum, listed, *most)
    return CreateDefinition(definition, TaskDetails(name, expiry, attester, performer, aggregator, dispute))


def _decode_nothing(data: bytes) -> None:
    words.require_length(data, 0)


def _decode_active_operators(data: bytes, widths: tuple[int, ...]) -> tuple[tuple[OperatorId, Address], ...]:
    """Read id and address of each item; an address where an id is due shows that another width was cut to fit."""
    _, rows = words.decode_word_rows(data, widths)
    return tuple((OperatorId(_decode_id(row[32:64])), Address(words.decode_address(row[:32]))) for row in rows)


def _decode_ids(data: bytes) -> tuple[OperatorId, ...]:
    _, rows = words.decode_word_rows(data, (1,))
    return tuple(OperatorId(int.from_bytes(row)) for row in rows)
