"""InternalTaskHandler, on L2 (V2, V3): applies the internal tasks, and knows up to which blocks the last sync read."""

from dataclasses import dataclass

from avsctl.contracts.abi import load_function
from avsctl.contracts.call import Call
from avsctl.contracts.submit_task import Task, encode_with_task
from avsctl.contracts.transaction import Transaction
from avsctl.core.deployment import Generation
from avsctl.core.units import Address


@dataclass(frozen=True)
class InternalTaskHandler:
    """The calls of one InternalTaskHandler."""

    address: Address
    generation: Generation

    def last_commit_block_l1(self) -> Call[int]:
        """Ask up to which L1 block the last 10001 sync read."""
        return self._function("getLastCommitBlockL1")

    def last_commit_block_l2(self) -> Call[int]:
        """Ask up to which L2 block the last 10001 sync read, as the L2's EVM counts; below the block it landed in."""
        return self._function("getLastCommitBlockL2")

    def process_task(self, task: Task) -> Transaction:
        """Give the call that applies an approved internal task; it takes it from AttestationCenter alone.

        Raises:
            ValueError: a value of the task that its type does not hold.
        """
        function = load_function("InternalTaskHandler", self.generation, "processTask")
        values = (task.proof_of_task, task.data, task.performer, task.task_definition_id)
        return Transaction(self.address, encode_with_task(function, task), 0, function, (values,))

    def _function(self, name: str) -> Call[int]:
        return load_function("InternalTaskHandler", self.generation, name).call(self.address, gas=15_000)
