"""The answer of a writing command: whole screens, pinned JSON keys, and names that would break or deceive."""

import json
from dataclasses import replace

import pytest
from rich.cells import cell_len

from avsctl.contracts.attestation_center import AttestationCenter
from avsctl.contracts.call import Revert
from avsctl.contracts.multi_send import DEPLOYMENTS
from avsctl.contracts.safe_tx import SafeTx
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import (
    CreateDefinition,
    DefinitionState,
    L2State,
    Refusal,
    RewardRole,
    SetList,
    SetMaximum,
    SetMinimum,
    SetReward,
    Step,
    Why,
    apply_setting,
)
from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.findings import Finding, Severity
from avsctl.core.foresight import Foresight, foresee
from avsctl.core.multisig import SafeState, Sender
from avsctl.core.operators import L1Operator, L2Operator, OperatorSets, VotingPowerRead
from avsctl.core.tasks import TaskDefinition, TaskDetails, recompute_total
from avsctl.core.units import E18, UINT256_MAX, Address, brief_e18
from avsctl.output.change import present_change
from avsctl.output.change_answer import ChangeAnswer
from avsctl.output.change_calls import PlannedCall
from avsctl.output.change_outcome import Outcome, Payload, SentCall, WrittenFile
from avsctl.output.change_safe import SafePart
from avsctl.output.destinations import Format
from avsctl.output.render import Terminal, render
from avsctl.output.result import FailOn, exit_status
from avsctl.output.safe_proposal import Hashes, ShownExecution, ShownProposal

CENTER = Address("0x04d2D471959b7Adbaf27A2E158D25088ab8C2843")
SAFE = Address("0x06D05729f338ca3f2d8F9dD50257Fafc0f30acEb")
STRANGER = Address("0x61B5D1cb9cE4142Ecf131d59C846645e1B5d8C3c")
POWERS = (120, 240, 360, 400, 520, 640, 760, 800, 920, 1040, 1160, 1200)
OPERATORS = tuple(L2Operator(at, Address(f"0x{at:040x}"), power * E18, True) for at, power in enumerate(POWERS, 1))
TOTAL = sum(POWERS) * E18
ON_L1 = {3: 837 * E18, 5: 70 * E18, 8: 0}
SETS = OperatorSets(
    OPERATORS,
    tuple(
        L1Operator(each.address, True, VotingPowerRead(ON_L1.get(each.operator_id, each.voting_power)))
        for each in OPERATORS
    ),
    len(OPERATORS),
    TOTAL,
)
LIST = tuple(range(4, 10))
L1 = BlockRef(1, 23812940, "0x8d20" + "0" * 60, 1795096943)
L2 = BlockRef(8453, 38236420, "0x5c1e" + "0" * 60, 1795096947)
NOW = 1795096955
SAFE_SENDER = Sender(SAFE, True, SafeState("1.4.1", 2, (STRANGER,) * 3, 41))
HASH = "0x" + "ab" * 32
DEAD = Finding(
    "dead_after_sync",
    Severity.CRITICAL,
    "task 3",
    "When 10001 lands, 6, 7, 9 bring 2320 of 2426.67 that task 3 needs.",
    ("avsctl power watch --until-sync",),
    "dead_after_sync",
)
TERMINAL, PIPE = Terminal(100, is_tty=True), Terminal()
MINIMUM_AND_MAXIMUM = (
    Step(SetMinimum(3, 500 * E18)),
    Step(SetList(3, LIST), Why.RECOMPUTE_TOTAL),
    Step(SetMaximum(3, 4)),
)
"""What the screen of the design shows."""


def define(number=3, minimum=0, ids=LIST, most=0, *, total=None, name="price-feed"):
    definition = TaskDefinition(number, minimum, ids, most)
    stored = recompute_total(definition, OPERATORS) if total is None else total
    return DefinitionState(definition, TaskDetails(name, UINT256_MAX, 0, 0, 0, 0), stored)


def follow(state, steps):
    """Give the states before the steps and after each; every one must be taken."""
    states = [state]
    for step in steps:
        after = apply_setting(states[-1], step.setting)
        assert not isinstance(after, Refusal)
        states.append(after)
    return tuple(states)


def answer(steps, *definitions, command="task update", generation=Generation.V2, sets=SETS, **changes):
    state = L2State(generation, 38236421, OPERATORS, TOTAL, definitions or (define(),))
    ids = sorted({step.setting.task_definition_id for step in steps} or {3})
    center = AttestationCenter(CENTER, generation)
    made = ChangeAnswer(
        command,
        Deployment(generation, 1, 8453, STRANGER, CENTER, STRANGER, None),
        L1 if sets else None,
        L2,
        SAFE_SENDER,
        True,
        tuple(PlannedCall(step, center.write(step.setting)) for step in steps),
        earlier=(),
        is_atomic=True,
        simulated_with="eth_simulateV1",
        evm_block=38236421,
        is_next_block=True,
        reverts=(),
        foresights=tuple(foresee(number, follow(state, steps), sets) for number in ids),
        findings=(),
        refused=(),
        outcome=Outcome.SHOWN,
    )
    return replace(made, **changes)


def draw(change, terminal=TERMINAL):
    return render(present_change(change, NOW), Format.TABLE, terminal, 0)


def body(change, terminal=TERMINAL):
    """The screen without the lines on blocks and sender."""
    return draw(change, terminal).split("nonce 41)\n\n")[1]


def document(change):
    return json.loads(render(present_change(change, NOW), Format.JSON, PIPE, 0))


def status(change):
    return exit_status(present_change(change, NOW), FailOn.NEVER)


