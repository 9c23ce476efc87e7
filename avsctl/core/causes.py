"""Why L1 and L2 differ over an operator: causes with their evidence, by one set of rules.

The difference is taken apart at the last sync, with L1' its L1 block and L2' what it left behind:

    L1 - L2  =  (L1 - L1')  +  (L1' - L2')  +  (L2' - L2)
                 stake,         the sync        written on L2
                 settings       was wrong       after it

Each part that is not 0 is a cause, so that powers that differ always have one. What is no power beside (registration,
ids, lists) is told from what stands now. OTHENTIC.md 3, 4, 7.B, 7.C.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from avsctl.core.cause_facts import (
    CauseCode,
    NoThen,
    OperatorFacts,
    Seen,
    Shift,
    StakeSettings,
    Then,
    changed_settings,
)
from avsctl.core.cause_remedies import find_remedy
from avsctl.core.deployment import Generation
from avsctl.core.operators import Unreadable, VotingPowerRead

Evidence = Mapping[str, object]
"""Facts by name: a bool, text, None, tuples of these or of more evidence, a number (``NUMBERS``), else raw power.

``to_block_l1`` is the L1 block that is compared with.
"""

NUMBERS = frozenset({"block", "operator_ids", "task_definition_id"})
"""Names of evidence that is a block as endpoints count or an id."""

_ONE_BLOCK = "they changed in one block of L1, {}, and only what they did together is known"
_NO_EVENT = "no event of L1 says when"
_ZERO = "L1 answers 0 for an operator that left EigenLayer as for one without stake"
_REMOVED = "L2 knew it before: an ejection there leaves the same behind as a registration that has not arrived"


@dataclass(frozen=True)
class Cause:
    """One reason why an operator drifted."""

    code: CauseCode
    certain: bool
    """Whether what was read leaves no other reading."""
    evidence: Evidence = field(hash=False)
    mended_by_sync: bool
    """Whether the next sync of powers makes it good."""
    remedy: tuple[str, ...] = ()
    """Commands and acts; none where the next sync is enough."""


@dataclass(frozen=True)
class NotToldApart:
    """Causes between which what could be read does not decide."""

    codes: tuple[CauseCode, ...]
    why: str
    """May hold text from outside."""


@dataclass(frozen=True)
class Explanation:
    """All that is said of one operator."""

    facts: OperatorFacts
    causes: tuple[Cause, ...]
    not_told_apart: tuple[NotToldApart, ...] = ()

    @property
    def codes(self) -> tuple[CauseCode, ...]:
        """What causes it."""
        return tuple(cause.code for cause in self.causes)


_Found = Iterator[Cause | NotToldApart]


def explain(facts: OperatorFacts) -> Explanation:
    """Give every cause that the facts show; at least one where the powers differ."""
    found = [*_explain_registration(facts), *_explain_power(facts), *_explain_standing(facts)]
    causes = tuple(each for each in found if isinstance(each, Cause))
    return Explanation(facts, causes, tuple(each for each in found if isinstance(each, NotToldApart)))


def _cause(facts: OperatorFacts, code: CauseCode, evidence: Evidence, *, certain: bool = True) -> Cause:
    is_mended = code in _MENDED_BY_SYNC and facts.l1_now is not None
    return Cause(code, certain, evidence, is_mended, find_remedy(facts, code))


_MENDED_BY_SYNC = frozenset(
    {
        CauseCode.PENDING_SYNC,
        CauseCode.MULTIPLIER_CHANGED,
        CauseCode.STAKING_CONTRACTS_CHANGED,
        CauseCode.CAPPED,
        CauseCode.CAP_LIFTED,
        CauseCode.WRONG_SYNC,
        CauseCode.DIRECT_WRITE,
        CauseCode.REGISTERED_SINCE,
        CauseCode.MISMATCH,
    }
)


# Who is registered where


def _explain_registration(facts: OperatorFacts) -> _Found:
    if facts.is_dead_id:
        return
    if facts.is_unreadable:
        yield _cause(facts, CauseCode.L1_READ_FAILS, _tell_failure(facts))
        return
    if facts.active_on_l2 and not facts.l1.is_registered:
        code = CauseCode.EJECT_NOT_ARRIVED if facts.is_ejected else CauseCode.UNREGISTER_NOT_ARRIVED
        yield _cause(facts, code, {"registered_on_l1": False, "active_on_l2": True, **_tell_seen(facts.message)})
    if not facts.active_on_l2 and facts.l1.is_registered:
        yield from _explain_absence(facts)
    if facts.has_left_eigenlayer and (facts.active_on_l2 or facts.l1.is_registered):
        yield _cause(facts, CauseCode.LEFT_EIGENLAYER, {"l1_answer": "NotActiveOperator()"})


def _explain_absence(facts: OperatorFacts) -> _Found:
    evidence = {"registered_on_l1": True, "active_on_l2": False, "operator_ids": facts.dead_ids}
    certain = not facts.dead_ids
    code = CauseCode.REGISTER_NOT_ARRIVED
    yield _cause(facts, code, {**evidence, **_tell_seen(facts.message)}, certain=certain)
    if not certain:
        yield NotToldApart((code, CauseCode.REMOVED_ON_L2), _REMOVED)


def _tell_failure(facts: OperatorFacts) -> Evidence:
    answer = facts.l1.answer
    reason = answer.reason if isinstance(answer, Unreadable) else "isOperatorRegistered failed"
    failing = tuple(part.staking_contract for part in facts.parts or () if part.voting_power is None)
    return {"reason": reason, "staking_contracts": failing}


# Powers that differ


def _explain_power(facts: OperatorFacts) -> _Found:
    """Take the difference apart; of one that a sync leaves out only what L2 holds otherwise than it was."""
    if not facts.needs_then:
        return
    if isinstance(facts.then, NoThen):
        yield from _explain_without_history(facts, facts.then)
        return
    if facts.l1_now not in (None, facts.then.voting_power):
        yield from _explain_move(facts, facts.then, facts.l1_now or 0)
    if facts.needs_since:
        yield from _explain_written(facts, facts.then)


def _explain_without_history(facts: OperatorFacts, then: NoThen) -> _Found:
    if facts.l1_now is None:
        return
    evidence = {"l1_now": facts.l1_now, "l2_now": facts.l2_voting_power}
    likely, other = CauseCode.PENDING_SYNC, CauseCode.MISMATCH
    if then.was_sought:
        likely, other = other, likely
    yield _cause(facts, likely, evidence, certain=False)
    yield NotToldApart((likely, other), then.why)
    yield from _tell_zero(facts, likely)
    if facts.is_capped:
        yield _cause(facts, CauseCode.CAPPED, _tell_cap(None, facts.settings), certain=False)


def _explain_move(facts: OperatorFacts, then: Then, l1_now: int) -> _Found:
    """Tell what moved L1's power since the last sync: settings, step by step, and stake for the rest."""
    moved, changed = l1_now - then.voting_power, changed_settings(then.settings, facts.settings)
    if changed and (isinstance(facts.shifts, NoThen) or not facts.shifts):
        why = facts.shifts.why if isinstance(facts.shifts, NoThen) else _NO_EVENT
        yield from (_tell_setting(facts, then, code, (), certain=False) for code in changed)
        yield _tell_stake(facts, then, moved, certain=False)
        yield NotToldApart((*_name_cap(facts, changed), CauseCode.PENDING_SYNC), why)
        yield from _tell_zero(facts, CauseCode.PENDING_SYNC)
        return
    shifts = [] if isinstance(facts.shifts, NoThen) else [each for each in facts.shifts if each.delta]
    by_stake = moved - sum(shift.delta for shift in shifts)
    yield from _explain_shifts(facts, then, shifts)
    if by_stake:
        yield _tell_stake(facts, then, by_stake)
        yield from _tell_zero(facts, CauseCode.PENDING_SYNC)
        if facts.is_capped and not any(CauseCode.CAPPED in shift.codes for shift in shifts):
            yield _cause(facts, CauseCode.CAPPED, _tell_cap(then.settings, facts.settings))


