"""What the errors of Othentic's contracts mean, and what mends them: the one table of it.

The facts are OTHENTIC.md 2.1, 2.4, 4.4, 5.1, 6 and 7. An error means one thing when a definition is changed and
another when a task is submitted, so each meaning says when it holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class When(StrEnum):
    """What was done when an error came."""

    DEFINITION = "definition"
    """A task definition was created or changed."""
    TASK = "task"
    """A task was submitted; the internal ones are among them."""
    SYNC = "sync"
    """An internal task was approved, and its data was processed."""
    OPERATOR = "operator"
    """An operator registered, left, or asked whether it may attest."""
    GOVERNANCE = "governance"
    """Anything else that an admin does."""
    SAFE = "safe"
    """A Safe was changed, or one of its transactions executed."""


@dataclass(frozen=True)
class Meaning:
    """What an error says, as the end of a sentence, and what to do about it."""

    when: When
    text: str
    remedy: str = ""
    """A sentence or a command; empty where nothing general mends it."""


def find_meanings(name: str) -> tuple[Meaning, ...]:
    """Give all that an error may mean; nothing where it is not known."""
    return MEANINGS.get(name, ())


def find_meaning(name: str, when: When) -> Meaning | None:
    """Give what an error means when something was done; None where that is not known."""
    return next((each for each in find_meanings(name) if each.when is when), None)


def find_panic(code: int, when: When) -> Meaning | None:
    """Give what Solidity's panic of a code means when something was done; None where that is not known."""
    return next((each for each in PANIC_MEANINGS.get(code, ()) if each.when is when), None)


_D, _T, _S, _O, _G = When.DEFINITION, When.TASK, When.SYNC, When.OPERATOR, When.GOVERNANCE

_ASCEND: Final = "Give each id once, in ascending order."
_LIST: Final = Meaning(_D, "the list is not strictly ascending", _ASCEND)
_NOT_LISTED: Final = (
    Meaning(_T, "the definition does not list that attester", "avsctl restricted list"),
    Meaning(_O, "the definition does not list that operator", "avsctl restricted list"),
)
_NO_MANAGER: Final = Meaning(
    _D,
    "AttestationCenter may not write totals to OBLS: another contract was named in its place",
    "Look for its role in the RoleGranted and RoleRevoked events of OBLS.",
)
_NO_SYNCER: Final = Meaning(
    _S,
    "the caller may not change voting powers: setOblsSharesSyncer takes the role from whoever had it",
    "Look for VOTING_POWER_SYNCER in the RoleGranted and RoleRevoked events of OBLS.",
)
_NO_ROLE: Final = (
    Meaning(_D, "the account lacks the role that changes definitions", "Correct --from or AVSCTL_MULTISIG."),
    Meaning(_T, "a contract lacks a role that it needs", "avsctl doctor"),
    Meaning(
        _G,
        "the account lacks the role; no account can grant one, since nobody holds DEFAULT_ADMIN_ROLE",
        "Send it from the holder: avsctl doctor --find-multisig looks for it.",
    ),
)
_ECDSA: Final = (
    Meaning(
        _T,
        "the performer's signature is no ECDSA signature of 65 bytes",
        "Sign the raw task hash: one with the prefix of eth_sign is refused.",
    ),
)
_PAUSED_FLOW: Final = "A holder of that flow's pauser role calls unpause."

