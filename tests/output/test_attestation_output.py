"""The answer of attest simulate: whole screens, pinned JSON keys, and hostile texts."""

from dataclasses import replace

import pytest
from attestation_answers import (
    CENTER,
    EMPTY,
    HONEST,
    L1,
    L2,
    ODD,
    OPERATORS,
    PIPE,
    RECOUNTS,
    SETS,
    V1,
    body,
    define,
    document,
    draw,
    present,
    propose,
    simulate,
    simulate_undecodable,
    without,
)

from avsctl.core.attestation.conditions import Hook
from avsctl.core.attestation.recomputation import compare_powers
from avsctl.core.attestation.rehearsal import Knowledge
from avsctl.core.attestation.votes import Conduct
from avsctl.core.findings import Finding, Severity
from avsctl.core.power import PowerChange, VotingPowerUpdate
from avsctl.core.proposals import TotalCall, TotalsUpdate
from avsctl.core.tasks import TOTALS_SYNC, VOTING_POWER_SYNC
from avsctl.core.units import E18
from avsctl.output.attestation_answer import ChainAnswer, Mined, RecomputedAt, Source, View
from avsctl.output.render import Terminal
from avsctl.output.result import FailOn, exit_status

MISSED = Finding("quorum_missed", Severity.CRITICAL, "10001", "10001: 1680 of 1920", ("avsctl internal status",))
WRONG = VotingPowerUpdate(
    (PowerChange(3, 477 * E18 + 1), PowerChange(4, E18)),
    (PowerChange(5, 521 * E18), PowerChange(10, 1040 * E18)),
    23812941,
    38236421,
    (),
)


def test_a_missed_quorum_at_a_terminal():
    screen = draw(simulate(conduct=without(12), findings=(MISSED,)))
    assert (
        screen
        == """\
V2 on Base (8453)   2026-11-19
L1 Ethereum (1)  block 23812940  0x8d200000..  2026-11-19 14:02:23Z  12 s old
L2 Base (8453)  block 38236420  0x5c1e0000..  2026-11-19 14:02:27Z  8 s old

Task 10001, the honest proposal of these blocks
  proof of task  0x8cf877dfb6f60f7f9914a4e855ad905b410c635ad2bfa192d2e4371deda9d2d2, keccak(data)
  task hash      0xdf072d083ff7766732d1919f73fc6cbeb2c1481bfe58d6f9fff9cc322d5d1f3b

  1 decoding       ok    1 increase, 2 decreases, toBlockL1 23812939, toBlockL2 38236418
  2 structure      ok    ids active, no duplicates, no decrease below zero, blocks in bounds
  3 recomputation  ok    3 of 3 match
  4 votes          ok    3 approve (3, 5, 8)   0 reject   1 offline (12)
  5 quorum         FAIL  signed █████████████████████ 1680
                         needed ████████████████████████ 1920   short by 240
                         every passing set holds operator 12; smallest: 8 + 12
  6 the chain      FAIL  submitTask reverts InsufficientVotingPower()
                         the attesters together miss the quorum
                         by the real contract at block 38236421, keys overridden; the model agrees
  7 state after    -     nothing changes; the task hash stays usable

critical quorum_missed  10001: 1680 of 1920
           avsctl internal status
"""
    )
    assert max(map(len, screen.splitlines())) <= 100


def test_an_approved_sync_at_a_terminal():
    assert (
        body(simulate())
        == """\
  1 decoding       ok    1 increase, 2 decreases, toBlockL1 23812939, toBlockL2 38236418
  2 structure      ok    ids active, no duplicates, no decrease below zero, blocks in bounds
  3 recomputation  ok    3 of 3 match
  4 votes          ok    4 approve (3, 5, 8, 12)   0 reject   0 offline
  5 quorum         ok    signed ████████████████████████ 2880
                         needed ████████████████ 1920   more by 960
                         every passing set holds operator 12; smallest: 8 + 12
  6 the chain      ok    submitTask accepts the task
                         by the real contract at block 38236421, keys overridden; the model agrees
  7 state after    ok    3 powers change, read back behind the task
    id  address                                     before (e18)  after (e18)  change
     3  0x0000000000000000000000000000000000000003           360          837    +477
     5  0x0000000000000000000000000000000000000005           520           70    -450
     8  0x0000000000000000000000000000000000000008           800            0    -800
    total (e18) 8160 -> 7387   -773
     task  total before (e18)  after  recomputed  verdict  after
        3                4040   4040        2790  LIVE     STALE
    10001                2880   2880        2107  FRAGILE  STALE
    tasks 3, 10001 become stale: the total no longer fits the powers until the next 10002
    drift that remains:
      operator 10 0x000000000000000000000000000000000000000a  not registered  -1040
      operator 12 0x000000000000000000000000000000000000000c  no operator  -1200
"""
    )


