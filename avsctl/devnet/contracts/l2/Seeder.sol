// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {DevnetOwned} from "../shared/DevnetOwned.sol";
import {AvsLogicStub, FeeCalculatorStub} from "./AvsHooks.sol";

interface INetwork {
    function registerToNetwork(
        address _operator,
        uint256 _votingPower,
        uint256[4] calldata _blsKey,
        address _rewardsReceiver
    ) external;
    function unRegisterOperatorFromNetwork(address _operator) external;
}

/// @title Stands where the cross-chain message handler would: it brings operators into the network, many in one transaction.
/// @notice It also brings along what an AVS may hang into the attestation center, for governance to name there.
contract Seeder is DevnetOwned {
    AvsLogicStub public immutable devnetAvsLogic;
    FeeCalculatorStub public immutable devnetFeeCalculator;

    constructor() initializesDevnet {
        devnetAvsLogic = new AvsLogicStub(msg.sender);
        devnetFeeCalculator = new FeeCalculatorStub(msg.sender);
    }

    function devnetRegister(
        INetwork attestationCenter,
        address[] calldata operators,
        uint256[] calldata votingPowers,
        uint256[4][] calldata blsKeys
    ) external onlyDevnetOwner {
        for (uint256 i = 0; i < operators.length; ++i) {
            attestationCenter.registerToNetwork(operators[i], votingPowers[i], blsKeys[i], operators[i]);
        }
    }

    function devnetUnregister(INetwork attestationCenter, address[] calldata operators) external onlyDevnetOwner {
        for (uint256 i = 0; i < operators.length; ++i) {
            attestationCenter.unRegisterOperatorFromNetwork(operators[i]);
        }
    }
}
