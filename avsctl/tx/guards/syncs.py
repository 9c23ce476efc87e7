"""Guards on the syncs that follow a change: powers as on L1 (10001), then the totals counted anew (10002)."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from avsctl.core.checks import tell_dead
from avsctl.core.deployment import Generation
from avsctl.core.findings import Finding, build_finding
from avsctl.core.foresight import Foresight
from avsctl.core.operators import L2Operator
from avsctl.core.quorum import Assessment, Verdict
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC, find_eligible
from avsctl.core.units import TaskDefinitionId, brief_e18, tell_apart
from avsctl.core.wording import join_words
from avsctl.tx.guards.quorums import is_mended_by_recount
from avsctl.tx.guards.wording import subject_of

_Move: TypeAlias = tuple[L2Operator, L2Operator]
"""One operator before and after a sync."""

_CARRIES: Final = {VOTING_POWER_SYNC: "sync of powers", TOTALS_SYNC: "sync of totals"}


def check_syncs(foresight: Foresight, after: Assessment, generation: Generation) -> Iterator[Finding]:
    """Find a definition that a sync to come leaves dead, and a sync that could land no more."""
    subject, powers, totals = subject_of(after), foresight.after_10001, foresight.after_10002
    if after.verdict is not Verdict.DEAD and powers is not None:
        if powers.verdict is Verdict.DEAD:
            text = f"{_tell_fall(after, powers, generation)}{_tell_sequel(powers, totals)}"
            yield build_finding("dead_after_sync", subject, text, _mend(powers, totals))
        elif totals is not None and totals.verdict is Verdict.DEAD:
            text = f"When 10002 lands after 10001, {_tell_total(powers, totals)}: {tell_rest(totals)}."
            yield build_finding("dead_after_sync", subject, text)
    yield from _check_ability(foresight.task_definition_id, (after, powers, totals))


def _check_ability(task_definition_id: TaskDefinitionId, stages: tuple[Assessment | None, ...]) -> Iterator[Finding]:
    """Find that an internal task is dead at one of its stages: at the end, after 10001, after 10002."""
    carries = _CARRIES.get(task_definition_id)
    if carries is None:
        return
    whens = ("", " once the next 10001 has", " once 10001 and 10002 have")
    for when, stage in zip(whens, stages, strict=True):
        if stage is not None and stage.verdict is Verdict.DEAD:
            text = f"no {carries} would land any more{when}: {tell_dead(stage)}"
            yield build_finding("sync_unable", subject_of(stage), text)
            return


def name_sync(generation: Generation) -> str:
    """Name the next sync of powers as the generation's users know it."""
    return "the next sync of powers" if generation is Generation.V1 else "10001"


def _tell_fall(after: Assessment, powers: Assessment, generation: Generation) -> str:
    """Say who falls below the minimum or loses power, and who is left with what."""
    sync = name_sync(generation)
    fallen, weaker = _losers(after, powers)
    minimum = brief_e18(powers.definition.minimum_voting_power)
    parts = (
        f"{_name_moves(fallen)} {'falls' if len(fallen) == 1 else 'fall'} below {minimum}" if fallen else "",
        f"{_name_moves(weaker)} {'loses' if len(weaker) == 1 else 'lose'} power" if weaker else "",
        _tell_total(after, powers) if powers.quorum.stored_total != after.quorum.stored_total else "",
    )
    return f"When {sync} lands, {', '.join(filter(None, parts))}: {tell_rest(powers)}."


def _tell_sequel(powers: Assessment, totals: Assessment | None) -> str:
    if totals is None:
        return " No sync counts the stored total anew on V1." if is_mended_by_recount(powers.quorum) else ""
    if totals.verdict is Verdict.DEAD:
        return f" 10002 does not mend it: {tell_rest(totals)}."
    needed = brief_e18(totals.quorum.required_approve)
    return f" The stored total follows only at 10002: {needed} is needed then."


def _mend(powers: Assessment, totals: Assessment | None) -> tuple[str, ...]:
    """Give what to wait for where the state after all syncs is alive; nothing of one's own where it is not."""
    if totals is not None:
        return () if totals.verdict is Verdict.DEAD else ("avsctl power watch --until-sync",)
    if not is_mended_by_recount(powers.quorum):
        return ()
    return (f"Let the syncer move the powers, then avsctl task refresh {powers.definition.task_definition_id}.",)


def _losers(after: Assessment, powers: Assessment) -> tuple[list[_Move], list[_Move]]:
    """Give the eligible operators that lose power: those that fall below the minimum, and the others."""
    fallen: list[_Move] = []
    weaker: list[_Move] = []
    for old, new in zip(after.members, powers.members, strict=True):
        if old.reason is not None or old.operator is None or new.operator is None:
            continue
        if new.operator.voting_power < old.operator.voting_power:
            (weaker if new.reason is None else fallen).append((old.operator, new.operator))
    return fallen, weaker


def _name_moves(moves: Sequence[_Move]) -> str:
    told = [f"{o.operator_id} ({' -> '.join(tell_apart(o.voting_power, n.voting_power))})" for o, n in moves]
    return f"{'operator' if len(moves) == 1 else 'operators'} {join_words(told)}"


def _tell_total(old: Assessment, new: Assessment) -> str:
    was, will = tell_apart(old.quorum.stored_total, new.quorum.stored_total)
    return f"the total goes from {was} to {will}"


def tell_rest(stage: Assessment) -> str:
    """Say who is left and what they bring of what is needed."""
    quorum = stage.quorum
    if not quorum.required_approve:
        return "two thirds of the total are 0, and nothing can be approved"
    operators = {member.operator_id: member.operator for member in stage.members if member.operator is not None}
    eligible = find_eligible(stage.definition, operators.values())
    best = eligible[: stage.definition.maximum_number_of_attesters or len(eligible)]
    brought, needed = tell_apart(quorum.attainable, quorum.required_approve)
    if not best:
        return f"nobody may attest, and {needed} is needed (e18)"
    ids = [operator.operator_id for operator in best if operator.voting_power or not quorum.attainable]
    return f"{join_words(ids)} {'brings' if len(ids) == 1 else 'bring'} {brought} of {needed} (e18)"
