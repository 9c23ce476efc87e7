// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {StakingContractDetails, StakingContractMultiplier} from "../shared/Types.sol";

/// @title AvsGovernance of generation V2: registration and the voting power that counts (L1).
/// @notice What avsctl calls and decodes; abis/AvsGovernance.v2.json is built from this file.
interface IAvsGovernanceV2 {
    function votingPower(address _operator) external view returns (uint256);
    function votingPowerPerStakingContracts(address _operator, address[] calldata _stakingContracts) external view returns (uint256);
    function isOperatorRegistered(address operator) external view returns (bool);
    function numOfActiveOperators() external view returns (uint256);
    function stakingContracts() external view returns (address[] memory);
    function multiplier(address _stakingContract) external view returns (uint256);
    function maxEffectiveBalance() external view returns (uint256);
    function minVotingPower() external view returns (uint256);
    function avsName() external view returns (string memory);
    function DEFAULT_ADMIN_ROLE() external view returns (bytes32);
    function getIsAllowlisted() external view returns (bool);
    function hasRole(bytes32 role, address account) external view returns (bool);
    function isFlowPaused(bytes4 _pausableFlow) external view returns (bool _isPaused);
    function pause(bytes4 _pausableFlow) external;
    function setAvsGovernanceLogic(address _avsGovernanceLogic) external;
    function setIsAllowlisted(bool _isAllowlisted) external;
    function unpause(bytes4 _pausableFlow) external;
    function getRoleAdmin(bytes32 role) external view returns (bytes32);
    function grantRole(bytes32 role, address account) external;
    function renounceRole(bytes32 role, address callerConfirmation) external;
    function revokeRole(bytes32 role, address account) external;
    function getNumOfOperatorsLimit() external view returns (uint256 numOfOperatorsLimitView);
    function setAvsGovernanceMultiplierSyncer(address _newAvsGovernanceMultiplierSyncer) external;
    function setAvsName(string calldata _avsName) external;
    function setMaxEffectiveBalance(uint256 _maxBalance) external;
    function setMinVotingPower(uint256 _minVotingPower) external;
    function setNumOfOperatorsLimit(uint256 _newLimitOfNumOfOperators) external;
    function transferAvsGovernanceMultisig(address _newAvsGovernanceMultisig) external;
    function transferMessageHandler(address _newMessageHandler) external;
    function setStakingContractMultiplier(StakingContractMultiplier calldata _votingPowerMultiplier) external;
    function setStakingContractMultiplierBatch(StakingContractMultiplier[] calldata _votingPowerMultipliers) external;
    function setSupportedStakingContracts(StakingContractDetails[] calldata _stakingContractsDetails) external;
    function minStakePerStakingContract(address _stakingContract) external view returns (uint256);

    event MaxEffectiveBalanceSet(uint256 maxEffectiveBalance);
    event MinVotingPowerSet(uint256 minVotingPower);
    event OperatorRegistered(address indexed operator, uint256[4] blsKey);
    event OperatorUnregistered(address indexed operator);
    event SetAvsGovernanceMultiplierSyncer(address avsGovernanceMultiplierSyncer);
    event SetAvsGovernanceMultisig(address newAvsGovernanceMultisig);
    event SetMessageHandler(address newMessageHandler);
    event SetNumOfOperatorsLimit(uint256 newLimitOfNumOfOperators);
    event SetStakingContractMultiplier(address stakingContract, uint256 stakingContractMultiplier);
    event setNewSupportedStakingContracts(address[] stakingContracts);
    event MinStakePerStakingContractSet(address stakingContract, uint256 minStake);
    event FlowPaused(bytes4 _pausableFlow, address _pauser);
    event FlowUnpaused(bytes4 _pausableFlowFlag, address _unpauser);
    event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole);
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
    event SetAvsGovernanceLogic(address avsGovernanceLogic);
    event SetAvsName(string avsName);
    event SetIsAllowlisted(bool isAllowlisted);

    error AccessControlBadConfirmation();
    error AccessControlInvalidMultiplierSyncer();
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);
    error AllowlistDisabled();
    error AllowlistEnabled();
    error ECDSAInvalidSignature();
    error ECDSAInvalidSignatureLength(uint256 length);
    error ECDSAInvalidSignatureS(bytes32 s);
    error FlowIsCurrentlyPaused();
    error FlowIsCurrentlyUnpaused();
    error InvalidAllowlistAuthToken();
    error InvalidBlsRegistrationSignature();
    error InvalidMultiplierNotSet();
    error InvalidRewardsReceiver();
    error InvalidSlashingRate();
    error ModificationDelayNotPassed();
    error NotEnoughVotingPower();
    error NumOfActiveOperatorsIsGreaterThanNumOfOperatorLimit(uint256 numOfOperatorsLimit, uint256 numOfActiveOperators);
    error NumOfOperatorsLimitReached(uint256 numOfOperatorsLimit);
    error OperatorAlreadyRegistered();
    error OperatorNotRegistered();
    error PauseFlowIsAlreadyPaused();
    error ReentrancyGuardReentrantCall();
    error Unauthorized(string message);
    error UnpausingFlowIsAlreadyUnpaused();
    error InvalidMultiplier();
    error InvalidStakingContract();
    error StakingContractsNotInAscendingOrder();
    error UnsupportedChainId();
    error ZeroAddress();
    error NotActiveOperator();
}