MEANINGS: Final[Mapping[str, tuple[Meaning, ...]]] = MappingProxyType(
    {
        "InvalidBlockExpiry": (
            Meaning(
                _D,
                "the expiry is not after the block of the call",
                "Give a later --expiry: an absolute block as the L2's EVM counts, +N blocks, or a time such as 30d.",
            ),
        ),
        "InvalidRestrictedOperatorIndexes": (_LIST,),
        "InvalidRestrictedAttesterIds": (_LIST,),
        "InvalidMaximumNumberOfAttesters": (
            Meaning(
                _D,
                "the maximum is above the number of operators listed",
                "Lower --max-attesters, or list more operators.",
            ),
            Meaning(
                _T,
                "more attesters than the definition allows",
                "The aggregator hands in fewer, or: avsctl task set-max-attesters ID N",
            ),
        ),
        "TaskDefinitionNotFound": (
            Meaning(_D, "no such task definition exists", "avsctl task list"),
            Meaning(_T, "there is no such task definition", "avsctl task list"),
            Meaning(_O, "there is no such task definition", "avsctl task list"),
        ),
        "InvalidTaskDefinition": (
            Meaning(
                _T,
                "the task definition has expired",
                "No expiry can be changed: create another definition with avsctl task create.",
            ),
            Meaning(_O, "the task definition has expired", "avsctl task list"),
        ),
        "InvalidAttesterSet": (Meaning(_T, "more attesters than the definition lists", "avsctl restricted list"),),
        "InvalidRestrictedAttester": _NOT_LISTED,
        "InvalidRestrictedOperator": _NOT_LISTED,
        "InsufficientVotingPowerForTaskDefinition": (
            Meaning(_O, "the operator is below the minimum of the definition", "avsctl operator show ID"),
        ),
        "MessageAlreadySigned": (
            Meaning(
                _T,
                "this very task was approved or rejected before; another proof of task makes another one",
                "Submit it with another proof of task; a task that was rejected once can never be approved.",
            ),
        ),
        "InvalidPerformerSignature": (
            Meaning(
                _T,
                "the signature is not that of the performer",
                "Sign the raw task hash with the performer's key: no prefix, and all four values as submitted.",
            ),
        ),
        "ECDSAInvalidSignature": _ECDSA,
        "ECDSAInvalidSignatureLength": _ECDSA,
        "ECDSAInvalidSignatureS": _ECDSA,
        "InvalidRequiredVotingPower": (
            Meaning(
                _T,
                "the total is so small that nothing is needed, and then nothing passes",
                "avsctl task list shows the total; avsctl task refresh ID recounts it.",
            ),
        ),
        "InvalidOperatorIndexes": (Meaning(_T, "the ids of the attesters do not ascend", _ASCEND),),
        "OperatorDoesNotHaveMinimumVotingPower": (
            Meaning(
                _T,
                "that attester is below the minimum of the definition",
                "The aggregator leaves it out: one such attester lets the whole task revert.",
            ),
        ),
        "InactiveOperator": (
            Meaning(
                _T, "that attester is not active", "The aggregator leaves it out; avsctl operator list shows who is."
            ),
        ),
        "InsufficientVotingPower": (
            Meaning(
                _T,
                "the attesters together miss the quorum",
                "avsctl task list shows whether it can be reached; avsctl task refresh --stale mends a stale total.",
            ),
        ),
        "InvalidOBLSSignature": (
            Meaning(
                _T,
                "the aggregate is not the signature of these attesters",
                "Compare contract, chain id and vote in what was signed, and the keys in OBLS with those of the nodes.",
            ),
        ),
        "OperatorNotRegistered": (
            Meaning(_T, "the performer, or who hands it in, is no active operator", "avsctl operator list"),
            Meaning(_O, "the account is no active operator of the AVS", "avsctl operator list"),
        ),
        "InactiveTaskPerformer": (Meaning(_T, "the performer is not active", "avsctl operator list"),),
        "InactiveAggregator": (Meaning(_T, "who hands it in is not active", "avsctl operator list"),),
        "InvalidToBlockL1VsLastCommitBlockL1": (
            Meaning(
                _T,
                "toBlockL1 is not after the last update's",
                "Propose anew: avsctl attest propose; the argument is the least block that passes.",
            ),
        ),
        "InvalidToBlockL2VsLastCommitBlockL2": (
            Meaning(
                _T,
                "toBlockL2 is not after the last update's",
                "Propose anew: avsctl attest propose; the argument is the least block that passes.",
            ),
        ),
        "InvalidToBlockL2VsCurrentHeight": (
            Meaning(
                _T,
                "toBlockL2 is not below the block that the task is executed in",
                "Count blocks as the L2's EVM does: on Arbitrum that is about the height of L1.",
            ),
        ),
        "InternalTransactionNotAllowed": (
            Meaning(
                _T,
                "a call goes elsewhere than to the two recounts of OBLS",
                "Propose anew: avsctl attest propose --task 10002",
            ),
        ),
        "InternalTransactionRevert": (
            Meaning(_T, "a call to OBLS reverts", "Its argument holds why: avsctl attest simulate --task 10002"),
        ),
        "AccessControlUnauthorizedAccount": _NO_ROLE,
        "NotAuthorizedRole": _NO_ROLE,
        "AccessControlBadConfirmation": (
            Meaning(
                _G, "a role can be renounced for oneself only", "Do not renounce a role: nobody can grant it again."
            ),
        ),
        "FlowIsCurrentlyPaused": (
            Meaning(_D, "CREATE_NEW_TASK_DEFINITION_FLOW is paused", _PAUSED_FLOW),
            Meaning(_T, "TASKS_SUBMISSION_FLOW of AttestationCenter is paused", _PAUSED_FLOW),
            Meaning(_O, "REGISTRATION_FLOW of AvsGovernance is paused", _PAUSED_FLOW),
            Meaning(_G, "the flow of that function is paused; payment flows are from the start", _PAUSED_FLOW),
        ),
        "FlowIsCurrentlyUnpaused": (Meaning(_G, "the flow of that function is not paused, as it would have to be"),),
        "PauseFlowIsAlreadyPaused": (Meaning(_G, "the flow is paused already"),),
        "UnpausingFlowIsAlreadyUnpaused": (Meaning(_G, "the flow is not paused"),),
        "NotOBLSManager": (_NO_MANAGER,),
        "NotOBLSManagerOrShareSyncer": (_NO_MANAGER, _NO_SYNCER),
        "NotActiveOperator": (
            Meaning(
                _O,
                "the account is no operator of EigenLayer (any more), so L1 gives it no voting power",
                "avsctl power diff names such operators; no sync mends them.",
            ),
        ),
        "NotEnoughVotingPower": (
            Meaning(
                _O,
                "voting power or a stake is below what registration asks for",
                "Deposit first; minVotingPower() and the minimum of each staking contract are on AvsGovernance.",
            ),
        ),
        "OperatorAlreadyRegistered": (Meaning(_O, "the operator is registered on L1 already"),),
        "NumOfOperatorsLimitReached": (
            Meaning(_O, "the AVS has as many operators as it takes", "Governance raises it: setNumOfOperatorsLimit."),
        ),
        "NumOfActiveOperatorsIsGreaterThanNumOfOperatorLimit": (
            Meaning(_G, "more operators are active than the new limit", "Give a limit of at least that many."),
        ),
        "AllowlistEnabled": (
            Meaning(_O, "the AVS has an allowlist", "Register with a token of it: registerAsAllowedOperator."),
        ),
        "AllowlistDisabled": (Meaning(_O, "the AVS has no allowlist", "Register by registerAsOperator."),),
        "InvalidAllowlistAuthToken": (
            Meaning(_O, "the token is not signed by the allowlist's signer for this operator", "Ask the AVS for one."),
        ),
        "InvalidBlsRegistrationSignature": (
            Meaning(
                _O,
                "the proof of the BLS key is not over this operator, AvsGovernance and the chain id of L1",
                "Sign it anew for these three.",
            ),
        ),
        "InvalidBlsKeyUpdateSignature": (
            Meaning(
                _O,
                "the proof of the BLS key is not over this operator, AttestationCenter and the chain id of L2",
                "Sign it anew for these three.",
            ),
        ),
        "InvalidAuthSignature": (
            Meaning(
                _O,
                "the proof of the BLS key is not over this operator, contract and chain id",
                "Sign it anew for these.",
            ),
        ),
        "InvalidRewardsReceiver": (Meaning(_O, "the receiver of the rewards is not one that can be set"),),
        "ModificationDelayNotPassed": (
            Meaning(_O, "the change of the rewards receiver was queued too short a time ago", "Try again later."),
        ),
        "StakingContractsNotInAscendingOrder": (
            Meaning(
                _G,
                "the staking contracts do not ascend by address",
                "Sort them, and give each once: equal neighbours pass and count twice.",
            ),
        ),
        "InvalidStakingContract": (Meaning(_G, "a staking contract is not one that can be set"),),
        "InvalidStrategy": (Meaning(_G, "a strategy is not one that can be set"),),
        "InvalidMultiplier": (
            Meaning(_G, "the multiplier cannot be set", "To let a contract count nothing, take it out of the list."),
        ),
        "InvalidMultiplierNotSet": (Meaning(_G, "a multiplier is not set"),),
        "AccessControlInvalidMultiplierSyncer": (
            Meaning(
                _G,
                "the caller is not the multiplier syncer, which nobody is until governance names one",
                "Governance calls setAvsGovernanceMultiplierSyncer.",
            ),
        ),
        "NotAnEjector": (Meaning(_G, "the account is no ejector", "Governance names one: setEjector."),),
        "InvalidRangeForBatchPaymentRequest": (Meaning(_G, "the range of operator ids is none"),),
        "InvalidOperatorsForPayment": (Meaning(_G, "no operator in the range can be paid"),),
        "ReentrancyGuardReentrantCall": (
            Meaning(
                _T, "a contract of the AVS called back into AttestationCenter", "Look at AvsLogic and FeeCalculator."
            ),
        ),
        "ZeroAddress": (Meaning(_G, "an address is 0"),),
        "UnsupportedChainId": (Meaning(_G, "the registry knows no default for this chain"),),
    }
)
"""Name of an error to all that it may mean, the likeliest for an admin first."""

PANIC_MEANINGS: Final[Mapping[int, tuple[Meaning, ...]]] = MappingProxyType(
    {
        0x11: (
            Meaning(
                _D,
                "powers sum to more than 2^256-1, or there is no id left for a definition",
                "avsctl operator list shows the powers.",
            ),
            Meaning(
                _S,
                "an update lowers a power by more than there is, as when an operator left since it was computed",
                "Propose anew: avsctl attest propose",
            ),
        ),
        0x32: (
            Meaning(
                _G,
                "AttestationCenter counts other operators than OBLS has active: getActiveOperatorsDetails fails",
                "avsctl operator list asks id by id.",
            ),
        ),
        0x41: (Meaning(_D, "the name or the list is too long", "Give a shorter one."),),
    }
)
"""Code of a panic to what it may mean."""
