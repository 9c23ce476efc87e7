// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import "../shared/Ids.sol";
import {StrategyMultiplier} from "../shared/Types.sol";
import {AvsGovernanceStorage, AvsGovernanceStore} from "./AvsGovernanceStore.sol";

/// @title AvsGovernance, generation V1: shares of strategies; whoever is no operator of EigenLayer reverts the read.
contract AvsGovernanceV1 is AvsGovernanceStore {
    event OperatorUnregistered(address operator);
    event SetStrategyMultiplier(address strategy, uint256 multiplier);
    event SetSupportedStrategies(address[] strategies);

    function avsDirectory() external view returns (address) {
        return address(_store().registry);
    }

    function strategies() external view returns (address[] memory) {
        return _store().stakingContracts;
    }

    function strategyMultiplier(address _strategy) external view returns (uint256) {
        return _store().multipliers[_strategy];
    }

    /// @dev Also answers for one who has unregistered from the AVS.
    function votingPower(address _operator) public view override returns (uint256) {
        AvsGovernanceStorage storage $ = _store();
        $.registry.checkOperator(_operator);
        uint256 power;
        for (uint256 i = 0; i < $.stakingContracts.length; ++i) {
            power += _weighed(_operator, $.stakingContracts[i]);
        }
        return _capped(power);
    }

    function setStrategyMultiplier(StrategyMultiplier calldata _strategyMultiplier)
        external
        onlyRole(MULTIPLIER_SYNCER)
    {
        _setMultiplier(_strategyMultiplier);
    }

    function setStrategyMultiplierBatch(StrategyMultiplier[] calldata _strategyMultipliers)
        external
        onlyRole(MULTIPLIER_SYNCER)
    {
        for (uint256 i = 0; i < _strategyMultipliers.length; ++i) {
            _setMultiplier(_strategyMultipliers[i]);
        }
    }

    /// @dev Any order, and twice the same is counted twice.
    function setSupportedStrategies(address[] calldata _strategies)
        external
        onlyRole(AVS_GOVERNANCE_MULTISIG)
        whenUnpaused(SET_SUPPORTED_STRATEGIES_FLOW)
    {
        _setStakingContracts(_strategies);
        emit SetSupportedStrategies(_strategies);
    }

    function _setStakingContracts(address[] memory contracts) internal override {
        _store().stakingContracts = contracts;
    }

    function _unregistered(address operator) internal override {
        emit OperatorUnregistered(operator);
    }

    function _setMultiplier(StrategyMultiplier calldata item) private {
        _store().multipliers[item.strategy] = item.multiplier;
        emit SetStrategyMultiplier(item.strategy, item.multiplier);
    }
}
