"""The guards: each finding with its code and numbers, on both sides of its edge, on states that the model gives."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.contracts.call import Revert
from avsctl.contracts.keccak import keccak256
from avsctl.core.changes import (
    CreateDefinition,
    DefinitionState,
    L2State,
    Refusal,
    SetList,
    SetMaximum,
    SetMinimum,
    Step,
    apply_setting,
)
from avsctl.core.deployment import Generation
from avsctl.core.findings import CODES, Severity
from avsctl.core.foresight import foresee
from avsctl.core.operators import L1Operator, L2Operator, NotAnOperator, OperatorSets, Unreadable, VotingPowerRead
from avsctl.core.pace import Pace
from avsctl.core.quorum import Verdict
from avsctl.core.tasks import TaskDefinition, TaskDetails, recompute_total
from avsctl.core.units import E18, UINT256_MAX
from avsctl.errors import UsageError
from avsctl.tx.guards import Prospect, check_allowed, check_prospect, refusing
from avsctl.tx.guards.permission import ALLOWABLE
from avsctl.tx.guards.wording import format_power

V1, V2, V3 = Generation
INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL
SENDER = "0x06D05729f338ca3f2d8F9dD50257Fafc0f30acEb"
EVM_BLOCK = 1000
POWERS = (120, 240, 360, 400, 520, 640, 760, 800, 920, 1040, 1160, 1200)
TWELVE = tuple(L2Operator(number, f"0x{number}", p * E18, is_active=True) for number, p in enumerate(POWERS, start=1))
BRINGS_NO_MORE = "and no admissible set of attesters brings more than"
DETAILS = TaskDetails("price-feed", UINT256_MAX, 0, 0, 0, 0)


def defined(definition_id, minimum=0, ids=(), most=0, *, own_total=None, details=DETAILS, operators=TWELVE):
    """A definition in storage, with the total that its settings give unless told."""
    definition = TaskDefinition(definition_id, minimum, tuple(ids), most)
    fresh = recompute_total(definition, operators) if definition.has_own_total else 0
    return DefinitionState(definition, details, fresh if own_total is None else own_total)


def world(*definitions, generation=V2, operators=TWELVE, global_total=None):
    total = sum(operator.voting_power for operator in operators) if global_total is None else global_total
    return L2State(generation, EVM_BLOCK, operators, total, definitions)


def on_l1(operators: Sequence[L2Operator], **powers_e18) -> OperatorSets:
    """Both layers, with other powers on L1 for some: ``op5=70``."""
    drifted = {int(name.removeprefix("op")): power * E18 for name, power in powers_e18.items()}
    l1 = tuple(
        L1Operator(o.address, is_registered=True, answer=VotingPowerRead(drifted.get(o.operator_id, o.voting_power)))
        for o in operators
    )
    return OperatorSets(operators, l1, len(l1), sum(operator.voting_power for operator in operators))


def prospect_of(state, *settings, sets=None, **others):
    """A change as ``prepare`` puts it together, from the model alone."""
    states, reverts = [state], ()
    for place, setting in enumerate(settings, start=1):
        reached = apply_setting(states[-1], setting)
        if isinstance(reached, Refusal):
            reverts = ((place, Revert(reached.error)),)
            break
        states.append(reached)
    ids = sorted({setting.task_definition_id for setting in settings})
    prospect = Prospect(
        generation=state.generation,
        sender=SENDER,
        holds_role=True,
        paused_flows=(),
        steps=tuple(map(Step, settings)),
        reverts=reverts,
        foresights=tuple(foresee(definition_id, tuple(states), sets) for definition_id in ids),
        before=state,
        after=None if reverts else states[-1],
        has_l1=sets is not None,
        unreadable_on_l1=(),
        is_atomic=True,
        is_next_block=True,
        evm_block=EVM_BLOCK,
        is_read_after=True,
        pace=Pace(1, 2),
    )
    return replace(prospect, **others)


def check(state, *settings, sets=None, **others):
    """The findings by code, each code once; without an L1 of its own, everything is in sync."""
    found = check_prospect(prospect_of(state, *settings, sets=sets or on_l1(state.operators), **others))
    assert len({finding.code for finding in found}) == len(found)
    return {finding.code: finding for finding in found}


def brief(finding):
    return finding.severity, finding.subject, finding.text, finding.allow


FEED = defined(3, ids=(4, 5, 6, 7, 8, 9))
CREATED = CreateDefinition(TaskDefinition(4, 0, (4, 5, 6, 7, 8, 9)), DETAILS)


def test_a_good_change_has_no_findings():
    assert check(world(FEED), SetList(3, (4, 5, 6, 7, 8, 9, 10))) == {}
    assert check(world(FEED), SetMaximum(3, 5)) == {}
    assert check(world(FEED), CREATED) == {}
    assert check(world(FEED, generation=V1), SetMinimum(3, 500 * E18), SetList(3, (4, 5, 6, 7, 8, 9))) == {}


def test_an_empty_change_has_no_findings():
    assert check(world(FEED)) == {}


# Calls and their sender


def test_a_sender_without_the_role_cannot_be_allowed():
    (finding,) = check(world(FEED), SetMaximum(3, 5), holds_role=False).values()
    assert (finding.code, finding.severity, finding.allow) == ("role_missing", CRITICAL, None)
    assert SENDER in finding.text


@pytest.mark.parametrize(
    ("flow", "severity"), [("CREATE_NEW_TASK_DEFINITION_FLOW", CRITICAL), ("TASKS_SUBMISSION_FLOW", WARNING)]
)
def test_only_the_flow_of_the_calls_refuses(flow, severity):
    (finding,) = check(world(FEED), SetMaximum(3, 5), paused_flows=(flow,)).values()
    assert (finding.code, finding.severity, finding.subject, finding.allow) == ("flow_paused", severity, flow, None)


def test_a_call_that_reverts_is_named_with_what_it_means_and_nothing_is_said_of_the_end():
    state = world(FEED)
    found = check(state, SetMinimum(3, 500 * E18), SetMaximum(3, 7))
    assert set(found) == {"would_revert"}
    reason = "InvalidMaximumNumberOfAttesters(): the maximum is above the number of operators listed"
    assert brief(found["would_revert"]) == (CRITICAL, "task 3", f"call 2 of 2 would revert: {reason}", None)
    assert found["would_revert"].remedy == ("Lower --max-attesters, or list more operators.",)


def role_id(name):
    return keccak256(name.encode())[:4].ljust(32, b"\0")


NAMED_IN_ITS_PLACE = "AttestationCenter may not write totals to OBLS: another contract was named in its place"
TOO_MUCH = "powers sum to more than 2^256-1, or there is no id left for a definition"
NO_REASON = "no reason is given; too little gas (a minimum is counted over all ids ever), or no such function"


@pytest.mark.parametrize(
    ("revert", "told"),
    [
        (Revert("InvalidBlockExpiry"), "InvalidBlockExpiry(): the expiry is not after the block of the call"),
        (Revert("InvalidRestrictedAttesterIds"), "InvalidRestrictedAttesterIds(): the list is not strictly ascending"),
        (
            Revert("InvalidRestrictedOperatorIndexes"),
            "InvalidRestrictedOperatorIndexes(): the list is not strictly ascending",
        ),
        (Revert("TaskDefinitionNotFound", (7,)), "TaskDefinitionNotFound(7): no such task definition exists"),
        (Revert("FlowIsCurrentlyPaused"), "FlowIsCurrentlyPaused(): CREATE_NEW_TASK_DEFINITION_FLOW is paused"),
        (
            Revert("AccessControlUnauthorizedAccount", (SENDER, role_id("AVS_GOVERNANCE_MULTISIG"))),
            f"AccessControlUnauthorizedAccount({SENDER}, AVS_GOVERNANCE_MULTISIG): the sender does not hold that role",
        ),
        (
            Revert("NotAuthorizedRole", (SENDER, role_id("AVS_GOVERNANCE_MULTISIG")[:4])),
            f"NotAuthorizedRole({SENDER}, AVS_GOVERNANCE_MULTISIG): the sender does not hold that role",
        ),
        (
            Revert("AccessControlUnauthorizedAccount", ("0xAC", role_id("VOTING_POWER_SYNCER"))),
            f"AccessControlUnauthorizedAccount(0xAC, VOTING_POWER_SYNCER): {NAMED_IN_ITS_PLACE}",
        ),
        (
            Revert("AccessControlUnauthorizedAccount", ("0xAC", role_id("EJECTOR"))),
            "AccessControlUnauthorizedAccount(0xAC, EJECTOR): a contract on the way does not hold that role",
        ),
        (
            Revert("Panic", (0x11,)),
            f"Panic(0x11): arithmetic underflow or overflow: {TOO_MUCH}",
        ),
        (Revert("Panic", (0x32,)), "Panic(0x32): array index out of bounds"),
        (Revert("Error", ("no\x1b[31m",)), "Error('no\\x1b[31m')"),
        (Revert("Error", ("x" * 1000,)), f"Error('{'x' * 293}.."),
        (Revert("", (), b"\xde\xad\xbe\xef"), "unknown revert data 0xdeadbeef"),
        (Revert("", halt="out of gas"), f"out of gas: {NO_REASON}"),
    ],
)
def test_what_a_revert_means(revert, told):
    found = check(world(FEED), SetMaximum(3, 5), reverts=((1, revert),), after=None)
    assert found["would_revert"].text == f"call 1 of 1 would revert: {told}"


def test_one_reason_of_several_calls_is_told_once():
    paused, empty = Revert("FlowIsCurrentlyPaused"), Revert("")
    settings = (SetMinimum(3, 1), SetList(3, (4,)), SetMaximum(5, 1))
    prospect = prospect_of(world(FEED), *settings, reverts=((1, paused), (2, paused), (3, empty)), after=None)
    first, second = check_prospect(replace(prospect, has_l1=True))
    assert (first.subject, second.subject) == ("task 3", "task 5")
    assert first.text.startswith("calls 1 and 2 of 3 would revert: FlowIsCurrentlyPaused()")
    assert second.text.startswith("call 3 of 3 would revert: reverted without data")


@pytest.mark.parametrize(
    ("place", "subject", "told"), [(2, "earlier calls", "call 2 of 3"), (3, "task 3", "call 3 of 3")]
)
def test_places_count_the_calls_of_earlier_batches(place, subject, told):
    reverts = ((place, Revert("FlowIsCurrentlyPaused")),)
    found = check(world(FEED), SetMaximum(3, 5), reverts=reverts, after=None, earlier=2)["would_revert"]
    assert (found.subject, found.text.partition(" would")[0]) == (subject, told)


def test_earlier_calls_that_revert_leave_no_calls_of_the_change():
    found = check(world(FEED), reverts=((2, Revert("InvalidBlockExpiry")),), after=None, earlier=2)["would_revert"]
    assert (found.subject, found.text[:11]) == ("earlier calls", "call 2 of 2")


# The end state


def test_a_dead_end_is_refused_with_needed_and_attainable_power():
    found = check(world(FEED), SetMinimum(3, 500 * E18))
    assert brief(found["dead"]) == (
        CRITICAL,
        "task 3",
        f"needs ~4693.3333, {BRINGS_NO_MORE} 3640 (e18)",
        "dead",
    )
    assert found["dead"].remedy == ("avsctl task refresh 3",)
    assert found["stale"].remedy == ("avsctl task refresh 3",)
    assert "max_below_quorum" not in found


def test_a_dead_end_that_no_recount_mends_has_the_remedy_of_the_table():
    found = check(world(FEED), SetMinimum(3, 2000 * E18), SetList(3, FEED.definition.restricted_operator_ids))
    assert found["dead"].remedy == (CODES["dead"].remedy,)


def test_a_definition_that_has_expired_is_dead_and_no_setting_mends_it():
    expired = defined(3, ids=(4, 5, 6, 7, 8, 9), details=replace(DETAILS, block_expiry=EVM_BLOCK))
    found = check(world(expired), SetMaximum(3, 5))
    assert set(found) == {"dead"}
    assert "expired" in found["dead"].text
    assert "avsctl task create" in found["dead"].remedy[0]


@pytest.mark.parametrize(
    ("before", "setting", "severity", "text"),
    [
        (FEED, SetList(3, (8, 9)), WARNING, "dead without any one of operators 8, 9; before any 1 could be offline"),
        (defined(3, ids=(8, 9)), SetList(3, (9,)), INFO, "dead without operator 9; fragile before, too"),
        (
            defined(3, ids=(4, 5), own_total=5000 * E18),
            SetList(3, (9,)),
            WARNING,
            "dead without operator 9; before it was dead",
        ),
        (None, CreateDefinition(TaskDefinition(3, 0, (9,)), DETAILS), WARNING, "dead without operator 9"),
    ],
)
def test_fragile_is_a_warning_where_the_change_makes_it_so(before, setting, severity, text):
    found = check(world(*([before] if before else [])), setting)
    assert brief(found["fragile"]) == (severity, "task 3", text, None)


def test_fragile_is_told_beside_a_total_that_is_stale():
    stale = defined(3, ids=(4, 5, 6, 7, 8, 9), own_total=4000 * E18)
    found = check(world(stale), SetMaximum(3, 4))
    assert set(found) == {"stale"}
    found = check(world(replace(stale, own_total=4500 * E18)), SetMaximum(3, 4))
    assert set(found) == {"stale", "fragile"}


@pytest.mark.parametrize("ids", [(99,), (13,)])
def test_no_refresh_is_offered_where_it_would_leave_0(ids):
    operators = (*TWELVE, L2Operator(13, "0x13", 0, is_active=True))
    state = world(defined(3, ids=ids, own_total=5 * E18), operators=operators)
    (stale,) = [each for each in check_prospect(prospect_of(state, SetMaximum(3, 1))) if each.code == "stale"]
    assert stale.remedy == ("Nobody who may attest has any power: change list or minimum with avsctl task update.",)


def test_a_stale_global_total_is_not_for_a_refresh():
    found = check(world(defined(3), global_total=8161 * E18), SetMaximum(3, 11))
    assert set(found) == {"stale"}
    assert "task refresh" not in found["stale"].remedy[0]


@pytest.mark.parametrize(
    ("power", "text"),
    [
        (0, "the total is 0: no task can be rejected, nor approved"),
        (1, "the total is 1raw: no task can be rejected, nor approved"),
        (2, "the total is 2raw: no task can be rejected"),
        (3, None),
    ],
)
def test_a_total_below_three_cannot_reject(power, text):
    operators = (L2Operator(1, "0x1", power, is_active=True),)
    found = check(world(defined(1, operators=operators), operators=operators), SetList(1, (1,)))
    assert (text is None) is ("total_too_small" not in found)
    if text is not None:
        assert brief(found["total_too_small"]) == (WARNING, "task 1", text, None)
    assert ("dead" in found) is (power < 2)


@pytest.mark.parametrize(("most", "is_dead"), [(3, True), (4, False), (0, False)])
def test_a_maximum_below_what_quorum_needs(most, is_dead):
    """Of 4040 the four strongest bring 3120, the three strongest 2480; 2693.33 are needed."""
    found = check(world(FEED), SetMaximum(3, most))
    assert ("max_below_quorum" in found) is ("dead" in found) is is_dead
    if is_dead:
        assert brief(found["max_below_quorum"]) == (
            WARNING,
            "task 3",
            "the 3 strongest bring 2480 of ~2693.3333; 4 are the fewest that reach it, with 3120 (e18)",
            None,
        )
        assert found["max_below_quorum"].remedy == ("avsctl task set-max-attesters 3 4",)


@pytest.mark.parametrize(
    ("state", "settings"),
    [
        (
            world(FEED),
            (SetMinimum(3, 500 * E18), SetList(3, FEED.definition.restricted_operator_ids), SetMaximum(3, 1)),
        ),
        (world(), (CreateDefinition(TaskDefinition(3, 0, (6, 7, 8, 9), 1), DETAILS),)),
    ],
)
def test_the_least_maximum_goes_with_a_change_that_is_more_than_the_maximum(state, settings):
    found = check(state, *settings)["max_below_quorum"]
    assert found.text.startswith("the strongest operator brings 920 of ")
    assert found.text.endswith("; 3 are the fewest that reach it, with 2480 (e18)")
    assert found.remedy == ("Give --max-attesters 3 or more, or none, with the change.",)


@pytest.mark.parametrize(("total", "is_blamed"), [(1380, True), (1382, False)])
def test_a_maximum_is_not_blamed_for_what_fails_without_it(total, is_blamed):
    """Operators 4 and 5 bring 920, which is two thirds of 1380 and less than those of 1382."""
    found = check(world(defined(3, ids=(4, 5), own_total=total * E18)), SetMaximum(3, 1))
    assert "dead" in found
    assert ("max_below_quorum" in found) is is_blamed


# Between the calls


def test_calls_that_do_not_land_together_leave_states_between_them():
    settings = (SetMinimum(3, 500 * E18), SetList(3, (4, 5, 6, 7, 8, 9)), SetMaximum(3, 5))
    assert check(world(FEED), *settings) == {}
    (finding,) = check(world(FEED), *settings, is_atomic=False).values()
    text = f"dead after call 1 of 3: needs ~4693.3333, {BRINGS_NO_MORE} 3640 (e18)"
    assert (finding.code, *brief(finding)) == ("dead_between", WARNING, "task 3", text, None)


def test_several_dead_states_are_named_with_the_numbers_of_the_first():
    settings = (SetMinimum(3, 500 * E18), SetMaximum(3, 5), SetList(3, (4, 5, 6, 7, 8, 9)))
    found = check(world(FEED), *settings, is_atomic=False)["dead_between"]
    assert found.text.startswith("dead after calls 1 and 2 of 3; after call 1: needs ~4693.33")


def test_a_definition_that_was_dead_before_is_not_news_between_the_calls():
    dead = defined(3, 500 * E18, (4, 5, 6, 7, 8, 9), own_total=7040 * E18)
    settings = (SetMinimum(3, 400 * E18), SetList(3, (4, 5, 6, 7, 8, 9)))
    assert "dead_between" not in check(world(dead), *settings, is_atomic=False)


# The syncs that follow


TRAP = (SetMinimum(3, 500 * E18), SetList(3, (4, 5, 6, 7, 8, 9)), SetMaximum(3, 4))


def test_the_two_step_trap():
    found = check(world(FEED), *TRAP, sets=on_l1(TWELVE, op5=70, op8=0))
    assert set(found) == {"dead_after_sync"}
    finding = found["dead_after_sync"]
    assert (finding.severity, finding.subject, finding.allow) == (CRITICAL, "task 3", "dead_after_sync")
    assert finding.text == (
        "When 10001 lands, operators 5 (520 -> 70) and 8 (800 -> 0) fall below 500:"
        " 9, 7 and 6 bring 2320 of ~2426.6667 (e18)."
        " The stored total follows only at 10002: ~1546.6667 is needed then."
    )
    assert finding.remedy == ("avsctl power watch --until-sync",)


def test_the_trap_needs_both_operators():
    assert check(world(FEED), *TRAP, sets=on_l1(TWELVE, op5=70)) == {}


def test_operators_that_lose_power_without_falling_below_the_minimum():
    found = check(world(FEED), SetMaximum(3, 4), sets=on_l1(TWELVE, op9=200, op8=400))
    assert found["dead_after_sync"].text.startswith(
        "When 10001 lands, operators 8 (800 -> 400) and 9 (920 -> 200) lose power: 7, 6, 5 and 4 bring 2320 of"
    )


def test_one_operator_and_nobody_left_are_told_in_the_singular():
    one = world(defined(3, ids=(9,)))
    found = check(one, SetMinimum(3, 500 * E18), SetList(3, (9,)), sets=on_l1(TWELVE, op9=499))["dead_after_sync"]
    assert found.text == (
        "When 10001 lands, operator 9 (920 -> 499) falls below 500:"
        " nobody may attest, and ~613.3333 is needed (e18)."
        " 10002 does not mend it: nobody may attest, and ~5159.3333 is needed (e18)."
    )
    assert found.remedy == (CODES["dead_after_sync"].remedy,)


def test_a_global_total_that_falls_to_nothing():
    operators = TWELVE[:1]
    found = check(world(defined(3), operators=operators), SetMaximum(3, 5), sets=on_l1(operators, op1=0))
    assert found["dead_after_sync"].text == (
        "When 10001 lands, operator 1 (120 -> 0) loses power, the total goes from 120 to 0:"
        " two thirds of the total are 0, and nothing can be approved."
        " 10002 does not mend it: two thirds of the total are 0, and nothing can be approved."
    )


def test_a_total_that_grows_only_at_10002():
    """The three strongest bring two thirds of the stored total, but not of the one that counts what others gained."""
    operators = TWELVE[:6]
    low = defined(3, ids=(1, 2, 3, 4, 5, 6), most=2, own_total=1200 * E18, operators=operators)
    sets = on_l1(operators, op1=500, op2=500, op3=500, op4=500)
    found = check(world(low, operators=operators), SetMaximum(3, 3), sets=sets)["dead_after_sync"]
    assert found.text == (
        "When 10002 lands after 10001, the total goes from 1200 to 3160: 6, 5 and 1 bring 1660 of ~2106.6667 (e18)."
    )
    assert found.remedy == (CODES["dead_after_sync"].remedy,)


def test_on_the_first_generation_no_sync_follows_with_the_totals():
    settings = (SetMinimum(3, 500 * E18), SetList(3, (6, 7, 9, 10)))
    sets = on_l1(TWELVE, op10=0, op9=0)
    found = check(world(FEED, generation=V1), *settings, sets=sets)["dead_after_sync"]
    assert found.text.startswith("When the next sync of powers lands, operators 9 (920 -> 0) and 10 (1040 -> 0) fall")
    assert found.text.endswith(" No sync counts the stored total anew on V1.")
    assert found.remedy == ("Let the syncer move the powers, then avsctl task refresh 3.",)


def test_a_dead_end_is_not_foreseen_again():
    found = check(world(FEED), SetMaximum(3, 1), sets=on_l1(TWELVE, op9=0))
    assert "dead" in found
    assert "dead_after_sync" not in found


def departed(operators, **answers):
    """Both layers, with some that L1 does not count: ``op9=None`` is not registered, an answer is one of L1's."""
    sets = on_l1(operators)
    gone = {operators[int(name.removeprefix("op")) - 1].address: answer for name, answer in answers.items()}
    l1 = tuple(
        each
        if each.address not in gone
        else replace(each, is_registered=gone[each.address] is not None, answer=gone[each.address] or each.answer)
        for each in sets.l1
    )
    return replace(sets, l1=l1)


