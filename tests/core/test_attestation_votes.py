"""Votes, what is handed in of them, and who is needed, against every set of attesters."""

from itertools import combinations, product

import pytest
from attestation_case import V1, V2, attempt_of, conditions_of, define, operators_of, state_of
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.attestation.conditions import Accepted, Rejected, assess_rules
from avsctl.core.attestation.submission import submit
from avsctl.core.attestation.tally import find_smallest_passing_set, tally_votes
from avsctl.core.attestation.votes import Ballot, Conduct, Reason, Vote, aggregate, cast_votes
from avsctl.core.tasks import find_eligible

SYNC = define(10001, ids=(3, 5, 8, 12), own_total=2880)
"""Of screen 7: 1920 approve, 960 reject."""


def poll(definition, conduct, is_right=True, **given_):
    state = state_of(definition, **given_)
    task_definition_id = definition.definition.task_definition_id
    assessment = assess_rules(state, task_definition_id)
    votes = cast_votes(assessment.definition, state, conduct, is_right=is_right)
    return votes, tally_votes(votes, assessment, state.operators)


def ids(*numbers):
    return frozenset(numbers)


@pytest.mark.parametrize(
    ("conduct", "is_right", "approve", "reject", "offline"),
    [
        (Conduct(), True, (3, 5, 8, 12), (), ()),
        (Conduct(), False, (), (3, 5, 8, 12), ()),
        (Conduct(offline=ids(12)), True, (3, 5, 8), (), (12,)),
        (Conduct(dissent=ids(12)), True, (3, 5, 8), (12,), ()),
        (Conduct(dissent=ids(12)), False, (12,), (3, 5, 8), ()),
        (Conduct(offline=ids(12), dissent=ids(12)), True, (3, 5, 8), (), (12,)),
        (Conduct(attesters=ids(3, 12)), True, (3, 12), (), (5, 8)),
        (Conduct(attesters=ids(3, 12), offline=ids(3)), True, (12,), (), (3, 5, 8)),
        (Conduct(attesters=ids()), True, (), (), (3, 5, 8, 12)),
        (Conduct(views={5: False, 8: True}), True, (3, 8, 12), (5,), ()),
        (Conduct(views={5: False, 8: True}), False, (8,), (3, 5, 12), ()),
        (Conduct(views={5: False}, dissent=ids(5)), True, (3, 5, 8, 12), (), ()),
        (Conduct(views={5: False}, offline=ids(5)), True, (3, 8, 12), (), (5,)),
    ],
)
def test_who_votes_how(conduct, is_right, approve, reject, offline):
    votes, _ = poll(SYNC, conduct, is_right)
    assert tuple(map(votes.ids, Vote)) == (approve, reject, offline)
    assert votes.ineligible == ()


def test_votes_stand_strongest_first_with_their_reasons():
    conduct = Conduct(offline=ids(3), attesters=ids(3, 5, 12), views={5: True}, dissent=ids(12))
    votes, _ = poll(SYNC, conduct)
    assert votes.ballots == (
        Ballot(12, 1200, Vote.REJECT, Reason.DISSENT),
        Ballot(8, 800, Vote.OFFLINE, Reason.NOT_CALLED),
        Ballot(5, 520, Vote.APPROVE, Reason.OWN_VIEW),
        Ballot(3, 360, Vote.OFFLINE, Reason.OFFLINE),
    )
    assert poll(SYNC, Conduct())[0].ballots[0].reason is Reason.OWN_RECOMPUTATION


@pytest.mark.parametrize("generation", [V1, V2])
def test_who_may_not_attest_does_not_and_is_named_with_the_error(generation):
    definition = define(1, minimum=300, ids=(1, 3, 4, 5, 99), own_total=760)
    powers = (120, 240, 360, 400, None, 640)
    conduct = Conduct(attesters=ids(1, 2, 3, 5, 99))
    votes, _ = poll(definition, conduct, generation=generation, powers=powers)
    listed = "InvalidRestrictedOperator" if generation is V1 else "InvalidRestrictedAttester"
    below = "OperatorDoesNotHaveMinimumVotingPower"
    assert [(each.operator_id, each.error) for each in votes.ineligible] == [
        (1, below),
        (2, listed),
        (5, below),
        (99, below),
    ]
    assert votes.ids(Vote.APPROVE) == (3,)
    for each in votes.ineligible:
        conditions = conditions_of(definition, generation=generation, powers=powers)
        assert submit(conditions, attempt_of((each.operator_id,))).error == each.error
    asleep, _ = poll(define(1), Conduct(offline=ids(5)), generation=generation, powers=powers)
    assert [(each.operator_id, each.error) for each in asleep.ineligible] == [(5, "InactiveOperator")]


