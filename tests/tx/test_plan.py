"""Plans against every order of calls, tried one by one."""

from dataclasses import replace
from itertools import permutations, product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from avsctl.core.changes import (
    CreateDefinition,
    DefinitionState,
    L2State,
    Refusal,
    RewardRole,
    SetList,
    SetMaximum,
    SetMinimum,
    SetReward,
    Step,
    Why,
    apply_setting,
)
from avsctl.core.deployment import Generation
from avsctl.core.operators import L2Operator
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.core.units import E18
from avsctl.errors import AnswerError, UsageError
from avsctl.tx.plan import DefinitionChange, find_stale, plan_creation, plan_refresh, plan_update

V1, V2, V3 = Generation
NEVER = 2**256 - 1
POWERS = tuple(power * E18 for power in (120, 240, 360, 400, 520, 640, 760, 800, 920, 1040, 1160, 1200))
DETAILS = TaskDetails("a task", NEVER, 1, 2, 3, 4)
SIX = (4, 5, 6, 7, 8, 9)
RECOUNT, LOWER = Why.RECOMPUTE_TOTAL, Why.LOWER_MAXIMUM


def count(definition, operators):
    """The total that settings give, as OBLS would count it over list and minimum."""
    ids = definition.restricted_operator_ids or [o.operator_id for o in operators]
    by_id = {o.operator_id: o for o in operators if o.is_active}
    powers = (by_id[i].voting_power for i in ids if i in by_id)
    return sum(power for power in powers if power >= definition.minimum_voting_power)


def state_of(generation, *definitions, powers=POWERS, details=DETAILS):
    """Definitions with right totals."""
    operators = tuple(L2Operator(at, f"0x{at}", power, is_active=True) for at, power in enumerate(powers, 1))
    states = tuple(
        DefinitionState(each, details, count(each, operators) if each.has_own_total else 0) for each in definitions
    )
    return L2State(generation, 100, operators, sum(powers), states)


def run(state, steps):
    for step in steps:
        state = apply_setting(state, step.setting)
        assert isinstance(state, L2State)
    return state


def definition_of(minimum, ids, most):
    return TaskDefinition(3, minimum * E18, ids, most)


def minimum(power, why=None):
    return Step(SetMinimum(3, power * E18), why)


def listing(ids, why=None):
    return Step(SetList(3, ids), why)


def maximum(number, why=None):
    return Step(SetMaximum(3, number), why)


def change(power=None, ids=None, most=None):
    return DefinitionChange(None if power is None else power * E18, ids, most)


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize(
    ("present", "wanted", "steps"),
    [
        # one field
        ((0, SIX, 0), change(power=500), (minimum(500), listing(SIX, RECOUNT))),
        ((500, SIX, 0), change(power=0), (minimum(0), listing(SIX, RECOUNT))),
        ((0, (), 0), change(power=500), (minimum(500),)),
        ((500, (), 0), change(power=0), (minimum(0),)),
        ((0, (), 0), change(ids=SIX), (listing(SIX),)),
        ((0, SIX, 0), change(ids=()), (listing(()),)),
        ((500, SIX, 0), change(ids=()), (listing(()), minimum(500, RECOUNT))),
        ((500, SIX, 0), change(ids=(4, 5)), (listing((4, 5)),)),
        ((0, SIX, 0), change(most=4), (maximum(4),)),
        ((0, SIX, 4), change(most=0), (maximum(0),)),
        # several: minimum, list, maximum
        ((0, SIX, 0), change(500, None, 4), (minimum(500), listing(SIX, RECOUNT), maximum(4))),
        ((0, (), 0), change(500, SIX, 4), (minimum(500), listing(SIX), maximum(4))),
        ((0, (), 0), change(500, None, 4), (minimum(500), maximum(4))),
        ((500, SIX, 4), change(0, (), 0), (minimum(0), listing(()), maximum(0))),
        ((500, SIX, 0), change(700, ()), (listing(()), minimum(700))),
        ((500, SIX, 0), change(0, ()), (minimum(0), listing(()))),
        # the maximum comes first where the list shrinks below it
        ((0, SIX, 6), change(ids=(4, 5)), (maximum(2, LOWER), listing((4, 5)))),
        ((0, SIX, 6), change(ids=(4, 5), most=1), (maximum(1), listing((4, 5)))),
        ((0, SIX, 6), change(ids=(4, 5), most=0), (maximum(0), listing((4, 5)))),
        ((0, SIX, 6), change(500, (4, 5), 1), (minimum(500), maximum(1), listing((4, 5)))),
        ((0, SIX, 6), change(500, (5, 6)), (minimum(500), maximum(2, LOWER), listing((5, 6)))),
        ((0, SIX, 6), change(ids=()), (listing(()),)),
        ((0, (), 7), change(ids=SIX), (maximum(6, LOWER), listing(SIX))),
        ((0, (), 6), change(ids=SIX), (listing(SIX),)),
        ((0, SIX, 6), change(ids=(*SIX, 10), most=7), (listing((*SIX, 10)), maximum(7))),
        # unless it stood above the list before
        ((0, SIX, 9), change(power=500), (minimum(500), listing(SIX, RECOUNT))),
        ((0, SIX, 9), change(ids=(4, 5)), (listing((4, 5)), maximum(2, LOWER))),
        ((0, SIX, 9), change(ids=(*SIX, 10)), (listing((*SIX, 10)), maximum(7, LOWER))),
        ((0, SIX, 9), change(most=6), (maximum(6),)),
        # nothing
        ((0, SIX, 4), change(), ()),
        ((500, SIX, 4), change(500, SIX, 4), ()),
        ((0, SIX, 9), change(most=9), ()),
    ],
)
def test_the_calls_of_a_change_in_their_order(generation, present, wanted, steps):
    assert plan_update(state_of(generation, definition_of(*present)), 3, wanted) == steps