def test_who_a_sync_leaves_out_is_named_with_what_is_without_them():
    """Of 4040, which stays the total until 10002, 2693.33 are needed."""
    found = check(world(FEED), SetMaximum(3, 5), sets=departed(TWELVE, op9=None))
    start = "10001 is foreseen to leave operator 9 (920, not registered on L1) as it is; if a node lowers it to 0, the"
    text = f"{start} task is stale: 8, 7, 6, 5 and 4 bring 3120 of ~2693.3333 (e18)"
    assert set(found) == {"sync_leaves_out"}
    assert brief(found["sync_leaves_out"]) == (WARNING, "task 3", text, None)
    sets = departed(TWELVE, op9=NotAnOperator(), op8=Unreadable("reverted"))
    found = check(world(FEED, generation=V1), SetList(3, (4, 5, 6, 7, 8, 9)), sets=sets)
    text = (
        "the next sync of powers is foreseen to leave operators 8 (800, unreadable on L1) and"
        " 9 (920, no operator on L1) as they are;"
        " if a node lowers them to 0, the task is dead: 7, 6, 5 and 4 bring 2320 of ~2693.3333 (e18)"
    )
    assert found["sync_leaves_out"].text == text


def test_definitions_with_the_same_operators_left_out_are_told_of_at_once():
    weak, other = defined(4, ids=(7, 8, 9)), defined(5, ids=(1, 2, 3, 12))
    settings = tuple(
        SetList(each.definition.task_definition_id, each.definition.restricted_operator_ids)
        for each in (FEED, weak, other)
    )
    found = check_prospect(
        prospect_of(world(FEED, weak, other), *settings, sets=departed(TWELVE, op9=None, op8=None, op12=None))
    )
    told = [(each.subject, each.text.partition("; ")[2]) for each in found if each.code == "sync_leaves_out"]
    assert told == [
        ("tasks 3 and 4", "if a node lowers them to 0, 2 of the 2 are dead: 3 and 4"),
        ("task 5", "if a node lowers it to 0, the task is dead: 3, 2 and 1 bring 720 of 1280 (e18)"),
    ]
    found = check(world(FEED, weak), *settings[:2], sets=departed(TWELVE, op7=None))["sync_leaves_out"]
    assert found.text.endswith("; if a node lowers it to 0, none of the 2 is dead")


