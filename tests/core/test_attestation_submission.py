"""The model of submitTask against a second one, and each of its refusals alone and before every later one."""

from dataclasses import replace
from itertools import combinations

import pytest
from attestation_case import (
    NEVER,
    OBLS,
    POWERS,
    STRANGER,
    V1,
    V2,
    V3,
    attempt_of,
    conditions_of,
    define,
    naive_of,
    recount,
    sets_of,
    update_of,
)
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.attestation.conditions import (
    Accepted,
    Hook,
    Party,
    Refused,
    Rejected,
    Standing,
    find_standing,
    list_unforeseen,
)
from avsctl.core.attestation.processing import process_powers
from avsctl.core.attestation.submission import submit
from avsctl.core.deployment import Generation
from avsctl.core.operators import L2Operator
from avsctl.core.tasks import find_eligible

ALL = tuple(range(1, 13))
NINE = tuple(range(4, 13))
"""7440 of 8160; 5440 approve, 2720 reject."""
OPEN = define(1)


def refusal(conditions, attempt):
    answer = submit(conditions, attempt)
    return (answer.error, *answer.args) if isinstance(answer, Refused) else None


# A task that is good, and what each spoiler does to it


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize(("is_approved", "kind"), [(True, Accepted), (False, Rejected)])
def test_a_task_is_taken_once_and_changes_nothing_else(generation, is_approved, kind):
    conditions = conditions_of(OPEN, generation=generation)
    attempt = attempt_of(NINE, is_approved=is_approved)
    answer = submit(conditions, attempt)
    assert isinstance(answer, kind)
    assert answer.after == replace(conditions, burned=frozenset({b"hash"}))
    assert refusal(answer.after, attempt) == ("MessageAlreadySigned",)
    assert refusal(answer.after, replace(attempt, is_approved=True)) == ("MessageAlreadySigned",)
    assert refusal(answer.after, replace(attempt, task_hash=b"other")) is None


def put(conditions, **change):
    """Change definition 1."""
    found = conditions.state.find(1)
    rules = {k: v for k, v in change.items() if k not in ("own_total", "expiry")}
    details = replace(found.details, block_expiry=change.get("expiry", found.details.block_expiry))
    definition = replace(found.definition, **rules)
    own_total = change.get("own_total", found.own_total)
    made = replace(found, definition=definition, details=details, own_total=own_total)
    return replace(conditions, state=conditions.state.put(made))


def without(conditions, operator_id):
    flags = tuple(
        replace(each, is_active=False) if each.operator_id == operator_id else each
        for each in conditions.state.operators
    )
    return replace(conditions, state=replace(conditions.state, operators=flags))


def weaken(conditions, operator_id):
    powers = tuple(
        replace(each, voting_power=1) if each.operator_id == operator_id else each
        for each in conditions.state.operators
    )
    return replace(conditions, state=replace(conditions.state, operators=powers))


def on(change):
    """A spoiler of the conditions."""
    return lambda conditions, attempt: (change(conditions), attempt)


def by(**change):
    """A spoiler of the attempt."""
    return lambda conditions, attempt: (conditions, replace(attempt, **change))


RESTRICTED = {V1: "InvalidRestrictedOperator", V2: "InvalidRestrictedAttester", V3: "InvalidRestrictedAttester"}
GOOD = (2, 3, 4, 5)
"""Of the good task of definition 1: 1520 of 1440 required; the list is 2 to 6, the minimum 200, the total 2160."""


def good(generation):
    """A task whose definition has everything set."""
    most = 0 if generation is V1 else 5
    definition = define(1, minimum=200, ids=(2, 3, 4, 5, 6), most=most, own_total=2160)
    return conditions_of(definition, generation=generation), attempt_of(GOOD)


