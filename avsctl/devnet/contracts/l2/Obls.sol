// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {DevnetOwned} from "../shared/DevnetOwned.sol";
import "../shared/Ids.sol";
import {Roles} from "../shared/Roles.sol";
import {OperatorVotingPower} from "../shared/Types.sol";
import {Bn254} from "./Bn254.sol";

struct OblsOperator {
    uint256[4] blsKey; // +0 to +3
    uint256 votingPower; // +4
    bool isActive; // +5
}

struct OblsStorage {
    address manager; // +0
    uint256 totalVotingPower; // +1
    uint256 reserved; // +2
    mapping(uint256 => OblsOperator) operators; // +3
    address sharesSyncer; // +4
    mapping(uint256 => uint256) totalsPerTaskDefinition; // +5
}

/// @title OBLS: BLS keys and voting power per operator id, the total, and a total per task definition.
/// @notice The total is a running sum. The totals per definition are snapshots: nothing but the functions that write them changes
/// them, so they go stale when operators come, go or change their power.
abstract contract Obls is Roles, DevnetOwned {
    event SetOBLSManager(address newOBLSManager);
    event SharesSyncerModified(address syncer);

    error InactiveOperator(uint256 operator);
    error InsufficientVotingPower();
    error InvalidOBLSSignature();
    error InvalidOperatorIndexes();
    error InvalidRequiredVotingPower();
    error OperatorDoesNotHaveMinimumVotingPower(uint256 _operatorIndex);

    function initialize(address _avsFactory) external initializesDevnet {
        _grant(AVS_FACTORY_ROLE, _avsFactory);
    }

    // Reading: nothing here reverts, whatever the id is

    function getOblsManager() external view returns (address) {
        return _store().manager;
    }

    function isActive(uint256 _index) external view returns (bool) {
        return _store().operators[_index].isActive;
    }

    function totalVotingPower() external view returns (uint256) {
        return _store().totalVotingPower;
    }

    function totalVotingPowerPerTaskDefinition(uint256 _id) external view virtual returns (uint256) {
        return _store().totalsPerTaskDefinition[_id];
    }

    function votingPower(uint256 _index) external view returns (uint256) {
        return _store().operators[_index].votingPower;
    }

    // Signatures

    function hashToPoint(bytes32 domain, bytes calldata message) external view returns (uint256[2] memory) {
        return Bn254.hashToPoint(domain, message);
    }

    /// @dev Looks at each attester in turn, then at their power together, and last at the signature. A key of zeros is the point at
    /// infinity: it adds nothing, as in the real one.
    function verifySignature(
        uint256[2] calldata _message,
        uint256[2] calldata _signature,
        uint256[] calldata _indexes,
        uint256 _requiredVotingPower,
        uint256 _minimumVotingPowerPerTaskDefinition
    ) external view {
        if (_requiredVotingPower == 0) revert InvalidRequiredVotingPower();
        uint256 signed = _signedPower(_indexes, _minimumVotingPowerPerTaskDefinition);
        if (signed < _requiredVotingPower) revert InsufficientVotingPower();
        _checkSignature(_message, _signature, _indexes);
    }

    // The manager, which is the attestation center: who is in the network

    function registerOperator(uint256 _index, uint256 _votingPower, uint256[4] calldata _blsKey)
        external
        onlyRole(OBLS_MANAGER)
    {
        OblsStorage storage $ = _store();
        OblsOperator storage operator = $.operators[_index];
        operator.blsKey = _blsKey;
        operator.votingPower = _votingPower;
        operator.isActive = true;
        $.totalVotingPower += _votingPower;
    }

    /// @dev The BLS key and the totals per definition stay as they are.
    function unRegisterOperator(uint256 _index) external onlyRole(OBLS_MANAGER) {
        OblsStorage storage $ = _store();
        OblsOperator storage operator = $.operators[_index];
        $.totalVotingPower -= operator.votingPower;
        operator.votingPower = 0;
        operator.isActive = false;
    }

    function modifyOperatorBlsKey(uint256 _index, uint256[4] calldata _blsKey) external onlyRole(OBLS_MANAGER) {
        _store().operators[_index].blsKey = _blsKey;
    }

    /// @dev Takes the role from the syncer named before by this function, whoever that was.
    function setOblsSharesSyncer(address _oblsSharesSyncer) external onlyRole(OBLS_MANAGER) {
        OblsStorage storage $ = _store();
        _revoke(VOTING_POWER_SYNCER, $.sharesSyncer);
        _grant(VOTING_POWER_SYNCER, _oblsSharesSyncer);
        $.sharesSyncer = _oblsSharesSyncer;
        emit SharesSyncerModified(_oblsSharesSyncer);
    }

    // A syncer: deltas, applied to what is stored when they land. An unknown or inactive id is not refused: its power is a ghost that
    // raises every quorum and cannot sign

    function increaseOperatorVotingPower(uint256 _index, uint256 _votingPower) external onlyRole(VOTING_POWER_SYNCER) {
        _increase(_index, _votingPower);
    }

    function decreaseOperatorVotingPower(uint256 _index, uint256 _votingPower) external onlyRole(VOTING_POWER_SYNCER) {
        _decrease(_index, _votingPower);
    }

    function increaseBatchOperatorVotingPower(OperatorVotingPower[] calldata _operatorsVotingPower)
        external
        onlyRole(VOTING_POWER_SYNCER)
    {
        for (uint256 i = 0; i < _operatorsVotingPower.length; ++i) {
            _increase(_operatorsVotingPower[i].operatorId, _operatorsVotingPower[i].votingPower);
        }
        _increased(_operatorsVotingPower);
    }

    /// @dev One item below zero panics, and with it the whole batch.
    function decreaseBatchOperatorVotingPower(OperatorVotingPower[] calldata _operatorsVotingPower)
        external
        onlyRole(VOTING_POWER_SYNCER)
    {
        for (uint256 i = 0; i < _operatorsVotingPower.length; ++i) {
            _decrease(_operatorsVotingPower[i].operatorId, _operatorsVotingPower[i].votingPower);
        }
        _decreased(_operatorsVotingPower);
    }

    function increaseOperatorVotingPowerPerTaskDefinition(uint16 _taskDefinitionId, uint256 _votingPower)
        external
        onlyRole(VOTING_POWER_SYNCER)
    {
        _store().totalsPerTaskDefinition[_taskDefinitionId] += _votingPower;
    }

    function decreaseOperatorVotingPowerPerTaskDefinition(uint16 _taskDefinitionId, uint256 _votingPower)
        external
        onlyRole(VOTING_POWER_SYNCER)
    {
        _store().totalsPerTaskDefinition[_taskDefinitionId] -= _votingPower;
    }

    /// @dev The flag alone: the power stays in the total.
    function modifyOperatorActiveStatus(uint256 _index, bool _isActive) external onlyRole(VOTING_POWER_SYNCER) {
        _store().operators[_index].isActive = _isActive;
    }

    // The totals per definition

    /// @dev Over the active ids from 1 to the given count whose power is at least the minimum.
    function setTotalVotingPowerPerTaskDefinition(
        uint16 _taskDefinitionId,
        uint256 _numOfTotalOperators,
        uint256 _minimumVotingPower
    ) external {
        _checkRole(_writerOfTotals());
        uint256 total;
        for (uint256 id = 1; id <= _numOfTotalOperators; ++id) {
            total += _eligiblePower(id, _minimumVotingPower);
        }
        _store().totalsPerTaskDefinition[_taskDefinitionId] = total;
        _wroteTotalOfAll(_taskDefinitionId, _numOfTotalOperators, _minimumVotingPower);
    }

    /// @dev The same over a list. An id listed twice counts twice.
    function setTotalVotingPowerPerRestrictedTaskDefinition(
        uint16 _taskDefinitionId,
        uint256 _minimumVotingPower,
        uint256[] calldata _restrictedAttesterIds
    ) external {
        _checkRole(_writerOfTotals());
        uint256 total;
        for (uint256 i = 0; i < _restrictedAttesterIds.length; ++i) {
            total += _eligiblePower(_restrictedAttesterIds[i], _minimumVotingPower);
        }
        _store().totalsPerTaskDefinition[_taskDefinitionId] = total;
        _wroteTotalOfList(_taskDefinitionId, _minimumVotingPower, _restrictedAttesterIds);
    }

    // The factory

    /// @dev Grants and never revokes.
    function setOblsManager(address _oblsManager) external onlyRole(AVS_FACTORY_ROLE) {
        _store().manager = _oblsManager;
        _grant(OBLS_MANAGER, _oblsManager);
        _grant(VOTING_POWER_SYNCER, _oblsManager);
        emit SetOBLSManager(_oblsManager);
    }

    // What differs by generation

    function _base() internal pure virtual returns (bytes32);

    function _writerOfTotals() internal pure virtual returns (bytes4);

    function _increased(OperatorVotingPower[] calldata items) internal virtual;

    function _decreased(OperatorVotingPower[] calldata items) internal virtual;

    function _wroteTotalOfAll(uint16 definitionId, uint256 numOfTotalOperators, uint256 minimum) internal virtual;

    function _wroteTotalOfList(uint16 definitionId, uint256 minimum, uint256[] calldata ids) internal virtual;

    function _store() internal pure returns (OblsStorage storage $) {
        bytes32 base = _base();
        assembly {
            $.slot := base
        }
    }

    function _checkSignature(uint256[2] memory message, uint256[2] memory signature, uint256[] memory ids) internal view {
        uint256[4][] memory keys = new uint256[4][](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            keys[i] = _store().operators[ids[i]].blsKey;
        }
        if (!Bn254.isSigned(message, signature, keys)) revert InvalidOBLSSignature();
    }

    function _signedPower(uint256[] calldata ids, uint256 minimum) private view returns (uint256 signed) {
        for (uint256 i = 0; i < ids.length; ++i) {
            uint256 id = ids[i];
            OblsOperator storage operator = _store().operators[id];
            if (i > 0 && id <= ids[i - 1]) revert InvalidOperatorIndexes();
            if (operator.votingPower < minimum) revert OperatorDoesNotHaveMinimumVotingPower(id);
            if (!operator.isActive) revert InactiveOperator(id);
            signed += operator.votingPower;
        }
    }

    function _increase(uint256 id, uint256 power) private {
        OblsStorage storage $ = _store();
        $.operators[id].votingPower += power;
        $.totalVotingPower += power;
    }

    function _decrease(uint256 id, uint256 power) private {
        OblsStorage storage $ = _store();
        $.operators[id].votingPower -= power;
        $.totalVotingPower -= power;
    }

    function _eligiblePower(uint256 id, uint256 minimum) private view returns (uint256) {
        OblsOperator storage operator = _store().operators[id];
        if (!operator.isActive) return 0;
        uint256 power = operator.votingPower;
        return power < minimum ? 0 : power;
    }
}