def test_a_total_that_follows_only_at_10002_is_told_where_it_is_that_kills():
    """The weak lose what keeps the total high, and gain what the strong cannot outweigh in a task of two."""
    operators = TWELVE[:6]
    low = defined(3, ids=(1, 2, 3, 4, 5, 6), most=3, own_total=1200 * E18, operators=operators)
    sets = departed(operators, op1=None)
    raised = {f"0x{i}": VotingPowerRead(500 * E18) for i in (2, 3, 4, 5)}
    sets = replace(sets, l1=tuple(replace(each, answer=raised.get(each.address, each.answer)) for each in sets.l1))
    found = check(world(low, operators=operators), SetMaximum(3, 3), sets=sets)
    end = "the task is dead after 10002: 6, 2 and 3 bring 1640 of 1760 (e18)"
    assert found["sync_leaves_out"].text.endswith(f"if a node lowers it to 0, {end}")


@pytest.mark.parametrize(
    ("setting", "sets"),
    [
        (SetMaximum(3, 5), departed(TWELVE, op1=None)),
        (SetMaximum(3, 1), departed(TWELVE, op9=None)),
        (SetMaximum(3, 5), on_l1(TWELVE, op9=900)),
    ],
    ids=["not listed", "dead anyway", "lowered by the sync"],
)
def test_nothing_is_said_of_a_sync_that_leaves_out_nobody_who_may_attest(setting, sets):
    assert "sync_leaves_out" not in check(world(FEED), setting, sets=sets)


