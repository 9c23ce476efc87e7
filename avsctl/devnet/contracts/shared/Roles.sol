// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Access control as Othentic's contracts have it, with their bytes4 role ids.
/// @notice Every role's admin is DEFAULT_ADMIN_ROLE and nobody holds that: grantRole and revokeRole can never succeed, while
/// renounceRole does, for good.
abstract contract Roles {
    struct RoleData {
        mapping(address => bool) members;
        bytes32 adminRole;
    }

    struct RolesStorage {
        mapping(bytes32 => RoleData) roles;
    }

    // The namespace that OpenZeppelin's upgradeable AccessControl uses.
    bytes32 private constant ROLES_SLOT = 0x02dd7bc7dec4dceedda775e58dd541e08a116c6c53815c0bd028192f7b626800;

    bytes32 public constant DEFAULT_ADMIN_ROLE = 0x00;

    event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole);
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);

    error AccessControlBadConfirmation();
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);

    modifier onlyRole(bytes4 role) {
        _checkRole(role);
        _;
    }

    function hasRole(bytes32 role, address account) public view returns (bool) {
        return _roles().roles[role].members[account];
    }

    function getRoleAdmin(bytes32 role) public view returns (bytes32) {
        return _roles().roles[role].adminRole;
    }

    function grantRole(bytes32 role, address account) external {
        _checkRole(getRoleAdmin(role));
        _grant(role, account);
    }

    function revokeRole(bytes32 role, address account) external {
        _checkRole(getRoleAdmin(role));
        _revoke(role, account);
    }

    function renounceRole(bytes32 role, address callerConfirmation) external {
        if (callerConfirmation != msg.sender) revert AccessControlBadConfirmation();
        _revoke(role, callerConfirmation);
    }

    function _checkRole(bytes32 role) internal view {
        if (!hasRole(role, msg.sender)) revert AccessControlUnauthorizedAccount(msg.sender, role);
    }

    function _grant(bytes32 role, address account) internal {
        if (hasRole(role, account)) return;
        _roles().roles[role].members[account] = true;
        emit RoleGranted(role, account, msg.sender);
    }

    function _revoke(bytes32 role, address account) internal {
        if (!hasRole(role, account)) return;
        _roles().roles[role].members[account] = false;
        emit RoleRevoked(role, account, msg.sender);
    }

    function _roles() private pure returns (RolesStorage storage $) {
        assembly {
            $.slot := ROLES_SLOT
        }
    }
}
