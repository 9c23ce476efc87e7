"""What is found of a rehearsed task: why it would not be approved, and where contract and model differ."""

from dataclasses import replace

import pytest
from attestation_case import GONE, conditions_of, define, propose, sets_of, update_of

from avsctl.core.attestation.agreement import Refusal, Taken
from avsctl.core.attestation.conditions import Hook, Party, Refused
from avsctl.core.attestation.hearing import Hearing, check_faults, check_hearing
from avsctl.core.attestation.rehearsal import Knowledge, Task, rehearse
from avsctl.core.attestation.structure import check_structure
from avsctl.core.attestation.votes import Conduct
from avsctl.core.findings import Severity

SYNC = define(10001, ids=(3, 5, 8, 12), own_total=2880)
CONDITIONS = conditions_of(SYNC, define(1), last_commit_l1=40, last_commit_l2=90)
SETS = sets_of(CONDITIONS.state, {3: 837, 5: 70, 8: 0, 9: GONE})
KNOWN = Knowledge(then=SETS, now=SETS, l1_head=60)
HONEST = update_of([(3, 477)], [(5, 450), (8, 800)])
ALL = frozenset({3, 5, 8, 12})
TAKEN = Taken({})


def hear(update=HONEST, seen="model", *, conditions=CONDITIONS, conduct=None, definition=10001, fault=""):
    """Rehearse a task; the contract says what the model says, unless it is told what."""
    performer = Party("0x12")
    task = Task(propose(definition, update), b"hash", performer, performer, is_readable=not fault)
    rehearsal = rehearse(task, conditions, KNOWN, conduct or Conduct())
    answer = rehearsal.answer
    if seen == "model":
        seen = Refusal(answer.error, answer.args) if isinstance(answer, Refused) else TAKEN
    return Hearing(conditions, rehearsal, seen, rehearsal.attempt, conditions.block, fault)


def codes(hearing):
    return [finding.code for finding in check_hearing(hearing)]


def found(hearing, code):
    (finding,) = (each for each in check_hearing(hearing) if each.code == code)
    return finding


def test_of_an_honest_update_that_lands_nothing_is_found():
    assert codes(hear()) == []
    assert codes(hear(seen=None)) == []
    assert codes(hear(None, definition=1)) == []


@pytest.mark.parametrize(
    ("update", "words"),
    [
        (update_of([(3, 476)], [(5, 450), (8, 800)]), "1 of 3 rows are not what recomputing them gives: operator 3"),
        (update_of([(3, 477)], [(5, 450)]), "operator 8 missing"),
        (update_of([(3, 477), (1, 9)], [(5, 450), (8, 800)]), "operator 1 unexpected"),
    ],
)
def test_rows_that_differ_make_a_proposal_wrong_and_attesters_reject_it(update, words):
    hearing = hear(update)
    assert codes(hearing) == ["proposal_wrong", "task_rejected"]
    assert words in found(hearing, "proposal_wrong").text


def test_a_wrong_amount_is_told_with_both_figures():
    text = found(hear(update_of([(3, 476)], [(5, 450), (8, 800)])), "proposal_wrong").text
    assert "476raw instead of 477raw" in text


def test_what_is_wrong_by_itself_is_told_apart_from_a_block_above_the_head():
    hearing = hear(update_of([(3, 477), (3, 0)], [(5, 450), (8, 800)], l1=61))
    assert codes(hearing) == ["block_above_head", "proposal_wrong", "task_rejected"]
    assert found(hearing, "block_above_head").text.startswith("toBlockL1 is 61, the head of L1 60")
    assert found(hearing, "proposal_wrong").text.startswith("wrong by itself: duplicate id (operator 3); zero delta")


def test_only_some_of_many_faults_are_named():
    update = update_of([(each, 0) for each in range(1, 10)])
    faults = check_structure(propose(10001, update), CONDITIONS, 60)
    (finding,) = check_faults(faults, "update")
    assert finding.text.count("zero delta") == 5
    assert finding.text.endswith("and 4 more")


def test_data_that_is_no_update_is_rejected_and_not_compared():
    hearing = hear(None, fault="cut short")
    assert codes(hearing) == ["proposal_wrong", "task_rejected"]
    assert hearing.is_judged_by_model
    dissent = hear(None, seen=TAKEN, fault="cut short", conduct=Conduct(dissent=ALL))
    assert (dissent.attempt.is_approved, dissent.is_judged_by_model, dissent.differences) == (True, False, ())


