// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

// The tuples that cross the ABI. Member names and order are those of the deployed ABIs.

/// @dev A task as its performer broadcasts it; keccak256(abi.encode(the four members)) is its hash.
struct TaskInfo {
    string proofOfTask;
    bytes data;
    address taskPerformer;
    uint16 taskDefinitionId;
}

/// @dev What an aggregator submits beside the task; the performer signed with ECDSA.
struct EcdsaTaskSubmissionDetails {
    bool isApproved;
    bytes tpSignature;
    uint256[2] taSignature;
    uint256[] attestersIds;
}

/// @dev The same with a BLS signature of the performer (V2, V3).
struct BlsTaskSubmissionDetails {
    bool isApproved;
    uint256[2] tpSignature;
    uint256[2] taSignature;
    uint256[] attestersIds;
}

/// @dev One item of a voting power update: a delta, not a new value.
struct OperatorVotingPower {
    uint256 operatorId;
    uint256 votingPower;
}

/// @dev What an operator id has earned, and whose id it is.
struct PaymentDetails {
    address operator;
    uint256 lastPaidTaskNumber;
    uint256 feeToClaim;
    uint8 paymentStatus;
}

/// @dev Proof of possession of a BLS key.
struct BlsAuthSignature {
    uint256[2] signature;
}

/// @dev getActiveOperatorsDetails of V2: 128 bytes an item.
struct ActiveOperatorV2 {
    address operator;
    uint256 operatorId;
    uint256 votingPower;
    uint256 feeToClaim;
}

/// @dev getActiveOperatorsDetails of V3: 256 bytes an item.
struct ActiveOperatorV3 {
    address operator;
    uint256 operatorId;
    uint256 votingPower;
    uint256 feeToClaim;
    uint256[4] blsKey;
}

/// @dev Schedule of an internal task (V3).
struct InternalTaskConfig {
    bool isInternalTaskActivated;
    uint48 interval;
    uint8 leaderElectionMechanism;
    bytes data;
}

/// @dev One call of a 10002 task.
struct InternalTransaction {
    address to;
    bytes data;
}

/// @dev V1: weight of a strategy.
struct StrategyMultiplier {
    address strategy;
    uint256 multiplier;
}

/// @dev V2: weight of a staking contract.
struct StakingContractMultiplier {
    address stakingContract;
    uint256 multiplier;
}

/// @dev V3: weight of a staking contract.
struct StakingContractMultiplierV3 {
    address stakingContract;
    uint256 multiplier;
    uint256 slashableStakeWeight;
    uint8 sharedSecurityProvider;
}

/// @dev V2, V3: a supported staking contract and who secures it (0 EigenLayer, 1 Symbiotic).
struct StakingContractDetails {
    address stakingContract;
    uint8 sharedSecurityProvider;
}

/// @dev createNewTaskDefinition of V1: 7 members.
struct TaskDefinitionParamsV1 {
    uint256 blockExpiry;
    uint256 baseRewardFeeForAttesters;
    uint256 baseRewardFeeForPerformer;
    uint256 baseRewardFeeForAggregator;
    uint256 disputePeriodBlocks;
    uint256 minimumVotingPower;
    uint256[] restrictedOperatorIndexes;
}

/// @dev createNewTaskDefinition kept by the obsolete part of V2: 7 members, no limit of attesters.
struct TaskDefinitionParamsObsolete {
    uint256 blockExpiry;
    uint256 baseRewardFeeForAttesters;
    uint256 baseRewardFeeForPerformer;
    uint256 baseRewardFeeForAggregator;
    uint256 disputePeriodBlocks;
    uint256 minimumVotingPower;
    uint256[] restrictedAttesterIds;
}

/// @dev createNewTaskDefinition of V2 and V3: 8 members.
struct TaskDefinitionParams {
    uint256 blockExpiry;
    uint256 baseRewardFeeForAttesters;
    uint256 baseRewardFeeForPerformer;
    uint256 baseRewardFeeForAggregator;
    uint256 disputePeriodBlocks;
    uint256 minimumVotingPower;
    uint256[] restrictedAttesterIds;
    uint256 maximumNumberOfAttesters;
}

/// @dev getTaskDefinitionDetails of V3.
struct TaskDefinitionDetails {
    uint16 taskDefinitionId;
    bool isRejectedTaskSlashingEnabled;
    bool isIncorrectAttestationSlashingEnabled;
    string name;
    uint256 blockExpiry;
    uint256 baseRewardFeeForAttesters;
    uint256 baseRewardFeeForPerformer;
    uint256 baseRewardFeeForAggregator;
    uint256 disputePeriodBlocks;
    uint256 minimumVotingPower;
    uint256[] restrictedAttesterIds;
    uint256 maximumNumberOfAttesters;
}

/// @dev The data of a 10001 task: abi.encode of this one dynamic tuple, so its first word is 0x20.
struct VotingPowerUpdate {
    OperatorVotingPower[] toIncrease;
    OperatorVotingPower[] toDecrease;
    uint256 toBlockL1;
    uint256 toBlockL2;
}