REFUSED = """\
V2 on Base (8453)   2026-11-19
L1 Ethereum (1)  block 23812940  0x8d200000..  2026-11-19 14:02:23Z  12 s old
L2 Base (8453)  block 38236420  0x5c1e0000..  2026-11-19 14:02:27Z  8 s old

As the governance multisig 0x06D05729f338ca3f2d8F9dD50257Fafc0f30acEb (Safe 1.4.1, 2 of 3, nonce 41)

Task 3 "price-feed": 3 calls to AttestationCenter 0x04d2D471959b7Adbaf27A2E158D25088ab8C2843
  1  setTaskDefinitionMinVotingPower(3, 500e18)
  2  setTaskDefinitionRestrictedAttesters(3, [4, 5, 6, 7, 8, 9])
       unchanged list, on purpose: call 1 counts all active operators at or above 500e18, listed or
       not (7040); this one counts the list again (3640)
  3  setTaskDefinitionMaximumNumberOfAttesters(3, 4)
  All 3 must land together: after call 1 alone task 3 is dead (needs ~4693.3333, attainable 3640).

                              before       after  after next 10001  after next 10002
  *  minimum power (e18)           0         500               500               500
  *  maximum attesters      no limit           4                 4                 4
  *  eligible operators            6           5                 3                 3
  *  stored total (e18)         4040        3640              3640              2320
  *  recomputed total           4040        3640              2320              2320
  *  needed to approve    ~2693.3333  ~2426.6667        ~2426.6667        ~1546.6667
  *  attainable                 4040        3120              2320              2320
     may be offline            any 1       any 1                 -         any but 9
     verdict                    LIVE        LIVE              DEAD           FRAGILE
  * changed by the calls
  operator 4 (400e18) is below the new minimum and can no longer attest.

  list and minimum bind attesters only: on chain, performers and aggregators are not checked
  simulated with eth_simulateV1 at block 38236421
  next sync foreseen from L1 block 23812940

critical dead_after_sync  When 10001 lands, 6, 7, 9 bring 2320 of 2426.67 that task 3 needs.
           avsctl power watch --until-sync
           or accept it: --allow dead_after_sync

Refused; nothing was written or sent.
"""


def test_a_refused_change_at_a_terminal():
    change = answer(MINIMUM_AND_MAXIMUM, findings=(DEAD,), refused=(DEAD,))
    assert draw(change) == REFUSED
    assert max(map(len, REFUSED.splitlines())) <= 100
    assert status(change) == 4


def test_in_a_pipe_nothing_is_rounded_or_wrapped():
    change = answer(MINIMUM_AND_MAXIMUM, findings=(DEAD,), refused=(DEAD,))
    assert (
        body(change, PIPE)
        == """\
Task 3 "price-feed": 3 calls to AttestationCenter 0x04d2D471959b7Adbaf27A2E158D25088ab8C2843
  1  setTaskDefinitionMinVotingPower(3, 500e18)
  2  setTaskDefinitionRestrictedAttesters(3, [4, 5, 6, 7, 8, 9])
       unchanged list, on purpose: call 1 counts all active operators at or above 500e18, listed or not (7040)\
; this one counts the list again (3640)
  3  setTaskDefinitionMaximumNumberOfAttesters(3, 4)
  All 3 must land together: after call 1 alone task 3 is dead (needs 4693.333333333333333333, attainable 3640).

                                           before                    after         after next 10001\
         after next 10002
  *  minimum power (e18)                        0                      500                      500\
                      500
  *  maximum attesters                   no limit                        4                        4\
                        4
  *  eligible operators                         6                        5                        3\
                        3
  *  stored total (e18)                      4040                     3640                     3640\
                     2320
  *  recomputed total                        4040                     3640                     2320\
                     2320
  *  needed to approve    2693.333333333333333333  2426.666666666666666666  2426.666666666666666666\
  1546.666666666666666666
  *  attainable                              4040                     3120                     2320\
                     2320
     may be offline                         any 1                    any 1                        -\
                any but 9
     verdict                                 LIVE                     LIVE                     DEAD\
                  FRAGILE
  * changed by the calls
  operator 4 (400e18) is below the new minimum and can no longer attest.

  list and minimum bind attesters only: on chain, performers and aggregators are not checked
  simulated with eth_simulateV1 at block 38236421
  next sync foreseen from L1 block 23812940

critical dead_after_sync  When 10001 lands, 6, 7, 9 bring 2320 of 2426.67 that task 3 needs.
           avsctl power watch --until-sync
           or accept it: --allow dead_after_sync

Refused; nothing was written or sent.
"""
    )


def test_clearing_a_list_on_v1():
    steps = (Step(SetList(3, ())), Step(SetMinimum(3, 500 * E18), Why.RECOMPUTE_TOTAL))
    change = answer(steps, define(minimum=500 * E18), generation=Generation.V1)
    assert (
        body(change)
        == """\
Task 3 "price-feed": 2 calls to AttestationCenter 0x04d2D471959b7Adbaf27A2E158D25088ab8C2843
  1  setTaskDefinitionRestrictedOperators(3, [])
  2  setTaskDefinitionMinVotingPower(3, 500e18)
       unchanged minimum, on purpose: call 1 leaves the total at 0, from which nothing can be
       approved; this one counts the operators at or above 500e18 (7040)
  Both must land together: after call 1 alone task 3 is dead (from its total nothing can be
  approved).

                              before       after  after next sync
     minimum power (e18)         500         500              500
  *  restricted to             6 ids      anyone           anyone
  *  eligible operators            5           8                7
  *  stored total (e18)         3640        7040             7040
  *  recomputed total           3640        7040             6557
  *  needed to approve    ~2426.6667  ~4693.3333       ~4693.3333
  *  attainable                 3640        7040             6557
     may be offline            any 1       any 1            any 1
     verdict                    LIVE        LIVE            STALE
  * changed by the calls
  list before  [4, 5, 6, 7, 8, 9]
  list after   none: anyone may attest
  operators 10 (1040e18), 11 (1160e18), 12 (1200e18) can attest newly.

  simulated with eth_simulateV1 at block 38236421
  next sync foreseen from L1 block 23812940

Nothing was written or sent; add --calldata or --safe-batch FILE.
"""
    )