def test_the_figures_of_screen_7():
    _, tally = poll(SYNC, Conduct(offline=ids(12)))
    assert (tally.approving.signed, tally.quorum.required_approve, tally.margin) == (1680, 1920, -240)
    assert (tally.smallest_passing_set, tally.quorum.pivotal) == ((8, 12), (12,))
    assert (tally.is_approvable, tally.is_rejectable, tally.handed_in) == (False, False, tally.approving)
    assert (tally.approving.attester_ids, tally.rejecting.attester_ids) == ((3, 5, 8), ())


def test_a_third_can_reject_first():
    _, tally = poll(SYNC, Conduct(dissent=ids(12)))
    assert (tally.is_approvable, tally.is_rejectable, tally.is_contested) == (False, True, False)
    assert (tally.hands_in_approval, tally.handed_in.attester_ids) == (False, (12,))
    _, tally = poll(define(1), Conduct(dissent=ids(5, 10, 12)))  # 2760 of 2720, and 5400 of 5440
    assert (tally.is_approvable, tally.is_rejectable, tally.is_contested) == (False, True, False)
    _, tally = poll(define(1), Conduct(dissent=ids(5, 8, 12)), powers=(4, 4, 4, 4, 1, 4, 4, 1, 4, 4, 4, 10))
    assert (tally.quorum.required_approve, tally.quorum.required_reject) == (32, 16)
    assert (tally.is_approvable, tally.is_contested, tally.handed_in.signed) == (True, False, 36)


def test_both_may_land_first_where_they_hit_their_quorums_exactly():
    _, tally = poll(define(1), Conduct(dissent=ids(1)), powers=(1, 2))
    assert (tally.is_contested, tally.hands_in_approval) == (True, True)
    _, tally = poll(define(1), Conduct(dissent=ids(1)), powers=(2, 4))
    assert (tally.is_contested, tally.margin) == (True, 0)


@pytest.mark.parametrize(
    ("offline", "dissent", "approves"),
    [((12, 11), (10,), True), ((12,), (9, 10), True), ((3, 4, 5, 6, 7, 8, 9), (11, 12), False)],
)
def test_where_neither_suffices_the_heavier_side_is_handed_in(offline, dissent, approves):
    _, tally = poll(define(1), Conduct(offline=ids(*offline), dissent=ids(*dissent)))
    assert not tally.is_approvable
    assert not tally.is_rejectable
    assert tally.hands_in_approval is approves


def test_the_strongest_are_handed_in_up_to_the_maximum():
    _, tally = poll(define(1, most=5), Conduct(offline=ids(12)))
    assert (tally.approving.attester_ids, tally.approving.signed) == ((7, 8, 9, 10, 11), 4680)
    assert tally.approving.not_handed_in == (1, 2, 3, 4, 5, 6)
    ballots = [Ballot(each, 5, Vote.APPROVE, Reason.DISSENT) for each in (4, 2, 3, 1)]
    assert aggregate(ballots, 2).attester_ids == (1, 2)
    assert aggregate(ballots, 0).attester_ids == (1, 2, 3, 4)
    assert aggregate([], 3) == aggregate([], 0)


def test_nobody_approves_where_the_maximum_keeps_the_quorum_out_of_reach():
    _, tally = poll(define(1, most=5), Conduct())
    assert (tally.approving.signed, tally.margin, tally.smallest_passing_set) == (5120, -320, ())


@pytest.mark.parametrize("short", [0, 1])
def test_quorum_hit_exactly_and_missed_by_one_wei(short):
    powers = (5440 - short, 2720 + short)
    _, tally = poll(define(1), Conduct(offline=ids(2)), powers=powers)
    assert (tally.margin, tally.is_approvable) == (-short, not short)
    assert tally.smallest_passing_set == ((1, 2) if short else (1,))