def test_a_wrong_update_in_a_pipe_is_neither_rounded_nor_wrapped_and_has_no_bars():
    assert (
        body(simulate(propose(WRONG)), PIPE)
        == """\
  1 decoding       ok    2 increases, 2 decreases, toBlockL1 23812941, toBlockL2 38236421
  2 structure      FAIL  3 faults
                         operator 5: a decrease by 521 of the 520 that are left: reverts Panic
                         toBlockL1 23812941 is above the head of L1, 23812940: until then no update passes\
, and no later update can undo that
                         toBlockL2 38236421 is not below 38236421, the block that it is executed in\
: reverts InvalidToBlockL2VsCurrentHeight
  3 recomputation  FAIL  0 of 5 match
    id  address                                              proposed (e18)  recomputed  result
     3  0x0000000000000000000000000000000000000003  +477.000000000000000001        +477  \
wrong by +0.000000000000000001
     4  0x0000000000000000000000000000000000000004                       +1           0  unexpected
     5  0x0000000000000000000000000000000000000005                     -521        -450  wrong by -71
     8  0x0000000000000000000000000000000000000008                        0        -800  missing
    10  0x000000000000000000000000000000000000000a                    -1040           0  set to 0
                         1 row let pass: what Othentic's node does there is not known
  4 votes          FAIL  0 approve   4 reject (3, 5, 8, 12)   0 offline
                         an attester that recomputes it rejects it
                         handed in: the rejection of 3, 5, 8, 12
  5 quorum         FAIL  signed 2880 to reject
                         needed 960   more by 1920
  6 the chain      FAIL  submitTask takes the task as a rejected one
                         by the real contract at block 38236421, keys overridden; the model agrees
  7 state after    -     no power changes; the task hash is used up: this very task can never be approved
"""
    )


def test_a_difference_of_one_wei_shows_at_a_terminal():
    rows = body(simulate(propose(WRONG))).splitlines()
    assert "     3  0x0000000000000000000000000000000000000003           ~+477        +477  wrong by +1raw" in rows


def test_rows_that_match_are_counted_beside_others_at_a_terminal_and_listed_in_a_pipe():
    update = replace(HONEST, to_decrease=HONEST.to_decrease[:1])
    note = "      2 others match\n"
    assert note in body(simulate(propose(update)))
    listed = body(simulate(propose(update)), PIPE)
    assert note not in listed
    assert listed.count("  match\n") == 2


def test_an_empty_task_of_an_ordinary_definition():
    answer = simulate(EMPTY, source=Source.EMPTY)
    assert 'Task 3 "price-feed", an empty task\n  proof of task  "x"\n' in draw(answer)
    assert (
        body(answer)
        == """\
  1 decoding       -     a task of this definition carries no update
  2 structure      -     there is no update to check
  3 recomputation  -     there is no update to recompute
  4 votes          ok    6 approve (4, 5, 6, 7, 8, 9)   0 reject   0 offline
  5 quorum         ok    signed ████████████████████████ 4040
                         needed ███████████████▉ ~2693.3333   more by ~1346.6667
                         any 1 may be offline; smallest: 6 + 7 + 8 + 9
  6 the chain      ok    submitTask accepts the task
                         by the real contract at block 38236421, keys overridden; the model agrees
  7 state after    ok    no power changes; the task hash is used up
"""
    )


