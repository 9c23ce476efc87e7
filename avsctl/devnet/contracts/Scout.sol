// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title What avsctl guesses by what it will have to ask, read along a chain of getters in one call.
/// @notice Never deployed: it runs as the init code of an eth_call without a recipient. In place of code it returns a word, the
/// number, and then 20 bytes for each account. What cannot be read counts as 0. No PUSH0.
contract Scout {
    /// @param target has the getters `total()`, `neighbour()` and `account(uint256 id)`.
    /// @param number a getter of the neighbour.
    /// @param most accounts; where the total is larger, none is read.
    constructor(address target, bytes4 total, bytes4 neighbour, bytes4 number, bytes4 account, uint256 most) {
        uint256 count = ask(target, abi.encodePacked(total));
        if (count > most) count = 0;
        bytes memory answer = new bytes(64 + 20 * count);
        uint256 read = ask(address(uint160(ask(target, abi.encodePacked(neighbour)))), abi.encodePacked(number));
        for (uint256 id = 1; id <= count; ++id) {
            uint256 word = ask(target, abi.encodeWithSelector(account, id));
            assembly ("memory-safe") {
                mstore(add(add(answer, 44), mul(20, id)), shl(96, word))
            }
        }
        assembly ("memory-safe") {
            mstore(add(answer, 32), read)
            return(add(answer, 32), add(32, mul(20, count)))
        }
    }

    /// @dev The first word that a call returns.
    function ask(address target, bytes memory question) private view returns (uint256 word) {
        (bool success, bytes memory answer) = target.staticcall(question);
        if (success && answer.length >= 32) word = abi.decode(answer, (uint256));
    }
}
