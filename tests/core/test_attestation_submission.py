"""The model of submitTask against a second one, and each of its refusals alone and before every later one."""

from dataclasses import replace
from itertools import combinations

import pytest
from attestation_case import (
    NEVER,
    STRANGER,
    V1,
    V2,
    V3,
    attempt_of,
    conditions_of,
    define,
    naive_of,
    refusal,
)

from avsctl.core.attestation.conditions import (
    Accepted,
    Hook,
    Party,
    Rejected,
    Standing,
    find_standing,
    list_unforeseen,
)
from avsctl.core.attestation.submission import submit
from avsctl.core.deployment import Generation
from avsctl.core.operators import L2Operator

ALL = tuple(range(1, 13))
NINE = tuple(range(4, 13))
"""7440 of 8160; 5440 approve, 2720 reject."""
OPEN = define(1)


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
