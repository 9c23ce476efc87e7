"""What the doctor checks, each in one line with the findings that it made; the reading is done elsewhere."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from avsctl.core.chains import chain_name
from avsctl.core.checks import (
    check_assessments,
    check_definitions,
    check_diff,
    check_fee_calculator,
    check_head,
    check_operators,
    check_total,
)
from avsctl.core.deployment import BlockRef, Deployment, Generation, Layer
from avsctl.core.endpoints import EndpointReport
from avsctl.core.findings import Finding, Severity, build_finding
from avsctl.core.internal_health import InternalHealth, check_paused, tell_internal
from avsctl.core.operators import OperatorSets, active_operators
from avsctl.core.power import PowerDiff, Status
from avsctl.core.quorum import Assessment
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import BPS, Address, TaskDefinitionId, brief_e18, format_share
from avsctl.core.watch import drift_bps

BATCH_WANTED = 10
"""Items that the first batch of a reading has."""

_ABOUT_LISTS = frozenset({"dead_ids_listed", "unknown_ids_listed"})
"""Codes of findings about the ids of a restricted set, not about the verdict."""
_SYNC_CHECKS = {VOTING_POWER_SYNC: "sync_alive", TOTALS_SYNC: "totals_sync"}
_GONE = frozenset({Status.NOT_REGISTERED_ON_L1, Status.NOT_AN_OPERATOR_ON_L1})


@dataclass(frozen=True)
class Check:
    """One thing that was checked."""

    code: str
    group: str
    """``setup`` or ``health``."""
    text: str
    """What was found, in one line; may hold text from outside."""
    findings: tuple[Finding, ...] = ()
    """What is wrong with it; none if it is well."""
    is_fault: bool = False
    """It could not be gone through with; an error tells why."""

    @property
    def result(self) -> str:
        """``ok``, or the severity of the worst finding; a fault is critical."""
        if self.is_fault:
            return Severity.CRITICAL.value
        worst = max(self.findings, key=lambda finding: finding.severity.rank, default=None)
        return worst.severity.value if worst else "ok"


def check_endpoints(
    reports: Iterable[EndpointReport], expected_chain_ids: Mapping[Layer, int | None], now: int
) -> Iterator[Check]:
    """Check that each endpoint answers, is on the chain expected or read, and is young by the clock ``now``."""
    for report in reports:
        if report.fault or report.head is None or report.chain_id is None:
            finding = build_finding("endpoint_unusable", report.masked, report.fault)
            yield Check("endpoint", "setup", report.fault, (finding,))
            continue
        expected = expected_chain_ids[report.layer]
        findings = tuple(_check_endpoint(report, report.head, expected, now))
        where = f"{report.layer.upper()} {report.masked}  {chain_name(report.chain_id)}"
        wrong = expected not in (None, report.chain_id)
        text = f"{where}  not {chain_name(expected or 0)}" if wrong else f"{where}  block {report.head.number}"
        yield Check("endpoint", "setup", text, findings)


def check_deployment(deployment: Deployment, reading: Iterable[Finding]) -> Check:
    """Check what was found at the addresses, and how it was read."""
    where = f"{deployment.generation.upper()}  AttestationCenter {deployment.attestation_center}"
    return Check("generation", "setup", where, tuple(reading))


def check_tasks(
    generation: Generation,
    assessments: Sequence[Assessment],
    last_default_task: int | None,
    fee_calculator: Address | None = None,
    internal_ids: Collection[TaskDefinitionId] = (),
) -> Iterator[Check]:
    """Check which definitions there are, their verdicts, those that are well in one line, and the ids in their lists.

    Args:
        generation: of the deployment.
        assessments: every definition that there is.
        last_default_task: block of the newest task seen of definition 0; None where none was.
        fee_calculator: asked for the fees of every task; None where none is set or that is not known.
        internal_ids: definitions of which ``check_syncs`` tells; only their lists are looked at here.
    """
    made = tuple(check_definitions(generation, assessments, last_default_task))
    count = sum(0 < each.definition.task_definition_id < VOTING_POWER_SYNC for each in assessments)
    text = "; ".join(finding.text for finding in made) or f"governance has made {count}"
    yield Check("task_definitions", "health", text, made)
    calculator = tuple(check_fee_calculator(generation, fee_calculator))
    if calculator:
        yield Check("fee_calculator", "health", calculator[0].text, calculator)
    yield from _check_verdicts([each for each in assessments if _id_of(each) not in internal_ids])
    listed = check_lists(assessments)
    text = "; ".join(f"{finding.subject} {finding.text}" for finding in listed) or "no list holds dead or unknown ids"
    yield Check("dead_ids", "health", text, listed)


def check_lists(assessments: Iterable[Assessment]) -> tuple[Finding, ...]:
    """Find restricted sets that hold ids that are dead or exist nowhere."""
    return tuple(finding for finding in check_assessments(assessments) if finding.code in _ABOUT_LISTS)


def _check_verdicts(assessments: Iterable[Assessment]) -> Iterator[Check]:
    quiet, told = list[Assessment](), list[Check]()
    for assessment in assessments:
        own = tuple(finding for finding in check_assessments([assessment]) if finding.code not in _ABOUT_LISTS)
        if own:
            told.append(Check("task_verdicts", "health", _tell_verdict(assessment, own), own))
        else:
            quiet.append(assessment)
    if quiet or not told:
        yield Check("task_verdicts", "health", _tell_live(quiet))
    yield from told


def check_health(
    paused: Iterable[str], sets: OperatorSets, diff: PowerDiff, internal: InternalHealth | None
) -> Iterator[Check]:
    """Check flows, syncs (None on V1, which has no internal tasks), drift, operators and the global total."""
    flows = check_paused(paused, internal)
    yield Check("flows", "health", ", ".join(finding.text for finding in flows) or "none paused", flows)
    yield from check_syncs(internal)
    yield Check("drift", "health", _drift_text(diff), check_diff(diff))
    others = tuple(finding for finding in check_operators(sets) if finding.code != "total_differs")
    active = len(active_operators(sets.l2))
    yield Check("operators", "health", f"{active} of {len(sets.l2)} ids active", others)
    yield Check("total_equals_sum", "health", tell_total(sets), check_total(sets))


def check_syncs(internal: InternalHealth | None) -> Iterator[Check]:
    """Check that 10001 and 10002, and 10003 where it exists, can land, and that 10001 has."""
    if internal is None:
        yield Check("sync_alive", "health", "not known on V1, which has no internal tasks")
        return
    for task_definition_id in sorted({VOTING_POWER_SYNC, *internal.ids}):
        found = tuple(each for each in internal.about(task_definition_id) if each.code not in _ABOUT_LISTS)
        code = _SYNC_CHECKS.get(task_definition_id, "weights_sync")
        yield Check(code, "health", tell_internal(internal, task_definition_id, found), found)


def tell_total(sets: OperatorSets) -> str:
    """Say whether ``totalVotingPower`` is the sum of the operators' powers."""
    wrong = check_total(sets)
    equal = f"totalVotingPower equals the sum of the operators' ({brief_e18(sets.l2_total_voting_power)} e18)"
    return wrong[0].text if wrong else equal


