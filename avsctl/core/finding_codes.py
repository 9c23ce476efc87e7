"""The one table of the codes that findings have, with severity, meaning and remedy."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How much a finding matters, from least to most."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for critical."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class FindingCode:
    """A kind of finding, as the README lists it."""

    severity: Severity
    meaning: str
    remedy: str
    """What mends it where the case at hand names nothing better."""


_INFO, _WARNING, _CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL

CODES: Final[dict[str, FindingCode]] = {
    "drift": FindingCode(
        _WARNING,
        "The voting power of some operators differs between L1 and L2, or one layer lacks them.",
        "A sync mends increases and decreases; the other rows need the messages between the layers, or an ejection.",
    ),
    "unreadable_on_l1": FindingCode(
        _CRITICAL,
        "An L1 read of an operator reverts with something else than NotActiveOperator(); its power is not known.",
        "Look at the staking contracts of that operator: one of them fails when read.",
    ),
    "operators_unknown_to_l2": FindingCode(
        _WARNING,
        "L1 counts more active operators than are registered there among the addresses known to L2.",
        "Look up the LayerZero messages of the registrations on L1.",
    ),
    "causes_not_told_apart": FindingCode(
        _INFO,
        "What was read leaves open which of several causes made an operator drift; the text says what is missing.",
        "Use endpoints that have old state and logs; what L1 itself does not tell stays open.",
    ),
    "sync_overdue": FindingCode(
        _CRITICAL,
        "Drift waits for a 10001 sync, and none landed for two intervals or more; a warning where L1 was not read.",
        "See that an aggregator runs with internal tasks, and that 10001 can reach quorum.",
    ),
    "sync_age_unknown": FindingCode(
        _INFO,
        "There is drift that a 10001 sync would mend, and when the last one landed cannot be told from its getters.",
        "Use an endpoint that has older block headers; where L2 counts another chain's blocks, none can tell.",
    ),
    "never_synced": FindingCode(
        _WARNING,
        "There is drift that a 10001 sync would mend, and none has ever landed.",
        "See that an aggregator runs with internal tasks.",
    ),
    "drift_appeared": FindingCode(
        _WARNING,
        "power watch: operators whose powers were equal on both layers in the round before drift.",
        "avsctl power explain tells why.",
    ),
    "drift_grew": FindingCode(
        _WARNING,
        "power watch: operators that drifted in the round before drift further.",
        "avsctl power explain tells why.",
    ),
    "drift_shrank": FindingCode(
        _INFO,
        "power watch: operators drift less than in the round before.",
        "Nothing to mend.",
    ),
    "drift_turned": FindingCode(
        _WARNING,
        "power watch: operators drift as far as in the round before, the other way, or for another reason.",
        "avsctl power explain tells why.",
    ),
    "drift_healed": FindingCode(
        _INFO,
        "power watch: operators that drifted in the round before do so no more.",
        "Nothing to mend.",
    ),
    "drift_stands": FindingCode(
        _WARNING,
        "power watch: drift that a sync mends has been the same for three rounds and the interval of 10001 or more.",
        "See that an aggregator runs with internal tasks, and that 10001 can reach quorum.",
    ),
    "sync_landed": FindingCode(
        _INFO,
        "power watch: a 10001 sync landed since the round before, or several did.",
        "Nothing to mend.",
    ),
    "sync_not_seen": FindingCode(
        _WARNING,
        "power watch --until-sync: no 10001 sync landed in the time of --for.",
        "See that an aggregator runs with internal tasks, and that 10001 can reach quorum.",
    ),
    "reading_failed": FindingCode(
        _WARNING,
        "power watch: a round could not be read; told once for all that follow each other.",
        "Nothing to mend if it passes: the next round is tried at its time.",
    ),
    "reading_recovered": FindingCode(
        _INFO,
        "power watch: a round could be read again, after some that could not.",
        "Nothing to mend.",
    ),
    "reading_behind": FindingCode(
        _INFO,
        "power watch: an endpoint gave an older block than in a round before; what changed since is not known.",
        "Use an endpoint that does not lag.",
    ),
    "sync_dead": FindingCode(
        _CRITICAL,
        "No admissible set of attesters reaches approval of an internal task, so that none of its runs can land.",
        "Governance changes its list, minimum or maximum, or recounts its total with avsctl task refresh ID.",
    ),
    "sync_needs_departed": FindingCode(
        _CRITICAL,
        "An internal task reaches approval only with operators that left the AVS, EigenLayer, or their stake, on L1.",
        "Governance changes its list to operators that are still there.",
    ),
    "sync_rejected": FindingCode(
        _WARNING,
        "The newest run of an internal task that was seen was rejected by its attesters: a third of the power does.",
        "Compare the proposal with what L1 and L2 say; the next run proposes anew.",
    ),
    "sync_not_scheduled": FindingCode(
        _WARNING,
        "INTERNAL_TASKS is set and does not name an internal task: an aggregator with this setting never runs it.",
        "Name it in the aggregator's INTERNAL_TASKS.",
    ),
    "totals_overdue": FindingCode(
        _WARNING,
        "Totals of task definitions wait for a 10002 sync, and none has landed for two intervals or more.",
        "See that an aggregator runs with internal tasks; avsctl task refresh --stale recounts them by governance.",
    ),
    "intervals_equal": FindingCode(
        _WARNING,
        "10001 and 10002 run at equal intervals and so together: 10002 counts the powers from before 10001.",
        "Give 10002 another interval, such as 3900000 ms.",
    ),
    "blocks_ahead": FindingCode(
        _CRITICAL,
        "The last 10001 sync names an L1 block above the head: none passes until L1 is past it. A warning if near.",
        "Nothing resets it: on V2 wait, or let Othentic upgrade the InternalTaskHandler.",
    ),
    "history_unavailable": FindingCode(
        _INFO,
        "The endpoint of L2 does not give logs far enough back to show the runs of the last day.",
        "Use an endpoint that serves wide ranges of logs.",
    ),
    "history_incomplete": FindingCode(
        _WARNING,
        "Fewer syncs were found than were asked for: the time was up, or the endpoint has no older logs and state.",
        "Give more time with --timeout, or use an endpoint with old state or wide ranges of logs.",
    ),
    "history_partial": FindingCode(
        _INFO,
        "The handler's getters know the 10001 syncs that landed; of everything else only what logs reached is shown.",
        "Use an endpoint that serves wide ranges of logs.",
    ),
    "old_state_unavailable": FindingCode(
        _INFO,
        "An endpoint has no state as old as some of the syncs, so the totals at these are not known.",
        "Use an endpoint with old state (an archive node).",
    ),
    "syncer_wrote": FindingCode(
        _WARNING,
        "A voting power syncer wrote powers on V2 or V3 past the internal tasks, with nobody's attestation.",
        "See who holds VOTING_POWER_SYNCER; setOblsSharesSyncer replaces the one that governance named.",
    ),
    "changes_compared": FindingCode(
        _INFO,
        "V1 emits no event when a syncer writes: changes were found by comparing powers at old blocks, and what was"
        " changed back between two of them is not seen.",
        "A block explorer lists the transactions to OBLS.",
    ),
    "dead": FindingCode(
        _CRITICAL,
        "No admissible set of attesters reaches approval of a task definition.",
        "Governance changes its list, minimum or maximum, or sets one of them again to recompute the total.",
    ),
    "fragile": FindingCode(
        _INFO,
        "A task definition is dead without one operator; a warning where a change makes it so.",
        "Let more operators, or stronger ones, attest it.",
    ),
    "dead_ids_listed": FindingCode(
        _WARNING,
        "The restricted operator set of a task definition holds ids that are not active.",
        "Governance sets a list of ids that are.",
    ),
    "unknown_ids_listed": FindingCode(
        _WARNING,
        "A restricted operator set holds ids that exist nowhere: a later registrant gets one; critical when newly set.",
        "Governance sets a list of ids that exist.",
    ),
    "stale": FindingCode(
        _WARNING,
        "The total that quorums of a task definition are counted from is not what the operators' powers give now.",
        "A 10002 sync recomputes it, and so does governance by setting again what is set.",
    ),
    "max_above_list": FindingCode(
        _WARNING,
        "The maximum number of attesters is above the length of the list: a later maximum above that length reverts.",
        "avsctl task set-max-attesters ID N, with the length of the list.",
    ),
    "no_task_definition": FindingCode(
        _WARNING,
        "No task definition exists, so no task can be restricted, priced or judged by one.",
        "Governance makes one with avsctl task create.",
    ),
    "only_default_definition": FindingCode(
        _WARNING,
        "Governance has made no task definition; the default one is for testing, and internal tasks need another.",
        "Governance makes one with avsctl task create.",
    ),
    "default_definition_in_use": FindingCode(
        _WARNING,
        "Tasks are submitted under definition 0, which is for testing only and pays 10 e18 to each role by default.",
        "Submit tasks under a definition of their own; avsctl task create makes one.",
    ),
    "fee_calculator_set": FindingCode(
        _INFO,
        "A fee calculator is set: it is asked for the fees of every task, internal ones too, and can block them.",
        "If it reverts, governance sets another with setFeeCalculator.",
    ),
    "safe_singleton_unknown": FindingCode(
        _CRITICAL,
        "The code that a Safe runs, or its version, is none that was released: nothing it says can be trusted.",
        "Find out who changed the singleton; sign nothing until that is known.",
    ),
    "safe_fallback_handler": FindingCode(
        _WARNING,
        "The fallback handler of a Safe is not the released one of its version, or none is set.",
        "Look at that contract: it answers in the Safe's name for whatever the Safe itself does not know.",
    ),
    "safe_modules": FindingCode(
        _WARNING,
        "A Safe has modules: each can make it do anything without a signature of an owner.",
        "Look at each module; the owners remove one with disableModule.",
    ),
    "safe_guard": FindingCode(
        _WARNING,
        "A Safe has a guard: it is asked before and after each transaction, and can refuse any.",
        "See what it refuses; one that refuses delegatecalls lets several calls through with --no-batch only.",
    ),
    "safe_threshold_one": FindingCode(
        _WARNING,
        "One signature is enough for a Safe to do anything.",
        "The owners raise the threshold with changeThreshold.",
    ),
    "multi_send_unknown": FindingCode(
        _WARNING,
        "No MultiSendCallOnly that is known by its code is on this chain, so several calls cannot be one transaction.",
        "--no-batch makes a transaction of each call.",
    ),
    "nonce_ahead": FindingCode(
        _WARNING,
        "A Safe transaction has a later nonce than the next: what runs before it is not known, and may change its end.",
        "Name the batch files that come before it with --after.",
    ),
    "not_simulated_as_exec": FindingCode(
        _WARNING,
        "The execution of the Safe transaction was not simulated as a whole, its calls alone were.",
        "Use an endpoint of L2 that takes state overrides.",
    ),
    "not_verified": FindingCode(
        _CRITICAL,
        "A batch file, its sidecar, a hash or a signature is not what the chain and a fresh derivation give.",
        "Do not sign; make the file anew, and ask whoever sent it.",
    ),
    "state_moved": FindingCode(
        _WARNING,
        "The chain changed since a batch file was made, so its end is not the one expected; the file did not.",
        "Look at both figures: what the calls set is as expected.",
    ),
    "sidecar_missing": FindingCode(
        _INFO,
        "There is no file FILE.avsctl.json, so the state after is compared with nothing; the nonce is the next.",
        "Let whoever made the batch send both files.",
    ),
    "signatures_missing": FindingCode(
        _WARNING,
        "Fewer owners have signed a Safe transaction than the threshold asks for.",
        "Let another owner sign with avsctl safe sign, or approve its hash.",
    ),
    "sender_is_no_safe": FindingCode(
        _WARNING,
        "A batch file was asked for, and the sender is no Safe on L2.",
        "Give --from the Safe that holds the role, or use --calldata or --send.",
    ),
    "would_revert": FindingCode(
        _CRITICAL,
        "A call of the change would revert. It cannot be allowed.",
        "Correct the change as the text says.",
    ),
    "dead_after_sync": FindingCode(
        _CRITICAL,
        "A changed task definition is dead once the next sync of powers, or the sync of totals after it, has landed.",
        "Choose other operators, a lower minimum or a higher maximum.",
    ),
    "sync_unable": FindingCode(
        _CRITICAL,
        "The change leaves 10001 or 10002 dead, now or after the next sync: no such sync would land any more.",
        "Choose other operators, a lower minimum or a higher maximum; avsctl power diff shows who drifted.",
    ),
    "sync_not_foreseen": FindingCode(
        _WARNING,
        "What the next sync does to a change is not known, as L1, or the power of an operator there, was not read.",
        "Set L1_RPC and AVS_GOVERNANCE_ADDRESS; avsctl power diff tells of operators that cannot be read.",
    ),
    "sync_leaves_out": FindingCode(
        _WARNING,
        "Who may attest a changed definition left L1 or is unreadable there: what a sync makes of their power is open.",
        "avsctl power diff tells why; a list without them does not hang on it.",
    ),
    "dead_between": FindingCode(
        _WARNING,
        "The calls of a change do not land together, and between two of them a task definition is dead.",
        "Let a Safe make them in one batch, or send them close together.",
    ),
    "min_power_slip": FindingCode(
        _CRITICAL,
        "A minimum power above 0 is below a millionth of the smallest active power: a unit was forgotten.",
        "Type the minimum in e18, such as 500e18.",
    ),
    "min_excludes_nobody": FindingCode(
        _INFO,
        "No active operator of the task definition is below the minimum power that is set.",
        "Nothing to mend, if that is what is wanted.",
    ),
    "min_above_everyone": FindingCode(
        _WARNING,
        "The minimum power of a changed task definition is above the power of every active operator of it.",
        "Choose a lower minimum.",
    ),
    "max_below_quorum": FindingCode(
        _WARNING,
        "The strongest operators, as many as may attest at most, miss the quorum; without a maximum it is in reach.",
        "Choose a higher maximum, or none.",
    ),
    "total_too_small": FindingCode(
        _WARNING,
        "The total is so small that a third of it is 0: no task of the definition can be rejected.",
        "Let operators with more power attest it.",
    ),
    "default_definition_changed": FindingCode(
        _WARNING,
        "The change is to definition 0, the default one, which is for testing only.",
        "Make a definition of its own with avsctl task create.",
    ),
    "expiry_past": FindingCode(
        _CRITICAL,
        "The expiry of a new task definition is not after the block that makes it. It cannot be allowed.",
        "Give a later --expiry: an absolute block as the L2's EVM counts, +N blocks, or a time such as 30d.",
    ),
    "expiry_near": FindingCode(
        _WARNING,
        "A task definition that is made or changed expires within the hour.",
        "An expiry cannot be changed: make a definition with a later one.",
    ),
    "block_edge": FindingCode(
        _WARNING,
        "The simulation could not run in the next block, and an expiry lies within two blocks of the one it ran in.",
        "Give a later --expiry, or use an endpoint that takes block overrides.",
    ),
    "not_as_planned": FindingCode(
        _CRITICAL,
        "The simulation ends otherwise than the rules of the generation give. It cannot be allowed.",
        "Compare with another endpoint; on V3 the contracts may follow other rules than V2's.",
    ),
    "state_after_not_read": FindingCode(
        _WARNING,
        "The state after the calls is what avsctl foresees by the rules of the contracts, not read from the chain.",
        "Use an endpoint that has eth_simulateV1 or state overrides.",
    ),
    "proposal_wrong": FindingCode(
        _CRITICAL,
        "The update that a task carries is wrong by itself, or not what recomputing it gives: attesters reject it.",
        "avsctl attest propose gives the right one.",
    ),
    "block_above_head": FindingCode(
        _CRITICAL,
        "toBlockL1 of an update is above the head of L1: once it lands, no update passes until L1 is past it.",
        "Do not approve it: no function undoes it.",
    ),
    "quorum_missed": FindingCode(
        _CRITICAL,
        "Those who approve a task miss the quorum of its definition.",
        "See who has to attest: avsctl internal status, avsctl restricted list.",
    ),
    "task_rejected": FindingCode(
        _CRITICAL,
        "Enough power rejects a task: it is taken as a rejected one, and its hash is used up for good.",
        "Propose it anew: another proof of task makes another hash.",
    ),
    "rejectable_first": FindingCode(
        _WARNING,
        "Those who approve a task and those who reject it both reach their quorum: what is handed in first holds.",
        "Let the operators who reject it say why.",
    ),
    "replayed": FindingCode(
        _CRITICAL,
        "This very task was approved or rejected before, so that it can never be approved again.",
        "Propose it anew: another proof of task makes another hash.",
    ),
    "attestation_refused": FindingCode(
        _CRITICAL,
        "submitTask refuses a task for something else than its votes and its update.",
        "Look up the error that the text names; avsctl task show tells of the definition.",
    ),
    "hook_refuses": FindingCode(
        _CRITICAL,
        "A contract of the AVS's own, its logic or its fee calculator, makes submitTask refuse a task.",
        "Look at that contract; governance sets another with setAvsLogic or setFeeCalculator.",
    ),
    "node_rule_unknown": FindingCode(
        _INFO,
        "What a node makes of a part of an update is not known; that part is neither proposed nor held to be wrong.",
        "Nothing to mend: Othentic's documents leave it open.",
    ),
    "dead_after_task": FindingCode(
        _INFO,
        "A task that would pass leaves a task definition without any set of attesters that reaches approval.",
        "A 10002 sync recounts totals, as long as 10002 itself can pass; governance does it with avsctl task refresh.",
    ),
    "nothing_to_propose": FindingCode(
        _INFO,
        "No power, or no total, is other than it should be: the honest update is empty.",
        "Nothing to mend.",
    ),
    "view_differs": FindingCode(
        _WARNING,
        "An attester's own endpoints lag, lack a block or answer otherwise: its vote is another. An info if it passes.",
        "Let that attester use endpoints that have the blocks of the update; compare what they say with another's.",
    ),
    "blocks_not_read": FindingCode(
        _WARNING,
        "An update was not recomputed at the blocks that it names: where L1 is read, it is compared with now instead.",
        "Use endpoints that have these blocks, or propose anew.",
    ),
    "chain_not_asked": FindingCode(
        _WARNING,
        "The real submitTask could not be asked: the answer, or all of it but processTask, is avsctl's own model.",
        "Use an endpoint of L2 that has eth_simulateV1 or takes overrides of storage.",
    ),
    "model_differs": FindingCode(
        _CRITICAL,
        "The real contract and avsctl's model of it say different things of one task.",
        "Try another endpoint; if they say the same, believe the contract, and please report it.",
    ),
    "earlier_transactions_in_block": FindingCode(
        _INFO,
        "A transaction was replayed behind the block before its own, where others stood before it in that block.",
        "Nothing to mend: what these changed is not in the answer.",
    ),
    "replay_differs": FindingCode(
        _WARNING,
        "Replayed behind the block before its own, a transaction ends otherwise than it did when it was mined.",
        "Transactions before it in its block, or its own gas limit, may have made the difference.",
    ),
    "blocks_apart": FindingCode(
        _INFO,
        "The blocks of L1 and L2 that were read lie far apart in time: what differs may be age, not drift.",
        "Give --l1-block and --l2-block of about the same time.",
    ),
    "total_differs": FindingCode(
        _CRITICAL,
        "OBLS.totalVotingPower is not the sum of the operators' voting powers: every quorum is counted from it.",
        "Find ghost power with avsctl operator list; unregistering the id removes it.",
    ),
    "ghost_power": FindingCode(
        _WARNING,
        "An operator id that is not active holds voting power: it raises quorums and cannot sign.",
        "A voting power syncer lowers its power to 0; who is not active cannot be unregistered.",
    ),
    "duplicate_address": FindingCode(
        _CRITICAL,
        "Two operator ids with one address are active on L2: its power counts twice.",
        "A voting power syncer deactivates the older id and lowers it to 0; to unregister or eject takes the newest.",
    ),
    "flow_paused": FindingCode(
        _WARNING,
        "A flow that tasks or task definitions need is paused; critical where a change or an internal task needs it.",
        "The pauser role of that flow calls unpause.",
    ),
    "role_missing": FindingCode(
        _CRITICAL,
        "The multisig that is set, or the sender of a change, does not hold AVS_GOVERNANCE_MULTISIG.",
        "Correct --from or AVSCTL_MULTISIG.",
    ),
    "multisig_unknown": FindingCode(
        _INFO,
        "No multisig is set, so its role was not checked.",
        "Set AVSCTL_MULTISIG or give --from; avsctl doctor --find-multisig looks for it.",
    ),
    "multisig_not_found": FindingCode(
        _WARNING,
        "doctor --find-multisig found no account that holds AVS_GOVERNANCE_MULTISIG; the text says how far it looked.",
        "Use an endpoint of L2 that has old state and serves wide ranges of logs.",
    ),
    "stale_head": FindingCode(
        _WARNING,
        "The newest block of an endpoint is old for its chain: the endpoint lags, or the chain stands still.",
        "Use another endpoint.",
    ),
    "endpoint_unusable": FindingCode(
        _WARNING,
        "An endpoint of the settings does not answer, or is on another chain than the one that was read.",
        "Correct or remove it.",
    ),
    "limited_endpoint": FindingCode(
        _INFO,
        "An endpoint lacks an ability that avsctl would use; it goes another way, with more requests.",
        "Use an endpoint with state overrides and batches.",
    ),
    "chain_id_unverified": FindingCode(
        _INFO,
        "No setting and no state file says which chain is expected; the id that the endpoint gave was taken.",
        "Set L1_CHAIN and L2_CHAIN.",
    ),
    "assumed_from_v2": FindingCode(
        _INFO,
        "The answer on V3 rests on V2's behaviour in the point that is named.",
        "Nothing to mend: the source of V3 is not public; compare with what your network does.",
    ),
    "block_pinned_by_number": FindingCode(
        _INFO,
        "The endpoint takes no block hashes; the block was pinned by number and its hash checked again at the end.",
        "Nothing to mend: an endpoint that takes block hashes (EIP-1898) would save the second look.",
    ),
    "cross_checked": FindingCode(
        _INFO,
        "Two endpoints of the layer were asked for the same block, and said the same of all that was read.",
        "Nothing to mend: it tells how many results were compared, with which endpoints.",
    ),
}
"""Every code, in the order of the README's table."""