@pytest.mark.parametrize("generation", Generation)
def test_a_call_that_is_not_needed_for_the_total_is_left_out(generation):
    everyone = tuple(range(1, 13))
    state = state_of(generation, definition_of(0, everyone, 0))
    assert plan_update(state, 3, change(power=500)) == (minimum(500),)
    strongest = (10, 11, 12)
    state = state_of(generation, definition_of(0, strongest, 0))
    assert plan_update(state, 3, change(power=1000)) == (minimum(1000),)
    assert plan_update(state_of(generation, definition_of(1300, SIX, 0)), 3, change(ids=())) == (listing(()),)


@pytest.mark.parametrize("generation", Generation)
def test_a_change_that_writes_no_total_leaves_a_stale_one(generation):
    state = state_of(generation, definition_of(500, SIX, 0))
    stale = state.put(replace(state.find(3), own_total=7040 * E18))
    assert plan_update(stale, 3, change(500, SIX)) == ()
    assert plan_update(stale, 3, change(most=4)) == (maximum(4),)
    assert plan_update(stale, 3, change(power=500, most=4)) == (maximum(4),)


def test_all_that_only_a_later_generation_has_is_planned_for_the_first_too():
    state = state_of(V1, definition_of(0, SIX, 0))
    rewards = DefinitionChange(
        maximum_number_of_attesters=4, attester_reward=5, performer_reward=6, aggregator_reward=7
    )
    assert plan_update(state, 3, rewards) == (
        maximum(4),
        Step(SetReward(3, RewardRole.ATTESTER, 5)),
        Step(SetReward(3, RewardRole.PERFORMER, 6)),
        Step(SetReward(3, RewardRole.AGGREGATOR, 7)),
    )


@pytest.mark.parametrize(
    ("details", "roles"), [(DETAILS, [RewardRole.AGGREGATOR]), (None, [RewardRole.ATTESTER, RewardRole.AGGREGATOR])]
)
def test_a_reward_is_left_out_only_where_it_is_known_to_be_set(details, roles):
    state = state_of(V3, definition_of(0, (), 0), details=details)
    steps = plan_update(state, 3, DefinitionChange(500, attester_reward=1, aggregator_reward=0))
    assert [step.setting.role for step in steps[1:]] == roles
    assert steps[0] == Step(SetMinimum(3, 500))