def test_recounts_of_10002():
    assert (
        body(simulate(propose(TotalsUpdate(RECOUNTS), TOTALS_SYNC), definitions=ODD))
        == """\
  1 decoding       ok    2 recounts: tasks 3, 4
  2 structure      ok    recounts of OBLS alone, by the settings of the definitions
  3 recomputation  ok    2 of 2 match
  4 votes          ok    12 approve (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)   0 reject   0 offline
  5 quorum         ok    signed ████████████████████████ 8160
                         needed ████████████████ 5440   more by 2720
                         any 2 may be offline; smallest: 7 + 8 + 9 + 10 + 11 + 12
  6 the chain      ok    submitTask accepts the task
                         by the real contract at block 38236421, keys overridden; the model agrees
  7 state after    ok    2 totals change, read back behind the task
    task  total before (e18)  after  recomputed  verdict  after
       3                   5   4040        4040  STALE    LIVE
       4                1raw   7040        7040  DEAD     LIVE
"""
    )


def test_calls_that_recount_nothing_or_twice():
    update = TotalsUpdate((RECOUNTS[0], TotalCall(CENTER, b"\1\2\3\4", None), RECOUNTS[0]))
    screen = body(simulate(propose(update, TOTALS_SYNC), definitions=ODD))
    assert screen.startswith(
        """\
  1 decoding       ok    2 recounts: tasks 3, 3, and 1 call that recounts nothing
  2 structure      FAIL  2 faults
                         call 2: it goes to another contract than OBLS: reverts
                           InternalTransactionNotAllowed
                         task 3 is recounted 2 times, and the last one holds
  3 recomputation  FAIL  1 of 2 match
    task  proposed total (e18)  recomputed  result
       4                     -        7040  missing
      1 other matches
"""
    )


def test_data_that_is_no_update():
    answer = simulate_undecodable("5 bytes, cut short in its first word")
    assert body(answer).startswith(
        """\
  1 decoding       FAIL  the data is no update: 5 bytes, cut short in its first word
  2 structure      -     there is no update to check
  3 recomputation  -     there is no update to recompute
  4 votes          FAIL  0 approve   4 reject (3, 5, 8, 12)   0 offline
                         an attester that recomputes it rejects it
"""
    )
    data = document(answer)["data"]
    assert (data["decoding_fault"], data["update"]) == ("5 bytes, cut short in its first word", None)
    assert [step["result"] for step in data["steps"]][:4] == ["fail", "skipped", "skipped", "fail"]


def test_an_update_that_was_not_recomputed_says_why():
    answer = simulate(knowledge=Knowledge(l1_head=L1.number), not_recomputed="a.example has no block 23812939")
    assert "  3 recomputation  -     not recomputed: a.example has no block 23812939\n" in body(answer)
    assert "    drift that remains: not known\n" in body(answer)
    assert document(answer)["data"]["after"]["drift"] is None


def test_without_l1_the_head_of_l1_is_not_known():
    text = "ids active, no duplicates, no decrease below zero, L2 block in bounds; the head of L1 is not known"
    assert f"  2 structure      ok    {text}\n" in body(simulate(l1=None), PIPE)


def test_the_blocks_of_recomputation_are_named_where_they_are_others():
    then = RecomputedAt(replace(L1, number=23812939, timestamp=L1.timestamp - 12), replace(L2, number=38236418))
    assert (
        "  3 recomputation  ok    3 of 3 match\n"
        "                         at L1 block 23812939 (2026-11-19 14:02:11Z) and L2 block 38236418"
        " (2026-11-19 14:02:27Z)\n"
    ) in body(simulate(recomputed_at=then), PIPE)
    assert document(simulate(recomputed_at=then))["data"]["recomputed_at"]["l1"]["number"] == 23812939


def test_nobody_votes_where_there_is_no_definition():
    answer = simulate(propose(None, 7), source=Source.EMPTY)
    assert "  4 votes          FAIL  there is no such task definition, so nobody votes\n" in body(answer)
    assert "  5 quorum         -     there is no total to count from\n" in body(answer)
    assert "submitTask reverts TaskDefinitionNotFound(7)" in body(answer)
    assert document(answer)["data"]["quorum"] is None


