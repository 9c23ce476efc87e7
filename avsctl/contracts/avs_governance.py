"""AvsGovernance, on L1: where operators register and stake gives them voting power."""

from dataclasses import dataclass
from typing import Any, Final

from avsctl.contracts.abi import Function, load_function
from avsctl.contracts.call import Call
from avsctl.contracts.words import decode_address
from avsctl.core.deployment import Generation
from avsctl.core.units import Address
from avsctl.errors import AnswerError

OPERATOR_REGISTERED_TOPIC: Final = "0x54bc9cf83c2eb0f2ad1abf6e4fab882964404622ba2df6b5a9356a18d3aac055"
"""OperatorRegistered(address,uint256[4]), the address indexed or not as the generation has it."""


@dataclass(frozen=True)
class AvsGovernance:
    """The calls of one AvsGovernance."""

    address: Address
    generation: Generation

    def avs_name(self) -> Call[str]:
        """Ask for the name of the AVS: text from a stranger."""
        return self._function("avsName").call(self.address, gas=30_000)

    def num_of_active_operators(self) -> Call[int]:
        """Ask how many operators are registered; which ones, no generation tells."""
        return self._function("numOfActiveOperators").call(self.address, gas=15_000)

    def is_operator_registered(self, operator: Address) -> Call[bool]:
        """Ask whether an address is registered to the AVS."""
        return self._function("isOperatorRegistered").call(self.address, operator, gas=7_700)

    def voting_power(self, operator: Address) -> Call[int]:
        """Ask for the power that an address's stake gives, in raw units.

        It answers for one that unregistered, too. On V1 it reverts ``NotActiveOperator()`` for one that left
        EigenLayer; V2 answers 0 then. What it costs depends on the staking contracts.
        """
        return self._function("votingPower").call(self.address, operator, gas=52_000)

    def _function(self, name: str) -> Function:
        return load_function("AvsGovernance", self.generation, name)


def decode_operator_registered(log: dict[str, Any]) -> Address:
    """Give the operator of an ``OperatorRegistered`` log; which generation indexes it shows in the number of topics."""
    topics, data = log["topics"], bytes.fromhex(log["data"][2:])
    try:
        word = bytes.fromhex(topics[1][2:]) if len(topics) == 2 else data[:32]
        return Address(decode_address(word.rjust(32, b"\1")))
    except ValueError as error:
        raise AnswerError(f"AvsGovernance's OperatorRegistered has another shape: {error}") from error
