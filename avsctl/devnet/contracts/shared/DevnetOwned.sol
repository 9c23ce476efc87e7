// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title The one who set the devnet up, and who alone may call the functions whose names begin with devnet.
abstract contract DevnetOwned {
    // keccak256("avsctl.devnet.owner") - 1
    bytes32 private constant OWNER_SLOT = 0x5bb7cf9ab48600bdcb654f495a5476c0540ed06d3a5dd58648fa7eab5b374898;

    error DevnetAlreadyInitialized();
    error DevnetNotOwner(address account);

    modifier onlyDevnetOwner() {
        if (msg.sender != devnetOwner()) revert DevnetNotOwner(msg.sender);
        _;
    }

    /// @dev Guards initialize(): the first caller owns the devnet's side of the contract.
    modifier initializesDevnet() {
        if (devnetOwner() != address(0)) revert DevnetAlreadyInitialized();
        _setDevnetOwner(msg.sender);
        _;
    }

    function devnetOwner() public view returns (address owner) {
        assembly {
            owner := sload(OWNER_SLOT)
        }
    }

    function _setDevnetOwner(address owner) internal {
        assembly {
            sstore(OWNER_SLOT, owner)
        }
    }
}
