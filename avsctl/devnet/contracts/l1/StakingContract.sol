// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {DevnetOwned} from "../shared/DevnetOwned.sol";

/// @title Stands for a strategy or a vault: what each operator has at stake.
/// @notice A read costs what a real one costs, for it adds up several words that are cold; and it can be broken per operator.
contract StakingContract is DevnetOwned {
    struct Position {
        uint256 stake;
        uint256[10] pending; // always 0 here, and read all the same
    }

    uint8 public constant WORKS = 0;
    uint8 public constant BURNS_ALL_GAS = 1;
    uint8 public constant LOOPS = 2;
    uint8 public constant REVERTS_EMPTY = 3;
    uint8 public constant REVERTS_WITH_STRING = 4;
    uint8 public constant REVERTS_WITH_ERROR = 5;

    mapping(address => Position) private positions;
    mapping(address => uint8) public breakMode;

    error StakeUnavailable(address operator, uint256 code);

    constructor() initializesDevnet {}

    function stakeOf(address operator) external view returns (uint256 stake) {
        _break(operator);
        Position storage position = positions[operator];
        stake = position.stake;
        for (uint256 i = 0; i < position.pending.length; ++i) {
            stake += position.pending[i];
        }
    }

    function setStakes(address[] calldata operators, uint256[] calldata stakes) external onlyDevnetOwner {
        for (uint256 i = 0; i < operators.length; ++i) {
            positions[operators[i]].stake = stakes[i];
        }
    }

    function devnetBreak(address operator, uint8 mode) external onlyDevnetOwner {
        breakMode[operator] = mode;
    }

    function _break(address operator) private view {
        uint8 mode = breakMode[operator];
        if (mode == BURNS_ALL_GAS) {
            assembly {
                invalid()
            }
        }
        if (mode == LOOPS) {
            assembly {
                for {} 1 {} {}
            }
        }
        if (mode == REVERTS_EMPTY) {
            assembly {
                revert(0, 0)
            }
        }
        if (mode == REVERTS_WITH_STRING) revert("the price feed is stale");
        if (mode == REVERTS_WITH_ERROR) revert StakeUnavailable(operator, mode);
    }
}
