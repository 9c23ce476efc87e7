"""The doctor's lines about task definitions: those that are well in one, each other in its own, lists apart."""

from avsctl.core.deployment import Generation
from avsctl.core.health import check_tasks
from avsctl.core.operators import L2Operator
from avsctl.core.quorum import StoredTotal, assess
from avsctl.core.tasks import TaskDefinition, recompute_total
from avsctl.core.units import E18, Address

OPERATORS = tuple(L2Operator(i, f"0x{i}", 10 * E18, is_active=i != 5) for i in range(1, 6))


def judged(task_definition_id, listed=(), total=None):
    definition = TaskDefinition(task_definition_id, 0, tuple(listed))
    counted = recompute_total(definition, OPERATORS) if total is None else total
    return assess(definition, None, OPERATORS, StoredTotal(counted, counted), 100)


def lines(assessments, generation=Generation.V2, last=None):
    return [(check.code, check.result, check.text) for check in check_tasks(generation, assessments, last)]


def test_all_is_well_in_three_lines():
    assert lines([judged(0), judged(1), judged(2, [1, 2, 3, 4]), judged(10001)]) == [
        ("task_definitions", "ok", "governance has made 2"),
        ("task_verdicts", "ok", "0 1 2 10001 live   0 is for testing only"),
        ("dead_ids", "ok", "no list holds dead or unknown ids"),
    ]


def test_of_internal_tasks_only_the_lists_are_looked_at():
    assessments = [judged(1), judged(10001, [1, 2, 3, 4, 9], 1), judged(10002, [1])]
    checks = check_tasks(Generation.V2, assessments, None, None, {10001, 10002})
    assert [(check.code, check.result, check.text) for check in checks][1:] == [
        ("task_verdicts", "ok", "1 live"),
        ("dead_ids", "warning", "task 10001 lists 9"),
    ]


def test_without_the_default_definition_nothing_is_for_testing():
    assert lines([judged(1), judged(3)], Generation.V1)[1] == ("task_verdicts", "ok", "1 3 live")


def test_each_that_is_not_well_has_its_line():
    told = lines([judged(0), judged(1), judged(2, [1]), judged(3, [1, 2, 3], 25 * E18), judged(4, [77])])
    assert told[1:] == [
        ("task_verdicts", "ok", "0 1 live   0 is for testing only"),
        ("task_verdicts", "info", "2 fragile: dead without operator 1"),
        ("task_verdicts", "warning", "3 stale: the stored total is 25, the operators' powers give 30 (e18)"),
        (
            "task_verdicts",
            "critical",
            "4 dead: the total is 0: two thirds of it are 0, and nothing can be approved",
        ),
        ("dead_ids", "warning", "task 4 lists 77"),
    ]


def test_a_list_with_dead_ids_spoils_no_verdict():
    told = lines([judged(1, [1, 2, 3, 4, 5, 9]), judged(2, [1, 2, 3, 5])])
    assert told[1:] == [
        ("task_verdicts", "ok", "1 2 live"),
        ("dead_ids", "warning", "task 1 lists 5; task 1 lists 9; task 2 lists 5"),
    ]


def test_no_definition_at_all_and_the_default_one_in_use():
    (definitions, verdicts, _) = lines([], Generation.V1)
    assert definitions[:2] == ("task_definitions", "warning")
    assert verdicts == ("task_verdicts", "ok", "there is none")
    (used, *_) = check_tasks(Generation.V2, [judged(0), judged(1)], 4321)
    assert [finding.code for finding in used.findings] == ["default_definition_in_use"]
    assert "4321" in used.text
    (alone, *_) = check_tasks(Generation.V2, [judged(0)], None)
    assert [finding.code for finding in alone.findings] == ["only_default_definition"]


def test_a_fee_calculator_has_its_line_where_there_is_one():
    checks = list(check_tasks(Generation.V2, [judged(0), judged(1)], None, Address("0xFEE")))
    assert [(check.code, check.result) for check in checks][:2] == [
        ("task_definitions", "ok"),
        ("fee_calculator", "info"),
    ]
    assert checks[1].text.startswith("0xFEE is asked for the fees of every task")


def test_a_setting_that_went_wrong_is_told_beside_the_verdict():
    there = assess(TaskDefinition(2, 0, (1, 2, 3), 5), None, OPERATORS, StoredTotal(30 * E18, None), 100)
    told = "2 live: the maximum is 5, the list has 3: setting a maximum above 3 reverts"
    assert ("task_verdicts", "warning", told) in lines([there])