# Against every set


POWERS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from((True, True, False))), min_size=1, max_size=6)
DEFINITIONS = st.builds(
    define,
    minimum=st.sampled_from((0, 0, 2, 5)),
    ids=st.just(()) | st.sets(st.integers(1, 7), max_size=5).map(sorted),
    most=st.sampled_from((0, 0, 1, 2, 3)),
    own_total=st.integers(0, 30),
)
VOTES = st.lists(st.sampled_from(Vote), min_size=6, max_size=6)


def accepted_sets(conditions, is_approved=True):
    """Every set of attesters that submitTask takes."""
    highest = len(conditions.state.operators)
    for flags in product((False, True), repeat=highest):
        chosen = tuple(at for at, is_in in enumerate(flags, 1) if is_in)
        if isinstance(submit(conditions, attempt_of(chosen, is_approved=is_approved)), Accepted | Rejected):
            yield frozenset(chosen)


@given(powers=POWERS, definition=DEFINITIONS)
def test_the_smallest_passing_set_and_the_pivotal_operators_are_those_of_all_sets_tried(powers, definition):
    conditions = conditions_of(definition, powers=powers)
    state, passing = conditions.state, list(accepted_sets(conditions))
    quorum = state.assess(1).quorum
    found = find_smallest_passing_set(find_eligible(definition.definition, state.operators), quorum)
    if not passing:
        assert (found, quorum.pivotal, quorum.is_attainable) == ((), (), False)
        return
    power = {each.operator_id: each.voting_power for each in state.operators}
    fewest = [each for each in passing if len(each) == min(map(len, passing))]
    best = min(fewest, key=lambda chosen: (-sum(power[each] for each in chosen), sorted(chosen)))
    assert found == tuple(sorted(best))
    assert set(quorum.pivotal) == frozenset.intersection(*passing)


@given(powers=POWERS, definition=DEFINITIONS, cast=VOTES)
def test_what_is_handed_in_lands_exactly_where_some_set_of_those_who_vote_so_does(powers, definition, cast):
    conditions = conditions_of(definition, powers=powers)
    chosen = {vote: ids(*(at for at, each in enumerate(cast, 1) if each is vote)) for vote in Vote}
    conduct = Conduct(offline=chosen[Vote.OFFLINE], dissent=chosen[Vote.REJECT])
    votes = cast_votes(definition.definition, conditions.state, conduct, is_right=True)
    tally = tally_votes(votes, conditions.state.assess(1), conditions.state.operators)
    for vote, is_enough, handed_in in (
        (Vote.APPROVE, tally.is_approvable, tally.approving),
        (Vote.REJECT, tally.is_rejectable, tally.rejecting),
    ):
        is_approved = vote is Vote.APPROVE
        able = frozenset(votes.ids(vote))
        assert is_enough is any(each <= able for each in accepted_sets(conditions, is_approved))
        answer = submit(conditions, attempt_of(handed_in.attester_ids, is_approved=is_approved))
        assert isinstance(answer, Accepted | Rejected) is is_enough
        assert sorted((*handed_in.attester_ids, *handed_in.not_handed_in)) == sorted(able)


@given(powers=POWERS, definition=DEFINITIONS)
def test_without_a_pivotal_operator_nothing_passes_and_without_another_something_does(powers, definition):
    conditions = conditions_of(definition, powers=powers)
    quorum = conditions.state.assess(1).quorum
    if quorum.is_attainable:
        for each in operators_of(powers):
            conduct = Conduct(offline=ids(each.operator_id))
            votes = cast_votes(definition.definition, conditions.state, conduct, is_right=True)
            tally = tally_votes(votes, conditions.state.assess(1), conditions.state.operators)
            assert tally.is_approvable is (each.operator_id not in quorum.pivotal)


def test_every_set_of_four_is_told_from_every_other():
    conditions = conditions_of(SYNC)
    passing = {
        chosen
        for size in range(5)
        for chosen in combinations((3, 5, 8, 12), size)
        if isinstance(submit(conditions, attempt_of(chosen, 10001, is_approved=False)), Rejected)
    }
    assert {chosen for chosen in passing if len(chosen) == 1} == {(12,)}
    assert (3, 5) not in passing  # 880 of 960
    assert (3, 8) in passing
