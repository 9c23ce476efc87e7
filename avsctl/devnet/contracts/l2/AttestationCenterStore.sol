// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IOBLSV2} from "../interfaces/OBLS.v2.sol";
import {DevnetOwned} from "../shared/DevnetOwned.sol";
import "../shared/Ids.sol";
import {PausableFlows} from "../shared/PausableFlows.sol";
import {PaymentDetails} from "../shared/Types.sol";

/// @dev V1 leaves the last member at 0; the two flags are V3's and share the id's slot, so V1 and V2 have the id at +0, the name at
/// +1 and so on up to the maximum at +9.
struct TaskDefinition {
    uint16 taskDefinitionId;
    bool isRejectedTaskSlashingEnabled;
    bool isIncorrectAttestationSlashingEnabled;
    string name;
    uint256 blockExpiry;
    uint256 baseRewardFeeForAttesters;
    uint256 baseRewardFeeForPerformer;
    uint256 baseRewardFeeForAggregator;
    uint256 disputePeriodBlocks; // read by nothing
    uint256 minimumVotingPower;
    uint256[] allowedIds;
    uint256 maximumNumberOfAttesters;
}

/// @dev A struct, so that it takes a slot of its own.
struct DefinitionCounter {
    uint16 value;
}

struct AttestationCenterStorage {
    uint32 taskNumber; // +0
    uint256 baseRewardFee; // +1
    uint256 numOfTotalOperators; // +2
    address obls; // +3
    address messageHandler; // +4
    address avsLogic; // +5
    DefinitionCounter definitionCounter; // +6
    mapping(uint16 => TaskDefinition) definitions; // +7
    mapping(bytes32 => bool) signedTasks; // +8
    mapping(address => uint256) idsByAddress; // +9
    mapping(uint256 => PaymentDetails) operators; // +10
    uint256 numOfActiveOperators; // +11
    address feeCalculator; // +12
    mapping(address => address) rewardsReceivers; // +13
    bool isRewardsOnL2; // +14, lowest byte
    address treasury; // +14
    address beforePaymentsLogic; // +15
    address internalTaskHandler; // +16, V2 and V3
    bool isOpenAggregator; // +16, V2 and V3
    uint256 nextEigenRewardsBatchStartTimestamp; // +17, V2 and V3
}

/// @title The attestation center's state, and what every generation and every part of it shares.
abstract contract AttestationCenterStore is PausableFlows, DevnetOwned {
    // Othentic V1 and V2: the base of the storage, the same in every part of the contract.
    bytes32 internal constant BASE_V1_V2 = 0x47c1bdca9c75057bf1ca178a62fb0ef8908b21ee1ea9b9658ba5135fd3a35468;
    // Othentic V3's base is not known. keccak256("avsctl.devnet.AttestationCenter.v3") - 1: another one, on purpose.
    bytes32 internal constant BASE_V3 = 0x9ba93bc4dcba7f4fd5b755cdcb85763e63a57e5367c5af5a58fe511ad5010fd4;

    event SetAvsGovernanceMultisig(address newAvsGovernanceMultisig);
    event SetAvsLogic(address avsLogic);
    event SetBeforePaymentsLogic(address paymentsLogic);
    event SetFeeCalculator(address feeCalculator);
    event SetMessageHandler(address newMessageHandler);

    error OperatorNotRegistered(address _operatorAddress);
    error TaskDefinitionNotFound(uint16 taskDefinitionId);

    function _base() internal pure virtual returns (bytes32);

    function _store() internal pure returns (AttestationCenterStorage storage $) {
        bytes32 base = _base();
        assembly {
            $.slot := base
        }
    }

    function _obls() internal view returns (IOBLSV2) {
        return IOBLSV2(_store().obls);
    }
}