def spoilers(generation):
    """Each check with what trips it, in the order of the contract, where it can be told from the next."""
    no_party = Party(STRANGER, Standing.UNREGISTERED)
    listed = [
        ("FlowIsCurrentlyPaused", on(lambda c: replace(c, is_paused=True))),
        ("MessageAlreadySigned", on(lambda c: replace(c, burned=frozenset({b"hash"})))),
        ("InvalidPerformerSignature", by(is_performer_signed=False)),
        ("InvalidTaskDefinition", on(lambda c: put(c, expiry=101))),
        ("InvalidAttesterSet", by(attester_ids=(2, 3, 4, 5, 6, 6))),
        (RESTRICTED[generation], on(lambda c: put(c, restricted_operator_ids=(2, 3, 4, 6)))),
        ("InvalidMaximumNumberOfAttesters", on(lambda c: put(c, maximum_number_of_attesters=3))),
        ("InvalidRequiredVotingPower", on(lambda c: put(c, own_total=1))),
        ("OperatorDoesNotHaveMinimumVotingPower", on(lambda c: weaken(c, 2))),
        ("InactiveOperator", on(lambda c: without(c, 4))),
        ("InsufficientVotingPower", on(lambda c: put(c, own_total=9000))),
        ("InvalidOBLSSignature", by(is_aggregate_signed=False)),
        ("OperatorNotRegistered", by(performer=no_party)),
        ("OperatorNotRegistered", by(sender=replace(no_party, address="0xSENDER"))),
    ]
    return [each for each in listed if generation is not V1 or "Maximum" not in each[0]]


@pytest.mark.parametrize("generation", Generation)
def test_each_refusal_alone(generation):
    assert refusal(*good(generation)) is None
    for error, spoil in spoilers(generation):
        conditions, attempt = spoil(*good(generation))
        assert refusal(conditions, attempt)[0] == error
        assert naive_of(conditions).submit(attempt)[0] == error


@pytest.mark.parametrize("generation", Generation)
def test_of_two_refusals_the_first_shows(generation):
    for (first, spoil), (second, spoil_too) in combinations(spoilers(generation), 2):
        if {first, second} == {"InvalidRequiredVotingPower", "InsufficientVotingPower"}:
            continue  # one total cannot be both
        conditions, attempt = spoil(*spoil_too(*good(generation)))
        assert refusal(conditions, attempt)[0] == first, (first, second)


@pytest.mark.parametrize("generation", Generation)
def test_a_definition_that_is_not_there(generation):
    conditions = conditions_of(OPEN, generation=generation)
    for task_definition_id in (2, 9999, 10001, 65535):
        attempt = attempt_of(NINE, task_definition_id)
        assert refusal(conditions, attempt) == ("TaskDefinitionNotFound", task_definition_id)
        late = replace(attempt, is_performer_signed=False)
        assert refusal(conditions, late) == ("InvalidPerformerSignature",)
    expected = None if generation is V1 else ("TaskDefinitionNotFound", 0)
    assert refusal(conditions, attempt_of(NINE, 0)) == expected


def test_v1_binds_a_task_of_definition_0_by_the_global_total_alone():
    conditions = conditions_of(generation=V1)
    assert refusal(conditions, attempt_of((8, 9, 10, 11, 12), 0)) == ("InsufficientVotingPower",)  # 5120
    assert refusal(conditions, attempt_of((7, 8, 9, 10, 11, 12), 0)) is None
    assert refusal(conditions, attempt_of((9, 99), 0)) == ("InactiveOperator", 99)


@pytest.mark.parametrize(("expiry", "is_refused"), [(100, True), (101, True), (102, False), (None, False)])
def test_a_definition_expires_at_its_block(expiry, is_refused):
    conditions = conditions_of(define(expiry=expiry))
    assert (refusal(conditions, attempt_of(NINE)) == ("InvalidTaskDefinition",)) is is_refused


def test_the_arguments_of_errors():
    conditions, attempt = good(V2)
    assert refusal(conditions, replace(attempt, attester_ids=(2, 7, 8))) == ("InvalidRestrictedAttester", 1, 7)
    assert refusal(without(conditions, 4), attempt) == ("InactiveOperator", 4)
    conditions = conditions_of(define(minimum=400, own_total=7440))
    assert refusal(conditions, attempt_of((1, *NINE))) == ("OperatorDoesNotHaveMinimumVotingPower", 1)
    assert refusal(conditions, attempt_of(NINE)) is None  # 4 has exactly 400
    assert refusal(conditions, attempt_of((*NINE, 99))) == ("OperatorDoesNotHaveMinimumVotingPower", 99)
    ghost = replace(conditions, other_powers={99: 400})
    assert refusal(ghost, attempt_of((*NINE, 99))) == ("InactiveOperator", 99)


