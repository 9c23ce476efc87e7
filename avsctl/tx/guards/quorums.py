"""Guards on quorums: can a changed definition reach approval at the end, and between the calls."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate

from avsctl.core.checks import check_rejection, check_task_totals, tell_dead, total_of
from avsctl.core.findings import Finding, Severity, build_finding
from avsctl.core.foresight import Foresight
from avsctl.core.quorum import Assessment, Quorum, Verdict, name_pivotal
from avsctl.core.units import tell_apart
from avsctl.tx.guards.wording import name_calls, subject_of


def check_end(foresight: Foresight, after: Assessment) -> Iterator[Finding]:
    """Find a definition that the calls leave dead, fragile, stale, or with a total too small to reject by."""
    subject, quorum = subject_of(after), after.quorum
    if after.verdict is Verdict.DEAD:
        yield build_finding("dead", subject, tell_dead(after), _mend_dead(after))
        yield from _check_maximum(foresight.before, after)
    elif not quorum.spare_operators:
        yield _tell_fragile(foresight.before, after)
    refresh = (f"avsctl task refresh {after.definition.task_definition_id}",)
    is_mended = after.definition.has_own_total and quorum.recomputed_total > 0
    for finding in check_task_totals([total_of(after)]):
        yield replace(finding, remedy=refresh) if is_mended else finding
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


def _check_maximum(before: Assessment | None, after: Assessment) -> Iterator[Finding]:
    """Find a maximum without which approval would be in reach, and the least one that works."""
    quorum, most = after.quorum, after.definition.maximum_number_of_attesters
    powers = sorted((m.operator.voting_power for m in after.members if not m.reason and m.operator), reverse=True)
    reached = list(accumulate(powers))
    if not most or quorum.is_attainable or not 0 < quorum.required_approve <= sum(powers):
        return
    least = 1 + next(at for at, power in enumerate(reached) if power >= quorum.required_approve)
    had, needed, has = tell_apart(quorum.attainable, quorum.required_approve, reached[least - 1])
    who = "the strongest operator brings" if most == 1 else f"the {most} strongest bring"
    text = f"{who} {had} of {needed}; {least} are the fewest that reach it, with {has} (e18)"
    yield build_finding("max_below_quorum", subject_of(after), text, (_raise_maximum(before, after, least),))


def _raise_maximum(before: Assessment | None, after: Assessment, least: int) -> str:
    """Give the command that sets a maximum, where the change is of the maximum alone."""
    wanted = after.definition
    if before is None or replace(before.definition, maximum_number_of_attesters=least) != replace(
        wanted, maximum_number_of_attesters=least
    ):
        return f"Give --max-attesters {least} or more, or none, with the change."
    return f"avsctl task set-max-attesters {wanted.task_definition_id} {least}"