@pytest.mark.parametrize(
    ("present", "wanted", "most", "listed"),
    [
        ((0, SIX, 0), change(most=7), 7, 6),
        ((0, SIX, 6), change(ids=(4, 5), most=3), 3, 2),
        ((0, SIX, 9), change(most=8), 8, 6),
        ((0, SIX, 9), change(ids=(4, 5, 6), most=9), 9, 3),
        ((0, (), 9), change(ids=SIX, most=9), 9, 6),
        ((0, SIX, 6), change(ids=(4, 5), most=6), 6, 2),
    ],
)
def test_a_maximum_above_the_list_is_refused_with_both_figures(present, wanted, most, listed):
    with pytest.raises(
        UsageError, match=rf"maximum of {most} attesters .* list of task definition 3, {listed}"
    ) as caught:
        plan_update(state_of(V2, definition_of(*present)), 3, wanted)
    assert caught.value.status == 2


@pytest.mark.parametrize(
    ("ids", "known"),
    [
        ((0, 1, 10001), "0, 1 and 10001"),
        ((*range(10, 22), 10001, 10002), "10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21 and 2 more"),
        ((), "none"),
    ],
)
def test_a_definition_that_is_not_there_is_answered_with_those_that_are(ids, known):
    state = state_of(V2, *(TaskDefinition(i, 0, ()) for i in ids))
    for attempt in (lambda: plan_update(state, 3, change(most=1)), lambda: plan_refresh(state, [3])):
        with pytest.raises(UsageError, match=f"3 does not exist: there are {known}$"):
            attempt()


def test_a_stored_list_that_no_contract_can_hold_is_a_fault_of_the_endpoint():
    state = state_of(V2, definition_of(0, (5, 4), 0))
    with pytest.raises(AnswerError, match="task definition 3"):
        plan_update(state, 3, change(power=500))


# Creation


def test_a_definition_is_made_by_one_call():
    definition = TaskDefinition(4, 500, (1, 2), 2)
    state = state_of(V2, definition_of(0, SIX, 0))
    assert plan_creation(state, definition, DETAILS) == (Step(CreateDefinition(definition, DETAILS)),)
    after = run(state, plan_creation(state, definition, DETAILS)).find(4)
    assert (after.definition, after.details) == (definition, DETAILS)


def test_a_definition_is_not_made_with_a_maximum_above_its_list_nor_over_another():
    state = state_of(V2, TaskDefinition(10001, 0, ()))
    with pytest.raises(UsageError, match=r"maximum of 3 attesters .* new task definition, 2"):
        plan_creation(state, TaskDefinition(1, 0, (1, 2), 3), DETAILS)
    with pytest.raises(UsageError, match="10001 exists"):
        plan_creation(state, TaskDefinition(10001, 0, ()), DETAILS)


# Refreshing


def test_stale_totals_are_counted_again_by_what_is_set():
    ids = (1, 2, 3, 4, 10001)
    definitions = [
        TaskDefinition(ids[0], 0, ()),
        TaskDefinition(ids[1], 500 * E18, ()),
        TaskDefinition(ids[2], 500 * E18, SIX),
        TaskDefinition(ids[3], 0, SIX),
        TaskDefinition(ids[4], 0, (1, 2)),
    ]
    state = state_of(V2, *definitions)
    assert find_stale(state) == ()
    assert plan_refresh(state, [4, 3, 2]) == ()
    for i in (1, 2, 3, 10001):
        state = state.put(replace(state.find(i), own_total=5))
    assert find_stale(state) == (2, 3, 10001)
    steps = plan_refresh(state, [10001, 3, 2, 3, 4])
    assert steps == (
        Step(SetMinimum(2, 500 * E18), RECOUNT),
        Step(SetList(3, SIX), RECOUNT),
        Step(SetList(10001, (1, 2)), RECOUNT),
    )
    assert find_stale(run(state, steps)) == ()


def test_a_definition_without_a_total_of_its_own_cannot_be_refreshed():
    state = state_of(V2, TaskDefinition(1, 0, (), 3), definition_of(0, SIX, 0))
    with pytest.raises(UsageError, match=r"task definition 1 .* totalVotingPower, which no setter recomputes"):
        plan_refresh(state, [3, 1])
    with pytest.raises(UsageError, match="task definition 0 does not exist"):
        plan_refresh(state, [3, 0])


