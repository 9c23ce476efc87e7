// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title What avsctl reads with when a chain has no Multicall3, and what it simulates with.
/// @notice Never deployed: its runtime code is put over an address by the code override of one eth_call. The account keeps its
/// own storage and is msg.sender to every call made. No constructor, no immutables, no PUSH0.
contract Lens {
    struct Call3 {
        address target;
        bool allowFailure;
        bytes callData;
    }

    struct Result {
        bool success;
        bytes returnData;
    }

    struct Transaction {
        address to;
        uint256 value;
        bytes data;
    }

    struct Outcome {
        bool ok;
        bytes ret;
    }

    /// @notice Many calls at one block, encoded in and out as Multicall3 does.
    function aggregate3(Call3[] calldata calls) external payable returns (Result[] memory returnData) {
        returnData = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            Result memory result = returnData[i];
            (result.success, result.returnData) = calls[i].target.call(calls[i].callData);
            require(result.success || calls[i].allowFailure, "Multicall3: call failed");
        }
    }

    /// @notice The block number that contracts see: on some chains not the height that eth_blockNumber gives.
    function getBlockNumber() external view returns (uint256 blockNumber) {
        blockNumber = block.number;
    }

    /// @notice Storage words of the account whose code this overrides.
    function slots(bytes32[] calldata keys) external view returns (bytes32[] memory words) {
        words = new bytes32[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            bytes32 key = keys[i];
            bytes32 word;
            assembly ("memory-safe") {
                word := sload(key)
            }
            words[i] = word;
        }
    }

    /// @notice Transactions in their order, as if the account sent them; a failing one changes nothing and the next one runs.
    function run(Transaction[] calldata transactions) external payable returns (Outcome[] memory outcomes) {
        outcomes = new Outcome[](transactions.length);
        for (uint256 i = 0; i < transactions.length; ++i) {
            Transaction calldata item = transactions[i];
            (outcomes[i].ok, outcomes[i].ret) = item.to.call{value: item.value}(item.data);
        }
    }
}