def test_a_third_that_rejects():
    both = body(simulate(conduct=Conduct(dissent=frozenset({3, 8}))))
    assert "  4 votes          FAIL  2 approve (5, 12)   2 reject (3, 8)   0 offline\n" in both
    assert "                         handed in: the rejection of 3, 8\n" in both
    assert "signed ████████████████████████ 1160 to reject\n" in both


def test_a_third_that_may_reject_what_is_approved():
    """Two thirds and a third suffice at once where an own total is below the powers."""
    low = (define(VOTING_POWER_SYNC, (3, 5, 8, 12), total=1800 * E18),)
    screen = body(simulate(conduct=Conduct(dissent=frozenset({8})), definitions=low))
    assert (
        "                         counted from a stale total, 1800; the powers of those who may attest give\n"
        "                           2880\n"
        "                         any 1 may be offline; smallest: 12\n"
        "                         those who reject suffice, too: 800 of 600; handed in first they use the\n"
        "                           task up\n"
    ) in screen


@pytest.mark.parametrize(
    ("definition", "text"),
    [
        (define(3, (4, 5), total=0), "counted from the global total, as the stored one is 0: 8160; the powers of "),
        (define(3, (4, 5), total=1), "needed 0   from such a total nothing passes"),
        (define(3, (4, 5), total=1), "no set of attesters passes: all who may attest bring 920"),
        (define(3, (4,)), "every passing set holds operator 4; smallest: 4"),
        (define(3, (4, 5)), "every passing set holds operators 4, 5; smallest: 4 + 5"),
    ],
)
def test_what_the_quorum_rests_on(definition, text):
    assert text in body(simulate(EMPTY, definitions=(definition,), source=Source.EMPTY), PIPE)


def test_a_quorum_that_is_met_exactly():
    exact = (define(3, (4, 5), total=1380 * E18),)
    assert "needed 920   exactly\n" in body(simulate(EMPTY, definitions=exact, source=Source.EMPTY), PIPE)


def test_a_maximum_leaves_the_weakest_out_and_strangers_do_not_vote():
    most = (define(3, range(4, 10), most=5),)
    screen = body(simulate(EMPTY, Conduct(dissent=frozenset({7, 12})), definitions=most, source=Source.EMPTY))
    assert "operator 12 may not attest: InvalidRestrictedAttester\n" in screen
    assert "beyond the maximum" not in screen
    screen = body(simulate(EMPTY, definitions=most, source=Source.EMPTY))
    assert "handed in: the approval of 5, 6, 7, 8, 9\n" in screen
    assert "beyond the maximum of attesters: 4\n" in screen


def test_nobody_who_votes_hands_in_nothing():
    assert "no vote is handed in\n" in body(simulate(conduct=Conduct(attesters=frozenset())))


def test_views_of_attesters():
    behind = compare_powers(HONEST, replace(SETS, l2=tuple(map(double, OPERATORS))))
    views = (
        View("mine", (3,), compare_powers(HONEST, SETS)),
        View("lagging", (5, 8), behind),
        View("broken", (), None, "timed out"),
    )
    answer = simulate(conduct=Conduct(views={3: True, 5: False, 8: False}), views=views)
    wrong = [row.operator_id for row in behind.wrong]
    assert (
        '                         view "mine" of operator 3 finds it right\n'
        f'                         view "lagging" of operators 5, 8 finds {len(wrong)} rows wrong: '
        f"{', '.join(map(str, wrong))}\n"
        '                         view "broken" cannot be read: timed out\n'
    ) in body(answer, PIPE)
    assert [view["is_right"] for view in document(answer)["data"]["views"]] == [True, False, False]


def double(operator):
    return replace(operator, voting_power=2 * operator.voting_power)


def test_a_contract_that_differs_from_the_model_ends_in_status_5():
    base = simulate(conduct=without(12))
    chain = replace(base.chain, is_accepted=True, error=None, powers_after=((3, 837 * E18), (4, 400 * E18)))
    answer = replace(base, chain=chain, differences=("the contract takes it, the model reverts",))
    assert exit_status(present(answer), FailOn.NEVER) == 5
    assert "the model differs: the contract takes it, the model reverts\n" in body(answer)
    assert "the model agrees" not in body(answer)
    found = document(answer)
    assert found["errors"][0]["code"] == "model_differs"
    data = found["data"]
    assert (data["agrees"], data["outcome"], data["model"]["outcome"]) == (False, "submitted", "reverted")
    assert [(each["operator_id"], each["after"]) for each in data["after"]["powers"]] == [(3, str(837 * E18))]