@pytest.mark.parametrize(
    ("generation", "definition", "own_total", "is_raw", "is_stale", "steps"),
    [
        (V2, definition_of(500, (), 0), 0, True, True, (minimum(500, RECOUNT),)),  # shows as 8160
        (V3, definition_of(500, (), 0), 8160 * E18, False, True, (minimum(500, RECOUNT),)),
        (V1, definition_of(500, (), 0), 0, True, True, (minimum(500, RECOUNT),)),
        (V2, definition_of(100, (), 0), 0, True, False, ()),  # shows as 8160, which is right
        (V1, definition_of(100, (), 0), 0, True, True, (minimum(100, RECOUNT),)),
        (V2, definition_of(0, (99,), 0), 0, True, True, ()),  # nobody is eligible
        (V2, definition_of(0, (99,), 0), 7, True, True, ()),
        (V1, definition_of(0, (99,), 0), 0, True, False, ()),
        (V1, definition_of(1300, (), 0), 7, True, True, ()),
        (V2, definition_of(0, (), 0), 7, True, False, None),
    ],
)
def test_a_total_is_stale_by_what_is_counted(generation, definition, own_total, is_raw, is_stale, steps):
    state = state_of(generation, definition)
    state = state.put(replace(state.find(3), own_total=own_total, is_raw=is_raw))
    assert find_stale(state) == ((3,) if is_stale else ())
    if steps is not None:
        assert plan_refresh(state, [3]) == steps


# Against every order


LISTS = st.sets(st.integers(0, 6), max_size=5).map(sorted).map(tuple)
CHANGES = st.builds(
    DefinitionChange,
    st.none() | st.integers(0, 8),
    st.none() | LISTS,
    st.none() | st.integers(0, 6),
    st.none() | st.integers(0, 2),
)


@st.composite
def states(draw):
    """One definition in any state, stale or with a maximum above its list, beside another."""
    rows = draw(st.lists(st.tuples(st.integers(0, 8), st.booleans()), max_size=5))
    operators = tuple(L2Operator(at, f"0x{at}", *row) for at, row in enumerate(rows, 1))
    definition = TaskDefinition(3, draw(st.integers(0, 8)), draw(LISTS), draw(st.integers(0, 6)))
    total = draw(st.integers(0, 20) | st.just(count(definition, operators)))
    own = DefinitionState(definition, DETAILS, total, draw(st.booleans()))
    other = DefinitionState(TaskDefinition(10001, 0, ()), DETAILS, 0)
    everyone = sum(o.voting_power for o in operators)
    return L2State(draw(st.sampled_from(Generation)), 100, operators, everyone, (own, other))


def wish(definition, asked):
    """The definition that is asked for, and whether the contract would refuse its maximum."""
    ids = definition.restricted_operator_ids if asked.restricted_operator_ids is None else asked.restricted_operator_ids
    most = definition.maximum_number_of_attesters
    is_new = ids != definition.restricted_operator_ids
    if asked.maximum_number_of_attesters is not None:
        is_refused = bool(ids) and asked.maximum_number_of_attesters > len(ids)
        is_refused = is_refused and (is_new or asked.maximum_number_of_attesters != most)
        most = asked.maximum_number_of_attesters
    else:
        is_refused = False
        most = len(ids) if is_new and ids and most > len(ids) else most
    power = asked.minimum_voting_power
    wanted = TaskDefinition(3, definition.minimum_voting_power if power is None else power, ids, most)
    return wanted, is_refused


def ends_well(state, settings, wanted, reward):
    """Whether calls are taken, never lift the maximum above the list, and end as wanted with the total right."""

    def is_odd(each):
        return bool(each.restricted_operator_ids) and each.maximum_number_of_attesters > len(
            each.restricted_operator_ids
        )

    was_odd = is_odd(state.find(3).definition)
    for setting in settings:
        state = apply_setting(state, setting)
        if isinstance(state, Refusal) or (is_odd(state.find(3).definition) and not was_odd):
            return False
    end = state.find(3)
    if end.definition != wanted or (reward is not None and end.details.attester_reward != reward):
        return False
    has_own = wanted.minimum_voting_power > 0 or wanted.restricted_operator_ids != ()
    is_counted = has_own and any(isinstance(each, SetMinimum | SetList) for each in settings)
    return not is_counted or end.own_total == count(wanted, state.operators)


