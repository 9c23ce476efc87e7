"""An update beside the one that an honest performer would have proposed, which is what an attester looks at."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from avsctl.core.changes import L2State
from avsctl.core.operators import OperatorSets
from avsctl.core.power import VotingPowerUpdate, diff_powers
from avsctl.core.proposals import (
    TotalRecount,
    TotalsUpdate,
    count_total,
    expect_recount,
    needs_recount,
    propose_powers,
)
from avsctl.core.units import OperatorId, TaskDefinitionId


class Match(StrEnum):
    """How one operator, or one definition, of an update compares."""

    MATCH = "match"
    WRONG_AMOUNT = "wrong_amount"
    MISSING = "missing"
    UNEXPECTED = "unexpected"
    NODE_RULE_UNKNOWN = "node_rule_unknown"
    """An operator that an honest update leaves out is lowered to 0: what Othentic's node does is not known."""
    NOT_NEEDED = "not_needed"
    """The right total is counted again, though nothing follows from it: what Othentic's node does is not known."""


SOUND = frozenset({Match.MATCH, Match.NODE_RULE_UNKNOWN, Match.NOT_NEEDED})
"""What an attester does not reject."""


@dataclass(frozen=True)
class PowerRow:
    """One operator of a 10001 update."""

    operator_id: OperatorId
    match: Match
    expected: int
    """The change that brings L2 to L1 at the blocks that the update names, in raw units."""
    proposed: int
    """What all its items come to, in raw units."""


@dataclass(frozen=True)
class TotalRow:
    """One definition of a 10002 update."""

    task_definition_id: TaskDefinitionId
    match: Match
    expected: int | None
    """The total that its own settings give, in raw units; None where it has none of its own."""
    proposed: int | None
    """The total that the last recount of it gives; None where there is none."""


@dataclass(frozen=True)
class Comparison:
    """An update compared, row by row."""

    rows: tuple[PowerRow | TotalRow, ...]
    """By id: what is proposed, and what should be."""

    @property
    def is_match(self) -> bool:
        """Whether an attester that recomputes it approves."""
        return all(row.match in SOUND for row in self.rows)

    @property
    def wrong(self) -> tuple[PowerRow | TotalRow, ...]:
        """The rows for which it is rejected."""
        return tuple(row for row in self.rows if row.match not in SOUND)

    @property
    def unsettled(self) -> tuple[PowerRow | TotalRow, ...]:
        """The rows that are let pass because the rule of Othentic's node is not known."""
        return tuple(row for row in self.rows if row.match in SOUND and row.match is not Match.MATCH)


def compare_powers(update: VotingPowerUpdate, sets: OperatorSets) -> Comparison:
    """Compare a 10001 update with the one that the operators give.

    Args:
        update: the deltas; its blocks are not looked at.
        sets: the operators at the blocks that it names.
    """
    honest = propose_powers(sets, update.to_block_l1, update.to_block_l2)
    expected, proposed = _net(honest), _net(update)
    zeroing = {
        row.operator_id: -row.l2_voting_power for row in diff_powers(sets).rows if row.operator_id in honest.left_out
    }
    ids = sorted(expected.keys() | proposed.keys())
    rows = ((each, expected[each], proposed[each], zeroing.get(each)) for each in ids)
    return Comparison(
        tuple(PowerRow(each, _match_power(due, given, to_0), due, given) for each, due, given, to_0 in rows)
    )


def compare_totals(update: TotalsUpdate, state: L2State) -> Comparison:
    """Compare what the recounts of a 10002 update leave behind with what the definitions' own settings give.

    Args:
        update: the calls; those that recount nothing are passed over.
        state: L2 as the attester reads it, which is now: such an update names no block.
    """
    last = {call.total.task_definition_id: call.total for call in update.calls if call.total}
    needed = {each.definition.task_definition_id for each in state.definitions if needs_recount(state, each)}
    rows = (
        _compare_total(each, last.get(each), state, is_needed=each in needed) for each in sorted(needed | set(last))
    )
    return Comparison(tuple(rows))


def _net(update: VotingPowerUpdate) -> Counter[OperatorId]:
    net: Counter[OperatorId] = Counter()
    for item in update.to_increase:
        net[item.operator_id] += item.voting_power
    for item in update.to_decrease:
        net[item.operator_id] -= item.voting_power
    return net


def _match_power(expected: int, proposed: int, zeroing: int | None) -> Match:
    """Compare two changes; ``zeroing`` lowers to 0 whom an honest update leaves out, None for anyone else."""
    if expected == proposed:
        return Match.MATCH
    if expected:
        return Match.WRONG_AMOUNT if proposed else Match.MISSING
    return Match.NODE_RULE_UNKNOWN if proposed == zeroing else Match.UNEXPECTED


def _compare_total(
    task_definition_id: TaskDefinitionId, recount: TotalRecount | None, state: L2State, *, is_needed: bool
) -> TotalRow:
    found = state.find(task_definition_id)
    has_total = found is not None and found.definition.has_own_total
    expected = count_total(expect_recount(state, found), state) if found is not None and has_total else None
    proposed = None if recount is None else count_total(recount, state)
    return TotalRow(task_definition_id, _match_total(expected, proposed, is_needed=is_needed), expected, proposed)


def _match_total(expected: int | None, proposed: int | None, *, is_needed: bool) -> Match:
    if expected is None:
        return Match.UNEXPECTED
    if proposed is None:
        return Match.MISSING
    if proposed != expected:
        return Match.WRONG_AMOUNT
    return Match.MATCH if is_needed else Match.NOT_NEEDED