def test_many_differences_are_counted():
    answer = simulate(differences=tuple(f"operator {at} differs" for at in range(200)))
    assert "the model differs: operator 11 differs\n" in body(answer)
    assert "and 188 more (-o json)\n" in body(answer)
    assert "operator 198 differs; operator 199 differs\n" in body(answer, PIPE)
    assert document(answer)["errors"][0]["message"].endswith("operator 0 differs, and 199 more differences")


def test_the_model_alone_where_no_contract_can_be_asked():
    model = ChainAnswer("model", None, None, 38236420, is_next_block=False, lacking="no overrides")
    hooks = {"hooks": frozenset(Hook)}
    answer = simulate(EMPTY, without(8, 9), source=Source.EMPTY, given=hooks, chain=model, differences=None)
    assert """\
  6 the chain      -     by the model submitTask reverts InsufficientVotingPower()
                         the attesters together miss the quorum
                         no contract could be asked
                         no better way: no overrides
                         AvsLogic and the fee calculator of the AVS may refuse it all the same
""" in body(answer)
    data = document(answer)["data"]
    assert (data["chain"]["accepted"], data["agrees"], data["outcome"]) == (None, None, "reverted")
    assert data["model"]["unforeseen"] == ["avs_logic", "fee_calculator"]


def test_process_task_stands_in_at_the_block_itself():
    base = simulate()
    chain = replace(base.chain, asked_with="processTask", evm_block=38236420, is_next_block=False, powers_after=None)
    screen = body(replace(base, chain=chain), PIPE)
    assert (
        "processTask accepts the task\n"
        "                         by the InternalTaskHandler alone, at block 38236420 itself, not the next one;"
        " votes and quorum are as the model has them; the model agrees\n"
    ) in screen
    assert "3 powers change, as the model foresees\n" in screen


@pytest.mark.parametrize(
    ("source", "origin", "words"),
    [
        (Source.FILE, "a b.json", 'from file "a b.json"'),
        (Source.FILE, "-", "from standard input"),
        (Source.DATA, "", "from the data given"),
        (Source.TRANSACTION, "0xab", "from a transaction"),
    ],
)
def test_where_the_task_comes_from(source, origin, words):
    assert f"Task 10001, {words}\n" in draw(simulate(source=source, origin=origin))


@pytest.mark.parametrize(("number", "words"), [(7, "landed in block 5, task number 7"), (None, "reverted in block 5")])
def test_a_mined_transaction(number, words):
    mined = Mined("0x" + "ab" * 32, 5, number is not None, number)
    base = simulate(source=Source.TRANSACTION, origin=mined.transaction_hash, mined=mined)
    answer = replace(base, chain=replace(base.chain, asked_with="submitTask"))
    assert f"Task 10001, from a transaction\n  0x{'ab' * 32}\n  {words}\n" in draw(answer)
    assert "by the real contract at block 38236421, as it was mined; the model agrees\n" in draw(answer)
    assert document(answer)["data"]["mined"]["task_number"] == number


def test_a_task_hash_that_was_used_up():
    first = simulate()
    answer = simulate(given={"burned": frozenset({first.rehearsal.attempt.task_hash})})
    assert "  7 state after    -     nothing changes; the task hash was used up before\n" in body(answer)
    assert "submitTask reverts MessageAlreadySigned()\n" in body(answer)


def test_on_v1_an_update_names_no_blocks_and_governance_mends_totals():
    screen = body(simulate(generation=V1))
    assert "  1 decoding       ok    1 increase, 2 decreases\n" in screen
    assert "no decrease below zero\n" in screen


def test_without_utf8_bars_are_hashes():
    screen = draw(simulate(conduct=without(12)), Terminal(100, is_tty=True, utf8=False))
    assert f"signed {'#' * 21} 1680\n" in screen
