// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {BlsAuthSignature, EcdsaTaskSubmissionDetails, PaymentDetails, TaskDefinitionParamsV1, TaskInfo} from "../shared/Types.sol";

/// @title AttestationCenter of generation V1: tasks and their definitions (L2).
/// @notice What avsctl calls and decodes; abis/AttestationCenter.v1.json is built from this file.
interface IAttestationCenterV1 {
    function DEFAULT_ADMIN_ROLE() external view returns (bytes32);
    function avsLogic() external view returns (address);
    function baseRewardFee() external view returns (uint256);
    function beforePaymentsLogic() external view returns (address);
    function createNewTaskDefinition(string calldata _name, TaskDefinitionParamsV1 calldata _taskDefinitionParams) external returns (uint16 _id);
    function getOperatorPaymentDetail(uint256 _operatorId) external view returns (PaymentDetails memory);
    function getRoleAdmin(bytes32 role) external view returns (bytes32);
    function getTaskDefinitionMinimumVotingPower(uint16 _taskDefinitionId) external view returns (uint256);
    function getTaskDefinitionRestrictedOperators(uint16 _taskDefinitionId) external view returns (uint256[] memory);
    function grantRole(bytes32 role, address account) external;
    function hasRole(bytes32 role, address account) external view returns (bool);
    function isFlowPaused(bytes4 _pausableFlow) external view returns (bool _isPaused);
    function numOfActiveOperators() external view returns (uint256);
    function numOfOperators() external view returns (uint256);
    function numOfTaskDefinitions() external view returns (uint16);
    function numOfTotalOperators() external view returns (uint256);
    function obls() external view returns (address);
    function operatorsIdsByAddress(address _operator) external view returns (uint256);
    function pause(bytes4 _pausableFlow) external;
    function registerToNetwork(address _operator, uint256 _votingPower, uint256[4] calldata _blsKey, address _rewardsReceiver) external;
    function renounceRole(bytes32 role, address callerConfirmation) external;
    function revokeRole(bytes32 role, address account) external;
    function setAvsLogic(address _avsLogic) external;
    function setBeforePaymentsLogic(address _beforePaymentsLogic) external;
    function setFeeCalculator(address _feeCalculator) external;
    function setOblsSharesSyncer(address _oblsSharesSyncer) external;
    function setTaskDefinitionMinVotingPower(uint16 _taskDefinitionId, uint256 _minimumVotingPower) external;
    function setTaskDefinitionRestrictedOperators(uint16 _taskDefinitionId, uint256[] calldata _restrictedOperatorIndexes) external;
    function submitTask(TaskInfo calldata _taskInfo, EcdsaTaskSubmissionDetails calldata _taskSubmissionDetails) external;
    function submitTask(TaskInfo calldata _taskInfo, bool _isApproved, bytes calldata _tpSignature, uint256[2] calldata _taSignature, uint256[] calldata _attestersIds) external;
    function taskNumber() external view returns (uint32);
    function transferAvsGovernanceMultisig(address _newAvsGovernanceMultisig) external;
    function transferMessageHandler(address _newMessageHandler) external;
    function unRegisterOperatorFromNetwork(address _operator) external;
    function unpause(bytes4 _pausableFlow) external;
    function updateBlsKey(uint256[4] calldata _blsKey, BlsAuthSignature calldata _authSignature) external;
    function vault() external view returns (address);
    function votingPower(address _operator) external view returns (uint256);

    event FlowPaused(bytes4 _pausableFlow, address _pauser);
    event FlowUnpaused(bytes4 _pausableFlowFlag, address _unpauser);
    event OperatorBlsKeyUpdated(address indexed operator, uint256[4] blsKey);
    event OperatorRegisteredToNetwork(address operator, uint256 votingPower);
    event OperatorUnregisteredFromNetwork(uint256 operatorId);
    event RewardAccumulated(uint256 indexed _operatorId, uint256 _baseRewardFeeForOperator, uint32 indexed _taskNumber);
    event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole);
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
    event SetAvsGovernanceMultisig(address newAvsGovernanceMultisig);
    event SetAvsLogic(address avsLogic);
    event SetBeforePaymentsLogic(address paymentsLogic);
    event SetFeeCalculator(address feeCalculator);
    event SetMessageHandler(address newMessageHandler);
    event SetMinimumTaskDefinitionVotingPower(uint256 minimumVotingPower);
    event SetRestrictedOperator(uint16 taskDefinitionId, uint256[] restrictedOperatorIndexes);
    event TaskDefinitionCreated(uint16 taskDefinitionId, string name, uint256 blockExpiry, uint256 baseRewardFeeForAttesters, uint256 baseRewardFeeForPerformer, uint256 baseRewardFeeForAggregator, uint256 disputePeriodBlocks, uint256 minimumVotingPower, uint256[] restrictedOperatorIndexes);
    event TaskRejected(address operator, uint32 taskNumber, string proofOfTask, bytes data, uint16 taskDefinitionId);
    event TaskSubmitted(address operator, uint32 taskNumber, string proofOfTask, bytes data, uint16 taskDefinitionId);

    error AccessControlBadConfirmation();
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);
    error ECDSAInvalidSignature();
    error ECDSAInvalidSignatureLength(uint256 length);
    error ECDSAInvalidSignatureS(bytes32 s);
    error FlowIsCurrentlyPaused();
    error FlowIsCurrentlyUnpaused();
    error InactiveAggregator();
    error InactiveTaskPerformer();
    error InvalidArrayLength();
    error InvalidAttesterSet();
    error InvalidBlockExpiry();
    error InvalidBlsKeyUpdateSignature();
    error InvalidOperatorId();
    error InvalidOperatorsForPayment();
    error InvalidPaymentClaim();
    error InvalidPerformerSignature();
    error InvalidRangeForBatchPaymentRequest();
    error InvalidRestrictedOperator(uint256 taskDefinitionId, uint256 operatorIndex);
    error InvalidRestrictedOperatorIndexes();
    error InvalidTaskDefinition();
    error MessageAlreadySigned();
    error OperatorNotRegistered(address _operatorAddress);
    error PauseFlowIsAlreadyPaused();
    error PaymentClaimed();
    error PaymentReedemed();
    error ReentrancyGuardReentrantCall();
    error TaskDefinitionNotFound(uint16 taskDefinitionId);
    error UnpausingFlowIsAlreadyUnpaused();
}
