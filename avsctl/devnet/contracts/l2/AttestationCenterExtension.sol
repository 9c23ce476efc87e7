// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IInternalTaskHandlerV2} from "../interfaces/InternalTaskHandler.v2.sol";
import "../shared/Ids.sol";
import {TaskInfo} from "../shared/Types.sol";
import {AttestationCenterStorage} from "./AttestationCenterStore.sol";
import {RegisteredOperators} from "./RegisteredOperators.sol";

/// @title The extension of the attestation center as V2 and V3 have it: who is in the network, and tasks.
abstract contract AttestationCenterExtension is RegisteredOperators {
    event OperatorEjectionRequested(address operator);
    event OperatorRegisteredToNetwork(address indexed operator, uint256 votingPower);
    event OperatorUnregisteredFromNetwork(uint256 indexed operatorId);
    event TaskSubmitted(
        address indexed operator,
        uint32 taskNumber,
        string proofOfTask,
        bytes data,
        uint16 indexed taskDefinitionId,
        uint256[] attestersIds
    );

    error MessageAlreadySigned();

    /// @dev A live operator is not refused: it gets a second id, and both count.
    function registerToNetwork(
        address _operator,
        uint256 _votingPower,
        uint256[4] calldata _blsKey,
        address _rewardsReceiver
    ) external onlyRole(MESSAGE_HANDLER) {
        AttestationCenterStorage storage $ = _store();
        uint256 formerId = $.idsByAddress[_operator];
        uint256 id = ++$.numOfTotalOperators;
        ++$.numOfActiveOperators;
        $.idsByAddress[_operator] = id;
        $.operators[id].operator = _operator;
        if (formerId != 0) {
            $.operators[id].feeToClaim = $.operators[formerId].feeToClaim;
            $.operators[formerId].feeToClaim = 0;
        }
        if (_rewardsReceiver != _operator) $.rewardsReceivers[_operator] = _rewardsReceiver;
        _obls().registerOperator(id, _votingPower, _blsKey);
        emit OperatorRegisteredToNetwork(_operator, _votingPower);
    }

    /// @dev Reverts for one whose id is inactive, which leaves the two chains apart. The address keeps its id.
    function unRegisterOperatorFromNetwork(address _operator) external onlyRole(MESSAGE_HANDLER) {
        _unregister(_operator);
    }

    function ejectOperatorFromNetwork(address _operator) external onlyRole(EJECTOR) {
        _unregister(_operator);
        emit OperatorEjectionRequested(_operator);
    }

    /// @notice Lands a task as an approved submitTask would, without attesters or signatures.
    function devnetProcessTask(TaskInfo calldata _taskInfo) external onlyDevnetOwner {
        AttestationCenterStorage storage $ = _store();
        uint16 definitionId = _taskInfo.taskDefinitionId;
        bytes32 taskHash = keccak256(
            abi.encode(_taskInfo.proofOfTask, _taskInfo.data, _taskInfo.taskPerformer, definitionId)
        );
        if ($.signedTasks[taskHash]) revert MessageAlreadySigned();
        if ($.definitions[definitionId].blockExpiry == 0) revert TaskDefinitionNotFound(definitionId);
        emit TaskSubmitted(
            _taskInfo.taskPerformer,
            ++$.taskNumber,
            _taskInfo.proofOfTask,
            _taskInfo.data,
            definitionId,
            new uint256[](0)
        );
        $.signedTasks[taskHash] = true;
        if (definitionId >= FIRST_INTERNAL_TASK) {
            IInternalTaskHandlerV2($.internalTaskHandler).processTask(_taskInfo);
        }
    }

    function _unregister(address operator) private {
        uint256 id = _activeId(operator);
        --_store().numOfActiveOperators;
        _obls().unRegisterOperator(id);
        emit OperatorUnregisteredFromNetwork(id);
    }
}