def test_long_rows_of_operators_are_cut_and_counted():
    operators = tuple(L2Operator(number, f"0x{number}", E18, is_active=True) for number in range(1, 101))
    lost = {f"op{number}": 0 for number in range(1, 51)}
    ids = tuple(range(1, 101))
    state = world(defined(3, E18, ids, operators=operators), operators=operators)
    text = check(state, SetList(3, ids), sets=on_l1(operators, **lost))["dead_after_sync"].text
    assert "12 (1 -> 0) and 38 more fall below 1: 51, 52, 53" in text
    assert len(text) < 500


@pytest.mark.parametrize(("definition_id", "carries"), [(10_001, "sync of powers"), (10_002, "sync of totals")])
def test_an_internal_definition_that_is_left_dead(definition_id, carries):
    state = world(defined(definition_id, ids=(4, 5, 6, 7, 8, 9)))
    found = check(state, SetMaximum(definition_id, 3))
    text = f"no {carries} would land any more: needs ~2693.3333, {BRINGS_NO_MORE} 2480 (e18)"
    assert brief(found["sync_unable"]) == (CRITICAL, f"task {definition_id}", text, "sync_unable")
    assert check(state, SetMaximum(definition_id, 4)) == {}


def test_an_internal_definition_that_the_next_sync_leaves_dead():
    settings = [replace(setting, task_definition_id=10_001) for setting in TRAP]
    state = world(defined(10_001, ids=(4, 5, 6, 7, 8, 9)))
    found = check(state, *settings, sets=on_l1(TWELVE, op5=70, op8=0))
    assert set(found) == {"dead_after_sync", "sync_unable"}
    assert found["sync_unable"].text.startswith("no sync of powers would land any more once the next 10001 has: needs")


