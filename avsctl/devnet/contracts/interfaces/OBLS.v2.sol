// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {BlsAuthSignature, OperatorVotingPower} from "../shared/Types.sol";

/// @title OBLS of generation V2: BLS keys and voting power per operator id (L2).
/// @notice What avsctl calls and decodes; abis/OBLS.v2.json is built from this file.
interface IOBLSV2 {
    function DEFAULT_ADMIN_ROLE() external view returns (bytes32);
    function decreaseBatchOperatorVotingPower(OperatorVotingPower[] calldata _operatorsVotingPower) external;
    function decreaseOperatorVotingPower(uint256 _index, uint256 _votingPower) external;
    function decreaseOperatorVotingPowerPerTaskDefinition(uint16 _taskDefinitionId, uint256 _votingPower) external;
    function getOblsManager() external view returns (address);
    function getOperatorBLSPubKey(uint256 _index) external view returns (uint256[4] memory);
    function hasRole(bytes32 role, address account) external view returns (bool);
    function hashToPoint(bytes32 domain, bytes calldata message) external view returns (uint256[2] memory);
    function increaseBatchOperatorVotingPower(OperatorVotingPower[] calldata _operatorsVotingPower) external;
    function increaseOperatorVotingPower(uint256 _index, uint256 _votingPower) external;
    function increaseOperatorVotingPowerPerTaskDefinition(uint16 _taskDefinitionId, uint256 _votingPower) external;
    function isActive(uint256 _index) external view returns (bool);
    function modifyOperatorActiveStatus(uint256 _index, bool _isActive) external;
    function modifyOperatorBlsKey(uint256 _index, uint256[4] calldata _blsKey) external;
    function registerOperator(uint256 _index, uint256 _votingPower, uint256[4] calldata _blsKey) external;
    function setOblsManager(address _oblsManager) external;
    function setOblsSharesSyncer(address _oblsSharesSyncer) external;
    function setTotalVotingPowerPerRestrictedTaskDefinition(uint16 _taskDefinitionId, uint256 _minimumVotingPower, uint256[] calldata _restrictedAttesterIds) external;
    function setTotalVotingPowerPerTaskDefinition(uint16 _taskDefinitionId, uint256 _numOfTotalOperators, uint256 _minimumVotingPower) external;
    function setVotingPowerSyncer(address _votingPowerSyncer) external;
    function totalVotingPower() external view returns (uint256);
    function totalVotingPowerPerTaskDefinition(uint256 _id) external view returns (uint256);
    function unRegisterOperator(uint256 _index) external;
    function validateOperatorSignature(uint256 _operatorId, uint256[2] calldata _message, uint256[2] calldata _signature) external view;
    function verifyAuthSignature(BlsAuthSignature calldata _signature, address _operator, address _contract, uint256[4] calldata _blsKey) external view;
    function verifySignature(uint256[2] calldata _message, uint256[2] calldata _signature, uint256[] calldata _indexes, uint256 _requiredVotingPower, uint256 _minimumVotingPowerPerTaskDefinition) external view;
    function votingPower(uint256 _index) external view returns (uint256);

    event DecreaseBatchOperatorVotingPower(OperatorVotingPower[] operatorsVotingPower);
    event IncreaseBatchOperatorVotingPower(OperatorVotingPower[] operatorsVotingPower);
    event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole);
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
    event SetOBLSManager(address newOBLSManager);
    event SetTotalVotingPowerPerRestrictedTaskDefinition(uint16 taskDefinitionId, uint256 minimumVotingPower, uint256[] restrictedAttesterIds);
    event SetTotalVotingPowerPerTaskDefinition(uint16 taskdefinitionId, uint256 numOfTotalOperators, uint256 minimumVotingPower);
    event SharesSyncerModified(address syncer);

    error AccessControlBadConfirmation();
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);
    error BNAddCallFailed();
    error BadFTMappingImplementation();
    error InactiveOperator(uint256 operator);
    error InsufficientVotingPower();
    error InvalidAuthSignature();
    error InvalidFieldElement();
    error InvalidOBLSSignature();
    error InvalidOperatorIndex();
    error InvalidOperatorIndexes();
    error InvalidRequiredVotingPower();
    error ModularInverseError();
    error NotOBLSManager();
    error NotOBLSManagerOrShareSyncer();
    error OperatorDoesNotHaveMinimumVotingPower(uint256 _operatorIndex);
}