@given(state=states(), asked=CHANGES)
def test_the_plan_is_the_first_of_all_orders_that_ends_as_wanted(state, asked):
    present = state.find(3).definition
    wanted, is_refused = wish(present, asked)
    if is_refused:
        with pytest.raises(UsageError):
            plan_update(state, 3, asked)
        return
    steps = plan_update(state, 3, asked)
    candidates = [
        SetMinimum(3, wanted.minimum_voting_power),
        SetList(3, wanted.restricted_operator_ids),
        SetMaximum(3, wanted.maximum_number_of_attesters),
    ]
    if asked.attester_reward is not None:
        candidates.append(SetReward(3, RewardRole.ATTESTER, asked.attester_reward))
    orders = (order for length in range(5) for order in permutations(candidates, length))
    expected = next(order for order in orders if ends_well(state, order, wanted, asked.attester_reward))
    assert tuple(step.setting for step in steps) == expected
    other = run(state, steps).find(10001)
    assert other == state.find(10001)


@given(state=states(), asked=CHANGES)
def test_no_other_values_on_the_way_make_it_shorter(state, asked):
    wanted, is_refused = wish(state.find(3).definition, asked)
    assume(not is_refused)
    steps = plan_update(state, 3, asked)
    present, length = state.find(3).definition, len(steps) - 1
    assume(length >= 0)
    lists = {wanted.restricted_operator_ids, present.restricted_operator_ids, ()}
    numbers = {wanted.maximum_number_of_attesters, present.maximum_number_of_attesters, 0, len(lists)}
    candidates = [
        *(SetMinimum(3, power) for power in {wanted.minimum_voting_power, present.minimum_voting_power, 0, 1}),
        *(SetList(3, ids) for ids in lists),
        *(SetMaximum(3, number) for number in numbers),
        *(SetReward(3, RewardRole.ATTESTER, each) for each in (asked.attester_reward,) if each is not None),
    ]
    tried = (order for few in range(min(length, 2) + 1) for order in product(candidates, repeat=few))
    assert not any(ends_well(state, order, wanted, asked.attester_reward) for order in tried)


@given(state=states(), asked=CHANGES)
def test_on_the_end_state_there_is_nothing_left_to_do(state, asked):
    assume(not wish(state.find(3).definition, asked)[1])
    steps = plan_update(state, 3, asked)
    end = run(state, steps)
    assert plan_update(end, 3, asked) == ()
    if any(isinstance(step.setting, SetMinimum | SetList) for step in steps):
        assert plan_refresh(end, find_stale(end)) == ()


@given(state=states(), asked=CHANGES)
def test_every_call_is_asked_for_or_says_why_it_is_there(state, asked):
    present = state.find(3).definition
    assume(not wish(present, asked)[1])
    for step in plan_update(state, 3, asked):
        match step.setting:
            case SetMinimum(_, power):
                is_asked = power == asked.minimum_voting_power != present.minimum_voting_power
                assert step.why is (None if is_asked else RECOUNT)
            case SetList(_, ids):
                is_asked = ids == asked.restricted_operator_ids != present.restricted_operator_ids
                assert step.why is (None if is_asked else RECOUNT)
            case SetMaximum(_, number):
                assert step.why is (None if number == asked.maximum_number_of_attesters else LOWER)
            case _:
                assert step.why is None


@given(state=states(), power=st.integers(0, 8), ids=LISTS, most=st.integers(0, 6))
def test_a_definition_that_is_made_is_as_wanted_with_the_total_right(state, power, ids, most):
    definition = TaskDefinition(4, power, ids, most)
    if ids and most > len(ids):
        with pytest.raises(UsageError):
            plan_creation(state, definition, DETAILS)
        return
    end = run(state, plan_creation(state, definition, DETAILS))
    made = end.find(4)
    assert (made.definition, end.find(3)) == (definition, state.find(3))
    assert made.own_total == (count(definition, state.operators) if definition.has_own_total else 0)


@given(state=states())
def test_refreshing_changes_totals_alone_and_makes_them_right(state):
    present = state.find(3)
    if not present.definition.has_own_total:
        assert find_stale(state) == ()
        return
    steps = plan_refresh(state, [3])
    end = run(state, steps).find(3)
    right = count(present.definition, state.operators)
    assert replace(end, own_total=0, is_raw=True) == replace(present, own_total=0, is_raw=True)
    assert len(steps) == (find_stale(state) == (3,) and right > 0)
    assert end.own_total == right if steps else end == present
