"""What an admin must know of a function before signing a call of it (OTHENTIC.md 2.4, 6 and 7)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_TOTALS: Final = "rewrites the total of the definition, from which its quorums are counted"
_SETS_SYNCER: Final = (
    "lets an address change any voting power, and takes that role from the one named before: never name the "
    "AttestationCenter or the InternalTaskHandler, which would lose it with the next change"
)
_NOT_GRANTED: Final = "always reverts: nobody holds DEFAULT_ADMIN_ROLE, the admin of every role"
_LAST: Final = "the owners of the Safe change; look at the threshold with them"

NOTES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "createNewTaskDefinition": "the id is given at execution; name, expiry and dispute period can never be changed",
        "setTaskDefinitionMinVotingPower": (
            f"{_TOTALS}, over all active operators at or above the minimum, listed or not: where the definition has a "
            "list, the list must be set again after it"
        ),
        "setTaskDefinitionRestrictedAttesters": f"{_TOTALS}, over the list; an empty list leaves 0",
        "setTaskDefinitionRestrictedOperators": f"{_TOTALS}, over the list; an empty list leaves 0",
        "setBaseRewardFeeForAttesters": "to each attester, in the smallest unit of the rewards token",
        "setBaseRewardFeeForPerformer": "in the smallest unit of the rewards token",
        "setBaseRewardFeeForAggregator": "in the smallest unit of the rewards token",
        "setIsRejectedTaskSlashingEnabled": "enable it only where answers are sure: the service may be at fault",
        "setIsIncorrectAttestationSlashingEnabled": "enable it only where answers are sure",
        "updateInternalTaskConfig": "whether nodes obey it is not known, nor the unit of the interval",
        "setOblsSharesSyncer": _SETS_SYNCER,
        "setVotingPowerSyncer": "adds an address that may change any voting power, and takes it from none",
        "setOblsManager": "names who registers operators in OBLS, and takes it from none",
        "setInternalTaskHandler": "the new handler needs VOTING_POWER_SYNCER on OBLS, or no sync lands",
        "setIsOpenAggregator": "true lets anyone submit tasks, and ends the rewards of aggregators",
        "setAvsLogic": "the contract is called before and after each task that is not internal, and may refuse it",
        "setFeeCalculator": "the contract is called for every task: one that reverts stops the syncs, too",
        "transferAvsGovernanceMultisig": (
            "at once and unchecked, on this contract alone; the roles that pause and unpause stay with the old multisig"
        ),
        "renounceRole": "final: nobody can grant a role again",
        "grantRole": _NOT_GRANTED,
        "revokeRole": _NOT_GRANTED,
        "setMinVotingPower": "asked at registration only; nobody who is below it afterwards loses anything",
        "setMaxEffectiveBalance": "caps every voting power on L1 at once, 0 for no cap; L2 follows with the next sync",
        "setStakingContractMultiplier": "0 counts as 1; L2 follows with the next sync",
        "setStakingContractMultiplierBatch": "0 counts as 1; L2 follows with the next sync",
        "setStrategyMultiplier": "0 counts as 1; L2 follows with the next sync",
        "setStrategyMultiplierBatch": "0 counts as 1; L2 follows with the next sync",
        "setSupportedStakingContracts": "replaces the whole list; one that is named twice counts twice",
        "setSupportedStrategies": "replaces the whole list; one that is named twice counts twice",
        "unRegisterOperatorFromNetwork": "totals of definitions stay as they are until they are recounted",
        "ejectOperatorFromNetwork": "totals of definitions stay as they are until they are recounted",
        "modifyOperatorActiveStatus": "the power of the operator stays in the global total",
        "increaseBatchOperatorVotingPower": "adds to what is held; ids that no operator has are taken, too",
        "decreaseBatchOperatorVotingPower": "takes from what is held; more than that reverts the whole",
        "increaseOperatorVotingPower": "adds to what is held; an id that no operator has is taken, too",
        "decreaseOperatorVotingPower": "takes from what is held; more than that reverts",
        "setTotalVotingPowerPerTaskDefinition": f"{_TOTALS}, over ids 1 up to a number",
        "setTotalVotingPowerPerRestrictedTaskDefinition": f"{_TOTALS}, over a list; an id named twice counts twice",
        "submitTask": "a task that is rejected can never be approved, and one that reverts can be submitted again",
        "approveHash": "the sender signs that Safe transaction for good: it cannot be taken back",
        "addOwnerWithThreshold": _LAST,
        "removeOwner": _LAST,
        "swapOwner": _LAST,
        "changeThreshold": "how many owners must sign changes",
        "enableModule": "a module can do anything with the Safe, without a signature",
        "execTransactionFromModule": "no owner signs this: the module that calls decides alone",
        "execTransactionFromModuleReturnData": "no owner signs this: the module that calls decides alone",
        "setGuard": "a guard can refuse every transaction, its own removal among them; 0 removes it",
        "setModuleGuard": "a guard can refuse every transaction of modules; 0 removes it",
        "setFallbackHandler": "calls that the Safe has no function for are answered there, those about signatures too",
        "setup": "makes a Safe; a call in it is a delegatecall that may do anything with it",
    }
)
"""Name of a function to what to know, as the end of a sentence."""
