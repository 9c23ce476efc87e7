// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import "../shared/Ids.sol";
import {TaskInfo} from "../shared/Types.sol";
import {AttestationCenterStorage, AttestationCenterStore, TaskDefinition} from "./AttestationCenterStore.sol";
import {Fees, IAvsLogic, IFeeCalculator} from "./AvsHooks.sol";

/// @dev What stands beside the task, in whichever form it came.
struct Submission {
    bool isApproved;
    bytes performerEcdsa;
    uint256[2] performerBls; // its first word 0: the other one counts
    uint256[2] aggregate;
    uint256[] attestersIds;
}

/// @title submitTask: all checks in the order of the real one, rewards, and what comes after.
abstract contract TaskSubmission is AttestationCenterStore {
    struct GuardStorage {
        bool isEntered;
    }

    // keccak256("avsctl.devnet.TaskSubmission") - 1
    bytes32 private constant GUARD_SLOT = 0xc7455dcecccb0b1871dd0dbcd2044a0fc72d26105c33e78aa5dd186181cf7021;
    bytes32 private constant DOMAIN = keccak256("TasksManager");
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    event RewardAccumulated(
        uint256 indexed _operatorId, uint256 _baseRewardFeeForOperator, uint32 indexed _taskNumber
    );

    error ECDSAInvalidSignature();
    error ECDSAInvalidSignatureLength(uint256 length);
    error ECDSAInvalidSignatureS(bytes32 s);
    error InvalidAttesterSet();
    error InvalidMaximumNumberOfAttesters();
    error InvalidPerformerSignature();
    error InvalidTaskDefinition();
    error MessageAlreadySigned();
    error ReentrancyGuardReentrantCall();

    modifier nonReentrant() {
        if (_guard().isEntered) revert ReentrancyGuardReentrantCall();
        _guard().isEntered = true;
        _;
        _guard().isEntered = false;
    }

    function _submit(TaskInfo calldata task, Submission memory submission)
        internal
        whenUnpaused(TASKS_SUBMISSION_FLOW)
        nonReentrant
    {
        AttestationCenterStorage storage $ = _store();
        uint16 definitionId = task.taskDefinitionId;
        bool isInternal = _isInternal(definitionId);
        bool hasLogic = $.avsLogic != address(0) && !isInternal;
        if (hasLogic) IAvsLogic($.avsLogic).beforeTaskSubmission(definitionId, submission.isApproved);

        bytes32 taskHash = _taskHash(task);
        if ($.signedTasks[taskHash]) revert MessageAlreadySigned();
        _checkPerformer(task.taskPerformer, taskHash, submission);
        TaskDefinition storage definition = _submittable(definitionId);
        _checkAttesters(definitionId, definition, submission.attestersIds);
        _checkAttestation(task, definition, submission);

        uint32 number = ++$.taskNumber;
        _announce(task, submission, number);
        _accountRewards(task, submission, number);
        $.signedTasks[taskHash] = true;
        if (hasLogic) IAvsLogic($.avsLogic).afterTaskSubmission(definitionId, submission.isApproved);
        if (isInternal && submission.isApproved) _processInternal(task);
    }

    function _taskHash(TaskInfo calldata task) internal pure returns (bytes32) {
        return keccak256(abi.encode(task.proofOfTask, task.data, task.taskPerformer, task.taskDefinitionId));
    }

    function _checkExpiry(TaskDefinition storage definition) internal view {
        if (definition.blockExpiry <= block.number) revert InvalidTaskDefinition();
    }

    /// @dev The hash as it is, no prefix before it.
    function _checkEcdsa(address performer, bytes32 taskHash, bytes memory signature) internal pure {
        if (signature.length != 65) revert ECDSAInvalidSignatureLength(signature.length);
        bytes32 r;
        bytes32 s;
        uint8 v;
        assembly {
            r := mload(add(signature, 0x20))
            s := mload(add(signature, 0x40))
            v := byte(0, mload(add(signature, 0x60)))
        }
        if (uint256(s) > HALF_ORDER) revert ECDSAInvalidSignatureS(s);
        address signer = ecrecover(taskHash, v, r, s);
        if (signer == address(0)) revert ECDSAInvalidSignature();
        if (signer != performer) revert InvalidPerformerSignature();
    }

    function _pointOf(bytes32 hash) internal view returns (uint256[2] memory) {
        return _obls().hashToPoint(DOMAIN, abi.encode(hash));
    }

    // What differs by generation

    function _isInternal(uint16 definitionId) internal pure virtual returns (bool);

    function _checkPerformer(address performer, bytes32 taskHash, Submission memory submission) internal view virtual;

    /// @dev The definition of a task, found and not expired; where there is none to look at, an empty one.
    function _submittable(uint16 definitionId) internal view virtual returns (TaskDefinition storage);

    function _refuseAttester(uint16 definitionId, uint256 operatorId) internal pure virtual;

    function _announce(TaskInfo calldata task, Submission memory submission, uint32 number) internal virtual;

    function _performerId(address performer) internal view virtual returns (uint256);

    function _aggregatorId(address aggregator) internal view virtual returns (uint256);

    function _definitionFees(uint16 definitionId) internal view virtual returns (Fees memory);

    function _paysPerformer(bool isApproved) internal pure virtual returns (bool);

    function _processInternal(TaskInfo calldata task) internal virtual;

    // The attesters

    function _checkAttesters(uint16 definitionId, TaskDefinition storage definition, uint256[] memory attestersIds)
        private
        view
    {
        uint256[] memory allowedIds = definition.allowedIds;
        if (allowedIds.length > 0) {
            if (attestersIds.length > allowedIds.length) revert InvalidAttesterSet();
            for (uint256 i = 0; i < attestersIds.length; ++i) {
                if (!_contains(allowedIds, attestersIds[i])) _refuseAttester(definitionId, attestersIds[i]);
            }
        }
        uint256 maximum = definition.maximumNumberOfAttesters;
        if (maximum != 0 && attestersIds.length > maximum) revert InvalidMaximumNumberOfAttesters();
    }

    function _contains(uint256[] memory ids, uint256 id) private pure returns (bool) {
        for (uint256 i = 0; i < ids.length; ++i) {
            if (ids[i] == id) return true;
        }
        return false;
    }

    /// @dev Two thirds of the total approve, one third rejects, both rounded down; a required power of 0 is refused by OBLS.
    function _checkAttestation(TaskInfo calldata task, TaskDefinition storage definition, Submission memory submission)
        private
        view
    {
        uint256 minimum = definition.minimumVotingPower;
        uint256 total = definition.allowedIds.length > 0 || minimum > 0
            ? _obls().totalVotingPowerPerTaskDefinition(task.taskDefinitionId)
            : _obls().totalVotingPower();
        _obls().verifySignature(
            _pointOf(_voteHash(task, submission.isApproved)),
            submission.aggregate,
            submission.attestersIds,
            submission.isApproved ? total * 2 / 3 : total / 3,
            minimum
        );
    }

    function _voteHash(TaskInfo calldata task, bool isApproved) private view returns (bytes32) {
        return keccak256(
            abi.encode(
                task.proofOfTask,
                task.data,
                task.taskPerformer,
                task.taskDefinitionId,
                address(this),
                block.chainid,
                isApproved
            )
        );
    }

    // Rewards

    /// @dev Flat amounts, booked and not paid. An open aggregator is not looked up and gets nothing.
    function _accountRewards(TaskInfo calldata task, Submission memory submission, uint32 number) private {
        uint256 performerId = _performerId(task.taskPerformer);
        bool isOpen = _store().isOpenAggregator;
        uint256 aggregatorId = isOpen ? 0 : _aggregatorId(msg.sender);
        Fees memory fees = _fees(task.taskDefinitionId);
        for (uint256 i = 0; i < submission.attestersIds.length; ++i) {
            _accumulate(submission.attestersIds[i], fees.attester, number);
        }
        if (_paysPerformer(submission.isApproved)) _accumulate(performerId, fees.performer, number);
        if (!isOpen) _accumulate(aggregatorId, fees.aggregator, number);
    }

    /// @dev Asked for internal tasks too: a calculator that reverts on them stops all syncing.
    function _fees(uint16 definitionId) private view returns (Fees memory) {
        IFeeCalculator calculator = IFeeCalculator(_store().feeCalculator);
        if (address(calculator) == address(0) || calculator.isBaseRewardFee()) return _definitionFees(definitionId);
        return calculator.devnetFees(definitionId);
    }

    function _accumulate(uint256 operatorId, uint256 fee, uint32 number) private {
        _store().operators[operatorId].feeToClaim += fee;
        emit RewardAccumulated(operatorId, fee, number);
    }

    function _guard() private pure returns (GuardStorage storage $) {
        assembly {
            $.slot := GUARD_SLOT
        }
    }
}