def _check_endpoint(report: EndpointReport, head: BlockRef, expected: int | None, now: int) -> Iterator[Finding]:
    if expected not in (None, report.chain_id):
        text = f"is on {chain_name(report.chain_id or 0)}, {chain_name(expected or 0)} was expected"
        yield build_finding("endpoint_unusable", report.masked, text)
    yield from check_head(report.layer, head, now)
    abilities = report.abilities
    if abilities is None:
        return
    lacks = [] if abilities.has_multicall3 or abilities.has_state_override else ["Multicall3 and state overrides"]
    lacks += [f"batches of more than {abilities.batch}"] if abilities.batch < BATCH_WANTED else []
    if lacks:
        yield build_finding("limited_endpoint", report.masked, f"lacks {' and '.join(lacks)}")


def _tell_verdict(assessment: Assessment, findings: Iterable[Finding]) -> str:
    named = f"{assessment.definition.task_definition_id} {assessment.verdict}"
    return f"{named}: {'; '.join(finding.text for finding in findings)}"


def _tell_live(assessments: Iterable[Assessment]) -> str:
    ids = [each.definition.task_definition_id for each in assessments]
    if not ids:
        return "there is none"
    return f"{' '.join(map(str, ids))} live{'   0 is for testing only' if 0 in ids else ''}"


def _drift_text(diff: PowerDiff) -> str:
    if diff.in_sync:
        return f"all {len(diff.rows)} operators in sync"
    if not diff.drifted:
        return "not all operators could be compared"
    share = f", {format_share(drift_bps(diff), BPS)} of the power"
    gone = [str(row.operator_id) for row in diff.drifted if row.status in _GONE]
    left = f"; gone from L1: {', '.join(gone)}" if gone else ""
    return f"{len(diff.drifted)} of {len(diff.rows)} operators drift{share}{left}"


def _id_of(assessment: Assessment) -> TaskDefinitionId:
    return assessment.definition.task_definition_id
