"""From calls back to commands: planned, derived, read as they are typed, and planned again."""

import shlex
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.commands.operator_ids import parse_operators
from avsctl.core.amounts import parse_amount, parse_count, parse_minimum
from avsctl.core.changes import (
    CreateDefinition,
    DefinitionState,
    L2State,
    RewardRole,
    SetList,
    SetMaximum,
    SetMinimum,
    SetReward,
    apply_setting,
)
from avsctl.core.deployment import Generation
from avsctl.core.expiry import parse_expiry, resolve_expiry
from avsctl.core.operator_names import resolve_operators
from avsctl.core.operators import L2Operator
from avsctl.core.tasks import TaskDefinition, TaskDetails, recompute_total
from avsctl.core.units import E18
from avsctl.errors import UsageError
from avsctl.tx.intents import derive_commands
from avsctl.tx.plan import DefinitionChange, plan_creation, plan_refresh, plan_update

V1, V2, V3 = Generation
NEVER = 2**256 - 1
POWERS = tuple(power * E18 for power in (120, 240, 360, 400, 520, 640, 760, 800, 920, 1040, 1160, 1200))
DETAILS = TaskDetails("a task", NEVER, 1, 2, 3, 4)
SIX = (4, 5, 6, 7, 8, 9)


def state_of(*definitions, generation=V2, stale=0):
    operators = tuple(L2Operator(at, f"0x{at}", power, is_active=True) for at, power in enumerate(POWERS, 1))
    states = tuple(
        DefinitionState(each, DETAILS, recompute_total(each, operators) + stale if each.has_own_total else 0)
        for each in definitions
    )
    return L2State(generation, 100, operators, sum(POWERS), states)


def definition(number=3, minimum=0, ids=SIX, most=0):
    return TaskDefinition(number, minimum * E18, tuple(ids), most)


def settings_of(steps):
    return tuple(step.setting for step in steps)


def apply(state, settings):
    for each in settings:
        state = apply_setting(state, each)
        assert isinstance(state, L2State)
    return state


def plan_again(state, command):
    """Plan what a command line asks for, read by what reads the options of ``avsctl task``."""
    avsctl, noun, verb, *rest = shlex.split(command)
    assert (avsctl, noun) == ("avsctl", "task")
    if verb == "refresh":
        return settings_of(plan_refresh(state, [int(each) for each in rest]))
    number = int(rest.pop(0)) if verb == "update" else None
    options = dict(zip(rest[::2], rest[1::2], strict=True))
    rewards = [parse_amount(options[key]) if (key := f"--{role}-reward") in options else None for role in RewardRole]
    minimum = parse_minimum(options["--min-power"]) if "--min-power" in options else None
    ids = None
    if "--restricted" in options:
        ids = resolve_operators(parse_operators(options["--restricted"]), state.operators)
    most = parse_count(options["--max-attesters"]) if "--max-attesters" in options else None
    if verb == "update":
        return settings_of(plan_update(state, number, DefinitionChange(minimum, ids, most, *rewards)))
    expiry = resolve_expiry(parse_expiry(options.get("--expiry", "never")), state.evm_block, None)
    dispute = parse_count(options.get("--dispute-period", "0"))
    details = TaskDetails(options["--name"], expiry, *(each or 0 for each in rewards), dispute)
    return settings_of(plan_creation(state, TaskDefinition(state.next_id, minimum or 0, ids or (), most or 0), details))


def derive(state, settings):
    """Derive commands, and hold each to planning it again."""
    commands = derive_commands(state, settings)
    replanned = ()
    for each in commands:
        again = plan_again(apply(state, replanned), each.command)
        assert again == each.settings
        replanned += again
    assert replanned in ((), tuple(settings))
    return [each.command for each in commands]


@pytest.mark.parametrize(
    ("present", "change", "command"),
    [
        (definition(), {"minimum_voting_power": 500 * E18}, "update 3 --min-power 500e18"),
        (
            definition(),
            {"minimum_voting_power": 500 * E18, "maximum_number_of_attesters": 4},
            "update 3 --min-power 500e18 --max-attesters 4",
        ),
        (definition(most=4), {"maximum_number_of_attesters": 0}, "update 3 --max-attesters none"),
        (definition(minimum=5), {"minimum_voting_power": 0}, "update 3 --min-power none"),
        (definition(ids=()), {"restricted_operator_ids": (4, 5)}, "update 3 --restricted 4,5"),
        (definition(), {"restricted_operator_ids": ()}, "update 3 --restricted none"),
        (
            definition(most=5),
            {"restricted_operator_ids": (4, 5)},
            "update 3 --restricted 4,5 --max-attesters 2",
        ),
        (definition(), {"minimum_voting_power": 7}, "update 3 --min-power 7raw"),
    ],
)
def test_an_update_is_read_back(present, change, command):
    state = state_of(present)
    settings = settings_of(plan_update(state, 3, DefinitionChange(**change)))
    assert derive(state, settings) == [f"avsctl task {command}"]


