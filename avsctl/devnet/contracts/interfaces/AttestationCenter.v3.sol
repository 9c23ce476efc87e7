// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ActiveOperatorV3, BlsAuthSignature, BlsTaskSubmissionDetails, EcdsaTaskSubmissionDetails, InternalTaskConfig, PaymentDetails, TaskDefinitionDetails, TaskDefinitionParams, TaskInfo} from "../shared/Types.sol";

/// @title AttestationCenter of generation V3: tasks and their definitions (L2).
/// @notice What avsctl calls and decodes; abis/AttestationCenter.v3.json is built from this file.
interface IAttestationCenterV3 {
    function DEFAULT_ADMIN_ROLE() external view returns (bytes32);
    function EXTENSION_IMPLEMENTATION() external view returns (address);
    function avsLogic() external view returns (address);
    function avsTreasury() external view returns (address);
    function beforePaymentsLogic() external view returns (address);
    function createNewTaskDefinition(string calldata _name, TaskDefinitionParams calldata _taskDefinitionParams) external returns (uint16 _id);
    function ejectOperatorFromNetwork(address _operator) external;
    function feeCalculator() external view returns (address);
    function getActiveOperatorsDetails() external view returns (ActiveOperatorV3[] memory _operators);
    function getOperatorPaymentDetail(uint256 _operatorId) external view returns (PaymentDetails memory);
    function getTaskDefinitionDetails(uint16 _taskDefinitionId) external view returns (TaskDefinitionDetails memory);
    function hasRole(bytes32 role, address account) external view returns (bool);
    function internalTaskHandler() external view returns (address);
    function isFlowPaused(bytes4 _pausableFlow) external view returns (bool _isPaused);
    function numOfActiveOperators() external view returns (uint256);
    function numOfTaskDefinitions() external view returns (uint16);
    function numOfTotalOperators() external view returns (uint256);
    function obls() external view returns (address);
    function operatorsIdsByAddress(address _operator) external view returns (uint256);
    function pause(bytes4 _pausableFlow) external;
    function revokeEjector(address _ejector) external;
    function setAvsLogic(address _avsLogic) external;
    function setBaseRewardFeeForAggregator(uint16 _taskDefinitionId, uint256 _baseRewardFeeForAggregator) external;
    function setBaseRewardFeeForAttesters(uint16 _taskDefinitionId, uint256 _baseRewardFeeForAttesters) external;
    function setBaseRewardFeeForPerformer(uint16 _taskDefinitionId, uint256 _baseRewardFeeForPerformer) external;
    function setBeforePaymentsLogic(address _beforePaymentsLogic) external;
    function setEjector(address _ejector) external;
    function setFeeCalculator(address _feeCalculator) external;
    function setInternalTaskHandler(address _internalTaskHandler) external;
    function setIsIncorrectAttestationSlashingEnabled(uint16 _taskDefinitionId, bool _isIncorrectAttestationSlashingEnabled) external;
    function setIsOpenAggregator(bool _isOpenAggregator) external;
    function setIsRejectedTaskSlashingEnabled(uint16 _taskDefinitionId, bool _isRejectedTaskSlashingEnabled) external;
    function setOblsSharesSyncer(address _oblsSharesSyncer) external;
    function setTaskDefinitionMaximumNumberOfAttesters(uint16 _taskDefinitionId, uint256 _maximumNumberOfAttesters) external;
    function setTaskDefinitionMinVotingPower(uint16 _taskDefinitionId, uint256 _minimumVotingPower) external;
    function setTaskDefinitionRestrictedAttesters(uint16 _taskDefinitionId, uint256[] calldata _restrictedAttesterIds) external;
    function taskNumber() external view returns (uint32);
    function transferAvsGovernanceMultisig(address _newAvsGovernanceMultisig) external;
    function transferMessageHandler(address _newMessageHandler) external;
    function unpause(bytes4 _pausableFlow) external;
    function updateInternalTaskConfig(uint16 _taskDefinitionId, InternalTaskConfig calldata _config) external;
    function verifyOperatorValidForTaskDefinition(address _operator, uint16 _taskDefinitionId) external view;
    function votingPower(address _operator) external view returns (uint256);
    function getRoleAdmin(bytes32 role) external view returns (bytes32);
    function grantRole(bytes32 role, address account) external;
    function renounceRole(bytes32 role, address callerConfirmation) external;
    function revokeRole(bytes32 role, address account) external;