def _explain_shifts(facts: OperatorFacts, then: Then, shifts: list[Shift]) -> _Found:
    for code in (CauseCode.MULTIPLIER_CHANGED, CauseCode.STAKING_CONTRACTS_CHANGED, CauseCode.CAPPED):
        own = tuple(shift for shift in shifts if code in shift.codes)
        if own:
            certain = any(shift.codes == (code,) for shift in own)
            yield _tell_setting(facts, then, code, own, certain=certain)
    for shift in shifts:
        if len(shift.codes) > 1:
            yield NotToldApart(_name_cap(facts, shift.codes), _ONE_BLOCK.format(shift.seen.block))


def _tell_stake(facts: OperatorFacts, then: Then, by_stake: int, *, certain: bool = True) -> Cause:
    change = "to_zero" if facts.l1_now == 0 else "rose" if by_stake > 0 else "fell"
    evidence = {
        "l1_at_last_sync": then.voting_power,
        "l2_now": facts.l2_voting_power,
        "l1_now": facts.l1_now,
        "by_stake": by_stake,
        "change": change,
        "to_block_l1": then.block_l1,
    }
    return _cause(facts, CauseCode.PENDING_SYNC, evidence, certain=certain)


def _tell_setting(
    facts: OperatorFacts, then: Then, code: CauseCode, shifts: tuple[Shift, ...], *, certain: bool
) -> Cause:
    (named,) = _name_cap(facts, (code,))
    tell = {
        CauseCode.MULTIPLIER_CHANGED: _tell_multipliers,
        CauseCode.STAKING_CONTRACTS_CHANGED: _tell_contracts,
        CauseCode.CAPPED: _tell_cap,
    }[code]
    steps = tuple({"moved": shift.delta, **_tell_seen(shift.seen)} for shift in shifts)
    return _cause(facts, named, {**tell(then.settings, facts.settings), "steps": steps}, certain=certain)


