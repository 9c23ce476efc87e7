// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {StakingContractDetails, StakingContractMultiplierV3} from "../shared/Types.sol";

/// @title AvsGovernance of generation V3: registration and the voting power that counts (L1).
/// @notice What avsctl calls and decodes; abis/AvsGovernance.v3.json is built from this file.
interface IAvsGovernanceV3 {
    function DEFAULT_ADMIN_ROLE() external view returns (bytes32);
    function EXTENSION_IMPLEMENTATION() external view returns (address);
    function avsGovernanceLogic() external view returns (address);
    function avsName() external view returns (string memory);
    function avsTreasury() external view returns (address);
    function getIsAllowlisted() external view returns (bool);
    function getIsOperatorEjected(address _operator) external view returns (bool);
    function hasRole(bytes32 role, address account) external view returns (bool);
    function isFlowPaused(bytes4 _pausableFlow) external view returns (bool _isPaused);
    function isOperatorRegistered(address operator) external view returns (bool);
    function maxEffectiveBalance() external view returns (uint256);
    function minSlashableStakePerStakingContract(address _stakingContract) external view returns (uint256);
    function minStakePerStakingContract(address _stakingContract) external view returns (uint256);
    function minVotingPower() external view returns (uint256);
    function multiplier(address _stakingContract) external view returns (uint256);
    function numOfActiveOperators() external view returns (uint256);
    function p2pAuthenticationEnabled() external view returns (bool);
    function pause(bytes4 _pausableFlow) external;
    function setAvsGovernanceLogic(address _avsGovernanceLogic) external;
    function setIsAllowlisted(bool _isAllowlisted) external;
    function setP2pAuthenticationEnabled(bool _p2pAuthenticationEnabled) external;
    function setStakingContractMultiplier(StakingContractMultiplierV3 calldata _votingPowerMultiplier) external;
    function setStakingContractMultiplierBatch(StakingContractMultiplierV3[] calldata _votingPowerMultipliers) external;
    function setStakingContractPriceFeed(address _stakingContract, address _feed) external;
    function setSupportedStakingContracts(StakingContractDetails[] calldata _stakingContractsDetails) external;
    function slashableStakeWeight(address _stakingContract) external view returns (uint256);
    function stakingContractToFeed(address _stakingContract) external view returns (address);
    function stakingContracts() external view returns (address[] memory);
    function unpause(bytes4 _pausableFlow) external;
    function votingPower(address _operator) external view returns (uint256);
    function votingPowerPerStakingContracts(address _operator, address[] calldata _stakingContracts) external view returns (uint256);
    function getRoleAdmin(bytes32 role) external view returns (bytes32);
    function grantRole(bytes32 role, address account) external;
    function renounceRole(bytes32 role, address callerConfirmation) external;
    function revokeRole(bytes32 role, address account) external;

    event FlowPaused(bytes4 _pausableFlow, address _pauser);
    event FlowUnpaused(bytes4 _pausableFlowFlag, address _unpauser);
    event MinSlashableStakePerStakingContractSet(address stakingContract, uint256 minSlashableStake);
    event MinStakePerStakingContractSet(address stakingContract, uint256 minStake);
    event PriceFeedSet(address indexed stakingContract, address feed);
    event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole);
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
    event SetAvsGovernanceLogic(address avsGovernanceLogic);
    event SetAvsName(string avsName);
    event SetIsAllowlisted(bool isAllowlisted);
    event SetP2pAuthenticationEnabled(bool _isEnabled);
    event SetStakingContractMultiplier(address stakingContract, uint256 stakingContractMultiplier, uint256 slashableStakeWeight);
    event setNewSupportedStakingContracts(address[] stakingContracts);

    error AccessControlBadConfirmation();
    error AccessControlInvalidMultiplierSyncer();
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);
    error AllowlistDisabled();
    error AllowlistEnabled();
    error EmptyAvsName();
    error EmptySharedSecurityProvidersList();
    error FlowIsCurrentlyPaused();
    error FlowIsCurrentlyUnpaused();
    error InvalidMultiplier();
    error InvalidMultiplierNotSet();
    error InvalidRewardsReceiver();
    error InvalidSharedSecurityProviderList(uint256 arrayIndex);
    error InvalidSlashingRate();
    error InvalidStakingContract();
    error InvalidVetoSlashRange();
    error ModificationDelayNotPassed();
    error NotAuthorizedRole(address _account, bytes _roles);
    error NotEnoughVotingPower();
    error OperatorAlreadyRegistered();
    error OperatorNotRegistered();
    error PauseFlowIsAlreadyPaused();
    error RedistributionManagerDeploymentFailed();
    error RedistributionManagerNotSet();
    error ReentrancyGuardReentrantCall();
    error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value);
    error SlashingConfigNotFound();
    error StakingContractsNotInAscendingOrder();
    error Unauthorized(string message);
    error UnpausingFlowIsAlreadyUnpaused();
    error UnsupportedChainId();
    error VetoSlashIndexOutOfBounds();
    error ZeroAddress();

    // Known by the V1/V2 ABI only, assumed unchanged.
    function getNumOfOperatorsLimit() external view returns (uint256 numOfOperatorsLimitView);
    function setAvsGovernanceMultiplierSyncer(address _newAvsGovernanceMultiplierSyncer) external;
    function setAvsName(string calldata _avsName) external;
    function setMaxEffectiveBalance(uint256 _maxBalance) external;
    function setMinVotingPower(uint256 _minVotingPower) external;
    function setNumOfOperatorsLimit(uint256 _newLimitOfNumOfOperators) external;
    function transferAvsGovernanceMultisig(address _newAvsGovernanceMultisig) external;
    function transferMessageHandler(address _newMessageHandler) external;

    event MaxEffectiveBalanceSet(uint256 maxEffectiveBalance);
    event MinVotingPowerSet(uint256 minVotingPower);
    event OperatorRegistered(address indexed operator, uint256[4] blsKey);
    event OperatorUnregistered(address indexed operator);
    event SetAvsGovernanceMultiplierSyncer(address avsGovernanceMultiplierSyncer);
    event SetAvsGovernanceMultisig(address newAvsGovernanceMultisig);
    event SetMessageHandler(address newMessageHandler);
    event SetNumOfOperatorsLimit(uint256 newLimitOfNumOfOperators);

    error InvalidAllowlistAuthToken();
    error InvalidBlsRegistrationSignature();
    error NumOfActiveOperatorsIsGreaterThanNumOfOperatorLimit(uint256 numOfOperatorsLimit, uint256 numOfActiveOperators);
    error NumOfOperatorsLimitReached(uint256 numOfOperatorsLimit);
    error NotActiveOperator();
}
