// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Roles} from "./Roles.sol";

/// @title Named flows that can be paused one by one; the pauser's role id is the flow id.
abstract contract PausableFlows is Roles {
    struct FlowsStorage {
        mapping(bytes4 => bool) paused;
    }

    // keccak256("avsctl.devnet.PausableFlows") - 1
    bytes32 private constant FLOWS_SLOT = 0xada27facce7a66ac6a9543225961bd20cc144fc0241a424f5e7883d49c63272c;

    event FlowPaused(bytes4 _pausableFlow, address _pauser);
    event FlowUnpaused(bytes4 _pausableFlowFlag, address _unpauser);

    error FlowIsCurrentlyPaused();
    error FlowIsCurrentlyUnpaused();
    error PauseFlowIsAlreadyPaused();
    error UnpausingFlowIsAlreadyUnpaused();

    /// @dev Put after onlyRole: a definition setter looks at the role before the pause.
    modifier whenUnpaused(bytes4 flow) {
        if (isFlowPaused(flow)) revert FlowIsCurrentlyPaused();
        _;
    }

    function isFlowPaused(bytes4 _pausableFlow) public view returns (bool _isPaused) {
        return _flows().paused[_pausableFlow];
    }

    /// @dev Here it is the other way round: the flow's state is looked at before the role.
    function pause(bytes4 _pausableFlow) external {
        if (isFlowPaused(_pausableFlow)) revert PauseFlowIsAlreadyPaused();
        _checkRole(_pausableFlow);
        _setPaused(_pausableFlow, true);
    }

    function unpause(bytes4 _pausableFlow) external {
        if (!isFlowPaused(_pausableFlow)) revert UnpausingFlowIsAlreadyUnpaused();
        _checkRole(_pausableFlow);
        _setPaused(_pausableFlow, false);
    }

    function _setPaused(bytes4 flow, bool paused) internal {
        _flows().paused[flow] = paused;
        if (paused) emit FlowPaused(flow, msg.sender);
        else emit FlowUnpaused(flow, msg.sender);
    }

    function _flows() private pure returns (FlowsStorage storage $) {
        assembly {
            $.slot := FLOWS_SLOT
        }
    }
}
