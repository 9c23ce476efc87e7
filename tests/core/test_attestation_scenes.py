"""Whatever is handed in under whatever conditions: the model answers and leaves what a second one does."""

from dataclasses import replace

from attestation_case import NEVER, OBLS, STRANGER, V1, attempt_of, conditions_of, define, naive_of, recount, update_of
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.attestation.conditions import Accepted, Party, Refused, Rejected, Standing
from avsctl.core.attestation.submission import submit
from avsctl.core.deployment import Generation
from avsctl.core.tasks import find_eligible

IDS = st.integers(0, 7)
AMOUNTS = st.integers(0, 9) | st.integers(0, 3) | st.sampled_from((NEVER, NEVER - 20, 2**255))
ITEMS = st.lists(st.tuples(IDS, AMOUNTS), max_size=4)
FEW = st.lists(st.tuples(IDS, st.integers(0, 3)), max_size=2)
UPDATES = st.builds(
    update_of,
    FEW | ITEMS,
    FEW | ITEMS,
    st.sampled_from((*range(11, 20), 9, 10, NEVER)),
    st.sampled_from((100,) * 9 + (99, 101)),
)
LISTS = st.lists(IDS, max_size=4)
TARGETS = st.sampled_from((OBLS, OBLS, OBLS, STRANGER))
RECOUNTS = st.one_of(
    st.builds(recount, st.integers(0, 3), st.integers(0, 4), number=st.integers(0, 9), target=TARGETS),
    st.builds(recount, st.integers(0, 3), st.integers(0, 4), ids=LISTS),
)
CALLS = st.lists(RECOUNTS, max_size=4)
DEFINITIONS = st.builds(
    define,
    minimum=st.sampled_from((0, 0, 0, 0, 1, 2, 4)),
    ids=st.just(()) | st.just(()) | st.sets(st.integers(1, 6), max_size=4).map(sorted),
    most=st.sampled_from((0, 0, 0, 2, 4)),
    own_total=st.integers(0, 12),
    expiry=st.sampled_from((NEVER,) * 8 + (101, 102)),
)
PARTIES = st.builds(Party, st.just("0x1"), st.sampled_from((Standing.ACTIVE,) * 8 + tuple(Standing)))
SELDOM = st.sampled_from((False,) * 19 + (True,))


def eligible(conditions, task_definition_id):
    rules = conditions.state.find(task_definition_id)
    definition = rules.definition if rules else define().definition
    return sorted(each.operator_id for each in find_eligible(definition, conditions.state.operators))


@st.composite
def scenes(draw):
    """Conditions and an attempt; most of them spoiled by little."""
    generation = draw(st.sampled_from(Generation))
    ids = draw(st.sets(st.sampled_from((0, 1, 2, 3, 10001, 10002, 10003)), min_size=2))
    ids |= {1} if generation is V1 else {10001, 10002}
    definitions = []
    for each in ids:
        found = draw(DEFINITIONS)
        most = 0 if generation is V1 else found.definition.maximum_number_of_attesters
        rules = replace(found.definition, task_definition_id=each, maximum_number_of_attesters=most)
        definitions.append(replace(found, definition=rules))
    if generation is V1:
        definitions = [each for each in definitions if each.definition.task_definition_id]
    powers = draw(st.lists(st.tuples(st.integers(0, 9), st.sampled_from((True, True, False))), min_size=1, max_size=5))
    others = {} if draw(st.booleans()) else dict.fromkeys((0, 6, 7), 3)
    total = sum(power for power, _ in powers) + sum(others.values()) + draw(st.sampled_from((0,) * 6 + (5, 2**255)))
    conditions = conditions_of(
        *definitions,
        generation=generation,
        powers=powers,
        total=total,
        last_commit_l1=10,
        last_commit_l2=99,
        other_powers=others,
        burned=frozenset({b"hash"}) if draw(SELDOM) else frozenset(),
        is_paused=draw(SELDOM),
        is_open_aggregator=draw(SELDOM),
    )
    task_definition_id = draw(st.sampled_from((10001, 10002) * 4 + (*ids, 4)))
    task_definition_id = 1 if generation is V1 and draw(st.booleans()) else task_definition_id
    update = {10001: UPDATES, 10002: CALLS}.get(task_definition_id, st.none())
    attesters = draw(st.sampled_from((eligible(conditions, task_definition_id),) * 6 + (None,)))
    attesters = draw(LISTS) if attesters is None else attesters
    given_ = {"is_performer_signed": not draw(SELDOM), "is_aggregate_signed": not draw(SELDOM)}
    given_ |= {"performer": draw(PARTIES), "sender": draw(PARTIES)}
    return conditions, attempt_of(
        attesters, task_definition_id, draw(update), draw(st.sampled_from((True, True, False))), **given_
    )


@given(scene=scenes())
def test_the_model_answers_and_leaves_what_the_second_one_does(scene):
    conditions, attempt = scene
    chain = naive_of(conditions)
    error, answer = chain.submit(attempt), submit(conditions, attempt)
    if error:
        assert answer == Refused(*error)
        return
    assert isinstance(answer, Accepted if attempt.is_approved else Rejected)
    landed = answer.after
    expected = {each: power for each, power in chain.power.items() if power or each <= len(landed.state.operators)}
    assert landed.powers | {0: landed.powers.get(0, 0)} == expected | {0: expected.get(0, 0)}
    assert landed.state.global_total == chain.total
    assert {each.definition.task_definition_id: each.own_total for each in landed.state.definitions} == {
        i: chain.totals[i] for i in chain.definitions
    }
    assert (landed.last_commit_l1, landed.last_commit_l2) == (chain.last_l1, chain.last_l2)
    assert landed.burned == chain.signed


@given(scene=scenes())
def test_the_running_sum_keeps_its_distance_from_the_powers(scene):
    conditions, attempt = scene
    answer = submit(conditions, attempt)
    if not isinstance(answer, Refused):
        gaps = [each.state.global_total - sum(each.powers.values()) for each in (conditions, answer.after)]
        assert gaps[0] == gaps[1]
