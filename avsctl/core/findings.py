"""What avsctl says is wrong: findings with a stable code, and the one table of these codes."""

from collections.abc import Iterable
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


@dataclass(frozen=True)
class Finding:
    """One thing that was found, with the numbers in its text."""

    code: str
    severity: Severity
    subject: str
    """What it is about: an operator, a task definition, a layer, a setting."""
    text: str
    remedy: tuple[str, ...] = ()
    """Commands or acts that mend it."""
    allow: str | None = None
    """What ``--allow`` takes to go on in spite of it; None where it refuses nothing, or nothing may go on."""


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
    "sync_overdue": FindingCode(
        _CRITICAL,
        "There is drift that a 10001 sync would mend, and none has landed for two intervals or more.",
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
    "dead": FindingCode(
        _CRITICAL,
        "No admissible set of attesters reaches approval of a task definition.",
        "Governance changes its list, minimum or maximum, or sets one of them again to recompute the total.",
    ),
    "fragile": FindingCode(
        _INFO,
        "A task definition is dead without one operator.",
        "Let more operators, or stronger ones, attest it.",
    ),
    "dead_ids_listed": FindingCode(
        _WARNING,
        "The restricted operator set of a task definition holds ids that are not active.",
        "Governance sets a list of ids that are.",
    ),
    "unknown_ids_listed": FindingCode(
        _WARNING,
        "The restricted operator set of a task definition holds ids that exist nowhere: a later registrant gets one.",
        "Governance sets a list of ids that exist.",
    ),
    "stale": FindingCode(
        _WARNING,
        "The total that quorums of a task definition are counted from is not what the operators' powers give now.",
        "A 10002 sync recomputes it, and so does governance by setting again what is set.",
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
        "Unregister the id, or lower its power to 0.",
    ),
    "duplicate_address": FindingCode(
        _CRITICAL,
        "Two operator ids with one address are active on L2: its power counts twice.",
        "Unregister or eject the older id.",
    ),
    "flow_paused": FindingCode(
        _WARNING,
        "A flow of AttestationCenter that tasks or task definitions need is paused.",
        "The pauser role of that flow calls unpause.",
    ),
    "role_missing": FindingCode(
        _CRITICAL,
        "The multisig that is set does not hold AVS_GOVERNANCE_MULTISIG.",
        "Correct --from or AVSCTL_MULTISIG.",
    ),
    "multisig_unknown": FindingCode(
        _INFO,
        "No multisig is set, so its role was not checked.",
        "Set AVSCTL_MULTISIG or give --from.",
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
}
"""Every code, in the order of the README's table."""


def build_finding(
    code: str, subject: str, text: str, remedy: Iterable[str] = (), *, severity: Severity | None = None
) -> Finding:
    """Give a finding of a known code; severity and remedy are the table's unless the case at hand has others."""
    kind = CODES[code]
    return Finding(code, severity or kind.severity, subject, text, tuple(remedy) or (kind.remedy,))


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Order findings by severity, worst first, keeping their order within one severity."""
    return tuple(sorted(findings, key=lambda finding: -finding.severity.rank))
