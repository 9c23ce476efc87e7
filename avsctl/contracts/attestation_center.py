"""AttestationCenter, on L2: operators by id, task definitions, roles and flows."""

from dataclasses import dataclass
from typing import Any, Final

from avsctl.contracts import words
from avsctl.contracts.abi import Function, load_function
from avsctl.contracts.call import Call
from avsctl.core.deployment import Generation
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.core.units import Address, OperatorId, TaskDefinitionId

GOVERNANCE_ROLE: Final = bytes.fromhex("f1688026").ljust(32, b"\0")
"""AVS_GOVERNANCE_MULTISIG: bytes4 of the hash of the name, left-aligned (Othentic roles)."""

FLOWS: Final = {
    "CREATE_NEW_TASK_DEFINITION_FLOW": bytes.fromhex("976be63e"),
    "TASKS_SUBMISSION_FLOW": bytes.fromhex("2aedfbf3"),
}
"""Flows that tasks and their definitions need, by name (Othentic flow ids)."""

DETAIL_WIDTHS: Final = {Generation.V2: (3, 4), Generation.V3: (8,)}
"""Words of one item of getActiveOperatorsDetails: 4 fields on V2 (3 at first), on V3 a BLS key of 4 words more."""

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
        listing = "Attesters" if self.generation is Generation.V2 else "Operators"
        restricted = self._function(f"getTaskDefinitionRestricted{listing}")
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

    def _function(self, name: str) -> Function:
        return load_function("AttestationCenter", self.generation, name)


def _decode_active_operators(data: bytes, widths: tuple[int, ...]) -> tuple[tuple[OperatorId, Address], ...]:
    """Read id and address of each item; an address where an id is due shows that another width was cut to fit."""
    _, rows = words.decode_word_rows(data, widths)
    return tuple((OperatorId(_decode_id(row[32:64])), Address(words.decode_address(row[:32]))) for row in rows)


def _decode_ids(data: bytes) -> tuple[OperatorId, ...]:
    _, rows = words.decode_word_rows(data, (1,))
    return tuple(OperatorId(int.from_bytes(row)) for row in rows)
