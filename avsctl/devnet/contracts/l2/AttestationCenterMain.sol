// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import "../shared/Ids.sol";
import {Delegating} from "../shared/Delegating.sol";
import {TaskDefinitionParams} from "../shared/Types.sol";
import {AttestationCenterCommon, AttestationCenterStorage, TaskDefinition} from "./AttestationCenterStore.sol";
import {RegisteredOperators} from "./RegisteredOperators.sol";
import {TaskDefinitions} from "./TaskDefinitions.sol";

/// @title The main part of the attestation center as V2 and V3 have it; what it lacks goes on to the extension.
abstract contract AttestationCenterMain is AttestationCenterCommon, TaskDefinitions, RegisteredOperators, Delegating {
    address public immutable EXTENSION_IMPLEMENTATION;

    event IsOpenAggregatorSet(bool isOpenAggregator);
    event SetInternalTaskHandler(address newInternalTaskHandler);

    error InsufficientVotingPowerForTaskDefinition(uint16 taskDefinitionId, uint256 minVotingPower);
    error InvalidRestrictedAttester(uint256 taskDefinitionId, uint256 operatorIndex);
    error InvalidTaskDefinition();
    error NotAnEjector();

    constructor(address extension) {
        EXTENSION_IMPLEMENTATION = extension;
    }

    fallback() external {
        _delegate(EXTENSION_IMPLEMENTATION);
    }

    function initialize(
        address _avsGovernanceMultisigOwner,
        address _operationsMultisig,
        address _communityMultisig,
        address _messageHandler,
        address _obls,
        address _avsTreasury,
        bool _isRewardsOnL2,
        address _internalTaskHandler
    ) external initializesDevnet {
        _initializeCommon(
            _avsGovernanceMultisigOwner,
            _operationsMultisig,
            _communityMultisig,
            _messageHandler,
            _obls,
            _avsTreasury,
            _isRewardsOnL2
        );
        _store().internalTaskHandler = _internalTaskHandler;
        _initializeDefinitions();
        // Both payment flows are governance's alone, and begin paused.
        _grant(BATCH_PAYMENT_REQUEST_FLOW, _avsGovernanceMultisigOwner);
        _grant(EIGEN_PAYMENT_REQUEST_FLOW, _avsGovernanceMultisigOwner);
        _setPaused(BATCH_PAYMENT_REQUEST_FLOW, true);
        _setPaused(EIGEN_PAYMENT_REQUEST_FLOW, true);
    }

    function avsTreasury() external view returns (address) {
        return _store().treasury;
    }

    function internalTaskHandler() external view returns (address) {
        return _store().internalTaskHandler;
    }

    // Task definitions

    function createNewTaskDefinition(string calldata _name, TaskDefinitionParams calldata _taskDefinitionParams)
        external
        changesDefinitions
        returns (uint16 _id)
    {
        return _create(_name, _taskDefinitionParams);
    }

    function setTaskDefinitionMinVotingPower(uint16 _taskDefinitionId, uint256 _minimumVotingPower)
        external
        changesDefinitions
    {
        _setMinimum(_taskDefinitionId, _minimumVotingPower);
    }

    function setTaskDefinitionRestrictedAttesters(uint16 _taskDefinitionId, uint256[] calldata _restrictedAttesterIds)
        external
        changesDefinitions
    {
        _setList(_taskDefinitionId, _restrictedAttesterIds);
    }

    function setTaskDefinitionMaximumNumberOfAttesters(uint16 _taskDefinitionId, uint256 _maximumNumberOfAttesters)
        external
        changesDefinitions
    {
        _setMaximum(_taskDefinitionId, _maximumNumberOfAttesters);
    }

    /// @dev What a node asks before it performs or attests.
    function verifyOperatorValidForTaskDefinition(address _operator, uint16 _taskDefinitionId) external view {
        uint256 id = _activeId(_operator);
        TaskDefinition storage definition = _existing(_taskDefinitionId);
        if (definition.blockExpiry <= block.number) revert InvalidTaskDefinition();
        if (!_isAllowed(definition, id)) revert InvalidRestrictedAttester(_taskDefinitionId, id);
        uint256 minimum = definition.minimumVotingPower;
        if (_obls().votingPower(id) < minimum) {
            revert InsufficientVotingPowerForTaskDefinition(_taskDefinitionId, minimum);
        }
    }

    // Roles and settings

    function setEjector(address _ejector) external onlyRole(AVS_GOVERNANCE_MULTISIG) {
        _grant(EJECTOR, _ejector);
    }

    function revokeEjector(address _ejector) external onlyRole(AVS_GOVERNANCE_MULTISIG) {
        if (!hasRole(EJECTOR, _ejector)) revert NotAnEjector();
        _revoke(EJECTOR, _ejector);
    }

    function setInternalTaskHandler(address _internalTaskHandler) external onlyRole(OPERATIONS_MULTISIG) {
        _store().internalTaskHandler = _internalTaskHandler;
        emit SetInternalTaskHandler(_internalTaskHandler);
    }

    function setIsOpenAggregator(bool _isOpenAggregator) external onlyRole(AVS_GOVERNANCE_MULTISIG) {
        _store().isOpenAggregator = _isOpenAggregator;
        emit IsOpenAggregatorSet(_isOpenAggregator);
    }

    function _registeredId(address operator) internal view override returns (uint256) {
        return _activeId(operator);
    }

    function _isAllowed(TaskDefinition storage definition, uint256 id) private view returns (bool) {
        uint256[] storage ids = definition.allowedIds;
        for (uint256 i = 0; i < ids.length; ++i) {
            if (ids[i] == id) return true;
        }
        return ids.length == 0;
    }
}
