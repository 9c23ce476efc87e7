// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Hands a call on by delegatecall, answer and revert data untouched.
abstract contract Delegating {
    /// @dev To an address without code this is a success with no data, as it is on the real contracts.
    function _delegate(address implementation) internal {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), implementation, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(ok) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }
}
