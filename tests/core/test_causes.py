"""The rules that explain drift: a table for what each set of facts means, and properties over all of them."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.cause_facts import (
    CauseCode,
    L2Since,
    NoThen,
    OldListing,
    OperatorFacts,
    Seen,
    Shift,
    StakeSettings,
    Then,
    Write,
    changed_settings,
)
from avsctl.core.causes import explain
from avsctl.core.deployment import Generation
from avsctl.core.operators import L1Operator, NotAnOperator, Unreadable, VotingPowerRead

FIRST, SECOND, ADDRESS = ("0x" + letter * 40 for letter in "abc")
SETTINGS = StakeSettings(((FIRST, 1), (SECOND, 2)), 0, 0)
DOUBLED = replace(SETTINGS, multipliers=((FIRST, 2), (SECOND, 2)))
SHORTER = replace(SETTINGS, multipliers=((FIRST, 1),))
CAP = replace(SETTINGS, max_effective_balance=150)
SEEN = Seen(9, "0x" + "7" * 64)
POWER_CODES = {
    "pending_sync",
    "multiplier_changed",
    "staking_contracts_changed",
    "capped",
    "cap_lifted",
    "wrong_sync",
    "direct_write",
    "registered_since_sync",
    "mismatch",
}


def facts(l1=100, l2=100, *, registered=True, active=True, operator_id=3, generation=Generation.V2, **others):
    answer = VotingPowerRead(l1) if isinstance(l1, int) else l1
    who = L1Operator(ADDRESS, registered, answer)
    return OperatorFacts(generation, operator_id, ADDRESS, who, active, l2, **({"settings": SETTINGS} | others))


def then(power=100, settings=SETTINGS, registered=True):
    return Then(7, power, registered, settings)


def shift(delta, *codes, block=9):
    return Shift(Seen(block), codes, delta)


MULTIPLIER, CONTRACTS, CAPPED = (
    CauseCode.MULTIPLIER_CHANGED,
    CauseCode.STAKING_CONTRACTS_CHANGED,
    CauseCode.CAPPED,
)
LISTED = (OldListing(2, (3,), (4, 9)),)
PRUNED = NoThen("pruned")
SOUGHT = NoThen("sought", was_sought=True)
TABLE = {
    "in sync": (facts(), []),
    "stake rose": (facts(150, then=then()), ["pending_sync"]),
    "stake fell": (facts(50, then=then()), ["pending_sync"]),
    "stake is gone": (facts(0, then=then()), ["pending_sync"]),
    "the sync was wrong": (facts(100, 80, then=then(), since=L2Since(left_with=80)), ["wrong_sync"]),
    "a syncer wrote": (facts(100, 80, then=then(), since=L2Since(left_with=100)), ["direct_write"]),
    "both": (facts(100, 80, then=then(), since=L2Since(left_with=90)), ["wrong_sync", "direct_write"]),
    "all three": (
        facts(120, 80, then=then(), since=L2Since(left_with=90)),
        ["pending_sync", "wrong_sync", "direct_write"],
    ),
    "nobody can tell who wrote": (facts(100, 80, then=then(), since=L2Since("pruned")), ["mismatch"]),
    "a write that hides the stake": (facts(120, 120, then=then()), []),
    "registered since": (facts(100, 80, then=then(), since=L2Since(was_active=False)), ["registered_since_sync"]),
    "registered since, and a syncer wrote": (
        facts(100, 80, then=then(), since=L2Since(was_active=False, writes=(Write(SEEN, -9), Write(SEEN, 4)))),
        ["registered_since_sync", "direct_write"],
    ),
    "registered since, and a syncer took back what it wrote": (
        facts(100, 80, then=then(), since=L2Since(was_active=False, writes=(Write(SEEN, -9), Write(SEEN, 9)))),
        ["registered_since_sync"],
    ),
    "multiplier": (facts(150, then=then(settings=DOUBLED), shifts=(shift(50, MULTIPLIER),)), ["multiplier_changed"]),
    "multiplier and stake": (
        facts(150, then=then(settings=DOUBLED), shifts=(shift(40, MULTIPLIER),)),
        ["multiplier_changed", "pending_sync"],
    ),
    "a multiplier of others": (
        facts(150, then=then(settings=DOUBLED), shifts=(shift(0, MULTIPLIER),)),
        ["pending_sync"],
    ),
    "a contract went": (
        facts(60, then=then(settings=SHORTER), shifts=(shift(-40, CONTRACTS),)),
        ["staking_contracts_changed"],
    ),
    "both in one block": (
        facts(60, then=then(settings=SHORTER), shifts=(shift(-40, MULTIPLIER, CONTRACTS),)),
        ["multiplier_changed", "staking_contracts_changed"],
    ),
    "changed, not seen when": (
        facts(60, then=then(settings=SHORTER), shifts=NoThen("no logs")),
        ["staking_contracts_changed", "pending_sync"],
    ),
    "cap lowered": (facts(150, 200, settings=CAP, then=then(200), shifts=(shift(-50, CAPPED),)), ["capped"]),
    "cap lifted": (
        facts(200, 150, then=then(150, CAP), shifts=(shift(50, CAPPED),)),
        ["cap_lifted"],
    ),
    "rose into the cap": (facts(150, settings=CAP, then=then(settings=CAP)), ["pending_sync", "capped"]),
    "below the minimum": (
        facts(50, settings=replace(SETTINGS, min_voting_power=51), then=then()),
        ["pending_sync", "below_minimum"],
    ),
    "below it, in sync": (facts(settings=replace(SETTINGS, min_voting_power=101)), ["below_minimum"]),
    "unregistered": (facts(registered=False, then=then()), ["unregister_not_arrived"]),
    "ejected": (facts(registered=False, then=then(), is_ejected=True), ["eject_not_arrived"]),
    "unregistered, and a syncer wrote": (
        facts(100, 80, registered=False, then=then(), since=L2Since(left_with=100)),
        ["unregister_not_arrived", "direct_write"],
    ),
    "unregistered long ago": (
        facts(100, 80, registered=False, then=then(registered=False)),
        ["unregister_not_arrived"],
    ),
    "left": (facts(NotAnOperator(), generation=Generation.V1), ["left_eigenlayer"]),
    "left and unregistered": (facts(NotAnOperator(), registered=False), ["unregister_not_arrived", "left_eigenlayer"]),
    "not there yet": (facts(100, 0, active=False, operator_id=None), ["register_not_arrived"]),
    "not there again": (facts(100, 0, active=False, operator_id=None, dead_ids=(2,)), ["register_not_arrived"]),
    "old id listed": (facts(dead_ids=(2,), old_listings=LISTED), ["lists_name_old_id"]),
    "ghost": (facts(100, 9, active=False), ["ghost_power"]),
    "dead and gone": (facts(100, 0, active=False), []),
    "two ids": (facts(other_active_ids=(9,)), ["two_active_ids"]),
    "two ids, the newer with another power": (
        facts(100, 7, other_active_ids=(2,), then=then(), since=L2Since(was_active=False)),
        ["two_active_ids"],
    ),
    "unreadable": (facts(Unreadable("x")), ["l1_read_fails"]),
    "unreadable registration": (facts(registered=None), ["l1_read_fails"]),
    "unreadable, but dead": (facts(Unreadable("x"), 9, active=False), ["ghost_power"]),
    "pruned": (facts(150, then=PRUNED), ["pending_sync"]),
    "sought, never had": (facts(150, then=SOUGHT), ["mismatch"]),
}


@pytest.mark.parametrize("name", TABLE)
def test_what_the_facts_mean(name):
    given_, codes = TABLE[name]
    assert list(explain(given_).codes) == codes


@pytest.mark.parametrize(
    ("name", "uncertain"),
    [
        ("both in one block", {"multiplier_changed", "staking_contracts_changed"}),
        ("changed, not seen when", {"staking_contracts_changed", "pending_sync"}),
        ("not there again", {"register_not_arrived"}),
        ("pruned", {"pending_sync"}),
        ("sought, never had", {"mismatch"}),
        ("nobody can tell who wrote", set()),
        ("all three", set()),
    ],
)
def test_what_is_not_certain_is_told_with_what_it_cannot_be_told_from(name, uncertain):
    told = explain(TABLE[name][0])
    assert {cause.code for cause in told.causes if not cause.certain} == uncertain
    named = {code for each in told.not_told_apart for code in each.codes}
    assert uncertain <= named
    assert all(len(each.codes) > 1 and each.why for each in told.not_told_apart)


def test_on_v2_a_zero_may_be_one_that_left_eigenlayer():
    told = {generation: explain(facts(0, generation=generation, then=then())) for generation in Generation}
    assert not told[Generation.V1].not_told_apart
    for generation in (Generation.V2, Generation.V3):
        assert [each.codes for each in told[generation].not_told_apart] == [("pending_sync", "left_eigenlayer")]


def test_evidence_of_stake():
    (cause,) = explain(facts(0, then=then())).causes
    assert cause.evidence == {
        "l1_at_last_sync": 100,
        "l2_now": 100,
        "l1_now": 0,
        "by_stake": -100,
        "change": "to_zero",
        "to_block_l1": 7,
    }
    assert (cause.mended_by_sync, cause.remedy) == (True, ())


def test_evidence_of_settings_names_which_from_to_and_where():
    steps = (Shift(SEEN, (MULTIPLIER,), 50),)
    (cause,) = explain(facts(150, settings=DOUBLED, then=then(), shifts=steps)).causes
    assert cause.evidence == {
        "multipliers": ({"staking_contract": FIRST, "from": "1", "to": "2"},),
        "steps": ({"moved": 50, "block": 9, "transaction": SEEN.transaction},),
    }
    doubled = replace(SETTINGS, multipliers=((FIRST, 1), (FIRST, 1)))
    (cause,) = explain(facts(60, settings=doubled, then=then(), shifts=(shift(-40, CONTRACTS),))).causes
    assert (cause.evidence["added"], cause.evidence["removed"]) == ((FIRST,), (SECOND,))
    (cause,) = explain(TABLE["cap lowered"][0]).causes
    assert (cause.evidence["max_effective_balance"], cause.evidence["at_last_sync"]) == (150, 0)


def test_evidence_of_a_write_names_who():
    since = L2Since(left_with=100, was_active=True, sync=Seen(5), writes=(Write(SEEN, -20, FIRST),))
    (cause,) = explain(facts(100, 80, then=then(), since=since)).causes
    assert cause.evidence["writes"] == ({"by": FIRST, "moved": -20, "block": 9, "transaction": SEEN.transaction},)
    assert cause.mended_by_sync


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("old id listed", ("avsctl task update 2 --restricted 4,9",)),
        ("ghost", ("a voting power syncer lowers id 3 by 9 raw units",)),
        ("unregistered", ("LayerZero message of the unregistering transaction", "governance ejection")),
        ("left", ("unregistering from the AVS",)),
        ("two ids", ("a voting power syncer deactivates id 3 and lowers it to 0",)),
        ("the sync was wrong", ("avsctl power history",)),
    ],
)
def test_what_mends_it(name, remedy):
    assert explain(TABLE[name][0]).causes[-1].remedy == remedy


def test_who_has_unregistered_is_not_told_to():
    gone = facts(NotAnOperator(), 100, registered=False, generation=Generation.V1)
    remedies = {remedy for cause in explain(gone).causes for remedy in cause.remedy}
    assert remedies == {"LayerZero message of the unregistering transaction"}


def test_of_several_ids_the_newest_is_left():
    (cause,) = explain(facts(other_active_ids=(9, 5))).causes
    assert cause.remedy == ("a voting power syncer deactivates ids 3 and 5 and lowers them to 0",)


def test_which_settings_changed():
    assert changed_settings(SETTINGS, DOUBLED) == (MULTIPLIER,)
    assert changed_settings(SETTINGS, SHORTER) == (CONTRACTS,)
    assert changed_settings(SETTINGS, CAP) == (CAPPED,)
    assert changed_settings(SETTINGS, replace(CAP, max_effective_balance=None)) == ()
    assert changed_settings(SETTINGS, replace(SETTINGS, multipliers=SETTINGS.multipliers[::-1])) == ()


# All facts

POWERS = st.sampled_from((0, 1, 80, 100, 150)) | st.integers(0, 2**96)
SEEN_OR_NOT = st.none() | st.builds(Seen, st.integers(0, 99))
ALL_SETTINGS = st.sampled_from((SETTINGS, DOUBLED, SHORTER, CAP, replace(SETTINGS, min_voting_power=90)))
CHANGES = st.sampled_from(
    [
        codes
        for size in range(1, 4)
        for codes in product((MULTIPLIER, CONTRACTS, CAPPED), repeat=size)
        if len({*codes}) == size
    ]
)
SHIFTS = st.just(()) | st.just(PRUNED) | st.tuples(st.builds(Shift, st.just(SEEN), CHANGES, st.integers(-99, 99)))
THENS = st.one_of(
    st.builds(Then, st.integers(0, 99), POWERS, st.booleans(), ALL_SETTINGS),
    st.sampled_from((PRUNED, SOUGHT)),
)
WRITES = st.lists(st.builds(Write, st.just(SEEN), st.integers(-99, 99)), max_size=2).map(tuple)
SINCES = st.builds(L2Since, st.just("pruned"), st.none() | st.booleans(), st.none() | POWERS, SEEN_OR_NOT, WRITES)
ANSWERS = st.builds(VotingPowerRead, POWERS) | st.sampled_from((NotAnOperator(), Unreadable("broken")))


@st.composite
def all_facts(draw):
    active = draw(st.booleans())
    return OperatorFacts(
        draw(st.sampled_from(Generation)),
        3 if active else draw(st.sampled_from((None, 3))),
        ADDRESS,
        L1Operator(ADDRESS, draw(st.sampled_from((True, True, False, None))), draw(ANSWERS)),
        active,
        draw(POWERS) if active else draw(st.sampled_from((0, 9))),
        draw(ALL_SETTINGS),
        draw(st.sampled_from(((), (1, 2)))),
        draw(st.sampled_from(((), (9,)))),
        draw(st.sampled_from(((), LISTED))),
        draw(st.sampled_from((None, True, False))),
        draw(SEEN_OR_NOT),
        then=draw(THENS),
        shifts=draw(SHIFTS),
        since=draw(SINCES),
    )


@given(all_facts())
def test_powers_that_differ_always_have_a_cause(known):
    told = explain(known)
    if known.delta != 0 and (known.operator_id is not None or known.l1.is_registered is not False):
        assert told.causes
    assert told == explain(known)


@given(all_facts())
def test_nothing_contradicts_itself(known):
    told = explain(known)
    codes = set(told.codes)
    assert len(codes) == len(told.codes)
    pairs = (
        {"unregister_not_arrived", "eject_not_arrived"},
        {"capped", "cap_lifted"},
        {"mismatch", "wrong_sync"},
        {"mismatch", "direct_write"},
        {"mismatch", "registered_since_sync"},
        {"register_not_arrived", "unregister_not_arrived"},
        {"l1_read_fails", "left_eigenlayer"},
    )
    assert not any(pair <= codes for pair in pairs)
    if "l1_read_fails" in codes:
        assert not codes & POWER_CODES
    if known.delta == 0:
        assert not codes & POWER_CODES
    if known.is_dead_id:
        assert codes <= {"ghost_power"}
    for cause in told.causes:
        assert not cause.mended_by_sync or (cause.code in POWER_CODES and known.l1_now is not None)
        assert cause.mended_by_sync or cause.remedy
        if not cause.certain:
            named = {code for each in told.not_told_apart for code in each.codes}
            assert cause.code in named or cause.code == "capped"


@given(all_facts())
def test_the_parts_of_the_difference_sum_to_it(known):
    """Where history is known, stake, settings, the sync and the writes after it make up L1 minus L2."""
    if known.l1_now is None or not isinstance(known.then, Then) or known.delta == 0:
        return
    evidence = {cause.code: cause.evidence for cause in explain(known).causes}
    moved = known.l1_now - known.then.voting_power
    if moved and isinstance(known.shifts, tuple) and known.shifts:
        by_stake = evidence.get("pending_sync", {"by_stake": 0})["by_stake"]
        assert by_stake + sum(each.delta for each in known.shifts) == moved
    assert moved + known.then.voting_power - known.l2_voting_power == known.delta