def test_an_internal_definition_that_the_sync_of_totals_leaves_dead():
    operators = TWELVE[:6]
    low = defined(10_002, ids=(1, 2, 3, 4, 5, 6), own_total=1200 * E18, operators=operators)
    sets = on_l1(operators, op1=500, op2=500, op3=500, op4=500)
    found = check(world(low, operators=operators), SetMaximum(10_002, 3), sets=sets)
    assert " once 10001 and 10002 have: needs ~2106.66" in found["sync_unable"].text


def test_other_definitions_carry_no_sync():
    assert "sync_unable" not in check(world(FEED), SetMaximum(3, 1))


def test_without_l1_the_syncs_are_not_foreseen():
    (finding,) = check_prospect(prospect_of(world(FEED), SetMaximum(3, 5)))
    assert (finding.code, finding.severity, finding.subject) == ("sync_not_foreseen", WARNING, "l1")
    (again,) = check_prospect(prospect_of(world(FEED), SetMaximum(3, 5), unreadable_on_l1=("operator 4",)))
    assert again == finding


def test_operators_that_cannot_be_read_on_l1_are_named():
    found = check(world(FEED), SetMaximum(3, 5), unreadable_on_l1=("operator 4", "operator 7"))
    assert found["sync_not_foreseen"].text.startswith("the L1 power of operator 4 and operator 7 could not be read")


