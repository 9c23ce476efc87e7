"""Guards on quorums: can a changed definition reach approval at the end, and between the calls."""

from collections.abc import Iterator
from dataclasses import replace

from avsctl.core.checks import check_rejection, check_task_totals, tell_dead, total_of
from avsctl.core.findings import Finding, Severity, build_finding
from avsctl.core.foresight import Foresight
from avsctl.core.quorum import Assessment, Quorum, Verdict, name_pivotal
from avsctl.core.units import format_e18
from avsctl.tx.guards.wording import name_calls, subject_of


def check_end(foresight: Foresight, after: Assessment) -> Iterator[Finding]:
    """Find a definition that the calls leave dead, fragile, stale, or with a total too small to reject by."""
    subject, quorum = subject_of(after), after.quorum
    if after.verdict is Verdict.DEAD:
        yield build_finding("dead", subject, tell_dead(after), _mend_dead(after))
        yield from _check_maximum(after)
    elif not quorum.spare_operators:
        yield _tell_fragile(foresight.before, after)
    refresh = (f"avsctl task refresh {after.definition.task_definition_id}",)
    for finding in check_task_totals([total_of(after)]):
        yield replace(finding, remedy=refresh) if after.definition.has_own_total else finding
    yield from check_rejection(after)


def check_between(foresight: Foresight, count: int) -> Iterator[Finding]:
    """Find a definition that is dead after some call before the last one, unless it was dead before them all.

    Args:
        foresight: of one definition.
        count: how many calls there are.
    """
    if foresight.before is not None and foresight.before.verdict is Verdict.DEAD:
        return
    stages = [(place, stage) for place, stage in enumerate(foresight.between, start=1) if stage is not None]
    dead = [(place, stage) for place, stage in stages if stage.verdict is Verdict.DEAD]
    if dead:
        place, first = dead[0]
        where = f"; after call {place}" if len(dead) > 1 else ""
        text = f"dead after {name_calls([each for each, _ in dead])} of {count}{where}: {tell_dead(first)}"
        yield build_finding("dead_between", subject_of(first), text)


def is_mended_by_recount(quorum: Quorum) -> bool:
    """Whether approval is in reach once the stored total is the recomputed one."""
    return 0 < quorum.recomputed_total * 2 // 3 <= quorum.attainable


def _mend_dead(after: Assessment) -> tuple[str, ...]:
    if after.is_expired:
        return ("An expiry cannot be changed: avsctl task create makes another definition.",)
    if after.definition.has_own_total and is_mended_by_recount(after.quorum):
        return (f"avsctl task refresh {after.definition.task_definition_id}",)
    return ()


def _tell_fragile(before: Assessment | None, after: Assessment) -> Finding:
    """Tell who is needed: for the record where it was fragile before, as a warning where the change makes it so."""
    subject, text = subject_of(after), f"dead without {name_pivotal(after.quorum)}"
    if before is None:
        return build_finding("fragile", subject, text, severity=Severity.WARNING)
    spare = before.quorum.spare_operators
    if before.verdict is not Verdict.DEAD and not spare:
        return build_finding("fragile", subject, f"{text}; fragile before, too")
    was = "before it was dead" if before.verdict is Verdict.DEAD else f"before any {spare} could be offline"
    return build_finding("fragile", subject, f"{text}; {was}", severity=Severity.WARNING)


def _check_maximum(after: Assessment) -> Iterator[Finding]:
    """Find a maximum without which approval would be in reach."""
    quorum, most = after.quorum, after.definition.maximum_number_of_attesters
    eligible = {m.operator_id: m.operator for m in after.members if m.reason is None and m.operator is not None}
    together = sum(operator.voting_power for operator in eligible.values())
    if not most or quorum.is_attainable or not 0 < quorum.required_approve <= together:
        return
    strongest, needed, all_of_them = map(format_e18, (quorum.attainable, quorum.required_approve, together))
    text = f"the {most} strongest bring {strongest} of {needed}; without a maximum {len(eligible)} bring {all_of_them}"
    yield build_finding("max_below_quorum", subject_of(after), f"{text} (e18)")
