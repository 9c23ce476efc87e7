// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {DevnetOwned} from "../shared/DevnetOwned.sol";
import "../shared/Ids.sol";
import {PausableFlows} from "../shared/PausableFlows.sol";
import {OperatorRegistry} from "./OperatorRegistry.sol";
import {StakingContract} from "./StakingContract.sol";

struct AvsGovernanceStorage {
    OperatorRegistry registry;
    address messageHandler;
    address avsGovernanceLogic;
    address multiplierSyncer;
    bool isAllowlisted;
    string avsName;
    address[] stakingContracts; // V1 calls them strategies
    mapping(address => uint256) multipliers;
    uint256 maxEffectiveBalance;
    uint256 minVotingPower;
    uint256 numOfOperatorsLimit;
    uint256 numOfActiveOperators;
    mapping(address => bool) registered;
}

/// @title AvsGovernance, what all generations share: registration, settings, and the arithmetic of voting power.
abstract contract AvsGovernanceStore is PausableFlows, DevnetOwned {
    // keccak256("avsctl.devnet.AvsGovernance") - 1; the places that the real contracts use are not known
    bytes32 private constant BASE = 0x7193bc037e64120dfce23472d4fc97b8a3065130a575fbcaee85200d367aab8e;

    event MaxEffectiveBalanceSet(uint256 maxEffectiveBalance);
    event MinVotingPowerSet(uint256 minVotingPower);
    event OperatorRegistered(address indexed operator, uint256[4] blsKey);
    event SetAvsGovernanceLogic(address avsGovernanceLogic);
    event SetAvsGovernanceMultiplierSyncer(address avsGovernanceMultiplierSyncer);
    event SetAvsGovernanceMultisig(address newAvsGovernanceMultisig);
    event SetAvsName(string avsName);
    event SetIsAllowlisted(bool isAllowlisted);
    event SetMessageHandler(address newMessageHandler);
    event SetNumOfOperatorsLimit(uint256 newLimitOfNumOfOperators);

    error NotEnoughVotingPower();
    error NumOfActiveOperatorsIsGreaterThanNumOfOperatorLimit(uint256 numOfOperatorsLimit, uint256 numOfActiveOperators);
    error NumOfOperatorsLimitReached(uint256 numOfOperatorsLimit);
    error OperatorAlreadyRegistered();
    error OperatorNotRegistered();

    function initialize(
        address _avsGovernanceMultisigOwner,
        address _operationsMultisig,
        address _communityMultisig,
        address _messageHandler,
        address _operatorRegistry,
        string calldata _avsName,
        address[] calldata _stakingContracts,
        uint256[] calldata _multipliers
    ) external initializesDevnet {
        AvsGovernanceStorage storage $ = _store();
        $.registry = OperatorRegistry(_operatorRegistry);
        $.messageHandler = _messageHandler;
        $.avsName = _avsName;
        $.numOfOperatorsLimit = 100;
        _setStakingContracts(_stakingContracts);
        for (uint256 i = 0; i < _stakingContracts.length; ++i) {
            $.multipliers[_stakingContracts[i]] = _multipliers[i];
        }
        _grantRoles(_avsGovernanceMultisigOwner, _operationsMultisig, _communityMultisig);
        _grant(MESSAGE_HANDLER, _messageHandler);
    }

    // Reading

    function avsGovernanceLogic() external view returns (address) {
        return _store().avsGovernanceLogic;
    }

    function avsName() external view returns (string memory) {
        return _store().avsName;
    }

    function getIsAllowlisted() external view returns (bool) {
        return _store().isAllowlisted;
    }

    function getNumOfOperatorsLimit() external view returns (uint256 numOfOperatorsLimitView) {
        return _store().numOfOperatorsLimit;
    }

    function isOperatorRegistered(address operator) external view returns (bool) {
        return _store().registered[operator];
    }

    function maxEffectiveBalance() external view returns (uint256) {
        return _store().maxEffectiveBalance;
    }

    function minVotingPower() external view returns (uint256) {
        return _store().minVotingPower;
    }

    function numOfActiveOperators() external view returns (uint256) {
        return _store().numOfActiveOperators;
    }

    function votingPower(address _operator) public view virtual returns (uint256);

    // Settings

    function setAvsGovernanceLogic(address _avsGovernanceLogic)
        external
        onlyRole(AVS_GOVERNANCE_MULTISIG)
        whenUnpaused(SET_AVS_LOGIC_FLOW)
    {
        _store().avsGovernanceLogic = _avsGovernanceLogic;
        emit SetAvsGovernanceLogic(_avsGovernanceLogic);
    }

    /// @dev Nobody may set multipliers before this was called.
    function setAvsGovernanceMultiplierSyncer(address _newAvsGovernanceMultiplierSyncer)
        external
        onlyRole(AVS_GOVERNANCE_MULTISIG)
    {
        AvsGovernanceStorage storage $ = _store();
        _revoke(MULTIPLIER_SYNCER, $.multiplierSyncer);
        _grant(MULTIPLIER_SYNCER, _newAvsGovernanceMultiplierSyncer);
        $.multiplierSyncer = _newAvsGovernanceMultiplierSyncer;
        emit SetAvsGovernanceMultiplierSyncer(_newAvsGovernanceMultiplierSyncer);
    }

    function setAvsName(string calldata _avsName) external onlyRole(AVS_GOVERNANCE_MULTISIG) {
        _store().avsName = _avsName;
        emit SetAvsName(_avsName);
    }

    function setIsAllowlisted(bool _isAllowlisted) external onlyRole(AVS_GOVERNANCE_MULTISIG) {
        _store().isAllowlisted = _isAllowlisted;
        emit SetIsAllowlisted(_isAllowlisted);
    }

    /// @dev Changes the power of everyone above it at once; 0 is no cap.
    function setMaxEffectiveBalance(uint256 _maxBalance) external onlyRole(AVS_GOVERNANCE_MULTISIG) {
        _store().maxEffectiveBalance = _maxBalance;
        emit MaxEffectiveBalanceSet(_maxBalance);
    }

    /// @dev Looked at on registration and never again.
    function setMinVotingPower(uint256 _minVotingPower) external onlyRole(AVS_GOVERNANCE_MULTISIG) {
        _store().minVotingPower = _minVotingPower;
        emit MinVotingPowerSet(_minVotingPower);
    }

    function setNumOfOperatorsLimit(uint256 _newLimitOfNumOfOperators) external onlyRole(AVS_GOVERNANCE_MULTISIG) {
        AvsGovernanceStorage storage $ = _store();
        if (_newLimitOfNumOfOperators < $.numOfActiveOperators) {
            revert NumOfActiveOperatorsIsGreaterThanNumOfOperatorLimit(
                _newLimitOfNumOfOperators, $.numOfActiveOperators
            );
        }
        $.numOfOperatorsLimit = _newLimitOfNumOfOperators;
        emit SetNumOfOperatorsLimit(_newLimitOfNumOfOperators);
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
        AvsGovernanceStorage storage $ = _store();
        _revoke(MESSAGE_HANDLER, $.messageHandler);
        _grant(MESSAGE_HANDLER, _newMessageHandler);
        $.messageHandler = _newMessageHandler;
        emit SetMessageHandler(_newMessageHandler);
    }

    // The devnet's side: registration without signatures and without a limit

    function devnetRegister(address[] calldata operators, uint256[4][] calldata blsKeys) external onlyDevnetOwner {
        AvsGovernanceStorage storage $ = _store();
        for (uint256 i = 0; i < operators.length; ++i) {
            address operator = operators[i];
            if ($.registered[operator]) revert OperatorAlreadyRegistered();
            if ($.minVotingPower > 0 && votingPower(operator) < $.minVotingPower) revert NotEnoughVotingPower();
            $.registered[operator] = true;
            emit OperatorRegistered(operator, blsKeys[i]);
        }
        $.numOfActiveOperators += operators.length;
    }

    function devnetUnregister(address operator) external onlyDevnetOwner {
        _unregister(operator);
    }

    function _unregister(address operator) internal {
        AvsGovernanceStorage storage $ = _store();
        if (!$.registered[operator]) revert OperatorNotRegistered();
        $.registered[operator] = false;
        --$.numOfActiveOperators;
        _unregistered(operator);
    }

    // Shared arithmetic

    /// @dev A multiplier of 0, or one never set, counts as 1.
    function _weighed(address operator, address stakingContract) internal view returns (uint256) {
        uint256 multiplier = _store().multipliers[stakingContract];
        return StakingContract(stakingContract).stakeOf(operator) * (multiplier == 0 ? 1 : multiplier);
    }

    function _capped(uint256 power) internal view returns (uint256) {
        uint256 cap = _store().maxEffectiveBalance;
        return cap > 0 && power > cap ? cap : power;
    }

    function _setStakingContracts(address[] memory contracts) internal virtual;

    /// @dev The event has another shape in V1.
    function _unregistered(address operator) internal virtual;

    function _store() internal pure returns (AvsGovernanceStorage storage $) {
        assembly {
            $.slot := BASE
        }
    }

    function _grantRoles(address governance, address operations, address community) private {
        _grant(AVS_GOVERNANCE_MULTISIG, governance);
        _grant(OPERATIONS_MULTISIG, operations);
        _grant(COMMUNITY_MULTISIG, community);
        bytes4[3] memory flows = [REGISTRATION_FLOW, SET_AVS_LOGIC_FLOW, SET_SUPPORTED_STRATEGIES_FLOW];
        for (uint256 i = 0; i < flows.length; ++i) {
            _grant(flows[i], governance);
            _grant(flows[i], operations);
            _grant(flows[i], community);
        }
    }
}
