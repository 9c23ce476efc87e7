// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {DevnetOwned} from "../shared/DevnetOwned.sol";

// What an AVS may hang into submitTask. Of the real interfaces avsctl knows the names, not the arguments: these are the devnet's own.

interface IAvsLogic {
    function beforeTaskSubmission(uint16 taskDefinitionId, bool isApproved) external;
    function afterTaskSubmission(uint16 taskDefinitionId, bool isApproved) external;
}

interface IFeeCalculator {
    function isBaseRewardFee() external view returns (bool);
    function devnetFees(uint16 taskDefinitionId) external view returns (Fees memory);
}

/// @dev What one task pays: to each attester, to the performer, to the aggregator.
struct Fees {
    uint256 attester;
    uint256 performer;
    uint256 aggregator;
}

/// @title Stands for an AVS's own logic: it can be told to refuse, and to call back.
contract AvsLogicStub is IAvsLogic, DevnetOwned {
    bool public refusesBefore;
    bool public refusesAfter;
    bytes public callBack;

    event AfterTaskSubmission(uint16 taskDefinitionId, bool isApproved);
    event BeforeTaskSubmission(uint16 taskDefinitionId, bool isApproved);

    error AvsLogicRefuses();

    constructor(address owner) {
        _setDevnetOwner(owner);
    }

    function devnetRefuse(bool before, bool after_) external onlyDevnetOwner {
        refusesBefore = before;
        refusesAfter = after_;
    }

    /// @notice Makes it call its caller with this data before a task; empty data ends that.
    function devnetCallBack(bytes calldata data) external onlyDevnetOwner {
        callBack = data;
    }

    function beforeTaskSubmission(uint16 taskDefinitionId, bool isApproved) external {
        if (refusesBefore) revert AvsLogicRefuses();
        if (callBack.length > 0) _callBack();
        emit BeforeTaskSubmission(taskDefinitionId, isApproved);
    }

    function afterTaskSubmission(uint16 taskDefinitionId, bool isApproved) external {
        if (refusesAfter) revert AvsLogicRefuses();
        emit AfterTaskSubmission(taskDefinitionId, isApproved);
    }

    function _callBack() private {
        (bool ok, bytes memory reason) = msg.sender.call(callBack);
        if (ok) return;
        assembly {
            revert(add(reason, 0x20), mload(reason))
        }
    }
}

/// @title Stands for an AVS's fee calculator: fees by task definition, and a revert where it is told to.
contract FeeCalculatorStub is IFeeCalculator, DevnetOwned {
    bool public isBaseRewardFee;
    mapping(uint16 => Fees) private fees;
    mapping(uint16 => bool) private isBroken;

    error FeesUnavailable(uint16 taskDefinitionId);

    constructor(address owner) {
        _setDevnetOwner(owner);
    }

    /// @notice Says whether the definitions' own fees hold; at first they do not.
    function devnetSetIsBaseRewardFee(bool isBaseRewardFee_) external onlyDevnetOwner {
        isBaseRewardFee = isBaseRewardFee_;
    }

    function devnetSetFees(uint16 taskDefinitionId, uint256 attester, uint256 performer, uint256 aggregator)
        external
        onlyDevnetOwner
    {
        fees[taskDefinitionId] = Fees(attester, performer, aggregator);
    }

    function devnetBreak(uint16 taskDefinitionId, bool isBroken_) external onlyDevnetOwner {
        isBroken[taskDefinitionId] = isBroken_;
    }

    function devnetFees(uint16 taskDefinitionId) external view returns (Fees memory) {
        if (isBroken[taskDefinitionId]) revert FeesUnavailable(taskDefinitionId);
        return fees[taskDefinitionId];
    }
}
