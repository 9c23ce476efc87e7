// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import "../shared/Ids.sol";
import {StakingContractMultiplierV3} from "../shared/Types.sol";
import {AvsGovernanceOfStakingContracts} from "./AvsGovernanceV2.sol";

/// @title AvsGovernance, generation V3: known by its ABI; how it makes voting power is not, so V2's rules hold here.
contract AvsGovernanceV3 is AvsGovernanceOfStakingContracts {
    struct Extras {
        mapping(address => uint256) slashableStakeWeights;
        mapping(address => address) feeds;
        mapping(address => bool) ejected;
    }

    // keccak256("avsctl.devnet.AvsGovernance.v3") - 1
    bytes32 private constant EXTRAS_SLOT = 0xd76c47c7fc56e573578557cf57501eb7ac36584c3451ee7152ae13fb3807e136;

    event PriceFeedSet(address indexed stakingContract, address feed);
    event SetStakingContractMultiplier(
        address stakingContract, uint256 stakingContractMultiplier, uint256 slashableStakeWeight
    );

    function getIsOperatorEjected(address _operator) external view returns (bool) {
        return _extras().ejected[_operator];
    }

    function slashableStakeWeight(address _stakingContract) external view returns (uint256) {
        return _extras().slashableStakeWeights[_stakingContract];
    }

    function stakingContractToFeed(address _stakingContract) external view returns (address) {
        return _extras().feeds[_stakingContract];
    }

    /// @dev Kept and shown; no price enters the power here.
    function setStakingContractPriceFeed(address _stakingContract, address _feed)
        external
        onlyRole(AVS_GOVERNANCE_MULTISIG)
    {
        _extras().feeds[_stakingContract] = _feed;
        emit PriceFeedSet(_stakingContract, _feed);
    }

    function setStakingContractMultiplier(StakingContractMultiplierV3 calldata _votingPowerMultiplier)
        external
        onlyRole(MULTIPLIER_SYNCER)
    {
        _setMultiplier(_votingPowerMultiplier);
    }

    function setStakingContractMultiplierBatch(StakingContractMultiplierV3[] calldata _votingPowerMultipliers)
        external
        onlyRole(MULTIPLIER_SYNCER)
    {
        for (uint256 i = 0; i < _votingPowerMultipliers.length; ++i) {
            _setMultiplier(_votingPowerMultipliers[i]);
        }
    }

    /// @dev What ejection does to the registration is not known; here it ends it, as unregistering does.
    function devnetEject(address operator) external onlyDevnetOwner {
        _extras().ejected[operator] = true;
        _unregister(operator);
    }

    function _setMultiplier(StakingContractMultiplierV3 calldata item) private {
        _storeMultiplier(item.stakingContract, item.multiplier);
        _extras().slashableStakeWeights[item.stakingContract] = item.slashableStakeWeight;
        emit SetStakingContractMultiplier(item.stakingContract, item.multiplier, item.slashableStakeWeight);
    }

    function _extras() private pure returns (Extras storage $) {
        assembly {
            $.slot := EXTRAS_SLOT
        }
    }
}
