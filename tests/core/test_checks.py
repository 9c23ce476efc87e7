"""What one reading says is wrong: each finding with its code, subject and numbers, and nothing where all is well."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.checks import (
    about_operator,
    check_assessments,
    check_blocks_apart,
    check_definitions,
    check_diff,
    check_fee_calculator,
    check_flows,
    check_head,
    check_operators,
    check_rejection,
    check_role,
    check_sync,
    check_task_totals,
    check_total,
)
from avsctl.core.deployment import BlockRef, Generation, Layer
from avsctl.core.findings import Severity, build_finding
from avsctl.core.operators import L1Operator, L2Operator, OperatorSets, Unreadable, VotingPowerRead
from avsctl.core.power import LastSync, PowerChange, Threshold, VotingPowerUpdate, diff_powers
from avsctl.core.quorum import StoredTotal, assess
from avsctl.core.tasks import TaskDefinition, TaskDetails, TaskTotal
from avsctl.core.units import E18, UINT256_MAX, Address, TaskDefinitionId

HEALTHY = OperatorSets(
    (L2Operator(1, "0xA", 3 * E18, is_active=True), L2Operator(2, "0xB", E18, is_active=True)),
    (
        L1Operator("0xA", is_registered=True, answer=VotingPowerRead(3 * E18)),
        L1Operator("0xB", is_registered=True, answer=VotingPowerRead(E18)),
    ),
    2,
    4 * E18,
)
UPDATE = VotingPowerUpdate((PowerChange(1, 5),), (), 10, 20, ())
NO_UPDATE = VotingPowerUpdate((), (), 10, 20, (3,))


def brief(findings):
    return [(finding.code, finding.subject, finding.text) for finding in findings]


def test_nothing_is_wrong_with_healthy_operators():
    assert check_operators(HEALTHY) == check_total(HEALTHY) == check_diff(diff_powers(HEALTHY)) == ()


def test_drift_is_one_finding_with_its_count():
    (finding,) = check_diff(diff_powers(replace(HEALTHY, l2=(replace(HEALTHY.l2[0], voting_power=1), HEALTHY.l2[1]))))
    assert brief([finding]) == [("drift", "operators", "1 of 2 operators")]
    assert finding.severity is Severity.WARNING


def test_drift_under_the_threshold_is_none():
    sets = replace(HEALTHY, l2=(replace(HEALTHY.l2[0], voting_power=3 * E18 - 1), HEALTHY.l2[1]))
    assert check_diff(diff_powers(sets, Threshold(min_delta=2))) == ()
    assert len(check_diff(diff_powers(sets, Threshold(min_delta=1)))) == 1


def test_what_cannot_be_read_is_told_by_row_and_those_unknown_by_number():
    broken = Unreadable("votingPower: Panic(0x12): division by zero")
    l1 = (
        L1Operator("0xA", is_registered=True, answer=broken),
        L1Operator("0xB", is_registered=True, answer=VotingPowerRead(E18)),
        L1Operator("0xC", is_registered=True, answer=Unreadable("")),
    )
    findings = check_diff(diff_powers(replace(HEALTHY, l1=l1, l1_active_count=5)))
    assert brief(findings) == [
        ("unreadable_on_l1", "operator 1", broken.reason),
        ("unreadable_on_l1", "0xC", ""),
        (
            "operators_unknown_to_l2",
            "operators",
            "L1 counts 2 more than are registered among the addresses known; their power is in no total",
        ),
    ]
    assert [finding.severity for finding in findings] == [Severity.CRITICAL, Severity.CRITICAL, Severity.WARNING]


def test_ghosts_shared_addresses_and_a_total_that_does_not_add_up():
    l2 = (
        *HEALTHY.l2,
        L2Operator(3, "0xC", E18 // 2, is_active=False),
        L2Operator(4, "0xA", 0, is_active=True),
        L2Operator(5, "0xD", 0, is_active=False),
    )
    findings = check_operators(replace(HEALTHY, l2=l2))
    assert brief(findings) == [
        ("ghost_power", "operator 3", "not active, yet holds 0.5 e18"),
        ("duplicate_address", "0xA", "active under ids 1, 4"),
        ("total_differs", "OBLS", "totalVotingPower is 4, the operators' powers sum to 4.5 (e18)"),
    ]


@given(st.lists(st.tuples(st.integers(0, 2**96), st.booleans()), max_size=6), st.integers(-3, 3))
def test_the_total_is_held_against_every_id_the_dead_ones_too(rows, error):
    l2 = tuple(L2Operator(number, f"0x{number}", *row) for number, row in enumerate(rows, start=1))
    total = sum(power for power, _ in rows) + error
    assert bool(check_total(OperatorSets(l2, (), 0, total))) == bool(error)


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (7199, None),
        (7200, "no sync for 2 h 00 m, 2 intervals of 1 h 00 m missed"),
        (10_799, "no sync for 2 h 59 m, 2 intervals of 1 h 00 m missed"),
        (10_800, "no sync for 3 h 00 m, 3 intervals of 1 h 00 m missed"),
        (-5, None),
    ],
)
def test_a_sync_is_overdue_from_two_missed_intervals_on(age, text):
    findings = check_sync(UPDATE, LastSync(1, 2, 100_000 - age), 3600, 100_000)
    assert brief(findings) == ([] if text is None else [("sync_overdue", "10001", text)])


def test_no_sync_is_missed_while_there_is_nothing_to_carry():
    assert check_sync(NO_UPDATE, None, 3600, 10**9) == ()
    assert check_sync(NO_UPDATE, LastSync(1, 2, 0), 3600, 10**9) == ()


def test_a_sync_that_cannot_be_dated_is_not_called_overdue():
    told = "L2 block 2, up to which the last sync read, cannot be dated here"
    assert brief(check_sync(UPDATE, LastSync(1, 2, None), 3600, 10**9)) == [("sync_age_unknown", "10001", told)]
    assert check_sync(NO_UPDATE, LastSync(1, 2, None), 3600, 10**9) == ()


def test_a_deployment_that_never_synced():
    assert brief(check_sync(UPDATE, None, 3600, 0)) == [
        ("never_synced", "10001", "no 10001 sync had landed by the L2 block read")
    ]


def test_blocks_far_apart_in_time():
    l1, l2 = BlockRef(1, 7, "0x", 10_000), BlockRef(2, 9, "0x", 10_600)
    assert check_blocks_apart(l1, l2) == check_blocks_apart(l2, l1) == ()
    far = replace(l2, timestamp=10_601)
    told = [("blocks_apart", "blocks", "L1 block 7 and L2 block 9 are 10 m 01 s apart")]
    assert brief(check_blocks_apart(l1, far)) == told
    assert brief(check_blocks_apart(replace(l1, timestamp=10_601), replace(l2, timestamp=10_000))) == told


def test_totals_that_are_not_recomputed():
    totals = [TaskTotal(TaskDefinitionId(2), 5 * 10**18, 4 * 10**18), TaskTotal(TaskDefinitionId(3), 7, 7)]
    told = "the stored total is 5, the operators' powers give 4 (e18)"
    assert brief(check_task_totals(totals)) == [("stale", "task 2", told)]


def test_no_recount_is_offered_where_nobody_would_be_counted():
    stale, empty = check_task_totals([TaskTotal(TaskDefinitionId(2), 5, 4), TaskTotal(TaskDefinitionId(3), 5, 0)])
    assert "10002" in stale.remedy[0]
    assert empty.remedy == ("Nobody who may attest has any power: change list or minimum with avsctl task update.",)


def test_totals_are_told_to_four_places_unless_that_hides_the_difference():
    third = 10**18 // 3
    rounded, exact = check_task_totals(
        [TaskTotal(TaskDefinitionId(i), third, other) for i, other in ((2, 0), (3, 1 + third))]
    )
    assert "~0.3333, the operators' powers give 0 (e18)" in rounded.text
    assert "0.333333333333333333, the operators' powers give 0.333333333333333334 (e18)" in exact.text


def test_a_total_that_is_not_the_definitions_own_has_another_remedy():
    (finding,) = check_task_totals([TaskTotal(TaskDefinitionId(1), 5 * 10**18, 4 * 10**18, is_own=False)])
    told = "counts from totalVotingPower, 5; the active operators' powers sum to 4 (e18)"
    assert brief([finding]) == [("stale", "task 1", told)]
    assert "10002" not in finding.remedy[0]


def test_what_is_found_of_others_is_left_out():
    sets = replace(HEALTHY, l2=(*HEALTHY.l2, L2Operator(3, "0xA", 5, is_active=False)))
    findings = [
        build_finding("ghost_power", "operator 3", "holds power"),
        build_finding("ghost_power", "operator 2", "holds power"),
        build_finding("duplicate_address", "0xB", "active twice"),
        build_finding("total_differs", "OBLS", "differs"),
    ]
    assert about_operator(findings, sets, "0xA") == (findings[0], findings[3])
    assert about_operator(findings, sets, "0xB") == tuple(findings[1:])


def test_paused_flows_by_name():
    assert check_flows([]) == ()
    assert brief(check_flows(["A_FLOW", "B_FLOW"])) == [
        ("flow_paused", "A_FLOW", "A_FLOW is paused"),
        ("flow_paused", "B_FLOW", "B_FLOW is paused"),
    ]


@pytest.mark.parametrize(
    ("multisig", "holds_role", "code", "severity"),
    [
        (None, False, "multisig_unknown", Severity.INFO),
        (None, True, "multisig_unknown", Severity.INFO),
        ("0xA", False, "role_missing", Severity.CRITICAL),
        ("0xA", True, None, None),
    ],
)
def test_the_role_of_the_multisig(multisig, holds_role, code, severity):
    findings = check_role(multisig, holds_role=holds_role)
    assert [(finding.code, finding.severity) for finding in findings] == ([] if code is None else [(code, severity)])
    assert code != "role_missing" or multisig in findings[0].text


@pytest.mark.parametrize(
    ("age", "text"), [(0, None), (300, None), (301, "the newest block is 5 m 01 s old"), (-60, None)]
)
def test_a_head_is_stale_after_five_minutes(age, text):
    findings = check_head(Layer.L2, BlockRef(8453, 1, "0x" + "00" * 32, 1_000_000 - age), 1_000_000)
    assert brief(findings) == ([] if text is None else [("stale_head", "l2", text)])


def assessed(definition_id, details=None):
    return assess(TaskDefinition(definition_id, 0, ()), details, HEALTHY.l2, StoredTotal(4 * E18, None), 7)


NONE_MADE = "governance has made none: there are"


@pytest.mark.parametrize(
    ("generation", "ids", "told"),
    [
        (Generation.V1, (), ("no_task_definition", "none is defined")),
        (Generation.V1, (1,), None),
        (Generation.V2, (0, 10_001, 10_002), ("only_default_definition", f"{NONE_MADE} 0, 10001, 10002")),
        (Generation.V3, (), ("only_default_definition", f"{NONE_MADE} none at all")),
        (Generation.V2, (0, 1, 10_001, 10_002), None),
        (Generation.V3, (0, 10_000, 10_001, 10_002), None),
    ],
)
def test_governance_has_made_a_definition(generation, ids, told):
    findings = list(check_definitions(generation, map(assessed, ids)))
    assert [(finding.code, finding.text) for finding in findings] == ([told] if told else [])
    assert {(finding.subject, finding.severity) for finding in findings} <= {("task definitions", Severity.WARNING)}


@pytest.mark.parametrize(
    ("details", "paid"),
    [
        (None, "10 to each attester, 10 to the performer and 10 to the aggregator (e18)"),
        (
            TaskDetails("default", UINT256_MAX, E18, E18 // 2, 0, 0),
            "1 to each attester, 0.5 to the performer and 0 to the aggregator (e18)",
        ),
    ],
)
def test_the_default_definition_is_in_use(details, paid):
    there = [assessed(0, details), assessed(1)]
    assert list(check_definitions(Generation.V2, there)) == []
    (finding,) = check_definitions(Generation.V2, there, 123)
    text = f"the last task seen of the default definition is of block 123; it pays {paid}"
    assert brief([finding]) == [("default_definition_in_use", "task 0", text)]
    assert finding.severity is Severity.WARNING


def test_the_first_generation_pays_for_the_default_definition_that_it_does_not_store():
    (finding,) = check_definitions(Generation.V1, [assessed(1)], 0)
    assert "of block 0; it pays 10 to each attester" in finding.text


@pytest.mark.parametrize(
    ("listed", "maximum", "is_told"),
    [((), 5, False), ((1, 2), 0, False), ((1, 2), 2, False), ((1, 2), 3, True), ((1,), UINT256_MAX, True)],
)
def test_a_maximum_above_the_list_names_the_command_that_lowers_it(listed, maximum, is_told):
    definition = TaskDefinition(TaskDefinitionId(7), 0, listed, maximum)
    total = StoredTotal(4 * E18 if not listed else sum(HEALTHY.l2[i - 1].voting_power for i in listed), None)
    findings = [
        finding
        for finding in check_assessments([assess(definition, None, HEALTHY.l2, total, 7)])
        if finding.code not in ("fragile", "dead")
    ]
    number = len(listed)
    text = f"the maximum is {maximum}, the list has {number}: setting a maximum above {number} reverts"
    assert brief(findings) == ([("max_above_list", "task 7", text)] if is_told else [])
    for finding in findings:
        assert (finding.severity, finding.remedy) == (
            Severity.WARNING,
            (f"avsctl task set-max-attesters 7 {number}",),
        )


@pytest.mark.parametrize(
    ("stored", "power", "text", "is_for_refresh"),
    [
        (0, 0, "the total is 0: no task can be rejected, nor approved", False),
        (1, 1, "the total is 1raw: no task can be rejected, nor approved", False),
        (2, 2, "the total is 2raw: no task can be rejected", False),
        (2, 3, "the total is 2raw: no task can be rejected", True),
        (3, 3, None, False),
    ],
)
def test_a_total_that_cannot_reject_is_told_once(stored, power, text, is_for_refresh):
    operators = (L2Operator(1, "0xA", power, is_active=True),)
    definition = TaskDefinition(TaskDefinitionId(7), 0, (1,))
    there = assess(definition, None, operators, StoredTotal(stored, None), 7)
    found = list(check_rejection(there))
    assert brief(found) == ([("total_too_small", "task 7", text)] if text else [])
    assert [finding.remedy == ("avsctl task refresh 7",) for finding in found] == [is_for_refresh] * len(found)
    codes = {finding.code for finding in check_assessments([there])}
    assert codes & {"dead", "total_too_small"} == ({"dead"} if stored < 2 else {"total_too_small"} if text else set())


@pytest.mark.parametrize(("generation", "others"), [(Generation.V1, ""), (Generation.V2, ", 10001 and 10002 too,")])
def test_a_fee_calculator_is_named_with_what_it_can_do(generation, others):
    assert list(check_fee_calculator(generation, None)) == []
    (finding,) = check_fee_calculator(generation, Address("0xFEE"))
    text = f"0xFEE is asked for the fees of every task{others} and blocks those that it reverts on"
    assert brief([finding]) == [("fee_calculator_set", "AttestationCenter", text)]
    assert finding.severity is Severity.INFO
    assert "setFeeCalculator" in finding.remedy[0]
