"""What is wrong with a 10002 update by itself: where its calls go, and what their arguments are."""

from collections import Counter
from collections.abc import Iterator

from avsctl.core.attestation.conditions import Conditions
from avsctl.core.attestation.faults import Fault, FaultCode, Harm
from avsctl.core.attestation.processing import COUNTABLE_IDS_MAX, is_recounting
from avsctl.core.changes import L2State
from avsctl.core.proposals import TotalCall, TotalRecount, TotalsUpdate, highest_id
from avsctl.core.tasks import TaskDefinition


def check_totals(update: TotalsUpdate, conditions: Conditions) -> tuple[Fault, ...]:
    """Find what is wrong with the calls of a 10002 update.

    Args:
        update: the calls.
        conditions: those that it would be executed under.
    """
    calls = [fault for at, call in enumerate(update.calls, 1) for fault in _check_call(at, call, conditions)]
    return (*calls, *_check_repeats(update))


def _check_call(at: int, call: TotalCall, conditions: Conditions) -> Iterator[Fault]:
    if call.target != conditions.obls:
        yield Fault(FaultCode.WRONG_TARGET, Harm.REVERTS, call=at, error="InternalTransactionNotAllowed")
    elif not is_recounting(call):
        yield Fault(FaultCode.FUNCTION_NOT_ALLOWED, Harm.REVERTS, call=at, error="InternalTransactionNotAllowed")
    elif call.total is None:
        yield Fault(FaultCode.MALFORMED_CALL, Harm.REVERTS, call=at, error="InternalTransactionRevert")
    else:
        yield from _check_recount(at, call.total, conditions.state)


def _check_repeats(update: TotalsUpdate) -> Iterator[Fault]:
    times = Counter(call.total.task_definition_id for call in update.calls if call.total)
    for task_definition_id, count in times.items():
        if count > 1:
            code = FaultCode.DUPLICATE_DEFINITION
            yield Fault(code, Harm.WRONG, (), count, task_definition_id=task_definition_id)


def _check_recount(at: int, recount: TotalRecount, state: L2State) -> Iterator[Fault]:
    task_definition_id, minimum = recount.task_definition_id, recount.minimum_voting_power
    if recount.operator_ids is not None:
        yield from _check_repeated_ids(at, recount)
    else:
        yield from _check_number(at, recount, state)
    found = state.find(task_definition_id)
    if found is None:
        yield Fault(FaultCode.UNKNOWN_DEFINITION, Harm.WRONG, task_definition_id=task_definition_id, call=at)
        return
    expected = found.definition.minimum_voting_power
    if minimum != expected:
        yield Fault(FaultCode.WRONG_MINIMUM, Harm.WRONG, (), minimum, expected, task_definition_id, at)
    yield from _check_set(at, recount, found.definition)


def _check_repeated_ids(at: int, recount: TotalRecount) -> Iterator[Fault]:
    for operator_id, times in Counter(recount.operator_ids).items():
        if times > 1:
            code, ids = FaultCode.DUPLICATE_ID_IN_LIST, (operator_id,)
            yield Fault(code, Harm.WRONG, ids, times, 1, recount.task_definition_id, at)


def _check_number(at: int, recount: TotalRecount, state: L2State) -> Iterator[Fault]:
    number, highest, task_definition_id = recount.number_of_ids or 0, highest_id(state), recount.task_definition_id
    if number > max(COUNTABLE_IDS_MAX, highest):
        error = "InternalTransactionRevert"
        yield Fault(FaultCode.TOO_MANY_IDS, Harm.REVERTS, (), number, highest, task_definition_id, at, error)
    elif number > highest:
        yield Fault(FaultCode.IDS_ABOVE_HIGHEST, Harm.WRONG, (), number, highest, task_definition_id, at)
    elif number < highest:
        missed = tuple(each.operator_id for each in state.operators if each.operator_id > number and each.is_active)
        yield Fault(FaultCode.IDS_LEFT_OUT, Harm.WRONG, missed, number, highest, task_definition_id, at)


def _check_set(at: int, recount: TotalRecount, definition: TaskDefinition) -> Iterator[Fault]:
    listed, task_definition_id = definition.restricted_operator_ids, definition.task_definition_id
    if bool(listed) != (recount.operator_ids is not None):
        yield Fault(FaultCode.WRONG_FUNCTION, Harm.WRONG, task_definition_id=task_definition_id, call=at)
    elif frozenset(recount.operator_ids or ()) != frozenset(listed):
        odd = tuple(sorted(frozenset(recount.operator_ids or ()) ^ frozenset(listed)))
        yield Fault(FaultCode.WRONG_LIST, Harm.WRONG, odd, task_definition_id=task_definition_id, call=at)