def test_an_operator_that_is_lowered_to_0_is_named_and_not_judged():
    hearing = hear(update_of([(3, 477)], [(5, 450), (8, 800), (9, 920)]))
    assert codes(hearing) == ["node_rule_unknown"]
    assert found(hearing, "node_rule_unknown").text.endswith("operator 9")


def test_a_quorum_that_is_missed_is_told_with_both_powers_and_once():
    hearing = hear(conduct=Conduct(offline=frozenset({12})))
    assert codes(hearing) == ["quorum_missed"]
    finding = found(hearing, "quorum_missed")
    assert (finding.subject, finding.text) == ("task 10001", "1680raw of 1920raw (e18)")


def test_both_quorums_reached_is_a_race():
    hearing = hear(conduct=Conduct(dissent=frozenset({5, 3, 8})))
    assert codes(hearing) == ["task_rejected"]
    conditions = conditions_of(define(10001, ids=(3, 5, 8, 12), own_total=1680), last_commit_l1=40, last_commit_l2=90)
    race = hear(conditions=conditions, conduct=Conduct(dissent=frozenset({8})))
    assert codes(race) == ["rejectable_first"]
    assert found(race, "rejectable_first").severity is Severity.WARNING


def test_a_task_that_was_handed_in_is_replayed_and_not_rejected_anew():
    burned = replace(CONDITIONS, burned=frozenset({b"hash"}))
    assert codes(hear(conditions=burned)) == ["replayed"]
    assert codes(hear(conditions=burned, conduct=Conduct(dissent=ALL))) == ["replayed"]


def test_a_paused_flow_is_critical():
    finding = found(hear(conditions=replace(CONDITIONS, is_paused=True)), "flow_paused")
    assert (finding.severity, finding.subject) == (Severity.CRITICAL, "TASKS_SUBMISSION_FLOW")


def test_other_refusals_are_named_with_their_arguments():
    hearing = hear(None, definition=77)
    assert codes(hearing) == ["attestation_refused"]
    assert found(hearing, "attestation_refused").text == "it reverts TaskDefinitionNotFound(77)"
    silent = hear(seen=Refusal("", ()))
    assert found(silent, "attestation_refused").text == "it reverts without data, as for want of gas"
    assert codes(silent) == ["attestation_refused"]


def test_a_refusal_that_a_fault_names_is_not_told_twice():
    hearing = hear(update_of([(3, 477)], [(5, 9000), (8, 800)]), conduct=Conduct(dissent=ALL))
    assert hearing.refusal == Refusal("Panic", (0x11,))
    assert codes(hearing) == ["proposal_wrong", "proposal_wrong"]


def test_a_hook_explains_what_the_model_does_not():
    hooked = replace(CONDITIONS, hooks=frozenset({Hook.FEE_CALCULATOR}))
    hearing = hear(seen=Refusal("Broken", ()), conditions=hooked)
    assert codes(hearing) == ["hook_refuses"]
    assert "fee_calculator" in found(hearing, "hook_refuses").text
    assert hearing.differences == ()
    logic = replace(CONDITIONS, hooks=frozenset({Hook.AVS_LOGIC}))
    assert codes(hear(seen=Refusal("Broken", ()), conditions=logic)) == ["attestation_refused", "model_differs"]


def test_a_hook_explains_no_other_difference():
    hooked = replace(CONDITIONS, hooks=frozenset({Hook.FEE_CALCULATOR}))
    missed = Conduct(offline=frozenset({12}))
    assert codes(hear(seen=TAKEN, conditions=hooked, conduct=missed)) == ["quorum_missed", "model_differs"]
    assert codes(hear(seen=Taken({3: 1}), conditions=hooked)) == ["model_differs"]


def test_a_contract_that_says_otherwise_is_believed_and_told():
    hearing = hear(seen=Refusal("MessageAlreadySigned", ()))
    assert codes(hearing) == ["replayed", "model_differs"]
    assert found(hearing, "model_differs").severity is Severity.CRITICAL


def test_the_model_is_held_to_the_block_that_the_contract_ran_in():
    late = update_of([(3, 477)], [(5, 450), (8, 800)], l2=100)
    hearing = hear(late)
    refused = Refusal("InvalidToBlockL2VsCurrentHeight", (100, 100))
    assert replace(hearing, evm_block=100, seen=refused).differences == ()
    assert replace(hearing, evm_block=100).differences
    earlier = replace(hearing.attempt, proposal=propose(10001, replace(late, to_block_l2=99)))
    assert replace(hearing, evm_block=100, asked=earlier).differences == ()