    event FlowPaused(bytes4 _pausableFlow, address _pauser);
    event FlowUnpaused(bytes4 _pausableFlowFlag, address _unpauser);
    event IsOpenAggregatorSet(bool isOpenAggregator);
    event OperatorEjectionRequested(address operator);
    event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole);
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
    event SetAvsGovernanceMultisig(address newAvsGovernanceMultisig);
    event SetAvsLogic(address avsLogic);
    event SetBaseRewardFeeForAggregator(uint16 indexed taskDefinitionId, uint256 baseRewardFeeForAggregator);
    event SetBaseRewardFeeForAttesters(uint16 indexed taskDefinitionId, uint256 baseRewardFeeForAttesters);
    event SetBaseRewardFeeForPerformer(uint16 indexed taskDefinitionId, uint256 baseRewardFeeForPerformer);
    event SetBeforePaymentsLogic(address paymentsLogic);
    event SetFeeCalculator(address feeCalculator);
    event SetInternalTaskHandler(address newInternalTaskHandler);
    event SetIsIncorrectAttestationSlashingEnabled(uint16 indexed taskDefinitionId, bool isIncorrectAttestationSlashingEnabled);
    event SetIsRejectedTaskSlashingEnabled(uint16 indexed taskDefinitionId, bool isRejectedTaskSlashingEnabled);
    event SetMaximumNumberOfAttesters(uint16 indexed taskDefinitionId, uint256 maximumNumberOfAttesters);
    event SetMessageHandler(address newMessageHandler);
    event SetMinimumTaskDefinitionVotingPower(uint256 minimumVotingPower);
    event SetRestrictedAttester(uint16 indexed taskDefinitionId, uint256[] restrictedAttesterIds);
    event TaskDefinitionCreated(uint16 taskDefinitionId, string name, uint256 blockExpiry, uint256 baseRewardFeeForAttesters, uint256 baseRewardFeeForPerformer, uint256 baseRewardFeeForAggregator, uint256 disputePeriodBlocks, uint256 minimumVotingPower, uint256[] restrictedAttesterIds, uint256 maximumNumberOfAttesters);

    error AccessControlBadConfirmation();
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);
    error EigenRewardsDurationExceedsMaximum();
    error EigenRewardsDurationNotMultipleOfInterval();
    error EigenRewardsMaxRewardsAmountExceeded(uint256 totalRewards);
    error EigenRewardsMustBeRetroactive();
    error EigenRewardsNotSupportedOnL2();
    error EigenRewardsStartTimestampNotMultipleOfInterval();
    error EigenRewardsStartTimestampTooFarInPast();
    error FlowIsCurrentlyPaused();
    error FlowIsCurrentlyUnpaused();
    error InsufficientVotingPowerForTaskDefinition(uint16 taskDefinitionId, uint256 minVotingPower);
    error InvalidAttesterSet();
    error InvalidBlockExpiry();
    error InvalidMaximumNumberOfAttesters();
    error InvalidOperatorsForPayment();
    error InvalidRangeForBatchPaymentRequest();
    error InvalidRestrictedAttester(uint256 taskDefinitionId, uint256 operatorIndex);
    error InvalidRestrictedAttesterIds();
    error InvalidTaskDefinition();
    error InvalidWadToSlash();
    error NotAuthorizedRole(address _account, bytes _roles);
    error OperatorNotRegistered(address _operatorAddress);
    error PauseFlowIsAlreadyPaused();
    error ReentrancyGuardReentrantCall();
    error SymbioticRewardsNotSupportedOnL2();
    error TaskDefinitionNotFound(uint16 taskDefinitionId);
    error UnpausingFlowIsAlreadyUnpaused();
    error ZeroAddress();

    // Extension: known by the V2 ABI only, assumed unchanged.
    function registerToNetwork(address _operator, uint256 _votingPower, uint256[4] calldata _blsKey, address _rewardsReceiver) external;
    function submitTask(TaskInfo calldata _taskInfo, EcdsaTaskSubmissionDetails calldata _ecdsaTaskSubmissionDetails) external;
    function submitTask(TaskInfo calldata _taskInfo, BlsTaskSubmissionDetails calldata _blsTaskSubmissionDetails) external;
    function unRegisterOperatorFromNetwork(address _operator) external;
    function updateBlsKey(uint256[4] calldata _blsKey, BlsAuthSignature calldata _authSignature) external;

    event OperatorBlsKeyUpdated(address indexed operator, uint256[4] blsKey);
    event OperatorRegisteredToNetwork(address indexed operator, uint256 votingPower);
    event OperatorUnregisteredFromNetwork(uint256 indexed operatorId);
    event RewardAccumulated(uint256 indexed _operatorId, uint256 _baseRewardFeeForOperator, uint32 indexed _taskNumber);
    event TaskRejected(address indexed operator, uint32 taskNumber, string proofOfTask, bytes data, uint16 indexed taskDefinitionId, uint256[] attestersIds);
    event TaskSubmitted(address indexed operator, uint32 taskNumber, string proofOfTask, bytes data, uint16 indexed taskDefinitionId, uint256[] attestersIds);

    error ECDSAInvalidSignature();
    error ECDSAInvalidSignatureLength(uint256 length);
    error ECDSAInvalidSignatureS(bytes32 s);
    error InactiveAggregator();
    error InactiveTaskPerformer();
    error InvalidPerformerSignature();
    error MessageAlreadySigned();
    error NotAnEjector();
}