# Who may attest


SMALLEST = 120 * E18


@pytest.mark.parametrize(
    ("minimum", "codes"),
    [
        (0, set()),
        (1, {"min_power_slip"}),
        (500, {"min_power_slip"}),
        (SMALLEST // 1_000_000 - 1, {"min_power_slip"}),
        (SMALLEST // 1_000_000, {"min_excludes_nobody"}),
        (SMALLEST, {"min_excludes_nobody"}),
        (SMALLEST + 1, set()),
        (1200 * E18, {"fragile"}),
        (1200 * E18 + 1, {"dead", "min_above_everyone", "stale"}),
    ],
)
def test_a_minimum_on_an_open_definition(minimum, codes):
    found = check(world(defined(2)), SetMinimum(2, minimum))
    assert set(found) == codes


def test_the_texts_of_a_minimum():
    found = check(world(defined(2)), SetMinimum(2, 500))["min_power_slip"]
    text = "the minimum, 500raw, is below a millionth of the smallest active power, 120e18"
    assert brief(found) == (CRITICAL, "task 2", text, "min_power_slip")
    found = check(world(defined(2)), SetMinimum(2, SMALLEST))["min_excludes_nobody"]
    text = "the minimum, 120e18, excludes nobody: the weakest active operator has 120e18"
    assert brief(found) == (INFO, "task 2", text, None)
    found = check(world(FEED), SetMinimum(3, 1000 * E18))["min_above_everyone"]
    text = "the minimum, 1000e18, is above the strongest of 6 active operators, 920e18"
    assert brief(found) == (WARNING, "task 3", text, None)


def test_powers_of_zero_hide_no_slip():
    operators = (*TWELVE, L2Operator(13, "0x13", 0, is_active=True))
    found = check(world(defined(2, operators=operators), operators=operators), SetMinimum(2, 500))
    assert set(found) == {"min_power_slip"}
    found = check(world(defined(2, operators=operators), operators=operators), SetMinimum(2, SMALLEST))
    assert found == {}


def test_power_that_is_not_active_hides_no_slip():
    operators = (*TWELVE, L2Operator(13, "0x13", 1000, is_active=False))
    found = check(world(defined(2, operators=operators), operators=operators), SetMinimum(2, 500))
    assert "min_power_slip" in found


def test_a_minimum_that_the_change_does_not_set_is_not_judged_again():
    slipped = defined(3, 500, (4, 5, 6, 7, 8, 9))
    assert check(world(slipped), SetList(3, (4, 5, 6, 7, 8, 9, 10))) == {}
    assert set(check(world(slipped), SetMinimum(3, 501), SetList(3, (4, 5, 6, 7, 8, 9)))) == {"min_power_slip"}


def test_a_minimum_is_judged_by_those_listed():
    found = check(world(FEED), SetMinimum(3, 400 * E18), SetList(3, (4, 5, 6, 7, 8, 9)))
    assert set(found) == {"min_excludes_nobody"}
    assert check(world(FEED), SetMinimum(3, 400 * E18 + 1), SetList(3, (4, 5, 6, 7, 8, 9))) == {}


def test_the_minimum_of_a_new_definition_is_judged():
    definition = replace(CREATED.definition, minimum_voting_power=500)
    found = check(world(FEED), replace(CREATED, definition=definition))
    assert set(found) == {"min_power_slip"}


DEPARTED = (
    *TWELVE[:3],
    replace(TWELVE[3], voting_power=0, is_active=False),
    *TWELVE[4:],
    L2Operator(13, "0x4", 400 * E18, is_active=True),
)


def test_dead_ids_are_named_with_the_ids_that_their_addresses_have_now():
    gone = replace(DEPARTED[4], voting_power=0, is_active=False)
    operators = (*DEPARTED[:4], gone, *DEPARTED[5:])
    state = world(defined(3, ids=(4, 5, 6, 7, 8, 9), operators=operators), operators=operators)
    found = check(state, SetMaximum(3, 4))
    text = "lists 4 and 5, not active; the address of 4 is active as 13"
    assert brief(found["dead_ids_listed"]) == (WARNING, "task 3", text, None)
    assert found["dead_ids_listed"].remedy == ("avsctl task update 3 --restricted 6,7,8,9,13",)


def test_dead_ids_of_a_new_definition_or_without_any_live_one_have_no_command():
    state = world(operators=DEPARTED)
    found = check(state, CreateDefinition(TaskDefinition(1, 0, (4, 6, 7, 8)), DETAILS))["dead_ids_listed"]
    assert found.remedy == (CODES["dead_ids_listed"].remedy,)
    operators = (replace(TWELVE[0], is_active=False), *TWELVE[1:])
    found = check(world(defined(3), operators=operators), SetList(3, (1,)))["dead_ids_listed"]
    assert (found.text, found.remedy) == ("lists 1, not active", (CODES["dead_ids_listed"].remedy,))


SEAT = "the highest id is 12, and a later registrant inherits the seat"


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        ((6, 7, 8, 12), None),
        ((6, 7, 8, 13), f"the change lists 13: {SEAT}"),
        ((0, 6, 7, 8), "the change lists 0: ids begin at 1"),
        ((0, 6, 7, 8, 99, UINT256_MAX), f"the change lists 0, 99 and {UINT256_MAX}: ids begin at 1; {SEAT}"),
    ],
)
def test_ids_that_exist_nowhere_refuse_where_they_are_newly_listed(ids, text):
    for found in (
        check(world(FEED), SetList(3, ids)),
        check(world(), CreateDefinition(TaskDefinition(3, 0, ids), DETAILS)),
    ):
        assert ("unknown_ids_listed" in found) is (text is not None)
        if text is not None:
            assert brief(found["unknown_ids_listed"]) == (CRITICAL, "task 3", text, "unknown_ids_listed")


