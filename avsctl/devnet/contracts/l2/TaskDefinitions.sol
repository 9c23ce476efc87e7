// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import "../shared/Ids.sol";
import {TaskDefinitionParams} from "../shared/Types.sol";
import {AttestationCenterStorage, AttestationCenterStore, TaskDefinition} from "./AttestationCenterStore.sol";

/// @title How V2 and V3 make and change task definitions; the external functions are in the parts that have them.
abstract contract TaskDefinitions is AttestationCenterStore {
    event SetMaximumNumberOfAttesters(uint16 indexed taskDefinitionId, uint256 maximumNumberOfAttesters);
    event SetMinimumTaskDefinitionVotingPower(uint256 minimumVotingPower);
    event SetRestrictedAttester(uint16 indexed taskDefinitionId, uint256[] restrictedAttesterIds);
    event TaskDefinitionCreated(
        uint16 taskDefinitionId,
        string name,
        uint256 blockExpiry,
        uint256 baseRewardFeeForAttesters,
        uint256 baseRewardFeeForPerformer,
        uint256 baseRewardFeeForAggregator,
        uint256 disputePeriodBlocks,
        uint256 minimumVotingPower,
        uint256[] restrictedAttesterIds,
        uint256 maximumNumberOfAttesters
    );

    error InvalidBlockExpiry();
    error InvalidMaximumNumberOfAttesters();
    error InvalidRestrictedAttesterIds();

    /// @dev Who may change definitions, and when; the role is looked at before the pause.
    modifier changesDefinitions() {
        _checkRole(AVS_GOVERNANCE_MULTISIG);
        if (isFlowPaused(CREATE_NEW_TASK_DEFINITION_FLOW)) revert FlowIsCurrentlyPaused();
        _;
    }

    function _initializeDefinitions() internal {
        _storeReserved(DEFAULT_TASK, "default", 10 ** 19);
        _storeReserved(VOTING_POWER_SYNC_TASK, "Voting Power Sync Task", 0);
        _storeReserved(TOTAL_VOTING_POWER_SYNC_TASK, "Total Voting Power Sync Task Definition", 0);
    }

    function _create(string memory name, TaskDefinitionParams memory params) internal returns (uint16 id) {
        if (params.blockExpiry <= block.number) revert InvalidBlockExpiry();
        _checkAscending(params.restrictedAttesterIds);
        _checkMaximum(params.maximumNumberOfAttesters, params.restrictedAttesterIds.length);

        AttestationCenterStorage storage $ = _store();
        id = ++$.definitionCounter.value;
        TaskDefinition storage definition = $.definitions[id];
        definition.taskDefinitionId = id;
        definition.name = name;
        definition.blockExpiry = params.blockExpiry;
        definition.baseRewardFeeForAttesters = params.baseRewardFeeForAttesters;
        definition.baseRewardFeeForPerformer = params.baseRewardFeeForPerformer;
        definition.baseRewardFeeForAggregator = params.baseRewardFeeForAggregator;
        definition.disputePeriodBlocks = params.disputePeriodBlocks;
        definition.minimumVotingPower = params.minimumVotingPower;
        definition.allowedIds = params.restrictedAttesterIds;
        definition.maximumNumberOfAttesters = params.maximumNumberOfAttesters;

        if (params.restrictedAttesterIds.length > 0) {
            _writeTotalOfList(id, definition);
        } else if (params.minimumVotingPower > 0) {
            _writeTotalOfAll(id, definition);
        }
        _emitCreated(id, name, params);
    }

    /// @dev Writes the total over all active operators, also for a definition with a list.
    function _setMinimum(uint16 id, uint256 minimumVotingPower) internal {
        TaskDefinition storage definition = _existing(id);
        definition.minimumVotingPower = minimumVotingPower;
        _writeTotalOfAll(id, definition);
        emit SetMinimumTaskDefinitionVotingPower(minimumVotingPower);
    }

    /// @dev An empty list writes the total 0, whatever the minimum is. The maximum is not looked at, however short the list gets.
    function _setList(uint16 id, uint256[] memory ids) internal {
        TaskDefinition storage definition = _existing(id);
        _checkAscending(ids);
        definition.allowedIds = ids;
        _writeTotalOfList(id, definition);
        emit SetRestrictedAttester(id, ids);
    }

    function _setMaximum(uint16 id, uint256 maximumNumberOfAttesters) internal {
        TaskDefinition storage definition = _existing(id);
        _checkMaximum(maximumNumberOfAttesters, definition.allowedIds.length);
        definition.maximumNumberOfAttesters = maximumNumberOfAttesters;
        emit SetMaximumNumberOfAttesters(id, maximumNumberOfAttesters);
    }

    /// @dev 0, 10001 and 10002 exist like any other.
    function _existing(uint16 id) internal view returns (TaskDefinition storage definition) {
        definition = _store().definitions[id];
        if (definition.blockExpiry == 0) revert TaskDefinitionNotFound(id);
    }

    function _storeReserved(uint16 id, string memory name, uint256 reward) private {
        TaskDefinition storage definition = _store().definitions[id];
        definition.taskDefinitionId = id;
        definition.name = name;
        definition.blockExpiry = type(uint256).max;
        definition.baseRewardFeeForAttesters = reward;
        definition.baseRewardFeeForPerformer = reward;
        definition.baseRewardFeeForAggregator = reward;
    }

    /// @dev Strictly ascending is all that is asked of the ids: 0 and unknown ones pass.
    function _checkAscending(uint256[] memory ids) private pure {
        for (uint256 i = 1; i < ids.length; ++i) {
            if (ids[i] <= ids[i - 1]) revert InvalidRestrictedAttesterIds();
        }
    }

    /// @dev Without a list any maximum goes; 0 is no limit.
    function _checkMaximum(uint256 maximum, uint256 lengthOfList) private pure {
        if (lengthOfList > 0 && maximum > lengthOfList) revert InvalidMaximumNumberOfAttesters();
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

    function _emitCreated(uint16 id, string memory name, TaskDefinitionParams memory params) private {
        emit TaskDefinitionCreated(
            id,
            name,
            params.blockExpiry,
            params.baseRewardFeeForAttesters,
            params.baseRewardFeeForPerformer,
            params.baseRewardFeeForAggregator,
            params.disputePeriodBlocks,
            params.minimumVotingPower,
            params.restrictedAttesterIds,
            params.maximumNumberOfAttesters
        );
    }
}
