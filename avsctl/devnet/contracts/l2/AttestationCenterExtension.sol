// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IInternalTaskHandlerV2} from "../interfaces/InternalTaskHandler.v2.sol";
import "../shared/Ids.sol";
import {BlsTaskSubmissionDetails, EcdsaTaskSubmissionDetails, TaskInfo} from "../shared/Types.sol";
import {AttestationCenterStorage, TaskDefinition} from "./AttestationCenterStore.sol";
import {Fees} from "./AvsHooks.sol";
import {RegisteredOperators} from "./RegisteredOperators.sol";
import {Submission, TaskSubmission} from "./TaskSubmission.sol";

/// @title The extension of the attestation center as V2 and V3 have it: who is in the network, and tasks.
abstract contract AttestationCenterExtension is RegisteredOperators, TaskSubmission {
    event OperatorEjectionRequested(address operator);
    event OperatorRegisteredToNetwork(address indexed operator, uint256 votingPower);
    event OperatorUnregisteredFromNetwork(uint256 indexed operatorId);
    event TaskRejected(
        address indexed operator,
        uint32 taskNumber,
        string proofOfTask,
        bytes data,
        uint16 indexed taskDefinitionId,
        uint256[] attestersIds
    );
    event TaskSubmitted(
        address indexed operator,
        uint32 taskNumber,
        string proofOfTask,
        bytes data,
        uint16 indexed taskDefinitionId,
        uint256[] attestersIds
    );

    error InvalidRestrictedAttester(uint256 taskDefinitionId, uint256 operatorIndex);

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
        bytes32 taskHash = _taskHash(_taskInfo);
        if ($.signedTasks[taskHash]) revert MessageAlreadySigned();
        if ($.definitions[definitionId].blockExpiry == 0) revert TaskDefinitionNotFound(definitionId);
        _announce(_taskInfo, _approvedByNobody(), ++$.taskNumber);
        $.signedTasks[taskHash] = true;
        if (_isInternal(definitionId)) _processInternal(_taskInfo);
    }

    // Tasks

    function submitTask(TaskInfo calldata _taskInfo, EcdsaTaskSubmissionDetails calldata _ecdsaTaskSubmissionDetails)
        external
    {
        Submission memory submission;
        submission.isApproved = _ecdsaTaskSubmissionDetails.isApproved;
        submission.performerEcdsa = _ecdsaTaskSubmissionDetails.tpSignature;
        submission.aggregate = _ecdsaTaskSubmissionDetails.taSignature;
        submission.attestersIds = _ecdsaTaskSubmissionDetails.attestersIds;
        _submit(_taskInfo, submission);
    }

    function submitTask(TaskInfo calldata _taskInfo, BlsTaskSubmissionDetails calldata _blsTaskSubmissionDetails)
        external
    {
        Submission memory submission;
        submission.isApproved = _blsTaskSubmissionDetails.isApproved;
        submission.performerBls = _blsTaskSubmissionDetails.tpSignature;
        submission.aggregate = _blsTaskSubmissionDetails.taSignature;
        submission.attestersIds = _blsTaskSubmissionDetails.attestersIds;
        _submit(_taskInfo, submission);
    }

    function _isInternal(uint16 definitionId) internal pure override returns (bool) {
        return definitionId >= FIRST_INTERNAL_TASK;
    }

    /// @dev A BLS signature whose first word is 0 counts as none, and then there is no ECDSA one either.
    function _checkPerformer(address performer, bytes32 taskHash, Submission memory submission) internal view override {
        if (submission.performerBls[0] == 0) return _checkEcdsa(performer, taskHash, submission.performerEcdsa);
        uint256 id = _activeId(performer);
        _obls().validateOperatorSignature(id, _pointOf(taskHash), submission.performerBls);
    }

    function _submittable(uint16 definitionId) internal view override returns (TaskDefinition storage definition) {
        definition = _store().definitions[definitionId];
        if (definition.blockExpiry == 0) revert TaskDefinitionNotFound(definitionId);
        _checkExpiry(definition);
    }

    function _refuseAttester(uint16 definitionId, uint256 operatorId) internal pure override {
        revert InvalidRestrictedAttester(definitionId, operatorId);
    }

    function _announce(TaskInfo calldata task, Submission memory submission, uint32 number) internal override {
        (string memory proof, bytes memory data) = (task.proofOfTask, task.data);
        (address performer, uint16 id) = (task.taskPerformer, task.taskDefinitionId);
        if (submission.isApproved) emit TaskSubmitted(performer, number, proof, data, id, submission.attestersIds);
        else emit TaskRejected(performer, number, proof, data, id, submission.attestersIds);
    }

    function _performerId(address performer) internal view override returns (uint256) {
        return _activeId(performer);
    }

    function _aggregatorId(address aggregator) internal view override returns (uint256) {
        return _activeId(aggregator);
    }

    function _definitionFees(uint16 definitionId) internal view override returns (Fees memory) {
        TaskDefinition storage definition = _store().definitions[definitionId];
        return Fees(
            definition.baseRewardFeeForAttesters,
            definition.baseRewardFeeForPerformer,
            definition.baseRewardFeeForAggregator
        );
    }

    function _paysPerformer(bool isApproved) internal pure override returns (bool) {
        return isApproved;
    }

    function _processInternal(TaskInfo calldata task) internal override {
        IInternalTaskHandlerV2(_store().internalTaskHandler).processTask(task);
    }

    function _approvedByNobody() private pure returns (Submission memory submission) {
        submission.isApproved = true;
    }

    function _unregister(address operator) private {
        uint256 id = _activeId(operator);
        --_store().numOfActiveOperators;
        _obls().unRegisterOperator(id);
        emit OperatorUnregisteredFromNetwork(id);
    }
}