def test_rewards_are_part_of_an_update():
    state = state_of(definition(), generation=V3)
    settings = (SetMaximum(3, 2), SetReward(3, RewardRole.ATTESTER, 9), SetReward(3, RewardRole.AGGREGATOR, 0))
    expected = "avsctl task update 3 --max-attesters 2 --attester-reward 9wei --aggregator-reward 0wei"
    assert derive(state, settings) == [expected]


def test_a_creation_is_read_back_with_all_its_fields():
    made = CreateDefinition(definition(4, 5, (1, 2), 2), TaskDetails("it's $HOME", 38_300_000, 1, 2, 3, 9))
    expected = (
        "avsctl task create --name 'it'\"'\"'s $HOME' --min-power 5e18 --restricted 1,2 --max-attesters 2"
        " --expiry 38300000 --attester-reward 1wei --performer-reward 2wei --aggregator-reward 3wei --dispute-period 9"
    )
    assert derive(state_of(definition()), [made]) == [expected]


def test_a_refresh_of_several_is_one_command():
    state = state_of(definition(2), definition(3), definition(5, 7, ()), stale=1)
    assert derive(state, settings_of(plan_refresh(state, [2, 3, 5]))) == ["avsctl task refresh 2 3 5"]


def test_changes_of_several_definitions_are_several_commands():
    state = state_of(definition(2), definition(3))
    first = settings_of(plan_update(state, 2, DefinitionChange(minimum_voting_power=500 * E18)))
    then = settings_of(plan_update(apply(state, first), 3, DefinitionChange(restricted_operator_ids=(1, 2))))
    assert derive(state, first + then) == [
        "avsctl task update 2 --min-power 500e18",
        "avsctl task update 3 --restricted 1,2",
    ]


def test_a_definition_is_made_and_changed_in_one_batch():
    made = CreateDefinition(definition(4, 0, (1, 2)), DETAILS)
    commands = derive(state_of(definition()), [made, SetMaximum(4, 1)])
    assert [each.split()[2] for each in commands] == ["create", "update"]


@pytest.mark.parametrize(
    "settings",
    [
        [SetMinimum(3, 500 * E18)],  # leaves the total counted beyond the list
        [SetList(3, SIX)],  # sets what is set, and nothing is stale
        [SetList(3, (5, 4))],  # the contract refuses it
        [SetList(3, (0, 4))],  # no id that can be typed
        [SetMaximum(9, 4)],  # no such definition
        [CreateDefinition(definition(4, 0, (5, 4)), DETAILS)],
        [CreateDefinition(definition(4), replace(DETAILS, name="a\nb"))],
        [CreateDefinition(definition(4), replace(DETAILS, name=""))],
    ],
)
def test_calls_that_no_command_makes_have_none(settings):
    assert derive(state_of(definition()), settings) == []


CHANGES = st.builds(
    DefinitionChange,
    st.none() | st.sampled_from([0, 1, 10**9, 300 * E18, 500 * E18 + 1]),
    st.none() | st.sets(st.integers(1, 13), max_size=6).map(lambda ids: tuple(sorted(ids))),
    st.none() | st.integers(0, 6),
    *[st.none() | st.integers(0, 3)] * 3,
)
DEFINITIONS = st.builds(
    definition, st.just(3), st.sampled_from([0, 300, 500]), st.sampled_from([(), (4, 5), SIX]), st.integers(0, 2)
)


@given(DEFINITIONS, CHANGES, st.sampled_from([0, 5]), st.sampled_from([V2, V3]))
def test_every_planned_update_is_derived_again(present, change, stale, generation):
    state = state_of(present, generation=generation, stale=stale)
    try:
        settings = settings_of(plan_update(state, 3, change))
    except UsageError:
        return
    assert bool(derive(state, settings)) == bool(settings)


@given(
    st.text(max_size=20),
    st.sampled_from([0, 1, 500 * E18]),
    st.sets(st.integers(1, 2**256 - 1), max_size=4),
    st.lists(st.integers(101, 2**256 - 1), min_size=5, max_size=5),
)
def test_every_creation_that_can_be_typed_is_derived_again(name, minimum, ids, numbers):
    made = TaskDefinition(4, minimum, tuple(sorted(ids)), 0)
    derived = derive(state_of(definition()), [CreateDefinition(made, TaskDetails(name, *numbers))])
    assert bool(derived) == (bool(name.strip()) and name.isprintable())


def test_a_batch_beyond_any_that_avsctl_makes_is_not_searched():
    settings = [SetMaximum(3, at % 3 + 1) for at in range(61)]
    assert len(derive_commands(state_of(definition()), settings[:60])) == 60
    assert derive_commands(state_of(definition()), settings) == ()
