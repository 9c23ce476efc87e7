// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AttestationCenterStore} from "./AttestationCenterStore.sol";

/// @title Who counts as registered in V2 and V3: the address keeps its last id for ever, so the id must be active too.
abstract contract RegisteredOperators is AttestationCenterStore {
    function _activeId(address operator) internal view returns (uint256 id) {
        id = _store().idsByAddress[operator];
        if (id == 0 || !_obls().isActive(id)) revert OperatorNotRegistered(operator);
    }
}
