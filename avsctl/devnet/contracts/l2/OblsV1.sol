// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {OBLS_MANAGER} from "../shared/Ids.sol";
import {OperatorVotingPower} from "../shared/Types.sol";
import {Obls} from "./Obls.sol";

/// @title OBLS, generation V1: no events, the manager writes the totals, the view gives what is stored.
contract OblsV1 is Obls {
    function _base() internal pure override returns (bytes32) {
        return 0xb11bca917dd8ecd11e8a1c64799b2b95bacfaf4c224d49c0ca8dbc14a8d7976d;
    }

    function _writerOfTotals() internal pure override returns (bytes4) {
        return OBLS_MANAGER;
    }

    function _increased(OperatorVotingPower[] calldata) internal override {}

    function _decreased(OperatorVotingPower[] calldata) internal override {}

    function _wroteTotalOfAll(uint16, uint256, uint256) internal override {}

    function _wroteTotalOfList(uint16, uint256, uint256[] calldata) internal override {}
}