def test_clearing_a_list_on_v2_leaves_the_global_total():
    steps = (Step(SetList(3, ())), Step(SetMinimum(3, 500 * E18), Why.RECOMPUTE_TOTAL))
    assert (
        "unchanged minimum, on purpose: call 1 leaves the total at 0, for which the global one counts (8160);"
        " this one counts the operators at or above 500e18 (7040)\n"
    ) in body(answer(steps, define(minimum=500 * E18)), PIPE)


@pytest.mark.parametrize(
    ("steps", "is_said"),
    [
        ((Step(SetList(3, (4, 5, 6, 7))),), True),
        ((Step(SetMinimum(3, 1)), Step(SetList(3, LIST), Why.RECOMPUTE_TOTAL)), True),
        ((Step(SetMaximum(3, 5)),), False),
        ((Step(SetList(3, LIST), Why.RECOMPUTE_TOTAL),), False),
        ((Step(SetList(3, ())),), False),
        ((Step(SetMinimum(3, 0)), Step(SetList(3, LIST), Why.RECOMPUTE_TOTAL)), False),
        ((Step(CreateDefinition(TaskDefinition(4, 0, ()), TaskDetails("x", UINT256_MAX, 0, 0, 0, 0))),), False),
        ((Step(CreateDefinition(TaskDefinition(4, 1, ()), TaskDetails("x", UINT256_MAX, 0, 0, 0, 0))),), True),
    ],
)
def test_where_a_list_or_a_minimum_is_set_whom_it_binds_is_said_once(steps, is_said):
    assert draw(answer(steps)).count("bind attesters only") == is_said
    reverts = ((1, Revert("InvalidBlockExpiry")),)
    assert "bind attesters only" not in draw(answer(steps, reverts=reverts))


def test_a_written_change_of_list_and_maximum():
    steps = (Step(SetMaximum(3, 2), Why.LOWER_MAXIMUM), Step(SetList(3, (5, 6))))
    file = WrittenFile("task 3.json", "41" * 32, 3, "task 3.json.avsctl.json")
    change = answer(
        steps,
        define(most=4),
        sets=None,
        simulated_with="eth_call_override",
        evm_block=38236420,
        is_next_block=False,
        outcome=Outcome.WRITTEN,
        files=(file,),
    )
    assert (
        body(change)
        == f"""\
Task 3 "price-feed": 2 calls to AttestationCenter 0x04d2D471959b7Adbaf27A2E158D25088ab8C2843
  1  setTaskDefinitionMaximumNumberOfAttesters(3, 2)
       not asked for: the list becomes shorter than the maximum, which is lowered with it
  2  setTaskDefinitionRestrictedAttesters(3, [5, 6])
  Both must land together: after call 1 alone task 3 is dead (needs ~2693.3333, attainable 1720).

                              before      after
     minimum power (e18)           0          0
  *  maximum attesters             4          2
  *  restricted to             6 ids      2 ids
  *  eligible operators            6          2
  *  stored total (e18)         4040       1160
  *  needed to approve    ~2693.3333  ~773.3333
  *  attainable                 3120       1160
  *  may be offline            any 1       none
  *  verdict                    LIVE    FRAGILE
  * changed by the calls
  list before  [4, 5, 6, 7, 8, 9]
  list after   [5, 6]
  operators 4 (400e18), 7 (760e18), 8 (800e18), 9 (920e18) are not on the new list and can no longer
  attest.

  list and minimum bind attesters only: on chain, performers and aggregators are not checked
  simulated with eth_call under a code override, not eth_simulateV1, at block 38236420 itself, not
  the next one

Wrote 3 calls to task 3.json; nothing was sent.
  sha256 {"41" * 32}
  with what is expected of it in task 3.json.avsctl.json: send both to each owner, who runs
    avsctl safe verify 'task 3.json'
    avsctl safe sign 'task 3.json' --out SIGNATURE
"""
    )
    assert status(change) == 0
    data = document(change)["data"]
    assert data["file"] == {
        "path": "task 3.json",
        "sha256": "41" * 32,
        "calls": 3,
        "sidecar": "task 3.json.avsctl.json",
    }
    assert data["files"] == [data["file"]]
    several = document(replace(change, files=(file, replace(file, path="2.json", sidecar=None))))["data"]
    assert (several["file"], [each["path"] for each in several["files"]]) == (None, ["task 3.json", "2.json"])


def create(name="x", expiry=38836421, **changes):
    definition = TaskDefinition(4, 500 * E18 + 1, LIST, 4)
    details = TaskDetails(name, expiry, 10**15, 0, 7, 100)
    return answer(
        (Step(CreateDefinition(definition, details)),), command="task create", sets=None, **{"findings": (), **changes}
    )


def test_a_creation_that_was_sent_and_got_another_id():
    sent = (SentCall(HASH, 38236422, True, 214870, 5, ()),)
    change = create(expiry_date=1796096947, outcome=Outcome.SENT, sent=sent)
    assert (
        body(change)
        == f"""\
New task, expected id 4, "x": 1 call to AttestationCenter 0x04d2D471959b7Adbaf27A2E158D25088ab8C2843
  1  createNewTaskDefinition("x", (blockExpiry: 38836421, baseRewardFeeForAttesters:
       1000000000000000, baseRewardFeeForPerformer: 0, baseRewardFeeForAggregator: 7,
       disputePeriodBlocks: 100, minimumVotingPower: 500.000000000000000001e18,
       restrictedAttesterIds: [4, 5, 6, 7, 8, 9], maximumNumberOfAttesters: 4))

  expires at block 38836421 (now 38236421), about 2026-12-01 03:49:07Z
  rewards (e18 of the token) attester 0.001, performer 0, aggregator 0.000000000000000007
  dispute period 100 blocks

                            after
  minimum power (e18)        ~500
  maximum attesters             4
  restricted to             6 ids
  eligible operators            5
  stored total (e18)         3640
  needed to approve    ~2426.6667
  attainable                 3120
  may be offline            any 1
  verdict                    LIVE

  list and minimum bind attesters only: on chain, performers and aggregators are not checked
  simulated with eth_simulateV1 at block 38236421

Sent 1 call.
  1  {HASH}
     landed in block 38236422, gas 214870; the state after it equals the simulated one
     created task definition 5, not 4 as expected
"""
    )
    data = document(change)["data"]
    assert list(data)[:3] == ["task_definition_id", "id_is_expected", "expiry_timestamp"]
    assert (data["task_definition_id"], data["id_is_expected"], data["expiry_timestamp"]) == (5, False, 1796096947)
    assert data["states"]["before"] is None
    assert data["states"]["after"]["block_expiry"] == "38836421"


