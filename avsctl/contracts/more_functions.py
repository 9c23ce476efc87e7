"""Functions that avsctl never calls and a transaction may hold all the same, in words of their signatures.

Othentic's are those that the ABI files left out when this was written; a generation is named where its ABI is known to
have the function.
Safe's are those that change a Safe (Safe.sol, OwnerManager.sol, ModuleManager.sol, GuardManager.sol, MultiSend.sol,
FallbackManager.sol), but for the two of ``safe_tx``.
"""

from typing import Final

_INITIAL: Final = "address _avsGovernanceMultisigOwner,address _operationsMultisig,address _communityMultisig"
_REGISTRATION: Final = (
    "address _rewardsReceiver,(bytes signature,bytes32 salt,uint256 expiry) _operatorSignature,"
    "(uint256[2] signature) _blsRegistrationSignature"
)
_SET_UP: Final = (
    "address[] _owners,uint256 _threshold,address to,bytes data,address fallbackHandler,"
    "address paymentToken,uint256 payment,address paymentReceiver"
)
_SLASHED: Final = "(address stakingContract,uint8 sharedSecurityProvider,uint256 wadsToSlash)[]"

OF_OTHENTIC: Final = (
    (
        "AttestationCenter",
        ("v1",),
        False,
        (
            "clearBatchPayment((address operator,uint256 feeToClaim)[] _operators,uint256 _paidTaskNumber)",
            "clearPayment(address _operator,uint256 _lastPaidTaskNumber,uint256 _amountClaimed)",
            f"initialize({_INITIAL},address _messageHandler,address _obls,address _vault,bool _isRewardsOnL2)",
            "requestBatchPayment()",
            "requestBatchPayment(uint256 _from,uint256 _to)",
            "requestPayment(uint256 _operatorId)",
        ),
    ),
    ("AttestationCenter", ("v1",), True, ("supportsInterface(bytes4 interfaceId)",)),
    ("AttestationCenter", ("v2",), False, ("migrateAddTotalVotingPowerSyncTaskDefinition()",)),
    (
        "AttestationCenter",
        ("v3",),
        False,
        (
            f"applyCustomSlashing(address _operator,{_SLASHED} _slashingStakingContractInfos)",
            "migrateSlashingFlow(address _avsGovernanceMultisigOwner)",
            "requestBatchPayment(uint256 _from,uint256 _to,uint8 _submissionType,bytes _distributionData)",
            "requestBatchPayment(uint8 _submissionType,bytes _distributionData)",
            "requestEigenBatchPayment(uint32 _startTimestamp,uint32 _duration,uint256 _from,uint256 _to)",
            "revokeSlasher(address _slasher)",
            "setChallengerRewardFee(uint256 _challengerRewardFee)",
            "setPaymentRequestsRole(address _newPaymentRequestsAdmin)",
            "setSlasher(address _slasher)",
        ),
    ),
    (
        "AttestationCenter",
        ("v3",),
        True,
        ("getL2MessageHandler()", "nextEigenRewardsBatchStartTimestamp()", "paymentRequestsRole()"),
    ),
    (
        "AvsGovernance",
        ("v1", "v3"),
        False,
        ("completeRewardsReceiverModification()", "queueRewardsReceiverModification(address _newRewardsReceiver)"),
    ),
    (
        "AvsGovernance",
        ("v1", "v3"),
        True,
        (
            "getOperatorRestakedStrategies(address _operator)",
            "getRestakeableStrategies()",
            "getRewardsReceiver(address _operator)",
        ),
    ),
    (
        "AvsGovernance",
        ("v1",),
        False,
        (
            "depositERC20(uint256 _amount)",
            f"registerAsAllowedOperator(uint256[4] _blsKey,bytes _authToken,{_REGISTRATION})",
            f"registerAsOperator(uint256[4] _blsKey,{_REGISTRATION})",
            "setAllowlistSigner(address _allowlistSigner)",
            "setBLSAuthSingleton(address _blsAuthSingleton)",
            "setOthenticRegistry(address _othenticRegistry)",
            "setRewardsReceiverModificationDelay(uint256 _rewardsReceiverModificationDelay)",
            "unregisterAsOperator()",
            "updateAVSMetadataURI(string metadataURI)",
            "withdrawBatchRewards((address operator,uint256 feeToClaim)[] _operators,uint256 _lastPayedTask)",
            "withdrawRewards(address _operator,uint256 _lastPayedTask,uint256 _feeToClaim)",
        ),
    ),
    ("AvsGovernance", ("v1",), True, ("getDefaultStrategies()", "numOfShares(address _operator)")),
    (
        "AvsGovernance",
        ("v3",),
        False,
        (
            f"applyCustomSlashing(address _operator,{_SLASHED} _slashingStakingContractInfos)",
            "executeVetoSlashRequests(uint256 _from,uint256 _to)",
            "migrateAvsToAllocationManager(string _metadataURI)",
            "migrateRedistributionManager(address _l1AvsFactory,address _avsGovernanceMultisigOwner)",
            "registerAvsToEigenLayer(string metadataURI)",
            "registerAvsToSymbiotic()",
            "setSymbioticResolver(address _vetoSlasher,address _resolver,bytes _hints)",
            "slashOperator(address _operator,uint8 _slashingCondition)",
        ),
    ),
    (
        "AvsGovernance",
        ("v3",),
        True,
        (
            "getPendingVetoSlashCount()",
            "getPendingVetoSlashRequest(uint256 _index)",
            "getPendingVetoSlashRequests()",
            "getRestakeableVaults()",
            "getSlashableStrategies()",
            "getSlashingConfig(uint8 _condition)",
            "getStakingContractDetailsAndMultipliers()",
            "redistributionManager()",
        ),
    ),
    ("OBLS", ("v3",), False, ("syncOperatorDetails(uint256[] _votingPowers,uint256[4][] _blsKeys)",)),
)
"""Contract, generations, whether they only read, and the signatures."""

OF_SAFE: Final = (
    ("Safe", "1.1.0", f"setup({_SET_UP})"),
    ("Safe", "", "addOwnerWithThreshold(address owner,uint256 _threshold)"),
    ("Safe", "", "removeOwner(address prevOwner,address owner,uint256 _threshold)"),
    ("Safe", "", "swapOwner(address prevOwner,address oldOwner,address newOwner)"),
    ("Safe", "", "changeThreshold(uint256 _threshold)"),
    ("Safe", "", "enableModule(address module)"),
    ("Safe", "", "disableModule(address prevModule,address module)"),
    ("Safe", "", "execTransactionFromModule(address to,uint256 value,bytes data,uint8 operation)"),
    ("Safe", "", "execTransactionFromModuleReturnData(address to,uint256 value,bytes data,uint8 operation)"),
    ("Safe", "1.3.0", "setGuard(address guard)"),
    ("Safe", "1.1.0", "setFallbackHandler(address handler)"),
    ("Safe", "1.5.0", "setModuleGuard(address moduleGuard)"),
    ("MultiSend", "", "multiSend(bytes transactions)"),
)
"""Contract, the first release that has it where not all have, and the signature."""
