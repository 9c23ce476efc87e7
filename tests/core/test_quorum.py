"""The quorum model against a naive one that tries every admissible set of attesters."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.operators import L2Operator
from avsctl.core.quorum import StoredTotal, Verdict, compute_quorum, judge
from avsctl.core.tasks import TaskDefinition, find_eligible, recompute_total
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
