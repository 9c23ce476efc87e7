// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ActiveOperatorV3, InternalTaskConfig, TaskDefinitionDetails} from "../shared/Types.sol";
import {AttestationCenterExtension} from "./AttestationCenterExtension.sol";
import {AttestationCenterMain} from "./AttestationCenterMain.sol";
import {AttestationCenterStorage, TaskDefinition} from "./AttestationCenterStore.sol";

/// @title AttestationCenter, generation V3: known by its ABI; where that does not tell, V2's rules hold here.
contract AttestationCenterV3 is AttestationCenterMain {
    // keccak256("avsctl.devnet.InternalTaskConfig") - 1
    bytes32 private constant CONFIGS_SLOT = 0xae199ef69354f5fb2858807678cbe70c659975c6302020829877f092a5c6a605;

    event SetBaseRewardFeeForAggregator(uint16 indexed taskDefinitionId, uint256 baseRewardFeeForAggregator);
    event SetBaseRewardFeeForAttesters(uint16 indexed taskDefinitionId, uint256 baseRewardFeeForAttesters);
    event SetBaseRewardFeeForPerformer(uint16 indexed taskDefinitionId, uint256 baseRewardFeeForPerformer);
    event SetIsIncorrectAttestationSlashingEnabled(
        uint16 indexed taskDefinitionId, bool isIncorrectAttestationSlashingEnabled
    );
    event SetIsRejectedTaskSlashingEnabled(uint16 indexed taskDefinitionId, bool isRejectedTaskSlashingEnabled);

    constructor(address extension) AttestationCenterMain(extension) {}

    function feeCalculator() external view returns (address) {
        return _store().feeCalculator;
    }

    function getActiveOperatorsDetails() external view returns (ActiveOperatorV3[] memory _operators) {
        AttestationCenterStorage storage $ = _store();
        _operators = new ActiveOperatorV3[]($.numOfActiveOperators);
        uint256 filled;
        for (uint256 id = 1; id <= $.numOfTotalOperators; ++id) {
            if (!_obls().isActive(id)) continue;
            _operators[filled++] = ActiveOperatorV3(
                $.operators[id].operator,
                id,
                _obls().votingPower(id),
                $.operators[id].feeToClaim,
                _obls().getOperatorBLSPubKey(id)
            );
        }
    }

    /// @dev All zeros for an unknown id, as V2's getters answer.
    function getTaskDefinitionDetails(uint16 _taskDefinitionId) external view returns (TaskDefinitionDetails memory) {
        TaskDefinition storage definition = _store().definitions[_taskDefinitionId];
        return TaskDefinitionDetails({
            taskDefinitionId: definition.taskDefinitionId,
            isRejectedTaskSlashingEnabled: definition.isRejectedTaskSlashingEnabled,
            isIncorrectAttestationSlashingEnabled: definition.isIncorrectAttestationSlashingEnabled,
            name: definition.name,
            blockExpiry: definition.blockExpiry,
            baseRewardFeeForAttesters: definition.baseRewardFeeForAttesters,
            baseRewardFeeForPerformer: definition.baseRewardFeeForPerformer,
            baseRewardFeeForAggregator: definition.baseRewardFeeForAggregator,
            disputePeriodBlocks: definition.disputePeriodBlocks,
            minimumVotingPower: definition.minimumVotingPower,
            restrictedAttesterIds: definition.allowedIds,
            maximumNumberOfAttesters: definition.maximumNumberOfAttesters
        });
    }

    function setBaseRewardFeeForAttesters(uint16 _taskDefinitionId, uint256 _baseRewardFeeForAttesters)
        external
        changesDefinitions
    {
        _existing(_taskDefinitionId).baseRewardFeeForAttesters = _baseRewardFeeForAttesters;
        emit SetBaseRewardFeeForAttesters(_taskDefinitionId, _baseRewardFeeForAttesters);
    }

    function setBaseRewardFeeForPerformer(uint16 _taskDefinitionId, uint256 _baseRewardFeeForPerformer)
        external
        changesDefinitions
    {
        _existing(_taskDefinitionId).baseRewardFeeForPerformer = _baseRewardFeeForPerformer;
        emit SetBaseRewardFeeForPerformer(_taskDefinitionId, _baseRewardFeeForPerformer);
    }

    function setBaseRewardFeeForAggregator(uint16 _taskDefinitionId, uint256 _baseRewardFeeForAggregator)
        external
        changesDefinitions
    {
        _existing(_taskDefinitionId).baseRewardFeeForAggregator = _baseRewardFeeForAggregator;
        emit SetBaseRewardFeeForAggregator(_taskDefinitionId, _baseRewardFeeForAggregator);
    }

    function setIsRejectedTaskSlashingEnabled(uint16 _taskDefinitionId, bool _isRejectedTaskSlashingEnabled)
        external
        changesDefinitions
    {
        _existing(_taskDefinitionId).isRejectedTaskSlashingEnabled = _isRejectedTaskSlashingEnabled;
        emit SetIsRejectedTaskSlashingEnabled(_taskDefinitionId, _isRejectedTaskSlashingEnabled);
    }

    function setIsIncorrectAttestationSlashingEnabled(
        uint16 _taskDefinitionId,
        bool _isIncorrectAttestationSlashingEnabled
    ) external changesDefinitions {
        _existing(_taskDefinitionId).isIncorrectAttestationSlashingEnabled = _isIncorrectAttestationSlashingEnabled;
        emit SetIsIncorrectAttestationSlashingEnabled(_taskDefinitionId, _isIncorrectAttestationSlashingEnabled);
    }

    /// @dev The ABI has neither a getter nor an event for it.
    function updateInternalTaskConfig(uint16 _taskDefinitionId, InternalTaskConfig calldata _config)
        external
        changesDefinitions
    {
        _existing(_taskDefinitionId);
        _configs()[_taskDefinitionId] = _config;
    }

    function _base() internal pure override returns (bytes32) {
        return BASE_V3;
    }

    function _configs() private pure returns (mapping(uint16 => InternalTaskConfig) storage $) {
        assembly {
            $.slot := CONFIGS_SLOT
        }
    }
}

/// @title The extension; without an obsolete part behind it an absent function ends here in an empty revert.
contract AttestationCenterV3Extension is AttestationCenterExtension {
    function _base() internal pure override returns (bytes32) {
        return BASE_V3;
    }
}
