// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Delegating} from "./Delegating.sol";

/// @title What every contract of a deployment stands behind: the implementation is in the ERC-1967 slot.
contract Proxy is Delegating {
    // keccak256("eip1967.proxy.implementation") - 1
    bytes32 private constant IMPLEMENTATION_SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    /// @param initialization Calldata of initialize(...), or nothing to initialise later.
    constructor(address implementation, bytes memory initialization) {
        assembly {
            sstore(IMPLEMENTATION_SLOT, implementation)
        }
        if (initialization.length == 0) return;
        (bool ok, bytes memory reason) = implementation.delegatecall(initialization);
        if (ok) return;
        assembly {
            revert(add(reason, 0x20), mload(reason))
        }
    }

    fallback() external payable {
        address implementation;
        assembly {
            implementation := sload(IMPLEMENTATION_SLOT)
        }
        _delegate(implementation);
    }
}
