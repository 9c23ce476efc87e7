// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {OblsWithEvents} from "./OblsV2.sol";

/// @title OBLS, generation V3: known by its ABI; V2's rules, isRegistered and another place in storage.
contract OblsV3 is OblsWithEvents {
    /// @dev How the real isActive differs from it is not known; here both are the stored flag.
    function isRegistered(uint256 _index) external view returns (bool) {
        return _store().operators[_index].isActive;
    }

    /// @dev keccak256("avsctl.devnet.OBLS.v3") - 1
    function _base() internal pure override returns (bytes32) {
        return 0xb8c2a093760011e87ec0cf0de93a3c1442fff26d1c148864f20258c69d4a0efe;
    }
}
