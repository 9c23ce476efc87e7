// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {InternalTransaction, TaskInfo} from "../shared/Types.sol";

/// @title InternalTaskHandler of generation V3: lands the internal tasks 10001 and 10002 (L2).
/// @notice What avsctl calls and decodes; abis/InternalTaskHandler.v3.json is built from this file.
interface IInternalTaskHandlerV3 {
    function DEFAULT_ADMIN_ROLE() external view returns (bytes32);
    function getLastCommitBlockL1() external view returns (uint256);
    function getLastCommitBlockL2() external view returns (uint256);
    function hasRole(bytes32 role, address account) external view returns (bool);
    function processTask(TaskInfo calldata _task) external;

    event ExecuteInternalTransactionsTask(InternalTransaction[] transactions);
    event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole);
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
    event TaskProcessed(uint256 taskDefinitionId, string proofOfTask);
    event VotingPowerUpdated(uint256 toBlockL1, uint256 toBlockL2, string proofOfTask);

    error AccessControlBadConfirmation();
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);
    error InternalTransactionNotAllowed(address to, bytes data);
    error InternalTransactionRevert(bytes reason);
    error InvalidIntenalTransactionNonce(uint256 requiredNonce, uint256 currentNonce);
    error InvalidToBlockL1VsLastCommitBlockL1(uint256 requiredMinToBlockL1);
    error InvalidToBlockL2VsCurrentHeight(uint256 toBlockL2, uint256 currentHeight);
    error InvalidToBlockL2VsLastCommitBlockL2(uint256 requiredMinToBlockL2);
}
