// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {DevnetOwned} from "../shared/DevnetOwned.sol";

/// @title Stands for EigenLayer's delegation manager and AVS directory: who is an operator, and who has joined the AVS there.
/// @notice Neither says whether AvsGovernance has the operator registered; the three are set apart from one another.
contract OperatorRegistry is DevnetOwned {
    mapping(address => bool) public isOperator;
    mapping(address => bool) public isRegisteredWithAvsDirectory;

    error NotActiveOperator();

    constructor() initializesDevnet {}

    /// @dev V1 reads an operator's power through here, so one who left EigenLayer reverts the read.
    function checkOperator(address operator) external view {
        if (!isOperator[operator]) revert NotActiveOperator();
    }

    function devnetSetOperators(address[] calldata operators, bool are) external onlyDevnetOwner {
        for (uint256 i = 0; i < operators.length; ++i) {
            isOperator[operators[i]] = are;
        }
    }

    function devnetSetRegisteredWithAvsDirectory(address[] calldata operators, bool are) external onlyDevnetOwner {
        for (uint256 i = 0; i < operators.length; ++i) {
            isRegisteredWithAvsDirectory[operators[i]] = are;
        }
    }
}