def test_a_creation_is_expected_under_an_id_and_never_expires_where_that_is_asked():
    change = create(expiry=UINT256_MAX)
    assert "(blockExpiry: 2^256-1, " in draw(change, PIPE)
    assert "  never expires\n" in draw(change, PIPE)
    data = document(change)["data"]
    assert (data["task_definition_id"], data["id_is_expected"], data["expiry_timestamp"]) == (4, True, None)
    assert data["calls"][0]["args"] == [
        "x",
        [str(UINT256_MAX), str(10**15), "0", "7", "100", str(500 * E18 + 1), list("456789"), "4"],
    ]


def test_several_definitions_are_refreshed_in_one_table():
    steps = (
        Step(SetList(3, LIST), Why.RECOMPUTE_TOTAL),
        Step(SetMinimum(5, 100 * E18), Why.RECOMPUTE_TOTAL),
    )
    stale = (define(total=9000 * E18), define(5, 100 * E18, (), total=E18 // 3, name="y" * 10_000))
    difference = document(answer(steps, *stale, command="task refresh"))["data"]["task_definitions"]
    assert [each["task_definition_id"] for each in difference] == [3, 5]
    assert list(difference[0]["states"]) == ["before", "after", "after_10001", "after_10002"]
    assert (
        body(answer(steps, *stale, command="task refresh"))
        == """\
2 task definitions: 2 calls to AttestationCenter 0x04d2D471959b7Adbaf27A2E158D25088ab8C2843
  1  setTaskDefinitionRestrictedAttesters(3, [4, 5, 6, 7, 8, 9])
       sets what is set, to recount the total: 9000 before, 4040 after
  2  setTaskDefinitionMinVotingPower(5, 100e18)
       sets what is set, to recount the total: ~0.3333 before, 8160 after

  id  name              total (e18)  after      needed  attainable  verdict  after  10001  10002
   3  price-feed               9000   4040  ~2693.3333        4040  DEAD     LIVE   STALE  LIVE
   5  yyyyyyyyyyyyyy..      ~0.3333   8160        5440        8160  STALE    LIVE   STALE  LIVE

  simulated with eth_simulateV1 at block 38236421
  next sync foreseen from L1 block 23812940

Nothing was written or sent; add --calldata or --safe-batch FILE.
"""
    )


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("scale", [E18 // 3, 1000 * E18 // 7])
@pytest.mark.parametrize("ids", [(5, 10001), (10001,)])
def test_no_number_and_no_word_of_a_head_breaks_at_80_columns(width, scale, ids):
    operators = tuple(replace(each, voting_power=each.voting_power * scale // E18) for each in OPERATORS)
    definitions = [define(number, total=9000 * scale + number) for number in ids]
    steps = tuple(Step(SetList(number, LIST), Why.RECOMPUTE_TOTAL) for number in ids)
    states = follow(L2State(Generation.V2, 1, operators, TOTAL, tuple(definitions)), steps)
    foresights = tuple(foresee(number, states, replace(SETS, l2=operators)) for number in ids)
    words = set(draw(answer(steps, *definitions, foresights=foresights), Terminal(width, is_tty=True)).split())
    for each in foresights:
        assert {brief_e18(stage.quorum.stored_total) for stage in (each.before, each.after)} <= words
    assert {"after", "10001", "10002"} <= words


def test_what_would_revert_has_no_state_after_it():
    center = AttestationCenter(CENTER, Generation.V2)
    change = answer(
        MINIMUM_AND_MAXIMUM,
        earlier=(center.write(SetMaximum(3, 6)), Transaction(STRANGER, bytes.fromhex("12345678"), 7)),
        reverts=((5, Revert("InvalidMaximumNumberOfAttesters")),),
        foresights=(foresee(3, follow(L2State(Generation.V2, 1, OPERATORS, TOTAL, (define(),)), ()), SETS),),
        refused=(Finding("would_revert", Severity.CRITICAL, "task 3", "call 3"),),
    )
    assert (
        body(change)
        == """\
2 calls made earlier run first:
  -  setTaskDefinitionMaximumNumberOfAttesters(3, 6)
  -  function 0x12345678 that avsctl does not know, 4 bytes
       to 0x61B5D1cb9cE4142Ecf131d59C846645e1B5d8C3c
       with a value of 7 wei

Task 3 "price-feed": 3 calls to AttestationCenter 0x04d2D471959b7Adbaf27A2E158D25088ab8C2843
  1  setTaskDefinitionMinVotingPower(3, 500e18)
  2  setTaskDefinitionRestrictedAttesters(3, [4, 5, 6, 7, 8, 9])
       unchanged list, on purpose: call 1 counts all active operators at or above 500e18, listed or
       not; this one counts the list again
  3  setTaskDefinitionMaximumNumberOfAttesters(3, 4)
       would revert: InvalidMaximumNumberOfAttesters()

                           before
  minimum power (e18)           0
  maximum attesters      no limit
  eligible operators            6
  stored total (e18)         4040
  needed to approve    ~2693.3333
  attainable                 4040
  may be offline            any 1
  verdict                    LIVE

  simulated with eth_simulateV1 at block 38236421

Refused; nothing was written or sent.
"""
    )
    data = document(change)["data"]
    assert [each["revert"] for each in data["calls"]] == [None, None, "InvalidMaximumNumberOfAttesters()"]
    assert [each["function"] for each in data["earlier"]] == [
        "setTaskDefinitionMaximumNumberOfAttesters(uint16,uint256)",
        None,
    ]
    assert data["states"]["after"] is None


def test_an_earlier_call_that_reverts_leaves_nothing_to_plan():
    change = answer((), earlier=(Transaction(CENTER, b"\1\2\3\4"),), reverts=((1, Revert("")),), foresights=())
    assert body(change).startswith(
        "1 call made earlier runs first:\n"
        "  -  function 0x01020304 that avsctl does not know, 4 bytes\n"
        "       would revert: reverted without data\n"
    )
    assert "othing to change" not in body(change)
    assert document(change)["data"]["earlier"][0]["revert"] == "reverted without data"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (answer((), simulated_with=""), 'Task 3 "price-feed": nothing to change, it is set as asked for.\n'),
        (answer((), foresights=(), simulated_with=""), "Nothing to change, it is set as asked for.\n"),
        (
            answer((), define(total=5 * E18), simulated_with=""),
            (
                'Task 3 "price-feed": nothing to change, it is set as asked for.\n'
                "  the total of task 3 is stale (5 stored, 4040 recomputed, e18)\n"
                "     avsctl task refresh 3\n"
            ),
        ),
        (
            answer((), command="task refresh", foresights=(), simulated_with=""),
            "Nothing to refresh: there is no stored total that setting it again would mend.\n",
        ),
        (
            answer((), define(ids=(99,), total=5 * E18), command="task refresh", simulated_with=""),
            (
                "Nothing to refresh: there is no stored total that setting it again would mend.\n"
                "  the total of task 3 is stale (5 stored, 0 recomputed, e18): nobody who may attest has any power\n"
            ),
        ),
    ],
)
def test_nothing_to_change_is_said_in_a_line(change, text):
    assert body(change) == text
    assert status(change) == 0
    assert document(change)["data"]["simulated_with"] is None


def test_calls_that_land_one_by_one_are_warned_of_and_stop_at_the_first_that_reverts():
    sent = (
        SentCall(HASH, 38236422, True, 51_000),
        SentCall(HASH, 38236423, False, 30_000, revert=Revert("Error", ("no\x1b",))),
    )
    _, after, *_ = follow(L2State(Generation.V2, 1, OPERATORS, TOTAL, (define(),)), MINIMUM_AND_MAXIMUM)
    change = answer(
        MINIMUM_AND_MAXIMUM,
        sender=Sender(SAFE, False, None),
        is_atomic=False,
        outcome=Outcome.REVERTED,
        findings=(DEAD,),
        sent=sent,
        now=(after.assess(3),),
    )
    text = draw(change)
    assert f"As the governance multisig {SAFE} (an account with a key)\n" in text
    assert (
        "  All 3 must land together, and from this account they do not: after call 1 alone task 3 is dead\n"
        "  (needs ~4693.3333, attainable 3640).\n"
    ) in text
    assert text.endswith(f"""
critical dead_after_sync  When 10001 lands, 6, 7, 9 bring 2320 of 2426.67 that task 3 needs.
           avsctl power watch --until-sync

Accepted by --allow: dead_after_sync
A call reverted.
  1  {HASH}
     landed in block 38236422, gas 51000; the state after it was not compared
  2  {HASH}
     REVERTED in block 38236423, gas 30000: Error('no\\x1b')
Call 3 was not sent.
Task 3 is now DEAD (needs ~4693.3333, attainable 3640).
""")
    assert status(change) == 4
    data = document(change)["data"]
    assert data["safe"] is None
    assert [each["after_call"] for each in data["between"]] == [1, 2, 3]
    assert [each["task_definition"]["verdict"] for each in data["between"]] == ["dead", "live", "live"]
    assert data["accepted"] == ["dead_after_sync"]
    assert [each["status"] for each in data["sent"]] == ["success", "reverted"]
    assert data["now"][0]["verdict"] == "dead"
    assert "allow" not in document(change)["findings"][0]


def test_interrupted_after_something_left():
    some = answer(MINIMUM_AND_MAXIMUM, outcome=Outcome.INTERRUPTED, sent=(SentCall(HASH, 1, True, 2, None, ()),))
    assert draw(some).endswith("the state after it equals the simulated one\nCalls 2 to 3 were not sent.\n")
    assert status(some) == 130


@pytest.mark.parametrize("outcome", [Outcome.INTERRUPTED, Outcome.STOPPED])
def test_what_left_and_is_not_known_to_have_landed_is_never_told_as_not_sent(outcome):
    change = answer(MINIMUM_AND_MAXIMUM, outcome=outcome, pending=HASH)
    word = outcome.value.capitalize()
    known = "sent; whether it lands is not known: look it up before anything is sent again"
    assert draw(change).endswith(f"\n{word}.\n  1  {HASH}\n     {known}\nCalls 2 to 3 were not sent.\n")
    assert document(change)["data"]["pending"] == HASH
    second = replace(change, sent=(SentCall(HASH, 1, True, 2, None, ()),))
    assert draw(second).endswith(f"\n  2  {HASH}\n     {known}\nCall 3 was not sent.\n")


def test_stopped_between_calls_never_says_that_nothing_was_sent():
    sent = (SentCall(HASH, 1, True, 2, None, ()),)
    stopped = answer(MINIMUM_AND_MAXIMUM, outcome=Outcome.STOPPED, sent=sent, findings=(DEAD,), refused=(DEAD,))
    assert draw(stopped).endswith(
        f"\nStopped: the next call is refused as things are now.\n  1  {HASH}\n"
        "     landed in block 1, gas 2; the state after it equals the simulated one\nCalls 2 to 3 were not sent.\n"
    )
    assert status(stopped) == 4
    by_an_error = replace(stopped, findings=(), refused=())
    assert f"\nStopped.\n  1  {HASH}\n" in draw(by_an_error)
    assert document(by_an_error)["data"]["outcome"] == "stopped"
    at_once = replace(stopped, sent=())
    assert draw(at_once).endswith("\nRefused; nothing was written or sent.\n")


@pytest.mark.parametrize("command", ["task update", "task refresh"])
def test_what_would_revert_may_come_without_foresight(command):
    change = answer(MINIMUM_AND_MAXIMUM, command=command, foresights=(), reverts=((1, Revert("", halt="out of gas")),))
    assert body(change).startswith(
        f"Task 3: 3 calls to AttestationCenter {CENTER}\n"
        "  1  setTaskDefinitionMinVotingPower(3, 500e18)\n"
        "       would revert: out of gas\n"
    )
    data = document(change)["data"]
    rows = data.get("task_definitions", [data])
    assert [each["task_definition_id"] for each in rows] == [3]
    assert set(rows[0]["states"].values()) == {None}


@pytest.mark.parametrize(
    ("sender", "kind"),
    [(SAFE_SENDER, "(Safe 1.4.1, 2 of 3, nonce 41)"), (Sender(SAFE, False, None), "(an account with a key)")],
)
def test_a_sender_without_the_role_is_not_headed_as_the_multisig(sender, kind):
    text = draw(answer(MINIMUM_AND_MAXIMUM, sender=sender, holds_role=False), PIPE)
    assert f"\nAs {SAFE} {kind}, which does not hold AVS_GOVERNANCE_MULTISIG\n" in text
    assert "governance multisig" not in text


def test_a_call_that_lacks_a_role_names_it():
    role = bytes.fromhex("f1688026").ljust(32, b"\0")
    revert = Revert("AccessControlUnauthorizedAccount", (SAFE, role))
    before = replace(foresee(3, follow(L2State(Generation.V2, 1, OPERATORS, TOTAL, (define(),)), ()), None), after=None)
    change = answer(MINIMUM_AND_MAXIMUM[:1], foresights=(before,), reverts=((1, revert),))
    told = f"AccessControlUnauthorizedAccount({SAFE}, AVS_GOVERNANCE_MULTISIG)"
    assert f'Task 3 "price-feed": 1 call to AttestationCenter {CENTER}\n' in draw(change, PIPE)
    assert f"       would revert: {told}\n\n" in draw(change, PIPE)
    assert "before" in [line.strip() for line in draw(change, PIPE).splitlines()]
    data = document(change)["data"]
    assert data["calls"][0]["revert"] == told
    assert (data["states"]["before"]["name"], data["states"]["after"]) == ("price-feed", None)


def test_a_creation_that_reverts_has_no_state_at_all():
    nothing = (Foresight(4, None, None, None, None),)
    text = draw(create(foresights=nothing, reverts=((1, Revert("InvalidBlockExpiry")),)), PIPE)
    assert "       would revert: InvalidBlockExpiry()\n\n  simulated with " in text


def test_calldata_is_told_where_it_goes():
    payload = Payload(Transaction(STRANGER, b"\xab\xcd"), 1)
    change = answer(MINIMUM_AND_MAXIMUM, outcome=Outcome.CALLDATA, calldata=(payload,))
    assert draw(change).endswith(
        f"\nNothing was sent; the calldata goes to:\n  1  {STRANGER}  operation 1 (delegatecall), value 0 wei\n"
    )
    assert document(change)["data"]["calldata"] == [{"to": STRANGER, "value": "0", "data": "0xabcd", "operation": 1}]


@pytest.mark.parametrize(
    ("sender", "kind", "ways"),
    [
        (SAFE_SENDER, "(Safe 1.4.1, 2 of 3, nonce 41)", "--calldata or --safe-batch FILE"),
        (Sender(SAFE, True, None), "(a contract that is no Safe)", "--calldata"),
        (Sender(SAFE, False, None), "(an account with a key)", "--calldata or --send"),
    ],
)
def test_the_ways_out_are_those_that_the_sender_has(sender, kind, ways):
    text = draw(answer(MINIMUM_AND_MAXIMUM, sender=sender))
    assert f"{SAFE} {kind}\n" in text
    assert text.endswith(f"\nNothing was written or sent; add {ways}.\n")


def test_a_reward_has_a_row_where_it_changes():
    steps = (Step(SetReward(3, RewardRole.PERFORMER, 10**15)),)
    text = draw(answer(steps, generation=Generation.V3), PIPE)
    assert "  1  setBaseRewardFeeForPerformer(3, 1000000000000000)\n" in text
    (row,) = [line.split() for line in text.splitlines() if "reward (e18)" in line]
    assert row == ["*", "performer", "reward", "(e18)", "0", "0.001", "0.001", "0.001"]


def test_a_terminal_counts_the_operators_of_a_long_list_and_a_pipe_names_all():
    change = answer((Step(SetMinimum(3, 0)), Step(SetList(3, LIST))), define(minimum=1100 * E18, ids=()))
    shown = draw(answer((Step(SetList(3, (11, 12))),), define(ids=())))
    assert (
        "  operators 1 (120e18), 2 (240e18), 3 (360e18), 4 (400e18), 5 (520e18), 6 (640e18) and 4 more are\n"
        "  not on the new list and can no longer attest.\n"
    ) in shown
    assert "9 (920e18), 10 (1040e18) are not on" in draw(answer((Step(SetList(3, (11, 12))),), define(ids=())), PIPE)
    assert "\n  operators 11 (1160e18), 12 (1200e18) are not on the new list" in draw(change)


DATA_KEYS = [
    "sender",
    "calls",
    "earlier",
    "atomic",
    "simulated_with",
    "simulated_at_block",
    "is_next_block",
    "outcome",
]
LAST_KEYS = ["between", "safe", "accepted", "file", "files", "calldata", "sent", "pending", "now"]
STATE_KEYS = [
    "task_definition_id",
    "name",
    "minimum_voting_power",
    "maximum_number_of_attesters",
    "restricted_operator_ids",
    "block_expiry",
    "is_expired",
    "attester_reward",
    "performer_reward",
    "aggregator_reward",
    "dispute_period_blocks",
    "details",
    "quorum",
    "verdict",
    "is_stale",
]


def test_the_keys_of_the_data():
    change = answer(MINIMUM_AND_MAXIMUM, findings=(DEAD,), refused=(DEAD,))
    read = document(change)
    data = read["data"]
    assert list(data) == ["task_definition_id", *DATA_KEYS, "states", *LAST_KEYS]
    assert (data["task_definition_id"], data["sender"], data["outcome"]) == (3, SAFE, "shown")
    assert (data["atomic"], data["simulated_with"], data["simulated_at_block"]) == (True, "eth_simulateV1", 38236421)
    assert data["safe"] == {
        "address": SAFE,
        "version": "1.4.1",
        "threshold": 2,
        "nonce": 41,
        "chain_nonce": 41,
        **dict.fromkeys(("data_hash", "domain_hash", "message_hash", "safe_tx_hash", "operation", "to", "is_expected")),
        "transactions": [],
    }
    assert data["between"] == []
    assert [list(each) for each in data["calls"]] == [["to", "value", "data", "function", "args", "why", "revert"]] * 3
    assert data["calls"][1] | {"data": ""} == {
        "to": CENTER,
        "value": "0",
        "data": "",
        "function": "setTaskDefinitionRestrictedAttesters(uint16,uint256[])",
        "args": ["3", ["4", "5", "6", "7", "8", "9"]],
        "why": "recompute_total",
        "revert": None,
    }
    assert [each["data"][:10] for each in data["calls"]] == ["0x64ada5d0", "0x58e75c82", "0x5fdd0ac7"]
    assert list(data["states"]) == ["before", "after", "after_10001", "after_10002"]
    assert all(list(state) == STATE_KEYS for state in data["states"].values())
    assert [state["verdict"] for state in data["states"].values()] == ["live", "live", "dead", "fragile"]
    assert data["states"]["after_10002"]["quorum"]["pivotal"] == [9]
    assert read["findings"][0]["allow"] == "dead_after_sync"


def test_the_keys_of_a_refresh():
    step = Step(SetList(3, LIST), Why.RECOMPUTE_TOTAL)
    data = document(answer((step,), define(total=1), command="task refresh", sets=None))["data"]
    assert list(data) == [*DATA_KEYS, "task_definitions", *LAST_KEYS]
    (only,) = data["task_definitions"]
    assert list(only) == ["task_definition_id", "states"]
    assert (only["states"]["after_10001"], only["states"]["after_10002"]) == (None, None)


def test_the_keys_of_what_was_sent():
    change = create(outcome=Outcome.SENT, sent=(SentCall(HASH, 7, True, 2, 4, ()),))
    assert document(change)["data"]["sent"] == [
        {
            "transaction_hash": HASH,
            "block_number": 7,
            "status": "success",
            "gas_used": 2,
            "task_definition_id": 4,
            "revert": None,
            "is_as_simulated": True,
            "differences": [],
        }
    ]


# The transactions of a Safe


HASHES = Hashes(b"\xdd" * 32, b"\xee" * 32, b"\xab" * 32, b"\xcd" * 32)
MULTI_SEND = next(each for each in DEPLOYMENTS if each.version == "1.4.1")
BATCH = ShownProposal(
    SafeTx(MULTI_SEND.address, b"\1\2", 41, operation=1), HASHES, MULTI_SEND, ShownExecution(True, None, 214870)
)
SINGLE = ShownProposal(SafeTx(CENTER, b"\1\2", 41), HASHES)
DEVICE = f"""\
Compare with your device
Domain hash   0x{"DD" * 32}
Message hash  0x{"EE" * 32}
safeTxHash    0x{"ab" * 32}
data hash     0x{"cd" * 32}
"""
ENCODED = {
    "data_hash": "0x" + "cd" * 32,
    "domain_hash": "0x" + "dd" * 32,
    "message_hash": "0x" + "ee" * 32,
    "safe_tx_hash": "0x" + "ab" * 32,
}


def with_safe(*proposals, nonce=41, simulated=41, is_expected=None, **changes):
    part = SafePart(nonce, simulated, proposals, is_expected)
    return answer(MINIMUM_AND_MAXIMUM, safe=part, is_atomic=len(proposals) == 1, **changes)


@pytest.mark.parametrize("terminal", [TERMINAL, PIPE])
def test_the_one_transaction_of_a_safe_stands_between_states_and_findings(terminal):
    change = with_safe(BATCH, nonce=43, is_expected=True, findings=(DEAD,), refused=(DEAD,))
    assert f"""
  next sync foreseen from L1 block 23812940

Safe transaction, nonce 43; simulated at nonce 41
  operation 1: delegatecall to MultiSendCallOnly 1.4.1, code hash verified
    {MULTI_SEND.address}
  executed as a whole: ok, gas 214870
{DEVICE}\
It is the transaction that --expect names.

critical dead_after_sync""" in draw(change, terminal)
    encoded = document(change)["data"]["safe"]
    assert list(encoded)[:5] == ["address", "version", "threshold", "nonce", "chain_nonce"]
    assert (encoded["nonce"], encoded["chain_nonce"], encoded["is_expected"]) == (43, 41, True)
    assert {key: encoded[key] for key in ENCODED} == ENCODED
    assert (encoded["operation"], encoded["to"]) == (1, MULTI_SEND.address)
    assert encoded["transactions"] == [
        {
            "nonce": 41,
            "to": MULTI_SEND.address,
            "value": "0",
            "operation": 1,
            "data": "0x0102",
            **ENCODED,
            "execution": {"is_success": True, "revert": None, "gas_used": 214870},
        }
    ]


def test_each_of_several_transactions_tells_the_state_that_it_leaves():
    guarded = replace(SINGLE, execution=ShownExecution(False, Revert("", (), b"\xde\xad\xbe\xef"), 7))
    refused = replace(SINGLE, execution=ShownExecution(False, Revert("Error", ("GS013",)), None))
    change = with_safe(SINGLE, guarded, refused)
    text = draw(change)
    assert (
        f"""
Safe transaction 1 of 3, call 1, nonce 41
  operation 0: call to {CENTER}
  executed as a whole: not simulated
  after it task 3 is DEAD (needs ~4693.3333, attainable 3640)
{DEVICE}
Safe transaction 2 of 3, call 2, nonce 42
"""
        in text
    )
    assert "  after it task 3 is LIVE (needs ~2426.6667, attainable 3640)\n" in text
    assert "  executed as a whole: reverts with unknown revert data 0xdeadbeef\n" in text
    assert "Safe transaction 3 of 3, call 3, nonce 43\n" in text
    assert "  executed as a whole: reverts with Error('GS013'): the call that the Safe makes failed\n" in text
    data = document(change)["data"]
    assert [each["task_definition"]["verdict"] for each in data["between"]] == ["dead", "live", "live"]
    assert {data["safe"][key] for key in (*ENCODED, "operation", "to")} == {None}
    executions = [each["execution"] for each in data["safe"]["transactions"]]
    assert executions == [
        None,
        {"is_success": False, "revert": "unknown revert data 0xdeadbeef", "gas_used": 7},
        {"is_success": False, "revert": "Error('GS013')", "gas_used": None},
    ]


def test_a_delegatecall_to_what_is_not_known_is_critical():
    unknown = replace(BATCH, multi_send=None, execution=ShownExecution(False, None, None))
    text = draw(with_safe(unknown), Terminal(100, is_tty=True, colour=True))
    (line,) = [line for line in text.splitlines() if "DELEGATECALL" in line]
    assert f"DELEGATECALL to {MULTI_SEND.address}, which is not known\x1b[0m" in line
    assert "\x1b[1;31m" in line
    assert "fails without a revert: the Safe would use up its nonce" in text


def test_another_transaction_than_expected_ends_in_status_3_unless_it_is_refused():
    change = with_safe(BATCH, is_expected=False)
    assert draw(change).endswith("\nNot the transaction that --expect names; nothing was written or sent.\n")
    assert status(change) == 3
    assert status(replace(change, findings=(DEAD,), refused=(DEAD,))) == 4


HOSTILE = [
    "\x1b[31m\x1b]0;owned\x07",
    "ok\u202egnp\n\r\t",
    'x": 0 calls to AttestationCenter 0x00',
    'x\\", (blockExpiry: 0))',
    "[bold]x[/bold]{}{0}",
    "\ud800",
    "n" * 10_000,
    "w " * 5_000,
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("width", [50, 100, 200])
def test_a_hostile_name_neither_breaks_nor_forges_the_screen(name, width):
    change = answer(MINIMUM_AND_MAXIMUM, define(name=name))
    lines = draw(change, Terminal(width, is_tty=True)).splitlines()
    assert all(line.isprintable() and cell_len(line) <= width for line in lines)
    assert len(lines) < 70
    assert all(line.isprintable() for line in draw(change, PIPE).splitlines())
    assert draw(change, PIPE).count('": 3 calls to AttestationCenter') == 1


def test_a_name_cannot_close_its_quotes():
    change = create(name='a", (blockExpiry: 0\\')
    assert '1  createNewTaskDefinition("a\\", (blockExpiry: 0\\\\", (blockExpiry: 38836421, ' in draw(change, PIPE)
    assert 'New task, expected id 4, "a\\", (blockExpiry: 0\\\\": 1 call' in draw(change, PIPE)


def test_a_long_name_is_cut_at_a_terminal_and_whole_in_a_pipe():
    change = create(name="n" * 10_000)
    assert f'createNewTaskDefinition("{"n" * 10_000}", ' in draw(change, PIPE)
    assert draw(change).count("n") < 700
    assert '...(+9800)"' in draw(change).replace("\n       ", "").replace("\n", "")


@pytest.mark.parametrize("width", [50, 100])
def test_the_largest_numbers_fit_a_terminal(width):
    steps = (Step(SetMinimum(3, UINT256_MAX)), Step(SetMaximum(3, UINT256_MAX)))
    change = answer(
        steps,
        define(ids=()),
        evm_block=UINT256_MAX,
        sender=Sender(SAFE, True, SafeState("\x1b" * 5_000, UINT256_MAX, (), UINT256_MAX)),
        sent=(SentCall(HASH, UINT256_MAX, True, UINT256_MAX),),
        outcome=Outcome.SENT,
    )
    lines = draw(change, Terminal(width, is_tty=True)).splitlines()
    assert all(line.isprintable() and (cell_len(line) <= width or HASH in line) for line in lines)
    assert document(change)["data"]["safe"]["nonce"] == str(UINT256_MAX)


def test_changed_cells_stand_out_in_colour():
    change = answer((Step(SetMaximum(3, 4)),), sets=None)
    text = draw(change, Terminal(100, is_tty=True, colour=True))
    (row,) = [line for line in text.splitlines() if "maximum attesters" in line]
    assert row.endswith("\x1b[1m4\x1b[0m")
    (row,) = [line for line in text.splitlines() if "stored total" in line]
    assert "\x1b" not in row


def test_a_finding_that_nothing_accepts_names_no_way_to():
    finding = replace(DEAD, code="would_revert", allow=None)
    assert "--allow" not in draw(answer(MINIMUM_AND_MAXIMUM, findings=(finding,), refused=(finding,)))
