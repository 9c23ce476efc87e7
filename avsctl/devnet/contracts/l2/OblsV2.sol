// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import "../shared/Ids.sol";
import {OperatorVotingPower} from "../shared/Types.sol";
import {Obls} from "./Obls.sol";

/// @title OBLS as V2 and V3 have it: events, a public key getter, syncers write the totals.
abstract contract OblsWithEvents is Obls {
    event DecreaseBatchOperatorVotingPower(OperatorVotingPower[] operatorsVotingPower);
    event IncreaseBatchOperatorVotingPower(OperatorVotingPower[] operatorsVotingPower);
    event SetTotalVotingPowerPerRestrictedTaskDefinition(
        uint16 taskDefinitionId, uint256 minimumVotingPower, uint256[] restrictedAttesterIds
    );
    event SetTotalVotingPowerPerTaskDefinition(
        uint16 taskdefinitionId, uint256 numOfTotalOperators, uint256 minimumVotingPower
    );

    function getOperatorBLSPubKey(uint256 _index) external view returns (uint256[4] memory) {
        return _store().operators[_index].blsKey;
    }

    function validateOperatorSignature(
        uint256 _operatorId,
        uint256[2] calldata _message,
        uint256[2] calldata _signature
    ) external view {
        uint256[] memory ids = new uint256[](1);
        ids[0] = _operatorId;
        _checkSignature(_message, _signature, ids);
    }

    /// @dev A stored 0 shows as the total of everyone, which hides a definition that nobody can sign for.
    function totalVotingPowerPerTaskDefinition(uint256 _id) external view override returns (uint256) {
        uint256 stored = _store().totalsPerTaskDefinition[_id];
        return stored == 0 ? _store().totalVotingPower : stored;
    }

    /// @dev Grants and never revokes, under the same event as setOblsSharesSyncer.
    function setVotingPowerSyncer(address _votingPowerSyncer) external onlyRole(AVS_FACTORY_ROLE) {
        _grant(VOTING_POWER_SYNCER, _votingPowerSyncer);
        emit SharesSyncerModified(_votingPowerSyncer);
    }

    function _writerOfTotals() internal pure override returns (bytes4) {
        return VOTING_POWER_SYNCER;
    }

    function _increased(OperatorVotingPower[] calldata items) internal override {
        emit IncreaseBatchOperatorVotingPower(items);
    }

    function _decreased(OperatorVotingPower[] calldata items) internal override {
        emit DecreaseBatchOperatorVotingPower(items);
    }

    function _wroteTotalOfAll(uint16 definitionId, uint256 numOfTotalOperators, uint256 minimum) internal override {
        emit SetTotalVotingPowerPerTaskDefinition(definitionId, numOfTotalOperators, minimum);
    }

    function _wroteTotalOfList(uint16 definitionId, uint256 minimum, uint256[] calldata ids) internal override {
        emit SetTotalVotingPowerPerRestrictedTaskDefinition(definitionId, minimum, ids);
    }
}

/// @title OBLS, generation V2.
contract OblsV2 is OblsWithEvents {
    function _base() internal pure override returns (bytes32) {
        return 0xb11bca917dd8ecd11e8a1c64799b2b95bacfaf4c224d49c0ca8dbc14a8d7976d;
    }
}
