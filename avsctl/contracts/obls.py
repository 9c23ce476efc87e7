"""OBLS, on L2: BLS keys, the copies of the voting powers, and the totals that quorums are counted from."""

from collections.abc import Sequence
from dataclasses import dataclass

from avsctl.contracts.abi import Function, load_function
from avsctl.contracts.call import Call
from avsctl.contracts.transaction import Transaction
from avsctl.core.deployment import Generation
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.core.units import Address, OperatorId, TaskDefinitionId


@dataclass(frozen=True)
class Obls:
    """The calls of one OBLS."""

    address: Address
    generation: Generation

    def voting_power(self, operator_id: OperatorId) -> Call[int]:
        """Ask for the power of an id in raw units; it never reverts."""
        return self._function("votingPower").call(self.address, operator_id, gas=7_600)

    def is_active(self, operator_id: OperatorId) -> Call[bool]:
        """Ask whether an id may attest."""
        return self._function("isActive").call(self.address, operator_id, gas=7_500)

    def is_registered(self, operator_id: OperatorId) -> Call[bool]:
        """Ask whether an id is registered (V3)."""
        return self._function("isRegistered").call(self.address, operator_id, gas=7_500)

    def bls_key(self, operator_id: OperatorId) -> Call[tuple[int, ...]]:
        """Ask for the four words of an id's key (V2, V3)."""
        function = self._function("getOperatorBLSPubKey")
        return function.call(self.address, operator_id, gas=16_000, decode=function.decode)

    def total_voting_power(self) -> Call[int]:
        """Ask for the global total, a running sum in raw units."""
        return self._function("totalVotingPower").call(self.address, gas=8_000)

    def total_per_task_definition(self, task_definition_id: TaskDefinitionId) -> Call[int]:
        """Ask for the total of one definition in raw units; on V2 a stored 0 shows as the global total."""
        function = self._function("totalVotingPowerPerTaskDefinition")
        return function.call(self.address, task_definition_id, gas=10_000)

    def increase(self, changes: Sequence[PowerChange]) -> Transaction:
        """Give the call that raises powers (VOTING_POWER_SYNCER only); ids are not looked at."""
        return self._change("increaseBatchOperatorVotingPower", changes)

    def decrease(self, changes: Sequence[PowerChange]) -> Transaction:
        """Give the call that lowers powers; it reverts where one would fall below 0."""
        return self._change("decreaseBatchOperatorVotingPower", changes)

    def sync(self, update: VotingPowerUpdate) -> tuple[Transaction, ...]:
        """Give the calls with which a voting power syncer makes an update, as V1 has no internal task for it.

        Increases come first, as in a 10001 task; a call that would change nothing is left out.
        """
        increase = (self.increase(update.to_increase),) if update.to_increase else ()
        return (*increase, self.decrease(update.to_decrease)) if update.to_decrease else increase

    def _change(self, name: str, changes: Sequence[PowerChange]) -> Transaction:
        function = self._function(name)
        pairs = tuple((change.operator_id, change.voting_power) for change in changes)
        return Transaction(self.address, function.encode(pairs), 0, function, (pairs,))

    def _function(self, name: str) -> Function:
        return load_function("OBLS", self.generation, name)