/// @title The functions that all generations have in common, in the main part of the contract.
abstract contract AttestationCenterCommon is AttestationCenterStore {
    function avsLogic() external view returns (address) {
        return _store().avsLogic;
    }

    function beforePaymentsLogic() external view returns (address) {
        return _store().beforePaymentsLogic;
    }

    /// @dev Answers for dead ids too, which makes it the history of an address's ids.
    function getOperatorPaymentDetail(uint256 _operatorId) external view returns (PaymentDetails memory) {
        return _store().operators[_operatorId];
    }

    function numOfActiveOperators() external view returns (uint256) {
        return _store().numOfActiveOperators;
    }

    /// @dev Definitions made by governance; 0 and the internal ones are not counted.
    function numOfTaskDefinitions() external view returns (uint16) {
        return _store().definitionCounter.value;
    }

    function numOfTotalOperators() external view returns (uint256) {
        return _store().numOfTotalOperators;
    }

    function obls() external view returns (address) {
        return _store().obls;
    }

    function operatorsIdsByAddress(address _operator) external view returns (uint256) {
        return _registeredId(_operator);
    }

    function taskNumber() external view returns (uint32) {
        return _store().taskNumber;
    }

    function votingPower(address _operator) external view returns (uint256) {
        return _obls().votingPower(_registeredId(_operator));
    }

    function setAvsLogic(address _avsLogic)
        external
        onlyRole(AVS_GOVERNANCE_MULTISIG)
        whenUnpaused(SET_AVS_LOGIC_FLOW)
    {
        _store().avsLogic = _avsLogic;
        emit SetAvsLogic(_avsLogic);
    }

    function setBeforePaymentsLogic(address _beforePaymentsLogic) external onlyRole(AVS_GOVERNANCE_MULTISIG) {
        _store().beforePaymentsLogic = _beforePaymentsLogic;
        emit SetBeforePaymentsLogic(_beforePaymentsLogic);
    }

    function setFeeCalculator(address _feeCalculator) external onlyRole(AVS_GOVERNANCE_MULTISIG) {
        _store().feeCalculator = _feeCalculator;
        emit SetFeeCalculator(_feeCalculator);
    }

    /// @dev Hands any voting power to whom it names, and takes the role from whom it named before.
    function setOblsSharesSyncer(address _oblsSharesSyncer) external onlyRole(AVS_GOVERNANCE_MULTISIG) {
        _obls().setOblsSharesSyncer(_oblsSharesSyncer);
    }

    /// @dev One step, unchecked, and the pauser roles stay with the old multisig.
    function transferAvsGovernanceMultisig(address _newAvsGovernanceMultisig)
        external
        onlyRole(AVS_GOVERNANCE_MULTISIG)
    {
        _revoke(AVS_GOVERNANCE_MULTISIG, msg.sender);
        _grant(AVS_GOVERNANCE_MULTISIG, _newAvsGovernanceMultisig);
        emit SetAvsGovernanceMultisig(_newAvsGovernanceMultisig);
    }

    function transferMessageHandler(address _newMessageHandler) external onlyRole(OPERATIONS_MULTISIG) {
        AttestationCenterStorage storage $ = _store();
        _revoke(MESSAGE_HANDLER, $.messageHandler);
        _grant(MESSAGE_HANDLER, _newMessageHandler);
        $.messageHandler = _newMessageHandler;
        emit SetMessageHandler(_newMessageHandler);
    }

    /// @dev The id of a registered operator; what registered means differs by generation.
    function _registeredId(address operator) internal view virtual returns (uint256);

    function _initializeCommon(
        address governance,
        address operations,
        address community,
        address messageHandler,
        address obls_,
        address treasury,
        bool isRewardsOnL2
    ) internal {
        AttestationCenterStorage storage $ = _store();
        $.obls = obls_;
        $.messageHandler = messageHandler;
        $.treasury = treasury;
        $.isRewardsOnL2 = isRewardsOnL2;
        _grant(AVS_GOVERNANCE_MULTISIG, governance);
        _grant(OPERATIONS_MULTISIG, operations);
        _grant(COMMUNITY_MULTISIG, community);
        _grant(MESSAGE_HANDLER, messageHandler);
        bytes4[3] memory flows = [SET_AVS_LOGIC_FLOW, CREATE_NEW_TASK_DEFINITION_FLOW, TASKS_SUBMISSION_FLOW];
        for (uint256 i = 0; i < flows.length; ++i) {
            _grant(flows[i], governance);
            _grant(flows[i], operations);
            _grant(flows[i], community);
        }
    }
}
