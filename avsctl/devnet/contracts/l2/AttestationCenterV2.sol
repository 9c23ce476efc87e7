// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Delegating} from "../shared/Delegating.sol";
import {ActiveOperatorV2, TaskDefinitionParams, TaskDefinitionParamsObsolete} from "../shared/Types.sol";
import {AttestationCenterExtension} from "./AttestationCenterExtension.sol";
import {AttestationCenterMain} from "./AttestationCenterMain.sol";
import {AttestationCenterStorage} from "./AttestationCenterStore.sol";
import {TaskDefinitions} from "./TaskDefinitions.sol";

/// @title AttestationCenter, generation V2: the main part, then the extension, then the obsolete part.
contract AttestationCenterV2 is AttestationCenterMain {
    constructor(address extension) AttestationCenterMain(extension) {}

    /// @dev Sized by the count kept here, filled by the flags kept in OBLS: when a syncer has changed a flag the two differ, and
    /// the answer has a blank tail or panics.
    function getActiveOperatorsDetails() external view returns (ActiveOperatorV2[] memory _operators) {
        AttestationCenterStorage storage $ = _store();
        _operators = new ActiveOperatorV2[]($.numOfActiveOperators);
        uint256 filled;
        for (uint256 id = 1; id <= $.numOfTotalOperators; ++id) {
            if (!_obls().isActive(id)) continue;
            _operators[filled++] = ActiveOperatorV2(
                $.operators[id].operator, id, _obls().votingPower(id), $.operators[id].feeToClaim
            );
        }
    }

    /// @dev This and the next two answer 0 and [] for an unknown id.
    function getTaskDefinitionMinimumVotingPower(uint16 _taskDefinitionId) external view returns (uint256) {
        return _store().definitions[_taskDefinitionId].minimumVotingPower;
    }

    function getTaskDefinitionRestrictedAttesters(uint16 _taskDefinitionId) external view returns (uint256[] memory) {
        return _store().definitions[_taskDefinitionId].allowedIds;
    }

    function getTaskDefinitionMaximumNumberOfAttesters(uint16 _taskDefinitionId) external view returns (uint256) {
        return _store().definitions[_taskDefinitionId].maximumNumberOfAttesters;
    }

    function _base() internal pure override returns (bytes32) {
        return BASE_V1_V2;
    }
}

contract AttestationCenterV2Extension is AttestationCenterExtension, Delegating {
    address public immutable OBSOLETE_IMPLEMENTATION;

    constructor(address obsolete) {
        OBSOLETE_IMPLEMENTATION = obsolete;
    }

    fallback() external {
        _delegate(OBSOLETE_IMPLEMENTATION);
    }

    function _base() internal pure override returns (bytes32) {
        return BASE_V1_V2;
    }
}

/// @title Old spellings. It has no fallback: a function that no part has ends here in an empty revert.
contract AttestationCenterV2Obsolete is TaskDefinitions {
    /// @dev The 7-member form: no limit of attesters.
    function createNewTaskDefinition(string calldata _name, TaskDefinitionParamsObsolete calldata _taskDefinitionParams)
        external
        changesDefinitions
        returns (uint16 _id)
    {
        return _create(
            _name,
            TaskDefinitionParams({
                blockExpiry: _taskDefinitionParams.blockExpiry,
                baseRewardFeeForAttesters: _taskDefinitionParams.baseRewardFeeForAttesters,
                baseRewardFeeForPerformer: _taskDefinitionParams.baseRewardFeeForPerformer,
                baseRewardFeeForAggregator: _taskDefinitionParams.baseRewardFeeForAggregator,
                disputePeriodBlocks: _taskDefinitionParams.disputePeriodBlocks,
                minimumVotingPower: _taskDefinitionParams.minimumVotingPower,
                restrictedAttesterIds: _taskDefinitionParams.restrictedAttesterIds,
                maximumNumberOfAttesters: 0
            })
        );
    }

    function setTaskDefinitionRestrictedOperators(uint16 _taskDefinitionId, uint256[] calldata _restrictedAttesterIds)
        external
        changesDefinitions
    {
        _setList(_taskDefinitionId, _restrictedAttesterIds);
    }

    function setTaskDefinitionMaximumNumberOfOperators(uint16 _taskDefinitionId, uint256 _maximumNumberOfAttesters)
        external
        changesDefinitions
    {
        _setMaximum(_taskDefinitionId, _maximumNumberOfAttesters);
    }

    function getTaskDefinitionRestrictedOperators(uint16 _taskDefinitionId) external view returns (uint256[] memory) {
        return _store().definitions[_taskDefinitionId].allowedIds;
    }

    function getTaskDefinitionMaximumNumberOfOperators(uint16 _taskDefinitionId) external view returns (uint256) {
        return _store().definitions[_taskDefinitionId].maximumNumberOfAttesters;
    }

    function vault() external view returns (address) {
        return _store().treasury;
    }

    function _base() internal pure override returns (bytes32) {
        return BASE_V1_V2;
    }
}