def test_unknown_ids_that_were_listed_before_are_a_warning():
    state = world(defined(3, ids=(6, 7, 8, 9, 99)))
    found = check(state, SetList(3, (5, 6, 7, 8, 9, 99)))
    assert brief(found["unknown_ids_listed"]) == (WARNING, "task 3", "lists 99, as before", None)
    both = check_prospect(prospect_of(state, SetList(3, (6, 7, 8, 9, 98, 99)), sets=on_l1(TWELVE)))
    assert [(each.code, each.severity) for each in both] == [
        ("unknown_ids_listed", CRITICAL),
        ("unknown_ids_listed", WARNING),
    ]


TWICE = (*TWELVE, L2Operator(13, "0x4", 400 * E18, is_active=True))


def test_one_address_under_two_listed_ids_refuses():
    state = world(FEED, operators=TWICE)
    found = check(state, SetList(3, (4, 5, 6, 7, 8, 9, 13)))
    text = "lists 4 and 13, all active under 0x4"
    assert brief(found["duplicate_address"]) == (CRITICAL, "task 3", text, "duplicate_address")
    assert check(state, SetList(3, (4, 5, 6, 7, 8, 9))) == {}


def test_an_address_whose_other_id_is_dead_is_no_duplicate():
    found = check(world(FEED, operators=DEPARTED), SetList(3, (4, 5, 6, 7, 8, 9, 13)))
    assert "duplicate_address" not in found


def test_one_address_under_two_active_ids_of_open_definitions_is_told_once():
    state = world(defined(1, operators=TWICE), defined(2, operators=TWICE), operators=TWICE)
    found = check(state, SetMaximum(1, 12), SetMaximum(2, 12))
    assert brief(found["duplicate_address"]) == (CRITICAL, "0x4", "active under ids 4 and 13", "duplicate_address")


# The default definition, expiries, and what the judgement rests on


def test_the_default_definition_is_always_a_warning():
    paid = replace(DETAILS, attester_reward=10 * E18, performer_reward=E18, aggregator_reward=0)
    found = check(world(defined(0, details=paid)), SetMaximum(0, 11))
    paid = "pays 10 to each attester, 1 to the performer and 0 to the aggregator (e18)"
    text = f"the default definition, for testing only; {paid}"
    assert brief(found["default_definition_changed"]) == (WARNING, "task 0", text, None)
    found = check(world(defined(0, details=None)), SetMaximum(0, 11))
    assert found["default_definition_changed"].text.endswith("its rewards could not be read")
    found = check(world(defined(0)), SetMaximum(0, 11), reverts=((1, Revert("")),), after=None)
    assert set(found) == {"would_revert", "default_definition_changed"}


def creation(expiry):
    return replace(CREATED, details=replace(DETAILS, block_expiry=expiry))


@pytest.mark.parametrize(
    ("expiry", "codes"),
    [
        (0, {"expiry_past", "would_revert"}),
        (EVM_BLOCK - 1, {"expiry_past", "would_revert"}),
        (EVM_BLOCK, {"expiry_past", "would_revert"}),
        (EVM_BLOCK + 1, {"expiry_near"}),
        (EVM_BLOCK + 1799, {"expiry_near"}),
        (EVM_BLOCK + 1800, set()),
        (UINT256_MAX - 1, set()),
        (UINT256_MAX, set()),
    ],
)
def test_the_expiry_of_a_new_definition(expiry, codes):
    found = check(world(), creation(expiry))
    assert set(found) == codes
    if "expiry_past" in codes:
        text = f"expires at block {expiry}, and the call would be in block 1000 at the earliest"
        assert brief(found["expiry_past"]) == (CRITICAL, "task 4", text, None)
    elif codes:
        left = expiry - EVM_BLOCK
        assert found["expiry_near"].text.startswith(f"expires at block {expiry}, {left} blocks or about ")


def test_an_expiry_is_near_by_the_pace_of_the_blocks():
    (finding,) = check(world(), creation(EVM_BLOCK + 299), pace=Pace(1, 12)).values()
    assert brief(finding) == (
        WARNING,
        "task 4",
        "expires at block 1299, 299 blocks or about 59 m 48 s after 1000",
        None,
    )
    assert check(world(), creation(EVM_BLOCK + 300), pace=Pace(1, 12)) == {}
    assert check(world(), creation(EVM_BLOCK + 1), pace=None) == {}


def test_the_expiry_of_an_existing_definition_is_told_when_it_is_changed():
    soon = replace(FEED, details=replace(DETAILS, block_expiry=EVM_BLOCK + 5))
    assert set(check(world(soon), SetMaximum(3, 5))) == {"expiry_near"}
    assert check(world(replace(FEED, details=None)), SetMaximum(3, 5)) == {}


