// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IOBLSV2} from "../interfaces/OBLS.v2.sol";
import {DevnetOwned} from "../shared/DevnetOwned.sol";
import "../shared/Ids.sol";
import {Roles} from "../shared/Roles.sol";
import {InternalTransaction, TaskInfo, VotingPowerUpdate} from "../shared/Types.sol";

struct InternalTaskHandlerStorage {
    address obls; // +0
    uint256 lastCommitBlockL1; // +1
    uint256 lastCommitBlockL2; // +2
}

/// @title InternalTaskHandler: what an approved internal task changes.
abstract contract InternalTaskHandler is Roles, DevnetOwned {
    event ExecuteInternalTransactionsTask(InternalTransaction[] transactions);
    event TaskProcessed(uint256 taskDefinitionId, string proofOfTask);
    event VotingPowerUpdated(uint256 toBlockL1, uint256 toBlockL2, string proofOfTask);

    error InternalTransactionNotAllowed(address to, bytes data);
    error InternalTransactionRevert(bytes reason);
    error InvalidToBlockL1VsLastCommitBlockL1(uint256 requiredMinToBlockL1);
    error InvalidToBlockL2VsCurrentHeight(uint256 toBlockL2, uint256 currentHeight);
    error InvalidToBlockL2VsLastCommitBlockL2(uint256 requiredMinToBlockL2);

    function initialize(address _attestationCenter, address _obls) external initializesDevnet {
        _store().obls = _obls;
        _grant(ATTESTATION_CENTER, _attestationCenter);
    }

    function getLastCommitBlockL1() external view returns (uint256) {
        return _store().lastCommitBlockL1;
    }

    function getLastCommitBlockL2() external view returns (uint256) {
        return _store().lastCommitBlockL2;
    }

    /// @dev An internal id of neither kind changes nothing, and is still announced.
    function processTask(TaskInfo calldata _task) external onlyRole(ATTESTATION_CENTER) {
        if (_task.taskDefinitionId == VOTING_POWER_SYNC_TASK) _updateVotingPower(_task);
        if (_task.taskDefinitionId == TOTAL_VOTING_POWER_SYNC_TASK) _executeTransactions(_task.data);
        emit TaskProcessed(_task.taskDefinitionId, _task.proofOfTask);
    }

    function _base() internal pure virtual returns (bytes32);

    /// @dev The block on L1 has no upper bound: one absurd value stops all updates after it. Increases come before decreases.
    function _updateVotingPower(TaskInfo calldata task) private {
        InternalTaskHandlerStorage storage $ = _store();
        VotingPowerUpdate memory update = abi.decode(task.data, (VotingPowerUpdate));
        if ($.lastCommitBlockL1 >= update.toBlockL1) {
            revert InvalidToBlockL1VsLastCommitBlockL1($.lastCommitBlockL1 + 1);
        }
        if ($.lastCommitBlockL2 >= update.toBlockL2) {
            revert InvalidToBlockL2VsLastCommitBlockL2($.lastCommitBlockL2 + 1);
        }
        if (update.toBlockL2 >= block.number) {
            revert InvalidToBlockL2VsCurrentHeight(update.toBlockL2, block.number);
        }
        $.lastCommitBlockL1 = update.toBlockL1;
        $.lastCommitBlockL2 = update.toBlockL2;
        IOBLSV2($.obls).increaseBatchOperatorVotingPower(update.toIncrease);
        IOBLSV2($.obls).decreaseBatchOperatorVotingPower(update.toDecrease);
        emit VotingPowerUpdated(update.toBlockL1, update.toBlockL2, task.proofOfTask);
    }

    /// @dev OBLS's two functions that write totals, and nothing else; their arguments are not looked at.
    function _executeTransactions(bytes calldata data) private {
        address obls = _store().obls;
        InternalTransaction[] memory transactions = abi.decode(data, (InternalTransaction[]));
        for (uint256 i = 0; i < transactions.length; ++i) {
            InternalTransaction memory item = transactions[i];
            if (item.to != obls || !_isAllowed(item.data)) revert InternalTransactionNotAllowed(item.to, item.data);
            (bool ok, bytes memory reason) = item.to.call(item.data);
            if (!ok) revert InternalTransactionRevert(reason);
        }
        emit ExecuteInternalTransactionsTask(transactions);
    }

    function _isAllowed(bytes memory data) private pure returns (bool) {
        if (data.length < 4) return false;
        bytes4 selector = bytes4(data);
        return selector == IOBLSV2.setTotalVotingPowerPerTaskDefinition.selector
            || selector == IOBLSV2.setTotalVotingPowerPerRestrictedTaskDefinition.selector;
    }

    function _store() private pure returns (InternalTaskHandlerStorage storage $) {
        bytes32 base = _base();
        assembly {
            $.slot := base
        }
    }
}

contract InternalTaskHandlerV2 is InternalTaskHandler {
    function _base() internal pure override returns (bytes32) {
        return 0xa1a1dd55cbd3bc53c9d323cca8110d05953f7c222ec280884b6251156888dfc7;
    }
}

contract InternalTaskHandlerV3 is InternalTaskHandler {
    /// @dev keccak256("avsctl.devnet.InternalTaskHandler.v3") - 1
    function _base() internal pure override returns (bytes32) {
        return 0x32a3ca798d834d6e9d68bef8625e745e178863134876010b6db51ab28ff5b324;
    }
}
