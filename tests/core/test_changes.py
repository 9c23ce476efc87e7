"""The model of the setters against a naive one that keeps storage as dicts and tries every set of attesters."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
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
    apply_setting,
    land_powers,
    land_totals,
)
from avsctl.core.deployment import Generation
from avsctl.core.operators import (
    L1Operator,
    L2Operator,
    NotAnOperator,
    OperatorSets,
    Unreadable,
    VotingPowerRead,
)
from avsctl.core.quorum import Verdict
from avsctl.core.tasks import TaskDefinition, TaskDetails

V1, V2, V3 = Generation
NEVER = 2**256 - 1
DETAILS = TaskDetails("a task", NEVER, 1, 2, 3, 4)
POWERS = (120, 240, 360, 400, 520, 640, 760, 800, 920, 1040, 1160, 1200)
"""Twelve operators as in section 8 of the facts, seen on a local node."""
FIRST_FOUR = (1, 2, 3, 4)
OPEN = TaskDefinition(1, 0, ())


def operators_of(powers):
    return tuple(L2Operator(number, f"0x{number}", power, is_active=True) for number, power in enumerate(powers, 1))


def state_of(generation, definition=OPEN, own_total=0, powers=POWERS, is_raw=True):
    states = (DefinitionState(definition, DETAILS, own_total, is_raw),)
    return L2State(generation, 100, operators_of(powers), sum(powers), states)


def figures(state, task_definition_id=1):
    """What is stored, what is counted, and the verdict."""
    found = state.assess(task_definition_id)
    return (state.find(task_definition_id).own_total, found.quorum.stored_total, found.verdict.value)


def run(state, *settings):
    for setting in settings:
        state = apply_setting(state, setting)
        assert isinstance(state, L2State)
    return state


# Seen on a local node (OTHENTIC.md 8)


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize("minimum", [0, 1, 120])
def test_a_minimum_on_a_list_counts_everyone_and_the_same_list_again_mends_it(generation, minimum):
    state = run(state_of(generation), SetList(1, FIRST_FOUR))
    assert figures(state) == (1120, 1120, "fragile")
    state = run(state, SetMinimum(1, minimum))
    assert figures(state) == (8160, 8160, "dead")
    assert figures(run(state, SetList(1, FIRST_FOUR))) == (1120, 1120, "fragile")


@pytest.mark.parametrize(
    ("generation", "minimum", "cleared", "mended"),
    [
        (V1, 500, (0, 0, "dead"), (7040, 7040, "live")),
        (V2, 500, (0, 8160, "stale"), (7040, 7040, "live")),
        (V3, 500, (0, 8160, "stale"), (7040, 7040, "live")),
        (V1, 1100, (0, 0, "dead"), (2360, 2360, "fragile")),
        (V2, 1100, (0, 8160, "dead"), (2360, 2360, "fragile")),
        (V1, 0, (0, 8160, "live"), (8160, 8160, "live")),
        (V2, 0, (0, 8160, "live"), (8160, 8160, "live")),
    ],
)
def test_an_emptied_list_stores_0_and_the_same_minimum_again_mends_it(generation, minimum, cleared, mended):
    state = run(state_of(generation), SetMinimum(1, minimum), SetList(1, FIRST_FOUR), SetList(1, ()))
    assert figures(state) == cleared
    assert figures(run(state, SetMinimum(1, minimum))) == mended


@pytest.mark.parametrize(("generation", "counted"), [(V1, 0), (V2, 8160), (V3, 8160)])
@pytest.mark.parametrize("ids", [(0, 99, 2**256 - 1), (13,)])
def test_a_list_of_nobody_is_taken_and_stores_0(generation, counted, ids):
    assert figures(run(state_of(generation), SetList(1, ids))) == (0, counted, "dead")


@pytest.mark.parametrize(("generation", "counted"), [(V1, 0), (V2, 8160), (V3, 8160)])
def test_a_minimum_above_everyone_stores_0(generation, counted):
    assert figures(run(state_of(generation), SetMinimum(1, 1201))) == (0, counted, "dead")


@pytest.mark.parametrize("generation", Generation)
def test_an_operator_that_leaves_takes_no_part_of_the_total_with_it(generation):
    state = run(state_of(generation), SetList(1, FIRST_FOUR))
    gone = tuple(replace(o, voting_power=0, is_active=False) if o.operator_id == 4 else o for o in state.operators)
    state = replace(state, operators=gone, global_total=8160 - 400)
    assert figures(state) == (1120, 1120, "dead")  # 720 of 746
    assert figures(run(state, SetList(1, FIRST_FOUR))) == (720, 720, "fragile")


@pytest.mark.parametrize(
    ("generation", "error"),
    [
        (V1, "InvalidRestrictedOperatorIndexes"),
        (V2, "InvalidRestrictedAttesterIds"),
        (V3, "InvalidRestrictedAttesterIds"),
    ],
)
@pytest.mark.parametrize("ids", [(2, 1), (1, 1), (1, 3, 2)])
def test_a_list_must_ascend_strictly(generation, error, ids):
    assert apply_setting(state_of(generation), SetList(1, ids)) == Refusal(error)
    made = CreateDefinition(TaskDefinition(2, 0, ids, 9), DETAILS)
    assert apply_setting(state_of(generation), made) == Refusal(error)


@pytest.mark.parametrize("generation", [V2, V3])
def test_the_maximum_is_held_to_the_list_when_it_is_set_and_not_when_the_list_is(generation):
    state = run(state_of(generation), SetMaximum(1, 99), SetList(1, FIRST_FOUR))
    assert state.find(1).definition == TaskDefinition(1, 0, FIRST_FOUR, 99)
    refused = Refusal("InvalidMaximumNumberOfAttesters")
    assert apply_setting(state, SetMaximum(1, 5)) == refused
    assert apply_setting(state, SetMaximum(1, 99)) == refused
    for number in (4, 0, 1):
        assert run(state, SetMaximum(1, number)).find(1).definition.maximum_number_of_attesters == number
    made = CreateDefinition(TaskDefinition(2, 0, FIRST_FOUR, 5), DETAILS)
    assert apply_setting(state, made) == refused


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize(
    ("expiry", "refusal"), [(0, "InvalidBlockExpiry"), (100, "InvalidBlockExpiry"), (101, None), (NEVER, None)]
)
def test_an_expiry_must_lie_ahead_and_is_looked_at_first(generation, expiry, refusal):
    details = replace(DETAILS, block_expiry=expiry)
    made = CreateDefinition(TaskDefinition(2, 0, (1, 2)), details)
    after = apply_setting(state_of(generation), made)
    assert after == Refusal(refusal) if refusal else after.find(2).details == details
    if refusal:
        bad = CreateDefinition(TaskDefinition(2, 0, (2, 1), 9), details)
        assert apply_setting(state_of(generation), bad) == Refusal(refusal)


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (TaskDefinition(2, 0, ()), (0, 8160, "live")),
        (TaskDefinition(2, 500, ()), (7040, 7040, "live")),
        (TaskDefinition(2, 0, FIRST_FOUR), (1120, 1120, "fragile")),
        (TaskDefinition(2, 240, FIRST_FOUR), (1000, 1000, "fragile")),
    ],
)
def test_making_a_definition_writes_the_right_total(generation, definition, expected):
    state = run(state_of(generation), CreateDefinition(definition, DETAILS))
    assert figures(state, 2) == expected
    assert [each.definition.task_definition_id for each in state.definitions] == [1, 2]


@pytest.mark.parametrize(
    "setting", [SetMinimum(7, 1), SetList(7, ()), SetMaximum(7, 0), SetReward(7, RewardRole.ATTESTER, 1)]
)
def test_a_definition_that_is_not_there_is_refused(setting):
    assert setting.task_definition_id == 7
    assert apply_setting(state_of(V2), setting) == Refusal("TaskDefinitionNotFound")
    assert state_of(V2).find(7) is None
    assert state_of(V2).assess(7) is None


@pytest.mark.parametrize("role", RewardRole)
def test_a_reward_is_set_alone(role):
    state = state_of(V3, TaskDefinition(1, 0, FIRST_FOUR), 77)
    before, after = state.find(1), run(state, SetReward(1, role, 50)).find(1)
    assert after == replace(before, details=replace(DETAILS, **{f"{role}_reward": 50}))
    unknown = state.put(replace(before, details=None))
    assert run(unknown, SetReward(1, role, 50)) == unknown


@pytest.mark.parametrize(
    ("generation", "is_raw", "raw"),
    [(V1, True, 0), (V2, True, 0), (V2, False, None), (V3, True, None), (V3, False, None)],
)
def test_the_raw_total_is_told_where_it_is_known_and_the_slot_is(generation, is_raw, raw):
    state = state_of(generation, is_raw=is_raw)
    assert state.assess(1).quorum.raw_total == raw


@pytest.mark.parametrize("write", [SetMinimum(1, 500), SetList(1, FIRST_FOUR), SetList(1, ()), "totals"])
def test_what_rewrites_a_total_makes_it_known(write):
    state = state_of(V2, TaskDefinition(1, 500, ()), 8160, is_raw=False)
    after = land_totals(state) if write == "totals" else run(state, write)
    assert (state.find(1).is_raw, after.find(1).is_raw) == (False, True)
    assert run(state, SetMaximum(1, 3), SetReward(1, RewardRole.ATTESTER, 3)).find(1).is_raw is False


def test_definitions_stay_in_the_order_of_their_ids():
    state = L2State(V2, 100, (), 0, ())
    for i in (10001, 2, 0, 1, 2):
        state = state.put(DefinitionState(TaskDefinition(i, 0, ()), None, i))
    assert [each.own_total for each in state.definitions] == [0, 1, 2, 10001]


# The next syncs


def sets_of(state, answers):
    """L1 answers by operator id; the others are as on L2."""
    l1 = []
    for each in state.operators:
        answer = answers.get(each.operator_id, each.voting_power)
        is_registered = answer != "left"
        read = VotingPowerRead(answer) if isinstance(answer, int) else answer
        l1.append(L1Operator(each.address, is_registered, VotingPowerRead(0) if read == "left" else read))
    return OperatorSets(state.operators, tuple(l1), len(l1), state.global_total)


@pytest.mark.parametrize("generation", Generation)
def test_a_sync_of_powers_moves_the_global_total_alone_and_leaves_out_who_is_not_there(generation):
    state = run(state_of(generation), SetList(1, FIRST_FOUR))
    state = replace(state, global_total=state.global_total + 1000)  # ghost power stays
    sets = sets_of(state, {1: 20, 2: 340, 3: "left", 4: NotAnOperator(), 5: Unreadable("?"), 6: 0})
    after = land_powers(state, sets)
    assert [o.voting_power for o in after.operators] == [20, 340, 360, 400, 520, 0, *POWERS[6:]]
    assert after.global_total == 9160 - 100 + 100 - 640
    assert after.definitions == state.definitions
    assert figures(land_totals(after)) == (1120, 1120, "fragile")


@pytest.mark.parametrize("generation", Generation)
def test_a_sync_that_takes_more_than_the_global_total_holds_does_not_land(generation):
    state = replace(state_of(generation), global_total=199)
    assert land_powers(state, sets_of(state, {12: 1000})) == state
    landed = land_powers(state, sets_of(state, {12: 1001}))
    assert landed.global_total == 0
    assert landed.assess(1).verdict is Verdict.DEAD


@pytest.mark.parametrize("generation", Generation)
def test_a_sync_of_totals_counts_again_what_is_counted_from(generation):
    state = run(state_of(generation), SetList(1, FIRST_FOUR))
    state = state.put(DefinitionState(TaskDefinition(2, 0, ()), None, 5, is_raw=False))
    state = state.put(DefinitionState(TaskDefinition(3, 500, ()), None, 5, is_raw=False))
    after = land_totals(land_powers(state, sets_of(state, {1: 0, 5: 499})))
    assert [figures(after, i)[0] for i in (1, 2, 3)] == [1000, 5, 7040 - 520]


@pytest.mark.parametrize(
    ("generation", "definition", "word", "is_raw", "counted"),
    [
        (V3, TaskDefinition(1, 500, ()), 8160, False, 8000),  # an emptied list: a 0 that the getter hides
        (V2, TaskDefinition(1, 500, ()), 8160, False, 8000),
        (V2, TaskDefinition(1, 0, (99,)), 8160, False, 8000),
        (V2, TaskDefinition(1, 500, ()), 8160, True, 8160),
        (V2, TaskDefinition(1, 500, ()), 0, True, 8000),
        (V3, TaskDefinition(1, 100, ()), 8160, False, 8160),  # counted, as everyone is eligible
        (V3, TaskDefinition(1, 500, ()), 7040, False, 7040),
        (V1, TaskDefinition(1, 500, ()), 8160, False, 8160),
        (V2, TaskDefinition(1, 0, ()), 8160, False, 8000),
    ],
)
def test_a_hidden_0_follows_the_global_total(generation, definition, word, is_raw, counted):
    state = state_of(generation, definition, word, is_raw=is_raw)
    assert state.assess(1).quorum.stored_total == (word or 8160)
    after = land_powers(state, sets_of(state, {12: 1040}))
    assert (after.global_total, after.assess(1).quorum.stored_total) == (8000, counted)


# Against storage kept as dicts


class Storage:
    """What the contracts hold and do, written down setter by setter."""

    def __init__(self, generation, powers, block):
        self.generation, self.block = generation, block
        self.power = {at: power for at, (power, _) in enumerate(powers, 1)}
        self.active = {at: is_active for at, (_, is_active) in enumerate(powers, 1)}
        self.everyone = sum(self.power.values())
        self.definitions, self.totals = {}, {}

    def eligible(self, operator_id, minimum):
        power = self.power.get(operator_id, 0)
        return power if self.active.get(operator_id) and power >= minimum else 0

    def count_all(self, i):
        minimum = self.definitions[i]["minimum"]
        self.totals[i] = sum(self.eligible(operator_id, minimum) for operator_id in range(1, len(self.power) + 1))

    def count_list(self, i):
        definition = self.definitions[i]
        self.totals[i] = sum(self.eligible(operator_id, definition["minimum"]) for operator_id in definition["list"])

    def ascends(self, ids):
        if list(ids) != sorted(set(ids)):
            return "InvalidRestrictedOperatorIndexes" if self.generation is V1 else "InvalidRestrictedAttesterIds"
        return None

    def fits(self, most, ids):
        return "InvalidMaximumNumberOfAttesters" if ids and most > len(ids) else None

    def create(self, i, definition, expiry):
        if expiry <= self.block:
            return "InvalidBlockExpiry"
        error = self.ascends(definition["list"]) or self.fits(definition["most"], definition["list"])
        if error:
            return error
        self.definitions[i] = definition
        if definition["list"]:
            self.count_list(i)
        elif definition["minimum"]:
            self.count_all(i)
        return None

    def set_minimum(self, i, minimum):
        if i not in self.definitions:
            return "TaskDefinitionNotFound"
        self.definitions[i] = {**self.definitions[i], "minimum": minimum}
        self.count_all(i)
        return None

    def set_list(self, i, ids):
        if i not in self.definitions:
            return "TaskDefinitionNotFound"
        error = self.ascends(ids)
        if not error:
            self.definitions[i] = {**self.definitions[i], "list": ids}
            self.count_list(i)
        return error

    def set_maximum(self, i, most):
        if i not in self.definitions:
            return "TaskDefinitionNotFound"
        error = self.fits(most, self.definitions[i]["list"])
        if not error:
            self.definitions[i] = {**self.definitions[i], "most": most}
        return error

    def sync_powers(self, l1_powers):
        for operator_id, power in l1_powers.items():
            if self.active.get(operator_id):
                self.everyone += power - self.power[operator_id]
                self.power[operator_id] = power

    def sync_totals(self):
        for i, definition in self.definitions.items():
            if definition["list"]:
                self.count_list(i)
            elif definition["minimum"]:
                self.count_all(i)

    def total(self, i):
        definition = self.definitions[i]
        if not definition["list"] and not definition["minimum"]:
            return self.everyone
        stored = self.totals.get(i, 0)
        return self.everyone if stored == 0 and self.generation is not V1 else stored

    def can_approve(self, i):
        """Whether any set of attesters passes submitTask: every one is tried, strangers among them."""
        return any(self.accepts(i, ids) for size in range(len(self.power) + 2) for ids in combinations(range(8), size))

    def accepts(self, i, ids):
        definition, required = self.definitions[i], self.total(i) * 2 // 3
        if definition["list"] and not set(ids) <= set(definition["list"]):
            return False
        if definition["most"] and len(ids) > definition["most"]:
            return False
        if any(self.power.get(each, 0) < definition["minimum"] or not self.active.get(each) for each in ids):
            return False
        return required > 0 and sum(self.power[each] for each in ids) >= required


POWERS_AND_FLAGS = st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=5)
IDS = st.sampled_from((1, 1, 1, 2, 3))
LISTS = st.sets(st.integers(0, 7), max_size=5).map(sorted).map(tuple) | st.lists(st.integers(1, 4), max_size=3).map(
    tuple
)
CREATIONS = st.builds(
    lambda minimum, ids, most, expiry: CreateDefinition(
        TaskDefinition(0, minimum, ids, most), replace(DETAILS, block_expiry=expiry)
    ),
    st.integers(0, 9), LISTS, st.integers(0, 5), st.integers(99, 102),
)  # fmt: skip
EVENTS = st.one_of(
    st.builds(SetMinimum, IDS, st.integers(0, 10)),
    st.builds(SetList, IDS, LISTS),
    st.builds(SetMaximum, IDS, st.integers(0, 5)),
    CREATIONS,
    st.dictionaries(st.integers(1, 5), st.integers(0, 9)),
    st.just("totals"),
)


def happen(storage, event):
    """Do to the naive storage what an event is; gives the error."""
    match event:
        case SetMinimum(i, minimum):
            return storage.set_minimum(i, minimum)
        case SetList(i, ids):
            return storage.set_list(i, ids)
        case SetMaximum(i, most):
            return storage.set_maximum(i, most)
        case CreateDefinition(definition, details):
            made = {
                "minimum": definition.minimum_voting_power,
                "list": definition.restricted_operator_ids,
                "most": definition.maximum_number_of_attesters,
            }
            return storage.create(definition.task_definition_id, made, details.block_expiry)
        case "totals":
            return storage.sync_totals()
        case powers:
            return storage.sync_powers(powers)


def follow(state, event):
    """Do the same to the model."""
    match event:
        case "totals":
            return land_totals(state)
        case dict():
            return land_powers(state, sets_of(state, event))
        case setting:
            return apply_setting(state, setting)


def agree(state, storage):
    assert [o.voting_power for o in state.operators] == list(storage.power.values())
    assert state.global_total == storage.everyone
    assert {each.definition.task_definition_id for each in state.definitions} == set(storage.definitions)
    for i, definition in storage.definitions.items():
        expected = TaskDefinition(i, definition["minimum"], definition["list"], definition["most"])
        found = state.assess(i)
        assert (found.definition, state.find(i).own_total) == (expected, storage.totals.get(i, 0))
        assert found.quorum.stored_total == storage.total(i)
        assert found.quorum.is_attainable == storage.can_approve(i)
        assert (found.verdict is Verdict.DEAD) == (found.is_expired or not storage.can_approve(i))


@pytest.mark.parametrize("generation", Generation)
@given(powers=POWERS_AND_FLAGS, events=st.lists(EVENTS, max_size=8))
def test_whatever_happens_in_any_order_the_model_holds_what_storage_holds(generation, powers, events):
    storage = Storage(generation, powers, 100)
    operators = tuple(L2Operator(at, f"0x{at}", *row) for at, row in enumerate(powers, 1))
    state = L2State(generation, 100, operators, storage.everyone, ())
    for event in (CreateDefinition(OPEN, DETAILS), *events):
        numbered = number(event, storage)
        error, after = happen(storage, numbered), follow(state, numbered)
        assert after == Refusal(error) if error else isinstance(after, L2State)
        state = state if error else after
        agree(state, storage)


def number(event, storage):
    """Ids are given in order."""
    if not isinstance(event, CreateDefinition):
        return event
    following = max(storage.definitions, default=0) + 1
    return replace(event, definition=replace(event.definition, task_definition_id=following))
