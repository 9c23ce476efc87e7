"""What a Safe transaction left behind, against what its calls were to leave."""

from dataclasses import replace

import pytest

from avsctl.core.changes import CreateDefinition, DefinitionState, L2State, SetMinimum, apply_setting
from avsctl.core.deployment import Generation
from avsctl.core.expectation import expect
from avsctl.core.operators import L2Operator
from avsctl.core.quorum import Verdict
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.tx.safe_landing import compare_landing

DETAILS = TaskDetails("a task", 2**256 - 1, 1, 2, 3, 4)
OPERATORS = tuple(L2Operator(i, f"0x{i}", 100 * i, is_active=True) for i in range(1, 7))
BEFORE = L2State(Generation.V2, 100, OPERATORS, 2100, (DefinitionState(TaskDefinition(1, 0, ()), DETAILS, 0),))
CREATE = CreateDefinition(TaskDefinition(2, 0, (1, 2, 3)), DETAILS)


def after(*settings, start=BEFORE):
    """Give the state that settings leave."""
    for setting in settings:
        start = apply_setting(start, setting)
    return start


def expected(state, *ids):
    return [expect(state.assess(each)) for each in ids]


def fields_of(landing):
    return [(number, [(each.field, each.is_grave) for each in deviations]) for number, deviations in landing]


def test_nothing_differs_where_the_chain_did_not_move():
    settings = [CREATE, SetMinimum(2, 200), SetMinimum(1, 100)]
    end = after(*settings)
    assert compare_landing(expected(end, 1, 2), settings, [2], end) == ()


def test_what_the_calls_set_is_grave_and_what_follows_from_powers_is_not():
    settings = [SetMinimum(1, 200)]
    end = after(*settings)
    weaker = replace(end, operators=(replace(OPERATORS[0], voting_power=90), *OPERATORS[1:]))
    stale = replace(weaker, definitions=(replace(end.definitions[0], own_total=7),))
    (row,) = fields_of(compare_landing(expected(end, 1), settings, (), stale))
    assert (row[0], row[1][0]) == (1, ("stored_total", False))
    (row,) = fields_of(compare_landing(expected(end, 1), settings, (), BEFORE))
    assert ("minimum_voting_power", True) in row[1]


def test_a_definition_that_is_dead_though_it_was_not_to_be_is_grave():
    settings = [SetMinimum(1, 200)]
    end = after(*settings)
    gone = replace(end, operators=tuple(replace(each, is_active=False) for each in OPERATORS))
    assert gone.assess(1).verdict is Verdict.DEAD
    (row,) = fields_of(compare_landing(expected(end, 1), settings, (), gone))
    assert ("verdict", True) in row[1]


@pytest.mark.parametrize(("settings", "is_grave"), [([CREATE], False), ([CREATE, SetMinimum(2, 200)], True)])
def test_a_definition_that_got_another_id_is_looked_for_there(settings, is_grave):
    """Another one was made before it; calls that name the id expected then hit that one."""
    other = CreateDefinition(TaskDefinition(2, 0, (4, 5)), DETAILS)
    planned, made = after(*settings), replace(CREATE, definition=replace(CREATE.definition, task_definition_id=3))
    found = after(other, made, *settings[1:])
    ((number, deviations),) = compare_landing(expected(planned, 2), settings, [3], found)
    assert (number, deviations[0].field, deviations[0].is_grave) == (3, "task_definition_id", is_grave)
    assert (len(deviations) == 1) is not is_grave


def test_a_definition_that_is_not_there():
    planned = after(CREATE)
    ((number, deviations),) = compare_landing(expected(planned, 2), [CREATE], [], BEFORE)
    assert (number, [(each.found, each.is_grave) for each in deviations]) == (2, [(None, True)])