@pytest.mark.parametrize(("blocks", "is_at_edge"), [(0, False), (1, True), (2, True), (3, False)])
def test_the_edge_matters_where_the_simulation_is_not_in_the_next_block(blocks, is_at_edge):
    new, old = creation(EVM_BLOCK + blocks), replace(FEED, details=replace(DETAILS, block_expiry=EVM_BLOCK + blocks))
    for state, setting in ((world(), new), (world(old), SetMaximum(3, 5))):
        found = check(state, setting, is_next_block=False, pace=None)
        assert ("block_edge" in found) is is_at_edge
        assert "block_edge" not in check(state, setting, is_next_block=True, pace=None)
        if is_at_edge:
            text = f"simulated in block 1000, not in the next one; the expiry, block {1000 + blocks}, is that near"
            assert found["block_edge"].text == text
            assert found["block_edge"].severity is WARNING


def test_a_state_that_was_not_read_is_said_to_be_foreseen():
    (finding,) = check(world(FEED), SetMaximum(3, 5), is_read_after=False).values()
    assert brief(finding) == (
        WARNING,
        "simulation",
        "the state after the calls is foreseen by the rules of v2, not read from the chain",
        None,
    )


def test_the_third_generation_says_what_rests_on_the_second():
    (finding,) = check(world(FEED, generation=V3), SetMaximum(3, 5)).values()
    assert (finding.code, finding.severity, finding.subject) == ("assumed_from_v2", INFO, "v3")
    assert "what each call does" not in finding.text
    found = check(world(FEED, generation=V3), SetMaximum(3, 5), is_read_after=False)
    assert "what each call does to the stored total" in found["assumed_from_v2"].text


# What refuses


@dataclass(frozen=True)
class Refused:
    allowed: tuple[str, ...]
    codes: set[str]


@pytest.mark.parametrize(
    ("allowed", "left"),
    [
        ((), {"role_missing", "dead", "unknown_ids_listed"}),
        (("dead",), {"role_missing", "unknown_ids_listed"}),
        (("dead", "unknown_ids_listed"), {"role_missing"}),
        (ALLOWABLE, {"role_missing"}),
        (tuple(CODES), {"role_missing"}),
    ],
)
def test_critical_findings_refuse_unless_they_are_allowed_by_name(allowed, left):
    prospect = prospect_of(world(FEED), SetList(3, (99,)), holds_role=False)
    assert {finding.code for finding in refusing(check_prospect(prospect), allowed)} == left


def test_warnings_refuse_nothing():
    found = check_prospect(prospect_of(world(FEED), SetList(3, (8, 9))))
    assert {finding.severity for finding in found} == {WARNING}
    assert refusing(found, ()) == ()


def test_allowed_codes_are_known_and_can_be_allowed():
    check_allowed(ALLOWABLE)
    check_allowed(())


@pytest.mark.parametrize(
    "code", ["deda", "", "Dead", "would_revert", "role_missing", "flow_paused", "expiry_past", "fragile"]
)
def test_other_codes_are_refused_with_those_that_can_be_allowed(code):
    with pytest.raises(UsageError) as caught:
        check_allowed(["dead", code])
    (problem,) = caught.value.problems
    assert repr(code) in problem.message or code in problem.message
    for allowable in ALLOWABLE:
        assert allowable in problem.hint


def test_every_code_that_can_be_allowed_is_in_the_table():
    assert set(ALLOWABLE) <= set(CODES)


# Of all changes


IDS = st.sets(st.integers(0, 6), max_size=5).map(lambda ids: tuple(sorted(ids)))
SETTINGS = st.one_of(
    st.builds(SetMinimum, st.just(3), st.integers(0, 8)),
    st.builds(SetList, st.just(3), IDS),
    st.builds(SetMaximum, st.just(3), st.integers(0, 5)),
)


@st.composite
def small_worlds(draw):
    rows = draw(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=5))
    operators = tuple(L2Operator(number, f"0x{number}", *row) for number, row in enumerate(rows, start=1))
    definition = TaskDefinition(3, draw(st.integers(0, 8)), draw(IDS), draw(st.integers(0, 4)))
    state = DefinitionState(definition, DETAILS, draw(st.integers(0, 40)))
    total = sum(operator.voting_power for operator in operators) + draw(st.integers(0, 5))
    return L2State(draw(st.sampled_from(Generation)), EVM_BLOCK, operators, total, (state,))


@given(small_worlds(), st.lists(SETTINGS, min_size=1, max_size=3), st.lists(st.integers(0, 9), min_size=5, max_size=5))
def test_a_change_is_refused_exactly_where_its_verdicts_say_so(state, settings, l1_powers):
    l1 = tuple(
        L1Operator(operator.address, is_registered=True, answer=VotingPowerRead(power))
        for operator, power in zip(state.operators, l1_powers, strict=False)
    )
    sets = OperatorSets(state.operators, l1, len(l1), state.global_total)
    prospect = prospect_of(state, *settings, sets=sets, is_atomic=False)
    found = check_prospect(prospect)
    codes = {finding.code for finding in found}
    assert ("would_revert" in codes) is (prospect.after is None)
    if prospect.after is None:
        return
    (foresight,) = prospect.foresights
    stages = (foresight.after_10001, foresight.after_10002)
    is_dead = foresight.after.verdict is Verdict.DEAD
    dies = any(stage is not None and stage.verdict is Verdict.DEAD for stage in stages)
    assert ("dead" in codes) is is_dead
    assert ("dead_after_sync" in codes) is (not is_dead and dies)
    assert ("stale" in codes) is foresight.after.quorum.is_stale
    assert ("fragile" in codes) is (not is_dead and foresight.after.quorum.spare_operators == 0)
    assert not (is_dead and refusing(found, set(ALLOWABLE) - {"dead"}) == ())
    assert all(finding.allow in (None, finding.code) for finding in found)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (3, "3raw"),
        (10**9 - 1, "999999999raw"),
        (10**9, "0.000000001e18"),
        (500 * E18, "500e18"),
        (E18 // 2, "0.5e18"),
        (10**15 + 1, "~0.001e18"),
    ],
)
def test_powers_have_four_places_and_their_unit(value, text):
    assert format_power(value) == text