def _name_cap(facts: OperatorFacts, codes: tuple[CauseCode, ...]) -> tuple[CauseCode, ...]:
    """Name what the maximum effective balance does now: it binds, or it does not any more."""
    named = CauseCode.CAPPED if facts.is_capped else CauseCode.CAP_LIFTED
    return tuple(named if code is CauseCode.CAPPED else code for code in codes)


def _tell_multipliers(then: StakeSettings, now: StakeSettings) -> Evidence:
    before, after = dict(then.multipliers), dict(now.multipliers)
    changes = tuple(
        {"staking_contract": name, "from": str(before[name]), "to": str(multiplier)}
        for name, multiplier in after.items()
        if name in before and before[name] != multiplier
    )
    return {"multipliers": changes}


def _tell_contracts(then: StakeSettings, now: StakeSettings) -> Evidence:
    before, after = [name for name, _ in then.multipliers], [name for name, _ in now.multipliers]
    return {
        "added": tuple(dict.fromkeys(name for name in after if after.count(name) > before.count(name))),
        "removed": tuple(dict.fromkeys(name for name in before if before.count(name) > after.count(name))),
    }


def _tell_cap(then: StakeSettings | None, now: StakeSettings) -> Evidence:
    before = None if then is None else then.max_effective_balance
    return {"max_effective_balance": now.max_effective_balance, "at_last_sync": before}


def _tell_zero(facts: OperatorFacts, code: CauseCode) -> _Found:
    if facts.l1_now == 0 and facts.generation is not Generation.V1:
        yield NotToldApart((code, CauseCode.LEFT_EIGENLAYER), _ZERO)


# What L2 was written


def _explain_written(facts: OperatorFacts, then: Then) -> _Found:
    """Tell who left L2 with another power than L1 had at the last sync."""
    since = facts.since
    evidence = {"l1_at_last_sync": then.voting_power, "l2_now": facts.l2_voting_power, "to_block_l1": then.block_l1}
    writes = tuple({"by": each.sender, "moved": each.delta, **_tell_seen(each.seen)} for each in since.writes)
    if since.was_active is False:
        if not facts.other_active_ids and facts.l1_now is not None:
            yield _cause(facts, CauseCode.REGISTERED_SINCE, {**evidence, "operator_ids": facts.dead_ids})
        if sum(each.delta for each in since.writes):
            yield _cause(facts, CauseCode.DIRECT_WRITE, {**evidence, "writes": writes})
        return
    if since.left_with is None:
        yield _cause(facts, CauseCode.MISMATCH, evidence)
        open_ = () if since.was_active else (CauseCode.REGISTERED_SINCE,)
        yield NotToldApart((CauseCode.WRONG_SYNC, CauseCode.DIRECT_WRITE, *open_), since.why_unknown)
        return
    told = {**evidence, "left_by_sync": since.left_with}
    if since.left_with != then.voting_power:
        yield _cause(facts, CauseCode.WRONG_SYNC, {**told, **_tell_seen(since.sync)})
    if since.left_with != facts.l2_voting_power:
        yield _cause(facts, CauseCode.DIRECT_WRITE, {**told, "writes": writes})


# What stands beside the powers


def _explain_standing(facts: OperatorFacts) -> _Found:
    minimum, answer = facts.settings.min_voting_power, facts.l1.answer
    is_counted = facts.l1.is_registered and isinstance(answer, VotingPowerRead) and not facts.is_dead_id
    if is_counted and isinstance(answer, VotingPowerRead) and answer.voting_power < (minimum or 0):
        evidence = {"l1_now": answer.voting_power, "min_voting_power": minimum}
        yield _cause(facts, CauseCode.BELOW_MINIMUM, evidence)
    if facts.is_dead_id and facts.l2_voting_power:
        yield _cause(facts, CauseCode.GHOST_POWER, {"active_on_l2": False, "l2_now": facts.l2_voting_power})
    if facts.active_on_l2 and facts.other_active_ids:
        yield _cause(facts, CauseCode.TWO_ACTIVE_IDS, {"operator_ids": facts.other_active_ids})
    if facts.active_on_l2 and facts.old_listings:
        listings = tuple(
            {"task_definition_id": each.task_definition_id, "operator_ids": each.dead_ids}
            for each in facts.old_listings
        )
        yield _cause(facts, CauseCode.LISTS_NAME_OLD_ID, {"lists": listings})


def _tell_seen(seen: Seen | None) -> Evidence:
    return {} if seen is None else {"block": seen.block, "transaction": seen.transaction}
