"""The quorum model against a naive one that tries every admissible set of attesters."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.checks import check_assessments
from avsctl.core.operators import L2Operator
from avsctl.core.quorum import StoredTotal, Verdict, assess, compute_quorum, judge, list_members
from avsctl.core.tasks import TaskDefinition, TaskDetails, find_eligible, recompute_total
from avsctl.core.units import Address, OperatorId, TaskDefinitionId

POWERS = st.integers(0, 12)


@st.composite
def operator_sets(draw):
    powers = draw(st.lists(st.tuples(POWERS, st.booleans()), max_size=6))
    return [
        L2Operator(OperatorId(at), Address(f"0x{at:040x}"), power, is_active)
        for at, (power, is_active) in enumerate(powers, 1)
    ]


@st.composite
def definitions(draw):
    ids = draw(st.lists(st.integers(1, 8), unique=True, max_size=5))
    return TaskDefinition(
        TaskDefinitionId(1), draw(st.integers(0, 8)), tuple(map(OperatorId, sorted(ids))), draw(st.integers(0, 5))
    )


def admissible_sets(definition, operators):
    """Every set that submitTask would not refuse for its members or their number."""
    may = [
        operator
        for operator in operators
        if operator.is_active
        and operator.voting_power >= definition.minimum_voting_power
        and (not definition.restricted_operator_ids or operator.operator_id in definition.restricted_operator_ids)
    ]
    most = definition.maximum_number_of_attesters or len(may)
    for size in range(min(most, len(may)) + 1):
        yield from combinations(may, size)


def passes(attesters, total):
    required = total * 2 // 3
    return required > 0 and sum(attester.voting_power for attester in attesters) >= required


@given(operators=operator_sets(), definition=definitions(), total=st.integers(0, 40))
def test_the_model_agrees_with_trying_every_set(operators, definition, total):
    quorum = compute_quorum(definition, operators, StoredTotal(total, None))
    sets = list(admissible_sets(definition, operators))
    assert quorum.attainable == max(sum(each.voting_power for each in attesters) for attesters in sets)
    assert quorum.is_attainable == any(passes(attesters, total) for attesters in sets)
    assert (quorum.required_approve, quorum.required_reject) == (total * 2 // 3, total // 3)


@given(operators=operator_sets(), definition=definitions(), total=st.integers(0, 40))
def test_pivotal_and_spare_operators_are_those_whose_absence_decides(operators, definition, total):
    quorum = compute_quorum(definition, operators, StoredTotal(total, None))
    eligible = find_eligible(definition, operators)
    sets = list(admissible_sets(definition, operators))

    def survives(offline):
        return any(passes(attesters, total) for attesters in sets if not set(attesters) & set(offline))

    if not quorum.is_attainable:
        assert (quorum.spare_operators, quorum.pivotal) == (None, ())
        return
    assert set(quorum.pivotal) == {each.operator_id for each in eligible if not survives([each])}
    sizes = range(len(eligible) + 1)
    always = [size for size in sizes if all(survives(offline) for offline in combinations(eligible, size))]
    assert quorum.spare_operators == max(always)
    assert bool(quorum.pivotal) == (quorum.spare_operators == 0)


@given(operators=operator_sets(), definition=definitions())
def test_a_fresh_total_is_not_stale(operators, definition):
    fresh = recompute_total(definition, operators)
    quorum = compute_quorum(definition, operators, StoredTotal(fresh, fresh))
    assert not quorum.is_stale
    assert judge(quorum) is not Verdict.STALE


def test_the_figures_of_a_definition_restricted_to_six():
    powers = {4: 400, 5: 520, 6: 640, 7: 760, 8: 800, 9: 920}
    operators = [
        L2Operator(OperatorId(i), Address(f"0x{i:040x}"), power, is_active=True) for i, power in powers.items()
    ]
    definition = TaskDefinition(TaskDefinitionId(3), 0, tuple(map(OperatorId, powers)), 4)
    quorum = compute_quorum(definition, operators, StoredTotal(4040, 4040))
    assert (quorum.required_approve, quorum.required_reject) == (2693, 1346)
    assert (quorum.attainable, quorum.spare_operators, quorum.pivotal) == (3120, 1, ())
    assert judge(quorum) is Verdict.LIVE
    assert judge(quorum, is_expired=True) is Verdict.DEAD
    assert judge(compute_quorum(definition, operators, StoredTotal(4041, 4041))) is Verdict.STALE
    assert judge(compute_quorum(definition, operators, StoredTotal(7040, 7040))) is Verdict.DEAD


@given(operators=operator_sets(), definition=definitions())
def test_members_are_the_list_or_all_that_are_active_each_with_the_first_reason(operators, definition):
    members = list_members(definition, operators)
    listed = definition.restricted_operator_ids
    assert [m.operator_id for m in members] == (list(listed) or [o.operator_id for o in operators if o.is_active])
    for member in members:
        if member.operator_id > len(operators):
            assert (member.operator, member.reason) == (None, "unknown")
            continue
        operator = operators[member.operator_id - 1]
        below = "below_minimum" if operator.voting_power < definition.minimum_voting_power else None
        assert (member.operator, member.reason) == (operator, below if operator.is_active else "inactive")
    eligible = {m.operator_id for m in members if m.reason is None}
    assert eligible == {o.operator_id for o in find_eligible(definition, operators)}


@given(operators=operator_sets(), definition=definitions(), total=st.integers(0, 40), expiry=st.integers(0, 10))
def test_the_verdict_is_the_first_that_applies_and_the_findings_follow_it(operators, definition, total, expiry):
    details = TaskDetails("", expiry, 0, 0, 0, 0)
    found = assess(definition, details, operators, StoredTotal(total, None), 5)
    quorum = found.quorum
    expected = Verdict.LIVE
    if quorum.pivotal:
        expected = Verdict.FRAGILE
    if total != recompute_total(definition, operators):
        expected = Verdict.STALE
    if expiry <= 5 or not any(passes(attesters, total) for attesters in admissible_sets(definition, operators)):
        expected = Verdict.DEAD
    assert (found.verdict, found.is_expired) == (expected, expiry <= 5)
    codes = [finding.code for finding in check_assessments([found])]
    assert ("dead" in codes, "fragile" in codes) == (expected is Verdict.DEAD, expected is Verdict.FRAGILE)
    assert ("stale" in codes) is quorum.is_stale
    listed = definition.restricted_operator_ids
    assert ("unknown_ids_listed" in codes) is any(i > len(operators) for i in listed)
    dead = [i for i in listed if i <= len(operators) and not operators[i - 1].is_active]
    assert ("dead_ids_listed" in codes) is bool(dead)


def test_an_expiry_that_is_unknown_is_said_to_be():
    found = assess(TaskDefinition(TaskDefinitionId(1), 0, ()), None, [], StoredTotal(0, None), 5)
    assert (found.is_expired, found.verdict) == (None, Verdict.DEAD)


@pytest.mark.parametrize(("total", "approve", "reject"), [(0, 0, 0), (1, 0, 0), (2, 1, 0), (3, 2, 1), (180, 120, 60)])
def test_thirds_are_rounded_down_and_nothing_passes_at_zero(total, approve, reject):
    operators = [L2Operator(OperatorId(1), Address(f"0x{1:040x}"), 10**30, is_active=True)]
    quorum = compute_quorum(TaskDefinition(TaskDefinitionId(1), 0, ()), operators, StoredTotal(total, None))
    assert (quorum.required_approve, quorum.required_reject) == (approve, reject)
    assert quorum.is_attainable is (approve > 0)


def test_ids_listed_twice_count_once():
    operators = [L2Operator(OperatorId(i), Address(f"0x{i:040x}"), 60, is_active=True) for i in (1, 2)]
    twice = TaskDefinition(TaskDefinitionId(1), 0, (OperatorId(2),) * 3)
    quorum = compute_quorum(twice, operators, StoredTotal(180, 180))
    assert (quorum.attainable, quorum.recomputed_total) == (60, 60)
    assert judge(quorum) is Verdict.DEAD


def test_numbers_as_large_as_contracts_hold():
    operators = [L2Operator(OperatorId(1), Address(f"0x{1:040x}"), 2**256 - 1, is_active=True)]
    definition = TaskDefinition(TaskDefinitionId(1), 2**256 - 1, (OperatorId(1), OperatorId(2**256 - 1)), 2**256 - 1)
    quorum = compute_quorum(definition, operators, StoredTotal(2**256 - 1, None))
    assert (quorum.attainable, quorum.pivotal, judge(quorum)) == (2**256 - 1, (1,), Verdict.FRAGILE)


def test_many_operators():
    operators = [L2Operator(OperatorId(i), Address(f"0x{i:040x}"), 10**18 + i, is_active=True) for i in range(1, 5001)]
    total = sum(operator.voting_power for operator in operators)
    quorum = compute_quorum(TaskDefinition(TaskDefinitionId(1), 0, (), 4000), operators, StoredTotal(total, total))
    assert quorum.attainable == sum(operator.voting_power for operator in operators[1000:])
