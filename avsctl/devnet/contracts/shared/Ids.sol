// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

// Roles: the first four bytes of keccak256 of the name; as bytes32 they stand at the left, 28 zero bytes follow.
bytes4 constant AVS_GOVERNANCE_MULTISIG = 0xf1688026;
bytes4 constant OPERATIONS_MULTISIG = 0xd8a8b5c7;
bytes4 constant COMMUNITY_MULTISIG = 0xd3e319af;
bytes4 constant MESSAGE_HANDLER = 0x8a70a0eb;
bytes4 constant ATTESTATION_CENTER = 0x1f9350cb;
bytes4 constant OBLS_MANAGER = 0x60f62cf2;
bytes4 constant VOTING_POWER_SYNCER = 0xcf9d7bf0;
bytes4 constant MULTIPLIER_SYNCER = 0xef0892d1;
bytes4 constant AVS_FACTORY_ROLE = 0x0e77d43e;
bytes4 constant EJECTOR = 0x52fb486e;

// Flows: the id is also the id of the role that may pause and unpause the flow.
bytes4 constant REGISTRATION_FLOW = 0x92c9d1c0;
bytes4 constant BATCH_PAYMENT_REQUEST_FLOW = 0xc6d72715;
bytes4 constant EIGEN_PAYMENT_REQUEST_FLOW = 0x4b5254ec;
bytes4 constant PAYMENT_REQUEST_FLOW = 0x4958479d;
bytes4 constant SET_AVS_LOGIC_FLOW = 0xc44a152a;
bytes4 constant SET_SUPPORTED_STRATEGIES_FLOW = 0x37b1f16a;
bytes4 constant TASKS_SUBMISSION_FLOW = 0x2aedfbf3;
bytes4 constant CREATE_NEW_TASK_DEFINITION_FLOW = 0x976be63e;

// Reserved task definitions.
uint16 constant DEFAULT_TASK = 0;
uint16 constant VOTING_POWER_SYNC_TASK = 10001;
uint16 constant TOTAL_VOTING_POWER_SYNC_TASK = 10002;
// Internal by comparison only: whatever is at or above.
uint16 constant FIRST_INTERNAL_TASK = 10001;
