"""Who may attest a task definition, and the total that its quorums are counted from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.deployment import Generation
from avsctl.core.operators import L2Operator
from avsctl.core.tasks import (
    TOTALS_SYNC,
    VOTING_POWER_SYNC,
    TaskDefinition,
    TaskTotal,
    find_refusal,
    parse_name,
    recompute_total,
)
from avsctl.errors import UsageError

V1, V2, V3 = Generation
DEFINITIONS = st.builds(
    TaskDefinition, st.just(1), st.integers(0, 60), st.sets(st.integers(0, 8)).map(lambda ids: tuple(sorted(ids)))
)
OPERATORS = st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=7).map(
    lambda rows: tuple(L2Operator(number, f"0x{number}", *row) for number, row in enumerate(rows, start=1))
)


# Twelve operators as in section 8 of the facts, seen on a local node.
POWERS = (120, 240, 360, 400, 520, 640, 760, 800, 920, 1040, 1160, 1200)
TWELVE = tuple(L2Operator(number, f"0x{number}", power, is_active=True) for number, power in enumerate(POWERS, start=1))


@pytest.mark.parametrize(
    ("minimum", "listed", "total"),
    [
        (0, (), 8160),
        (1, (), 8160),
        (500, (), 7040),
        (520, (), 7040),
        (521, (), 6520),
        (1100, (), 2360),
        (1201, (), 0),
        (0, (1, 2, 3, 4), 1120),
        (120, (1, 2, 3, 4), 1120),
        (121, (1, 2, 3, 4), 1000),
        (401, (1, 2, 3, 4), 0),
        (0, (0, 99, 2**256 - 1), 0),
        (0, (0, 4, 99), 400),
    ],
)
def test_totals_seen_on_a_node(minimum, listed, total):
    assert recompute_total(TaskDefinition(1, minimum, listed), TWELVE) == total


def test_an_operator_that_left_counts_in_no_total():
    operators = (*TWELVE[:3], L2Operator(4, "0x4", 400, is_active=False), *TWELVE[4:])
    assert recompute_total(TaskDefinition(1, 0, (1, 2, 3, 4)), operators) == 720
    assert recompute_total(TaskDefinition(1, 300, ()), operators) == 8160 - 400 - 120 - 240


@pytest.mark.parametrize(
    ("minimum", "listed", "has_own_total"), [(0, (), False), (1, (), True), (0, (1,), True), (1, (1,), True)]
)
def test_a_list_or_a_minimum_gives_a_definition_its_own_total(minimum, listed, has_own_total):
    assert TaskDefinition(1, minimum, listed).has_own_total is has_own_total


KEY = "5eC4e7" * 10 + "beef"


@pytest.mark.parametrize("name", [KEY, f"0x{KEY}", f" 0X{KEY.upper()} ", f"key={KEY}", f"({KEY}) feed"])
def test_a_name_that_may_be_a_private_key_is_refused_without_being_repeated(name):
    with pytest.raises(UsageError, match="holds 64 hex digits") as caught:
        parse_name(name)
    (problem,) = caught.value.problems
    assert KEY[:6].lower() not in f"{problem.message} {problem.hint}".lower()


@pytest.mark.parametrize("name", [KEY[1:], f"{KEY}0", f"x{KEY}", "0x" + KEY[:40], "feed 0x1234"])
def test_other_hex_is_a_name(name):
    assert parse_name(name) == name


def test_the_ids_of_the_internal_tasks():
    assert (VOTING_POWER_SYNC, TOTALS_SYNC) == (10_001, 10_002)


@given(DEFINITIONS, OPERATORS, st.sampled_from(Generation))
def test_the_total_is_the_power_of_those_that_meet_no_refusal(definition, operators, generation):
    welcome = [operator for operator in operators if find_refusal(definition, operator, generation) is None]
    assert recompute_total(definition, operators) == sum(operator.voting_power for operator in welcome)
    assert recompute_total(definition, reversed(operators)) == recompute_total(definition, operators)


LIST, MINIMUM, INACTIVE = "InvalidRestrictedAttester", "OperatorDoesNotHaveMinimumVotingPower", "InactiveOperator"


@pytest.mark.parametrize("generation", [V2, V3])
@pytest.mark.parametrize(
    ("is_listed", "power", "is_active", "refusal"),
    [
        (True, 100, True, None),
        (True, 101, True, None),
        (True, 100, False, INACTIVE),
        (True, 99, True, MINIMUM),
        (True, 99, False, MINIMUM),
        (False, 100, True, LIST),
        (False, 100, False, LIST),
        (False, 99, True, LIST),
        (False, 99, False, LIST),
    ],
)
def test_the_first_refusal_in_the_order_of_the_checks(is_listed, power, is_active, refusal, generation):
    definition = TaskDefinition(1, 100, (3, 7) if is_listed else (3, 8))
    assert find_refusal(definition, L2Operator(7, "0x7", power, is_active), generation) == refusal


@pytest.mark.parametrize(
    ("power", "is_active", "refusal"),
    [(100, True, None), (99, True, MINIMUM), (99, False, MINIMUM), (100, False, INACTIVE)],
)
def test_without_a_list_nobody_is_refused_by_one(power, is_active, refusal):
    assert find_refusal(TaskDefinition(1, 100, ()), L2Operator(7, "0x7", power, is_active), V1) == refusal


@pytest.mark.parametrize(
    ("ids", "is_expired", "total", "refusal"),
    [
        ((7,), True, 0, "InvalidTaskDefinition"),
        ((8,), True, 0, "InvalidTaskDefinition"),
        ((8,), False, 0, LIST),
        ((7,), False, 0, "InvalidRequiredVotingPower"),
        ((7,), False, 1, "InvalidRequiredVotingPower"),
        ((7,), False, 2, MINIMUM),
        ((7,), False, None, MINIMUM),
    ],
)
def test_the_expiry_comes_before_the_list_and_the_total_after_it(ids, is_expired, total, refusal):
    operator = L2Operator(7, "0x7", 99, is_active=False)
    definition = TaskDefinition(1, 100, ids)
    assert find_refusal(definition, operator, V2, is_expired=is_expired, total=total) == refusal


def test_the_first_generation_names_the_refusal_by_operators():
    assert find_refusal(TaskDefinition(1, 0, (1,)), TWELVE[1], V1) == "InvalidRestrictedOperator"


@pytest.mark.parametrize(("stored", "recomputed", "delta"), [(150, 120, -30), (120, 150, 30), (1, 1, 0)])
def test_the_difference_is_recomputed_minus_stored(stored, recomputed, delta):
    assert TaskTotal(1, stored, recomputed).delta == delta
