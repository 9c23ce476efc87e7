"""Proposals from their broadcast to what they leave behind."""

from dataclasses import replace

import pytest
from attestation_case import (
    GONE,
    LEFT,
    OBLS,
    STRANGER,
    V1,
    attempt_of,
    conditions_of,
    define,
    propose,
    recount,
    sets_of,
    update_of,
)
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.attestation.aftermath import look_after
from avsctl.core.attestation.conditions import Accepted, Hook, Party, Refused, Rejected, Standing
from avsctl.core.attestation.processing import process_powers
from avsctl.core.attestation.rehearsal import Knowledge, Task, hand_in, rehearse
from avsctl.core.attestation.submission import submit
from avsctl.core.attestation.votes import Conduct, Vote
from avsctl.core.deployment import Generation
from avsctl.core.proposals import propose_powers
from avsctl.core.quorum import Verdict

ANSWERS = {3: 837, 5: 70, 8: 0}
SYNC = define(10001, ids=(3, 5, 8, 12), own_total=2880)
TOTALS = define(10002)
FOUR = define(1, ids=(1, 2, 3, 4), own_total=1120)
ABOVE_500 = define(2, minimum=500, own_total=7040)
CONDITIONS = conditions_of(SYNC, TOTALS, FOUR, ABOVE_500, last_commit_l1=40, last_commit_l2=90)
SETS = sets_of(CONDITIONS.state, ANSWERS)
KNOWN = Knowledge(then=SETS, now=SETS, l1_head=50)
HONEST = update_of([(3, 477)], [(5, 450), (8, 800)])


def task_of(update=HONEST, task_definition_id=10001, sender="0x3"):
    return Task(propose(task_definition_id, update), b"hash", Party("0x12"), Party(sender))


def becoming_stale(aftermath):
    return tuple(each.task_definition_id for each in aftermath.definitions if each.becomes_stale)


def test_an_honest_update_lands():
    seen = rehearse(task_of(), CONDITIONS, KNOWN, Conduct())
    assert (seen.faults, seen.is_right, seen.votes.ids(Vote.APPROVE)) == ((), True, (3, 5, 8, 12))
    assert seen.attempt == attempt_of((3, 5, 8, 12), 10001, HONEST, performer=Party("0x12"), sender=Party("0x3"))
    assert seen.answer == submit(CONDITIONS, seen.attempt)
    assert isinstance(seen.answer, Accepted)
    left = seen.aftermath
    assert [(each.operator_id, each.power.before, each.power.after) for each in left.powers] == [
        (3, 360, 837),
        (5, 520, 70),
        (8, 800, 0),
    ]
    assert (left.global_total.before, left.global_total.after, left.global_total.delta) == (8160, 7387, -773)
    assert becoming_stale(left) == (1, 2, 10001)
    assert left.drift.in_sync
    verdicts = {each.task_definition_id: (each.before.verdict, each.after.verdict) for each in left.definitions}
    assert verdicts[1] == (Verdict.FRAGILE, Verdict.STALE)
    assert verdicts[10001] == (Verdict.FRAGILE, Verdict.STALE)


def test_screen_7_is_refused_and_leaves_the_hash_usable():
    seen = rehearse(task_of(), CONDITIONS, KNOWN, Conduct(offline=frozenset({12})))
    assert seen.answer == Refused("InsufficientVotingPower")
    assert (seen.attempt.attester_ids, seen.tally.margin, seen.aftermath) == ((3, 5, 8), -240, None)


@pytest.mark.parametrize(
    "update",
    [
        update_of([(3, 476)], [(5, 450), (8, 800)]),
        update_of([], [(5, 450), (8, 800)]),
        update_of([(3, 477), (1, 1)], [(5, 450), (8, 800)]),
        update_of([(3, 477)], [(5, 450), (8, 400), (8, 400)]),
        replace(HONEST, to_block_l1=51),
        replace(HONEST, to_block_l2=90),
    ],
)
def test_a_proposal_that_is_wrong_is_rejected_and_burned(update):
    seen = rehearse(task_of(update), CONDITIONS, KNOWN, Conduct())
    assert (seen.is_right, seen.votes.ids(Vote.REJECT)) == (False, (3, 5, 8, 12))
    assert isinstance(seen.answer, Rejected)
    assert seen.answer.after == replace(CONDITIONS, burned=frozenset({b"hash"}))
    assert (seen.aftermath.powers, becoming_stale(seen.aftermath)) == ((), ())
    assert len(seen.aftermath.drift.drifted) == 3
    again = rehearse(task_of(), seen.answer.after, KNOWN, Conduct())
    assert again.answer == Refused("MessageAlreadySigned")


def test_views_and_dissent_carry_a_wrong_update_through_to_the_contract():
    wrong = replace(HONEST, to_block_l2=101)
    everyone = Conduct(views=dict.fromkeys((3, 5, 8, 12), True))
    seen = rehearse(task_of(wrong), CONDITIONS, KNOWN, everyone)
    assert seen.answer == Refused("InvalidToBlockL2VsCurrentHeight", (101, 101))


def test_who_is_left_out_may_be_lowered_to_0():
    sets = sets_of(CONDITIONS.state, ANSWERS | {10: LEFT, 12: GONE})
    update = update_of([(3, 477)], [(5, 450), (8, 800), (10, 1040)])
    seen = rehearse(task_of(update), CONDITIONS, Knowledge(sets, None, sets, 50), Conduct())
    assert (seen.is_right, [row.operator_id for row in seen.comparison.unsettled]) == (True, [10])
    assert [row.operator_id for row in seen.aftermath.drift.rows if row.delta] == [12]


