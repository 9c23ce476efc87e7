"""Findings beside the explanations of drift: what is wrong now, and whether the sync that mends it can pass."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from avsctl.core.cause_facts import OldListing
from avsctl.core.causes import Explanation, NotToldApart
from avsctl.core.checks import check_diff, check_operators
from avsctl.core.findings import Finding, build_finding
from avsctl.core.internal_checks import Surroundings, check_internal_tasks
from avsctl.core.internal_status import InternalScene, judge_internal_tasks
from avsctl.core.internal_tasks import InternalTaskName
from avsctl.core.operators import OperatorSets
from avsctl.core.power import PowerDiff
from avsctl.core.units import Address

MOST_NAMED = 12
"""Operators that one finding names; more are counted."""
_OF_SYNC = ("sync_dead", "sync_needs_departed", "sync_overdue", "never_synced")


def check_explained(
    explanations: Sequence[Explanation], sets: OperatorSets, diff: PowerDiff, named: Collection[Address] | None
) -> Iterator[Finding]:
    """Find drift, powers that count wrongly, lists with old ids, and causes that could not be told apart.

    Args:
        explanations: of those that are spoken of.
        sets: all operators.
        diff: all of them compared.
        named: whom the user named, whom findings are then about; None for everyone.
    """
    about = diff
    if named is not None:
        rows = tuple(row for row in diff.rows if row.address in named)
        about = replace(diff, rows=rows, unlisted_on_l1=0)
    yield from check_diff(about)
    others = _name_others(sets, named)
    yield from (finding for finding in check_operators(sets) if finding.subject not in others)
    yield from _check_lists(explanations)
    yield from _check_untold(explanations)


def check_waiting(explanations: Iterable[Explanation], scene: InternalScene) -> Iterator[Finding]:
    """Find that those who wait for a sync of powers wait for one that cannot pass, or does not come."""
    waiting = [each for each in explanations if any(cause.mended_by_sync for cause in each.causes)]
    statuses = [each for each in judge_internal_tasks(scene) if each.name is InternalTaskName.VOTING_POWER_SYNC]
    if not waiting or not statuses:
        return
    whom = "1 operator waits" if len(waiting) == 1 else f"{len(waiting)} operators wait"
    for finding in check_internal_tasks(scene, statuses, Surroundings(None, (), None, None)):
        if finding.code in _OF_SYNC:
            yield replace(finding, text=f"{whom} for it: {finding.text}")


def _name_others(sets: OperatorSets, named: Collection[Address] | None) -> frozenset[str]:
    """Give the subjects of findings about operators that were not named."""
    if named is None:
        return frozenset()
    others = [each for each in sets.l2 if each.address not in named]
    return frozenset(name for each in others for name in (f"operator {each.operator_id}", each.address))


def _check_lists(explanations: Iterable[Explanation]) -> Iterator[Finding]:
    for each in explanations:
        for listing in each.facts.old_listings:
            yield _tell_listing(each, listing)


def _tell_listing(explanation: Explanation, listing: OldListing) -> Finding:
    old, new = ", ".join(map(str, listing.dead_ids)), explanation.facts.operator_id
    text = f"lists {old}, which is {new} now"
    remedy = f"avsctl task update {listing.task_definition_id} --restricted {','.join(map(str, listing.mended))}"
    return build_finding("dead_ids_listed", f"task {listing.task_definition_id}", text, (remedy,))


def _check_untold(explanations: Iterable[Explanation]) -> Iterator[Finding]:
    whom: dict[NotToldApart, list[Explanation]] = {}
    for each in explanations:
        for untold in each.not_told_apart:
            whom.setdefault(untold, []).append(each)
    for untold, own in whom.items():
        names = [str(each.facts.operator_id or each.facts.address) for each in own]
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        subject = f"operator{'' if len(names) == 1 else 's'} {', '.join(names[:MOST_NAMED])}{more}"
        yield build_finding("causes_not_told_apart", subject, f"{' or '.join(untold.codes)}: {untold.why}")