def test_attesters_are_looked_at_one_by_one():
    conditions = conditions_of(define(minimum=300, own_total=7800))
    assert refusal(conditions, attempt_of((2, 1))) == ("OperatorDoesNotHaveMinimumVotingPower", 2)
    assert refusal(conditions, attempt_of((3, 1))) == ("InvalidOperatorIndexes",)
    assert refusal(conditions, attempt_of((3, 3))) == ("InvalidOperatorIndexes",)
    assert refusal(without(conditions, 3), attempt_of((3, 1))) == ("InactiveOperator", 3)
    assert refusal(conditions, attempt_of(())) == ("InsufficientVotingPower",)


def test_v1_ignores_a_maximum():
    for generation in (V1, V2):
        conditions = conditions_of(define(most=3), generation=generation)
        expected = None if generation is V1 else ("InvalidMaximumNumberOfAttesters",)
        assert refusal(conditions, attempt_of(NINE)) == expected


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize("role", ["performer", "sender"])
def test_who_performs_and_who_hands_in(generation, role):
    conditions = conditions_of(OPEN, generation=generation)
    gone = attempt_of(NINE, **{role: Party(STRANGER, Standing.UNREGISTERED)})
    asleep = attempt_of(NINE, **{role: Party(STRANGER, Standing.INACTIVE)})
    ours = ("OperatorNotRegistered", STRANGER)
    v1 = ("InactiveTaskPerformer",) if role == "performer" else ("InactiveAggregator",)
    assert refusal(conditions, gone) == ours
    assert refusal(conditions, asleep) == (v1 if generation is V1 else ours)
    conditions = replace(conditions, is_open_aggregator=True)
    expected = None if role == "sender" and generation is not V1 else ours
    assert refusal(conditions, gone) == expected


@pytest.mark.parametrize(("total", "approves", "rejects"), [(0, 0, 0), (1, 0, 0), (2, 1, 0), (3, 1, 1)])
def test_nothing_passes_where_the_required_power_is_0(total, approves, rejects):
    conditions = conditions_of(OPEN, powers=(total,))
    zero = ("InvalidRequiredVotingPower",)
    assert refusal(conditions, attempt_of((1,))) == (None if approves else zero)
    assert refusal(conditions, attempt_of((1,), is_approved=False)) == (None if rejects else zero)


@pytest.mark.parametrize(("is_approved", "required"), [(True, 5440), (False, 2720)])
@pytest.mark.parametrize("short", [0, 1])
def test_the_quorum_is_hit_exactly_or_missed_by_one_wei(is_approved, required, short):
    conditions = conditions_of(OPEN, powers=(required - short, 8160 - required + short))
    expected = ("InsufficientVotingPower",) if short else None
    assert refusal(conditions, attempt_of((1,), is_approved=is_approved)) == expected


@pytest.mark.parametrize(
    ("generation", "definition", "ids", "expected"),
    [
        # a stored 0 counts as the global total, but on V1
        (V1, define(minimum=1100), (11, 12), ("InvalidRequiredVotingPower",)),
        (V2, define(minimum=1100), (11, 12), ("InsufficientVotingPower",)),
        (V3, define(minimum=500), ALL[4:], None),
        (V2, define(ids=(0, 99, NEVER)), (99,), ("InactiveOperator", 99)),
        # counted over everyone, signed by four
        (V2, define(ids=(1, 2, 3, 4), own_total=8160), (1, 2, 3, 4), ("InsufficientVotingPower",)),
        (V2, define(ids=(1, 2, 3, 4), own_total=1120), (2, 3, 4), None),
        (V2, define(own_total=1), (11, 12), ("InsufficientVotingPower",)),  # not counted from
    ],
)
def test_the_total_that_is_counted_from(generation, definition, ids, expected):
    assert refusal(conditions_of(definition, generation=generation), attempt_of(ids)) == expected


# Internal tasks


SYNC, TOTALS = define(10001), define(10002)


def after(update, task_definition_id=10001, *definitions, ids=NINE, **given):
    given = {"last_commit_l1": 40, "last_commit_l2": 90} | given
    conditions = conditions_of(SYNC, TOTALS, *definitions, **given)
    answer = submit(conditions, attempt_of(ids, task_definition_id, update))
    return (answer.error, *answer.args) if isinstance(answer, Refused) else answer.after


def powers_of(conditions):
    return tuple(each.voting_power for each in conditions.state.operators)


