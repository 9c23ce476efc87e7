// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {StrategyMultiplier} from "../shared/Types.sol";

/// @title AvsGovernance of generation V1: registration and the voting power that counts (L1).
/// @notice What avsctl calls and decodes; abis/AvsGovernance.v1.json is built from this file.
interface IAvsGovernanceV1 {
    function DEFAULT_ADMIN_ROLE() external view returns (bytes32);
    function avsDirectory() external view returns (address);
    function avsName() external view returns (string memory);
    function getIsAllowlisted() external view returns (bool);
    function getNumOfOperatorsLimit() external view returns (uint256 numOfOperatorsLimitView);
    function hasRole(bytes32 role, address account) external view returns (bool);
    function isFlowPaused(bytes4 _pausableFlow) external view returns (bool _isPaused);
    function isOperatorRegistered(address operator) external view returns (bool);
    function maxEffectiveBalance() external view returns (uint256);
    function minSharesForStrategy(address _strategy) external view returns (uint256);
    function minVotingPower() external view returns (uint256);
    function numOfActiveOperators() external view returns (uint256);
    function numOfOperators() external view returns (uint256);
    function pause(bytes4 _pausableFlow) external;
    function setAvsGovernanceLogic(address _avsGovernanceLogic) external;
    function setAvsGovernanceMultiplierSyncer(address _newAvsGovernanceMultiplierSyncer) external;
    function setAvsName(string calldata _avsName) external;
    function setIsAllowlisted(bool _isAllowlisted) external;
    function setMaxEffectiveBalance(uint256 _maxBalance) external;
    function setMinSharesForStrategy(address _strategy, uint256 _minShares) external;
    function setMinVotingPower(uint256 _minVotingPower) external;
    function setNumOfOperatorsLimit(uint256 _newLimitOfNumOfOperators) external;
    function setStrategyMultiplier(StrategyMultiplier calldata _strategyMultiplier) external;
    function setStrategyMultiplierBatch(StrategyMultiplier[] calldata _strategyMultipliers) external;
    function setSupportedStrategies(address[] calldata _strategies) external;
    function strategies() external view returns (address[] memory);
    function strategyMultiplier(address _strategy) external view returns (uint256);
    function transferAvsGovernanceMultisig(address _newAvsGovernanceMultisig) external;
    function transferMessageHandler(address _newMessageHandler) external;
    function unpause(bytes4 _pausableFlow) external;
    function vault() external view returns (address);
    function votingPower(address _operator) external view returns (uint256);
    function getRoleAdmin(bytes32 role) external view returns (bytes32);
    function grantRole(bytes32 role, address account) external;
    function renounceRole(bytes32 role, address callerConfirmation) external;
    function revokeRole(bytes32 role, address account) external;

    event FlowPaused(bytes4 _pausableFlow, address _pauser);
    event FlowUnpaused(bytes4 _pausableFlowFlag, address _unpauser);
    event MaxEffectiveBalanceSet(uint256 maxEffectiveBalance);
    event MinSharesPerStrategySet(address strategy, uint256 minShares);
    event MinVotingPowerSet(uint256 minVotingPower);
    event OperatorRegistered(address indexed operator, uint256[4] blsKey);
    event OperatorUnregistered(address operator);
    event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole);
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
    event SetAvsGovernanceLogic(address avsGovernanceLogic);
    event SetAvsGovernanceMultiplierSyncer(address avsGovernanceMultiplierSyncer);
    event SetAvsGovernanceMultisig(address newAvsGovernanceMultisig);
    event SetAvsName(string avsName);
    event SetIsAllowlisted(bool isAllowlisted);
    event SetMessageHandler(address newMessageHandler);
    event SetNumOfOperatorsLimit(uint256 newLimitOfNumOfOperators);
    event SetStrategyMultiplier(address strategy, uint256 multiplier);
    event SetSupportedStrategies(address[] strategies);

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
    error InvalidStrategy();
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
    error NotActiveOperator();
}
