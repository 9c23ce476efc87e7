// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import "../shared/Ids.sol";
import {EcdsaTaskSubmissionDetails, TaskDefinitionParamsV1, TaskInfo} from "../shared/Types.sol";
import {AttestationCenterCommon, AttestationCenterStorage, TaskDefinition} from "./AttestationCenterStore.sol";
import {Fees} from "./AvsHooks.sol";
import {Submission, TaskSubmission} from "./TaskSubmission.sol";

/// @title AttestationCenter, generation V1: one contract, no internal tasks, lists of operator indexes.
contract AttestationCenterV1 is AttestationCenterCommon, TaskSubmission {
    event OperatorRegisteredToNetwork(address operator, uint256 votingPower);
    event OperatorUnregisteredFromNetwork(uint256 operatorId);
    event SetMinimumTaskDefinitionVotingPower(uint256 minimumVotingPower);
    event SetRestrictedOperator(uint16 taskDefinitionId, uint256[] restrictedOperatorIndexes);
    event TaskDefinitionCreated(
        uint16 taskDefinitionId,
        string name,
        uint256 blockExpiry,
        uint256 baseRewardFeeForAttesters,
        uint256 baseRewardFeeForPerformer,
        uint256 baseRewardFeeForAggregator,
        uint256 disputePeriodBlocks,
        uint256 minimumVotingPower,
        uint256[] restrictedOperatorIndexes
    );
    event TaskRejected(address operator, uint32 taskNumber, string proofOfTask, bytes data, uint16 taskDefinitionId);
    event TaskSubmitted(address operator, uint32 taskNumber, string proofOfTask, bytes data, uint16 taskDefinitionId);

    error InactiveAggregator();
    error InactiveTaskPerformer();
    error InvalidBlockExpiry();
    error InvalidRestrictedOperator(uint256 taskDefinitionId, uint256 operatorIndex);
    error InvalidRestrictedOperatorIndexes();

    function initialize(
        address _avsGovernanceMultisigOwner,
        address _operationsMultisig,
        address _communityMultisig,
        address _messageHandler,
        address _obls,
        address _vault,
        bool _isRewardsOnL2
    ) external initializesDevnet {
        _initializeCommon(
            _avsGovernanceMultisigOwner,
            _operationsMultisig,
            _communityMultisig,
            _messageHandler,
            _obls,
            _vault,
            _isRewardsOnL2
        );
        // Definition 0 is not stored in V1; it pays this to each role.
        _store().baseRewardFee = 10 ** 19;
        _grant(BATCH_PAYMENT_REQUEST_FLOW, _avsGovernanceMultisigOwner);
        _grant(PAYMENT_REQUEST_FLOW, _avsGovernanceMultisigOwner);
    }

    function baseRewardFee() external view returns (uint256) {
        return _store().baseRewardFee;
    }

    function vault() external view returns (address) {
        return _store().treasury;
    }

    // Task definitions

    function createNewTaskDefinition(string calldata _name, TaskDefinitionParamsV1 calldata _taskDefinitionParams)
        external
        onlyRole(AVS_GOVERNANCE_MULTISIG)
        whenUnpaused(CREATE_NEW_TASK_DEFINITION_FLOW)
        returns (uint16 _id)
    {
        AttestationCenterStorage storage $ = _store();
        if (_taskDefinitionParams.blockExpiry <= block.number) revert InvalidBlockExpiry();
        _checkAscending(_taskDefinitionParams.restrictedOperatorIndexes);

        _id = ++$.definitionCounter.value;
        TaskDefinition storage definition = $.definitions[_id];
        definition.taskDefinitionId = _id;
        definition.name = _name;
        definition.blockExpiry = _taskDefinitionParams.blockExpiry;
        definition.baseRewardFeeForAttesters = _taskDefinitionParams.baseRewardFeeForAttesters;
        definition.baseRewardFeeForPerformer = _taskDefinitionParams.baseRewardFeeForPerformer;
        definition.baseRewardFeeForAggregator = _taskDefinitionParams.baseRewardFeeForAggregator;
        definition.disputePeriodBlocks = _taskDefinitionParams.disputePeriodBlocks;
        definition.minimumVotingPower = _taskDefinitionParams.minimumVotingPower;
        definition.allowedIds = _taskDefinitionParams.restrictedOperatorIndexes;

        if (_taskDefinitionParams.restrictedOperatorIndexes.length > 0) {
            _writeTotalOfList(_id, definition);
        } else if (_taskDefinitionParams.minimumVotingPower > 0) {
            _writeTotalOfAll(_id, definition);
        }
        _emitCreated(_id, _name, _taskDefinitionParams);
    }

    /// @dev Writes the total over all active operators, also for a definition with a list.
    function setTaskDefinitionMinVotingPower(uint16 _taskDefinitionId, uint256 _minimumVotingPower)
        external
        onlyRole(AVS_GOVERNANCE_MULTISIG)
        whenUnpaused(CREATE_NEW_TASK_DEFINITION_FLOW)
    {
        TaskDefinition storage definition = _existing(_taskDefinitionId);
        definition.minimumVotingPower = _minimumVotingPower;
        _writeTotalOfAll(_taskDefinitionId, definition);
        emit SetMinimumTaskDefinitionVotingPower(_minimumVotingPower);
    }

    /// @dev An empty list writes the total 0, whatever the minimum is.
    function setTaskDefinitionRestrictedOperators(uint16 _taskDefinitionId, uint256[] calldata _restrictedOperatorIndexes)
        external
        onlyRole(AVS_GOVERNANCE_MULTISIG)
        whenUnpaused(CREATE_NEW_TASK_DEFINITION_FLOW)
    {
        TaskDefinition storage definition = _existing(_taskDefinitionId);
        _checkAscending(_restrictedOperatorIndexes);
        definition.allowedIds = _restrictedOperatorIndexes;
        _writeTotalOfList(_taskDefinitionId, definition);
        emit SetRestrictedOperator(_taskDefinitionId, _restrictedOperatorIndexes);
    }

    /// @dev 0 for an unknown id, as the list is empty: no revert.
    function getTaskDefinitionMinimumVotingPower(uint16 _taskDefinitionId) external view returns (uint256) {
        return _store().definitions[_taskDefinitionId].minimumVotingPower;
    }

    function getTaskDefinitionRestrictedOperators(uint16 _taskDefinitionId) external view returns (uint256[] memory) {
        return _store().definitions[_taskDefinitionId].allowedIds;
    }

    // Operators

    function registerToNetwork(
        address _operator,
        uint256 _votingPower,
        uint256[4] calldata _blsKey,
        address _rewardsReceiver
    ) external onlyRole(MESSAGE_HANDLER) {
        AttestationCenterStorage storage $ = _store();
        uint256 id = ++$.numOfTotalOperators;
        ++$.numOfActiveOperators;
        $.idsByAddress[_operator] = id;
        $.operators[id].operator = _operator;
        if (_rewardsReceiver != _operator) $.rewardsReceivers[_operator] = _rewardsReceiver;
        _obls().registerOperator(id, _votingPower, _blsKey);
        emit OperatorRegisteredToNetwork(_operator, _votingPower);
    }

    /// @dev Forgets the address, keeps the record of the id.
    function unRegisterOperatorFromNetwork(address _operator) external onlyRole(MESSAGE_HANDLER) {
        AttestationCenterStorage storage $ = _store();
        uint256 id = _registeredId(_operator);
        delete $.idsByAddress[_operator];
        --$.numOfActiveOperators;
        _obls().unRegisterOperator(id);
        emit OperatorUnregisteredFromNetwork(id);
    }

    // Tasks

    function submitTask(TaskInfo calldata _taskInfo, EcdsaTaskSubmissionDetails calldata _taskSubmissionDetails)
        external
    {
        Submission memory submission;
        submission.isApproved = _taskSubmissionDetails.isApproved;
        submission.performerEcdsa = _taskSubmissionDetails.tpSignature;
        submission.aggregate = _taskSubmissionDetails.taSignature;
        submission.attestersIds = _taskSubmissionDetails.attestersIds;
        _submit(_taskInfo, submission);
    }

    function submitTask(
        TaskInfo calldata _taskInfo,
        bool _isApproved,
        bytes calldata _tpSignature,
        uint256[2] calldata _taSignature,
        uint256[] calldata _attestersIds
    ) external {
        Submission memory submission;
        submission.isApproved = _isApproved;
        submission.performerEcdsa = _tpSignature;
        submission.aggregate = _taSignature;
        submission.attestersIds = _attestersIds;
        _submit(_taskInfo, submission);
    }

    function _isInternal(uint16) internal pure override returns (bool) {
        return false;
    }

    function _checkPerformer(address performer, bytes32 taskHash, Submission memory submission) internal pure override {
        _checkEcdsa(performer, taskHash, submission.performerEcdsa);
    }

    /// @dev Nothing is looked at for definition 0.
    function _submittable(uint16 definitionId) internal view override returns (TaskDefinition storage definition) {
        if (definitionId == DEFAULT_TASK) return _store().definitions[DEFAULT_TASK];
        definition = _existing(definitionId);
        _checkExpiry(definition);
    }

    function _refuseAttester(uint16 definitionId, uint256 operatorId) internal pure override {
        revert InvalidRestrictedOperator(definitionId, operatorId);
    }

    function _announce(TaskInfo calldata task, Submission memory submission, uint32 number) internal override {
        (string memory proof, bytes memory data) = (task.proofOfTask, task.data);
        (address performer, uint16 id) = (task.taskPerformer, task.taskDefinitionId);
        if (submission.isApproved) emit TaskSubmitted(performer, number, proof, data, id);
        else emit TaskRejected(performer, number, proof, data, id);
    }

    /// @dev Registered and inactive is what a syncer can make of an operator.
    function _performerId(address performer) internal view override returns (uint256 id) {
        id = _registeredId(performer);
        if (!_obls().isActive(id)) revert InactiveTaskPerformer();
    }

    function _aggregatorId(address aggregator) internal view override returns (uint256 id) {
        id = _registeredId(aggregator);
        if (!_obls().isActive(id)) revert InactiveAggregator();
    }

    function _definitionFees(uint16 definitionId) internal view override returns (Fees memory) {
        if (definitionId == DEFAULT_TASK) {
            uint256 fee = _store().baseRewardFee;
            return Fees(fee, fee, fee);
        }
        TaskDefinition storage definition = _store().definitions[definitionId];
        return Fees(
            definition.baseRewardFeeForAttesters,
            definition.baseRewardFeeForPerformer,
            definition.baseRewardFeeForAggregator
        );
    }

    function _paysPerformer(bool) internal pure override returns (bool) {
        return true;
    }

    function _processInternal(TaskInfo calldata) internal override {}

    function _registeredId(address operator) internal view override returns (uint256 id) {
        id = _store().idsByAddress[operator];
        if (id == 0) revert OperatorNotRegistered(operator);
    }

    function _base() internal pure override returns (bytes32) {
        return BASE_V1_V2;
    }

    /// @dev Definition 0 is none, and so is every id that governance has not made.
    function _existing(uint16 id) private view returns (TaskDefinition storage) {
        AttestationCenterStorage storage $ = _store();
        if (id == DEFAULT_TASK || id > $.definitionCounter.value) revert TaskDefinitionNotFound(id);
        return $.definitions[id];
    }

    function _checkAscending(uint256[] calldata ids) private pure {
        for (uint256 i = 1; i < ids.length; ++i) {
            if (ids[i] <= ids[i - 1]) revert InvalidRestrictedOperatorIndexes();
        }
    }

    function _writeTotalOfAll(uint16 id, TaskDefinition storage definition) private {
        _obls().setTotalVotingPowerPerTaskDefinition(
            id, _store().numOfTotalOperators, definition.minimumVotingPower
        );
    }

    function _writeTotalOfList(uint16 id, TaskDefinition storage definition) private {
        _obls().setTotalVotingPowerPerRestrictedTaskDefinition(
            id, definition.minimumVotingPower, definition.allowedIds
        );
    }

    function _emitCreated(uint16 id, string calldata name, TaskDefinitionParamsV1 calldata params) private {
        emit TaskDefinitionCreated(
            id,
            name,
            params.blockExpiry,
            params.baseRewardFeeForAttesters,
            params.baseRewardFeeForPerformer,
            params.baseRewardFeeForAggregator,
            params.disputePeriodBlocks,
            params.minimumVotingPower,
            params.restrictedOperatorIndexes
        );
    }
}