def test_an_approved_update_changes_powers_and_the_running_sum_and_commits_its_blocks():
    landed = after(update_of([(1, 7), (3, 5)], [(2, 240)]))
    assert powers_of(landed) == (127, 0, 365, *POWERS[3:])
    assert (landed.state.global_total, landed.last_commit_l1, landed.last_commit_l2) == (8160 - 228, 50, 100)
    assert landed.burned == {b"hash"}


def test_a_rejected_update_changes_nothing():
    conditions = conditions_of(SYNC)
    attempt = attempt_of(NINE, 10001, update_of([(1, 7)], l1=0, l2=0), is_approved=False)
    answer = submit(conditions, attempt)
    assert answer == Rejected(replace(conditions, burned=frozenset({b"hash"})))


@pytest.mark.parametrize(
    ("l1", "l2", "expected"),
    [
        (40, 90, ("InvalidToBlockL1VsLastCommitBlockL1", 41)),
        (0, 0, ("InvalidToBlockL1VsLastCommitBlockL1", 41)),
        (41, 90, ("InvalidToBlockL2VsLastCommitBlockL2", 91)),
        (41, 101, ("InvalidToBlockL2VsCurrentHeight", 101, 101)),
        (NEVER, NEVER, ("InvalidToBlockL2VsCurrentHeight", NEVER, 101)),
    ],
)
def test_the_blocks_of_an_update_in_their_order(l1, l2, expected):
    assert after(update_of([(1, 7)], [(1, 999)], l1=l1, l2=l2)) == expected


@pytest.mark.parametrize(("l1", "l2"), [(41, 91), (41, 100), (NEVER, 100)])
def test_the_block_of_l1_has_no_upper_bound(l1, l2):
    landed = after(update_of([(1, 7)], l1=l1, l2=l2))
    assert (landed.last_commit_l1, landed.last_commit_l2) == (l1, l2)


PANIC = ("Panic", 0x11)


@pytest.mark.parametrize(
    ("increase", "decrease", "expected"),
    [
        ([], [(1, 121)], PANIC),
        ([(1, 1)], [(1, 121)], 0),  # increases come first
        ([], [(1, 60), (1, 60)], 0),
        ([], [(1, 60), (1, 61)], PANIC),  # one by one
        ([], [(99, 1)], PANIC),
        ([(99, 1)], [(99, 1)], 120),
        ([(1, NEVER - 120)], [], PANIC),  # the sum goes above the range
        ([(1, NEVER)], [], PANIC),
    ],
)
def test_powers_stay_in_range_item_by_item(increase, decrease, expected):
    landed = after(update_of(increase, decrease))
    assert (landed if expected == PANIC else powers_of(landed)[0]) == expected


def test_ghost_power_counts_in_the_sum_and_cannot_sign():
    landed = after(update_of([(99, 1000), (0, 1)]), ids=NINE)
    assert (landed.other_powers, landed.state.global_total) == ({99: 1000, 0: 1}, 9161)
    gone = process_powers(replace(landed, block=103), update_of([], [(99, 1000), (0, 1)], l1=51, l2=101))
    assert (gone.other_powers, gone.state.global_total) == ({}, 8160)


def test_a_total_above_half_the_range_takes_no_approval_any_more():
    conditions = conditions_of(OPEN, powers=(2**255,))
    assert refusal(conditions, attempt_of((1,))) == PANIC
    assert refusal(conditions, attempt_of((1,), is_approved=False)) is None


def test_an_update_touches_no_total_of_a_definition():
    four = define(1, ids=(1, 2, 3, 4), own_total=1120)
    landed = after(update_of([], [(4, 400)]), 10001, four)
    assert landed.state.find(1) == four