def test_what_was_not_read_is_not_compared():
    seen = rehearse(task_of(), CONDITIONS, Knowledge(), Conduct())
    assert (seen.comparison, seen.is_right, seen.aftermath.drift) == (None, True, None)


def test_an_ordinary_task_goes_the_same_way():
    seen = rehearse(task_of(None, 1), CONDITIONS, Knowledge(), Conduct(offline=frozenset({4})))
    assert (seen.comparison, seen.faults, seen.tally.margin) == (None, (), 720 - 746)
    assert seen.answer == Refused("InsufficientVotingPower")
    seen = rehearse(task_of(None, 1), CONDITIONS, Knowledge(), Conduct())
    assert isinstance(seen.answer, Accepted)
    assert seen.aftermath.powers == ()


@pytest.mark.parametrize("generation", Generation)
def test_a_task_of_a_definition_that_is_not_there(generation):
    seen = rehearse(task_of(None, 7), conditions_of(generation=generation), Knowledge(), Conduct())
    assert (seen.tally, seen.votes.ballots, seen.answer) == (None, (), Refused("TaskDefinitionNotFound", (7,)))


def test_v1_and_its_definition_0():
    seen = rehearse(task_of(None, 0), conditions_of(generation=V1), Knowledge(), Conduct())
    assert isinstance(seen.answer, Accepted)
    assert seen.tally.quorum.required_approve == 5440


def test_totals_are_recomputed_from_the_state_given_or_the_present_one():
    stale = CONDITIONS.state.put(replace(FOUR, own_total=9))
    conditions = replace(CONDITIONS, state=stale)
    calls = [recount(1, ids=(1, 2, 3, 4))]
    seen = rehearse(task_of(calls, 10002), conditions, Knowledge(), Conduct())
    assert seen.is_right
    assert seen.answer.after.state.find(1).own_total == 1120
    assert (seen.aftermath.powers, becoming_stale(seen.aftermath)) == ((), ())
    then = stale.put(replace(ABOVE_500, own_total=1))
    assert not rehearse(task_of(calls, 10002), conditions, Knowledge(totals_then=then), Conduct()).is_right


def test_others_than_the_tally_chooses_may_be_handed_in():
    seen = rehearse(task_of(), CONDITIONS, KNOWN, Conduct())
    forced = hand_in(task_of(), seen.tally, (1, 12))
    assert submit(CONDITIONS, forced) == Refused("InvalidRestrictedAttester", (10001, 1))


def test_hooks_and_strangers_are_told():
    conditions = replace(CONDITIONS, hooks=frozenset(Hook))
    task = replace(task_of(), sender=Party(STRANGER, Standing.UNREGISTERED))
    seen = rehearse(task, conditions, KNOWN, Conduct())
    assert (seen.unforeseen, seen.answer) == (
        (Hook.FEE_CALCULATOR,),
        Refused("OperatorNotRegistered", (STRANGER,)),
    )


# What is left behind


def test_ghost_power_is_told_with_what_it_makes_stale():
    landed = process_powers(CONDITIONS, update_of([(99, 1000)]))
    left = look_after(CONDITIONS, landed, SETS)
    assert [(each.operator_id, each.power.delta) for each in left.powers] == [(99, 1000)]
    assert left.global_total.after == 9160
    assert becoming_stale(left) == (10002,)  # counts from the sum
    assert left.drift.drifted == look_after(CONDITIONS, CONDITIONS, SETS).drift.drifted


def test_drift_is_unknown_where_l1_was_not_asked_about_someone():
    partial = replace(SETS, l1=SETS.l1[1:])
    assert look_after(CONDITIONS, CONDITIONS, partial).drift is None
    assert look_after(CONDITIONS, CONDITIONS, None).drift is None


def test_what_was_stale_before_does_not_become_so():
    conditions = replace(CONDITIONS, state=CONDITIONS.state.put(replace(FOUR, own_total=8160)))
    landed = process_powers(conditions, update_of([(1, 1)]))
    assert becoming_stale(look_after(conditions, landed, None)) == ()
    assert becoming_stale(look_after(CONDITIONS, landed, None)) == (1,)


POWERS = st.lists(st.tuples(st.integers(1, 20), st.sampled_from((True, True, False))), min_size=2, max_size=7)
ANSWER = st.integers(0, 20) | st.sampled_from((LEFT, GONE))


@given(
    powers=POWERS, answers=st.dictionaries(st.integers(1, 7), ANSWER), generation=st.sampled_from(list(Generation)[1:])
)
def test_an_honest_proposal_that_everyone_attests_is_never_rejected(powers, answers, generation):
    conditions = conditions_of(define(10001), generation=generation, powers=powers)
    sets = sets_of(conditions.state, answers)
    task = task_of(propose_powers(sets, 50, 100), sender="0xS")
    seen = rehearse(task, conditions, Knowledge(sets, None, sets, 50), Conduct())
    assert seen.attempt.is_approved
    assert isinstance(seen.answer, Accepted) is seen.tally.is_approvable
    if isinstance(seen.answer, Accepted):
        drifted = {row.operator_id for row in seen.aftermath.drift.drifted if row.active_on_l2}
        assert drifted <= set(task.proposal.update.left_out)
        assert conditions.obls == OBLS
