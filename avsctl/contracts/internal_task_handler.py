"""InternalTaskHandler, on L2 (V2, V3): applies the internal tasks, and knows up to which blocks the last sync read."""

from dataclasses import dataclass

from avsctl.contracts.abi import load_function
from avsctl.contracts.call import Call
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

    def _function(self, name: str) -> Call[int]:
        return load_function("InternalTaskHandler", self.generation, name).call(self.address, gas=15_000)