@pytest.mark.parametrize(
    ("definition", "calls", "expected"),
    [
        (define(1, ids=(1, 2, 3)), [recount(1, ids=(1, 2, 3))], 720),
        (define(1, ids=(1, 2, 3)), [recount(1, ids=(2, 2, 2))], 720),  # trap 14: thrice
        (define(1, ids=(1, 2, 3)), [recount(1, ids=(0, 3, 99))], 360),
        (define(1, ids=(1, 2, 3)), [recount(1, minimum=300, ids=(1, 2, 3))], 360),
        (define(1, minimum=500), [recount(1, minimum=500, number=12)], 7040),
        (define(1, minimum=500), [recount(1, minimum=500, number=6)], 1160),  # the others are left out
        (define(1, minimum=500), [recount(1, minimum=500, number=99)], 7040),
        (define(1, minimum=500), [recount(1, number=1), recount(1, number=2)], 360),  # the last one holds
        (define(1, minimum=500, own_total=3), [recount(2, number=12)], 3),
    ],
)
def test_totals_are_counted_as_obls_counts(definition, calls, expected):
    landed = after(calls, 10002, definition)
    assert landed.state.find(1).own_total == expected
    assert landed.last_commit_l1 == 40


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (recount(number=12, target=STRANGER), ("InternalTransactionNotAllowed", STRANGER, bytes.fromhex("e010f957"))),
        (recount(number=12, data=b"\1\2\3\4"), ("InternalTransactionNotAllowed", OBLS, b"\1\2\3\4")),
        (recount(number=12, data=b""), ("InternalTransactionNotAllowed", OBLS, b"")),
        (replace(recount(number=12), total=None), ("InternalTransactionRevert", b"")),
        (recount(number=NEVER), ("InternalTransactionRevert", b"")),
    ],
)
def test_calls_that_are_not_let_through(call, expected):
    assert after([recount(number=12), call], 10002, define(1, minimum=1)) == expected


def test_a_total_above_the_range_reverts_inside():
    conditions = conditions_of(define(1, ids=(1,)), define(10002, ids=(2,), own_total=9), powers=(2**255, 9))
    attempt = attempt_of((2,), 10002, [recount(1, ids=(1, 1))])
    panic = bytes.fromhex("4e487b71") + (17).to_bytes(32, "big")
    assert refusal(conditions, attempt) == ("InternalTransactionRevert", panic)
    assert naive_of(conditions).submit(attempt) == ("InternalTransactionRevert", (panic,))


def test_an_internal_id_of_neither_kind_changes_nothing():
    conditions = conditions_of(define(10003))
    answer = submit(conditions, attempt_of(NINE, 10003))
    assert answer == Accepted(replace(conditions, burned=frozenset({b"hash"})))


@pytest.mark.parametrize("task_definition_id", [10001, 10002])
def test_data_that_is_no_update_is_refused_without_a_word(task_definition_id):
    assert after(None, task_definition_id) == ("",)


def test_v1_has_no_internal_tasks():
    conditions = conditions_of(SYNC, generation=V1)
    answer = submit(conditions, attempt_of(NINE, 10001, update_of([(1, 7)])))
    assert answer.after.state == conditions.state
    landed = process_powers(conditions, update_of([(1, 7)], [(2, 1)], l1=0, l2=0))  # a syncer's calls
    assert (powers_of(landed)[:2], landed.last_commit_l1) == ((127, 239), 0)


def test_a_total_that_a_getter_hides_goes_on_following_the_global_one():
    hidden = define(1, minimum=1100, own_total=8160, is_raw=False)
    landed = after(update_of([(1, 40)]), 10001, hidden)
    assert landed.state.assess(1).quorum.stored_total == 8200


# Who is who


def test_the_newest_id_of_an_address_says_whom_it_is_taken_for():
    state = conditions_of(powers=(1, None, 2)).state
    twice = replace(state, operators=(*state.operators, L2Operator(4, "0x1", 0, is_active=False)))
    assert find_standing(state, "0x1") is Standing.ACTIVE
    assert find_standing(twice, "0x1") is Standing.UNREGISTERED
    assert find_standing(state, "0x2") is Standing.UNREGISTERED
    assert find_standing(state, STRANGER) is Standing.UNREGISTERED
    again = replace(state, operators=(*state.operators, L2Operator(4, "0x2", 0, is_active=True)))
    assert find_standing(again, "0x2") is Standing.ACTIVE


@pytest.mark.parametrize("generation", Generation)
def test_hooks_that_run_are_named(generation):
    conditions = conditions_of(generation=generation, hooks=frozenset(Hook))
    assert list_unforeseen(conditions, 1) == (Hook.AVS_LOGIC, Hook.FEE_CALCULATOR)
    everything = generation is V1
    assert list_unforeseen(conditions, 10001) == (tuple(Hook) if everything else (Hook.FEE_CALCULATOR,))
    assert list_unforeseen(replace(conditions, hooks=frozenset()), 1) == ()


# Against the second model


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


def test_sets_in_these_tests_say_what_l2_says():
    state = conditions_of().state
    assert all(each.answer.voting_power == power for each, power in zip(sets_of(state).l1, POWERS, strict=True))
