"""Guards on who may attest: the ids of a list, one address under two of them, and the minimum power."""

from collections.abc import Iterator, Sequence
from typing import Final

from avsctl.core.changes import L2State
from avsctl.core.findings import Finding, Severity, build_finding
from avsctl.core.foresight import Foresight
from avsctl.core.operators import L2Operator, active_operators, shared_addresses
from avsctl.core.quorum import Assessment
from avsctl.core.units import OperatorId
from avsctl.core.wording import join_words
from avsctl.tx.guards.wording import format_power, subject_of

SLIP_FACTOR: Final = 1_000_000
"""A minimum below the smallest active power by more than this was meant in another unit."""


def check_members(foresight: Foresight, after: Assessment, state: L2State) -> Iterator[Finding]:
    """Find what is wrong with those who may attest a definition.

    Args:
        foresight: of the definition.
        after: the definition after all calls.
        state: all of L2 then.
    """
    if after.definition.restricted_operator_ids:
        yield from _check_dead_ids(foresight.before, after, state.operators)
        yield from _check_unknown_ids(foresight.before, after, len(state.operators))
    yield from _check_shared(after)
    yield from _check_minimum(foresight.before, after, state.operators)


def _check_dead_ids(before: Assessment | None, after: Assessment, operators: Sequence[L2Operator]) -> Iterator[Finding]:
    """Find listed ids that are not active, and the ids under which their addresses came back."""
    dead = [member.operator for member in after.members if member.reason == "inactive" and member.operator]
    if not dead:
        return
    active = {operator.address: operator.operator_id for operator in active_operators(operators)}
    heirs = {operator.operator_id: active[operator.address] for operator in dead if operator.address in active}
    text = f"lists {join_words([operator.operator_id for operator in dead])}, not active"
    if heirs:
        text += f"; {join_words([f'the address of {old} is active as {new}' for old, new in heirs.items()])}"
    remedy = () if before is None else _relist(after, heirs)
    yield build_finding("dead_ids_listed", subject_of(after), text, remedy)


def _relist(after: Assessment, heirs: dict[OperatorId, OperatorId]) -> tuple[str, ...]:
    """Give the command that lists the active ids, and the new ids of those that returned."""
    kept = {member.operator_id for member in after.members if member.operator and member.operator.is_active}
    ids = sorted(kept | set(heirs.values()))
    if not ids:
        return ()
    return (f"avsctl task update {after.definition.task_definition_id} --restricted {','.join(map(str, ids))}",)


def _check_unknown_ids(before: Assessment | None, after: Assessment, highest: int) -> Iterator[Finding]:
    """Find listed ids that no operator has: critical where the change lists them, as a later registrant gets one."""
    listed = set(before.definition.restricted_operator_ids) if before else set()
    unknown = [member.operator_id for member in after.members if member.reason == "unknown"]
    new, old = [i for i in unknown if i not in listed], [i for i in unknown if i in listed]
    rules = ["ids begin at 1"] if 0 in new else []
    if any(new):
        rules.append(f"the highest id is {highest}, and a later registrant inherits the seat")
    if new:
        text = f"the change lists {join_words(new)}: {'; '.join(rules)}"
        yield build_finding(
            "unknown_ids_listed", subject_of(after), text, ("avsctl operator list",), severity=Severity.CRITICAL
        )
    if old:
        yield build_finding("unknown_ids_listed", subject_of(after), f"lists {join_words(old)}, as before")


def _check_shared(after: Assessment) -> Iterator[Finding]:
    operators = {member.operator_id: member.operator for member in after.members if member.operator}
    for address, ids in shared_addresses(operators.values()).items():
        if after.definition.restricted_operator_ids:
            text = f"lists {join_words(ids)}, all active under {address}"
            yield build_finding("duplicate_address", subject_of(after), text)
        else:
            yield build_finding("duplicate_address", address, f"active under ids {join_words(ids)}")


def _check_minimum(before: Assessment | None, after: Assessment, operators: Sequence[L2Operator]) -> Iterator[Finding]:
    subject, minimum = subject_of(after), after.definition.minimum_voting_power
    attesters = active_operators(member.operator for member in after.members if member.operator)
    powers = [operator.voting_power for operator in attesters]
    if powers and minimum > max(powers):
        text = f"the minimum, {format_power(minimum)}, is above the strongest of {len(powers)} active operators"
        yield build_finding("min_above_everyone", subject, f"{text}, {format_power(max(powers))}")
    if not minimum or (before is not None and before.definition.minimum_voting_power == minimum):
        return
    smallest = min((o.voting_power for o in active_operators(operators) if o.voting_power), default=0)
    if minimum * SLIP_FACTOR < smallest:
        text = f"the minimum, {format_power(minimum)}, is below a millionth of the smallest active power"
        yield build_finding("min_power_slip", subject, f"{text}, {format_power(smallest)}")
    elif powers and minimum <= min(powers):
        text = f"the minimum, {format_power(minimum)}, excludes nobody: the weakest active operator has"
        yield build_finding("min_excludes_nobody", subject, f"{text} {format_power(min(powers))}")
