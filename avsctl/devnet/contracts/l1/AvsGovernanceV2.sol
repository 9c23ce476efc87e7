// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import "../shared/Ids.sol";
import {StakingContractDetails, StakingContractMultiplier} from "../shared/Types.sol";
import {AvsGovernanceStorage, AvsGovernanceStore} from "./AvsGovernanceStore.sol";

/// @title AvsGovernance as V2 and V3 have it: stake of staking contracts; 0 for one who has not joined in the AVS directory.
abstract contract AvsGovernanceOfStakingContracts is AvsGovernanceStore {
    event OperatorUnregistered(address indexed operator);
    event setNewSupportedStakingContracts(address[] stakingContracts);

    error InvalidMultiplier();
    error StakingContractsNotInAscendingOrder();

    function multiplier(address _stakingContract) external view returns (uint256) {
        return _store().multipliers[_stakingContract];
    }

    function stakingContracts() external view returns (address[] memory) {
        return _store().stakingContracts;
    }

    function votingPower(address _operator) public view override returns (uint256) {
        return votingPowerPerStakingContracts(_operator, _store().stakingContracts);
    }

    /// @dev The cap holds for each call, so parts need not add up to the whole.
    function votingPowerPerStakingContracts(address _operator, address[] memory _stakingContracts)
        public
        view
        returns (uint256)
    {
        if (!_store().registry.isRegisteredWithAvsDirectory(_operator)) return 0;
        uint256 power;
        for (uint256 i = 0; i < _stakingContracts.length; ++i) {
            // What is neither a strategy nor a vault counts 0.
            if (_stakingContracts[i].code.length > 0) power += _weighed(_operator, _stakingContracts[i]);
        }
        return _capped(power);
    }

    /// @dev Replaces the whole list; multipliers of those left out stay behind.
    function setSupportedStakingContracts(StakingContractDetails[] calldata _stakingContractsDetails)
        external
        onlyRole(AVS_GOVERNANCE_MULTISIG)
        whenUnpaused(SET_SUPPORTED_STRATEGIES_FLOW)
    {
        address[] memory contracts = new address[](_stakingContractsDetails.length);
        for (uint256 i = 0; i < contracts.length; ++i) {
            contracts[i] = _stakingContractsDetails[i].stakingContract;
        }
        _setStakingContracts(contracts);
        emit setNewSupportedStakingContracts(contracts);
    }

    /// @dev Equal neighbours pass and are counted twice.
    function _setStakingContracts(address[] memory contracts) internal override {
        for (uint256 i = 1; i < contracts.length; ++i) {
            if (contracts[i] < contracts[i - 1]) revert StakingContractsNotInAscendingOrder();
        }
        _store().stakingContracts = contracts;
    }

    function _unregistered(address operator) internal override {
        emit OperatorUnregistered(operator);
    }

    /// @dev A contract that is not supported is not refused.
    function _storeMultiplier(address stakingContract, uint256 value) internal {
        if (value > type(uint96).max) revert InvalidMultiplier();
        _store().multipliers[stakingContract] = value;
    }
}

/// @title AvsGovernance, generation V2.
contract AvsGovernanceV2 is AvsGovernanceOfStakingContracts {
    event SetStakingContractMultiplier(address stakingContract, uint256 stakingContractMultiplier);

    function setStakingContractMultiplier(StakingContractMultiplier calldata _votingPowerMultiplier)
        external
        onlyRole(MULTIPLIER_SYNCER)
    {
        _setMultiplier(_votingPowerMultiplier);
    }

    function setStakingContractMultiplierBatch(StakingContractMultiplier[] calldata _votingPowerMultipliers)
        external
        onlyRole(MULTIPLIER_SYNCER)
    {
        for (uint256 i = 0; i < _votingPowerMultipliers.length; ++i) {
            _setMultiplier(_votingPowerMultipliers[i]);
        }
    }

    function _setMultiplier(StakingContractMultiplier calldata item) private {
        _storeMultiplier(item.stakingContract, item.multiplier);
        emit SetStakingContractMultiplier(item.stakingContract, item.multiplier);
    }
}
