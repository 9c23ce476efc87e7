"""What AvsGovernance, on L1, makes voting power of stake with: its getters, and the events of their changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from avsctl.contracts.abi import Function, load_function
from avsctl.contracts.avs_governance import OPERATOR_REGISTERED_TOPIC
from avsctl.contracts.call import Call
from avsctl.contracts.events import load_event
from avsctl.core.cause_facts import CauseCode
from avsctl.core.deployment import Generation
from avsctl.core.units import Address

OPERATOR_UNREGISTERED_TOPIC: Final = "0x6f42117a557500c705ddf040a619d86f39101e6b74ac20d7b3e5943ba473fc7f"
"""OperatorUnregistered(address), the address indexed or not as the generation has it (OTHENTIC.md 54)."""
REGISTRATION_TOPICS: Final = (OPERATOR_REGISTERED_TOPIC, OPERATOR_UNREGISTERED_TOPIC)

_EVENTS: Final[Mapping[CauseCode, tuple[str, str]]] = {
    CauseCode.MULTIPLIER_CHANGED: ("SetStrategyMultiplier", "SetStakingContractMultiplier"),
    CauseCode.STAKING_CONTRACTS_CHANGED: ("SetSupportedStrategies", "setNewSupportedStakingContracts"),
    CauseCode.CAPPED: ("MaxEffectiveBalanceSet", "MaxEffectiveBalanceSet"),
}
"""The events of V1, and of V2 and V3."""


@dataclass(frozen=True)
class StakeGetters:
    """The calls of one AvsGovernance that tell how stake becomes power."""

    address: Address
    generation: Generation

    def staking_contracts(self) -> Call[tuple[Address, ...]]:
        """Ask which contracts' stake counts; a doubled one counts twice."""
        name = "strategies" if self.generation is Generation.V1 else "stakingContracts"
        return self._function(name).call(self.address, gas=100_000)

    def multiplier(self, staking_contract: Address) -> Call[int]:
        """Ask what stake in a contract counts; 0 counts as 1."""
        name = "strategyMultiplier" if self.generation is Generation.V1 else "multiplier"
        return self._function(name).call(self.address, staking_contract, gas=8_000)

    def max_effective_balance(self) -> Call[int]:
        """Ask for the most that counts of one operator, in raw units of power; 0 is no limit."""
        return self._function("maxEffectiveBalance").call(self.address, gas=8_000)

    def min_voting_power(self) -> Call[int]:
        """Ask for what a registration takes, in raw units; nothing looks at it again."""
        return self._function("minVotingPower").call(self.address, gas=8_000)

    def power_in(self, operator: Address, staking_contract: Address) -> Call[int]:
        """Ask for the power that an operator's stake in one contract gives, capped for itself (V2, V3)."""
        function = self._function("votingPowerPerStakingContracts")
        return function.call(self.address, operator, (staking_contract,), gas=45_000)

    def is_ejected(self, operator: Address) -> Call[bool]:
        """Ask whether an operator was ejected (V3)."""
        return self._function("getIsOperatorEjected").call(self.address, operator, gas=10_000)

    def _function(self, name: str) -> Function:
        return load_function("AvsGovernance", self.generation, name)


def change_topics(generation: Generation) -> dict[str, CauseCode]:
    """Give the topics of the events that settings change with, and what each changes."""
    names = {code: pair[generation is not Generation.V1] for code, pair in _EVENTS.items()}
    return {load_event("AvsGovernance", generation, name).topic: code for code, name in names.items()}


def is_unregistration(log: Mapping[str, Any]) -> bool:
    """Whether a log of one of ``REGISTRATION_TOPICS`` ends a registration."""
    return bool(log["topics"][0].lower() == OPERATOR_UNREGISTERED_TOPIC)
