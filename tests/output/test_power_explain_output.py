"""Explanations of drift on a screen and in JSON: the mock of the screen, and every cause in words and in data."""

import json
from dataclasses import replace

import pytest

from avsctl.core.cause_facts import (
    CauseCode,
    L2Since,
    NoThen,
    OldListing,
    OperatorFacts,
    Seen,
    Shift,
    StakePart,
    StakeSettings,
    Then,
    Write,
)
from avsctl.core.causes import explain
from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.findings import build_finding
from avsctl.core.operators import L1Operator, NotAnOperator, Unreadable, VotingPowerRead
from avsctl.core.power import LastSync
from avsctl.core.units import E18
from avsctl.output.cause_words import LABELS
from avsctl.output.destinations import Format
from avsctl.output.power_explain import ExplainAnswer, present_explanations, tell_unreadable
from avsctl.output.render import Terminal, render
from avsctl.output.result import FailOn, exit_status

NOW = 1_795_096_947
L1, L2 = BlockRef(1, 23_812_940, "0x" + "1" * 64, NOW - 4), BlockRef(8453, 38_236_420, "0x" + "2" * 64, NOW)
DEPLOYMENT = Deployment(Generation.V2, 1, 8453, "0xA", "0xB", "0xC", "0xD")
SYNC = LastSync(23_810_220, 38_220_102, NOW - 9 * 3600)
STETH, OTHER = "0x" + "5" * 40, "0x" + "6" * 40
SETTINGS = StakeSettings(((STETH, 1), (OTHER, 2)), 0, 0)
SEEN = Seen(23_811_000, "0x" + "7" * 64)
WIDE = Terminal(100, is_tty=True)


def address(number):
    return f"0x{number:040x}"


def facts(number, l1, l2, *, registered=True, active=True, then=None, settings=SETTINGS, **others):
    answer = VotingPowerRead(l1 * E18) if isinstance(l1, int) else l1
    who = L1Operator(address(number), registered, answer)
    past = then if isinstance(then, NoThen) else Then(23_810_220, (l2 if then is None else then) * E18, True, SETTINGS)
    return OperatorFacts(
        others.pop("generation", Generation.V2),
        number if active or "dead" in others else None,
        address(number),
        who,
        active,
        l2 * E18,
        settings,
        then=past,
        **{name: value for name, value in others.items() if name != "dead"},
    )


STAKE = (StakePart(STETH, 1, 837 * E18, 360 * E18), StakePart(OTHER, 2, 0, 0))
MOCK = (
    facts(3, 837, 360, parts=STAKE),
    facts(5, 70, 520),
    facts(8, 0, 800),
    facts(10, 1040, 1040, registered=False, message=SEEN),
    facts(12, NotAnOperator(), 1200, generation=Generation.V1),
)


def answer_of(*known, findings=(), deployment=DEPLOYMENT, sync=SYNC):
    explanations = tuple(map(explain, known))
    return ExplainAnswer(deployment, L1, L2, sync, explanations, findings, tell_unreadable(explanations))


def shown(*known, **others):
    return render(present_explanations(answer_of(*known, **others), NOW), Format.TABLE, WIDE, 3)


def told(*known, **others):
    result = present_explanations(answer_of(*known, **others), NOW)
    return json.loads(render(result, Format.JSON, WIDE, exit_status(result, FailOn.WARNING)))


def test_the_mock_of_the_screen():
    text = "3 operators wait for it: 10001 needs more"
    dead = build_finding("sync_dead", "10001", text, ("avsctl task refresh 10001",))
    lines = shown(*MOCK, findings=(dead,)).splitlines()
    assert lines[4:] == [
        "Compared with the last sync: L1 block 23810220, L2 block 38220102",
        "",
        f"operator 3  {address(3)}   +477",
        "  pending       L1 was 360 at the last sync, as L2 still is; stake rose since",
        f"  power from    {STETH}  360 -> 837",
        "  mended by     the next 10001 sync",
        "",
        f"operator 5  {address(5)}   -450",
        "  pending       L1 was 520 at the last sync, as L2 still is; stake fell since",
        "  mended by     the next 10001 sync",
        "",
        f"operator 8  {address(8)}   -800",
        "  pending       L1 was 800 at the last sync, as L2 still is; all stake is gone since",
        "  or            pending_sync or left_eigenlayer: L1 answers 0 for an operator that left EigenLayer",
        "                as for one without stake",
        "  mended by     the next 10001 sync",
        "",
        f"operator 10  {address(10)}   -1040",
        "  message lost  unregistered on L1, L2 still active: the message from L1 has not arrived; L1 block",
        "                23811000, transaction",
        f"                {SEEN.transaction}",
        "  mended by     not a sync",
        "                LayerZero message of the unregistering transaction",
        "                governance ejection",
        "",
        f"operator 12  {address(12)}   -1200",
        "  left          no EigenLayer operator any more: L1 votingPower reverts NotActiveOperator()",
        "  mended by     not a sync",
        "                unregistering from the AVS",
        "",
        "critical sync_dead  3 operators wait for it: 10001 needs more",
        "           avsctl task refresh 10001",
    ]


def test_the_keys_of_the_data():
    data = told(*MOCK)["data"]
    assert data["compared_with"] == {"to_block_l1": "23810220", "to_block_l2": "38220102"}
    first = data["operators"][0]
    assert list(first) == ["operator_id", "address", "delta", "causes", "not_told_apart", "staking_contracts"]
    assert (first["operator_id"], first["delta"]) == (3, "477000000000000000000")
    assert first["causes"] == [
        {
            "code": "pending_sync",
            "certain": True,
            "evidence": {
                "l1_at_last_sync": "360000000000000000000",
                "l2_now": "360000000000000000000",
                "l1_now": "837000000000000000000",
                "by_stake": "477000000000000000000",
                "change": "rose",
                "to_block_l1": "23810220",
            },
            "mended_by_sync": True,
            "remedy": [],
        }
    ]
    assert first["staking_contracts"][0] == {
        "staking_contract": STETH,
        "multiplier": "1",
        "voting_power": "837000000000000000000",
        "at_last_sync": "360000000000000000000",
    }
    lost = data["operators"][3]["causes"][0]
    assert lost["evidence"] == {
        "registered_on_l1": False,
        "active_on_l2": True,
        "block": 23_811_000,
        "transaction": SEEN.transaction,
    }
    assert lost["remedy"] == ["LayerZero message of the unregistering transaction", "governance ejection"]
    assert data["operators"][2]["not_told_apart"] == [
        {
            "codes": ["pending_sync", "left_eigenlayer"],
            "why": "L1 answers 0 for an operator that left EigenLayer as for one without stake",
        }
    ]


CAP = replace(SETTINGS, max_effective_balance=150 * E18)
DOUBLED = replace(SETTINGS, multipliers=((STETH, 2), (OTHER, 2)))
SINGLE = replace(SETTINGS, multipliers=((STETH, 1),))


def shifted(code, moved):
    return (Shift(SEEN, (code,), moved * E18),)


CASES = {
    "pending_sync": (facts(3, 837, 360), "stake rose since"),
    "multiplier_changed": (
        facts(3, 200, 100, settings=DOUBLED, shifts=shifted(CauseCode.MULTIPLIER_CHANGED, 100)),
        f"what stake counts changed: {STETH} 1 -> 2; +100 in L1 block 23811000",
    ),
    "staking_contracts_changed": (
        facts(3, 60, 100, settings=SINGLE, shifts=shifted(CauseCode.STAKING_CONTRACTS_CHANGED, -40)),
        f"supported staking contracts changed: removed {OTHER}; -40 in L1 block 23811000",
    ),
    "capped": (
        facts(3, 150, 200, settings=CAP, shifts=shifted(CauseCode.CAPPED, -50)),
        "L1 counts no more than the maximum effective balance 150, which was none at the last sync; -50 in L1 block",
    ),
    "cap_lifted": (
        replace(
            facts(3, 200, 150, shifts=shifted(CauseCode.CAPPED, 50)),
            then=Then(23_810_220, 150 * E18, True, CAP),
        ),
        "the maximum effective balance was 150 at the last sync, now none; +50 in L1 block 23811000",
    ),
    "wrong_sync": (
        facts(3, 100, 80, then=100, since=L2Since(left_with=80 * E18, sync=Seen(38_220_110))),
        "the last sync (L2 block 38220110) left 80 on L2 where L1 had 100 at block 23810220",
    ),
    "direct_write": (
        facts(3, 100, 80, then=100, since=L2Since(left_with=100 * E18, writes=(Write(SEEN, -20 * E18, "0xE"),))),
        "written on L2 after the last sync, from 100 to 80: -20 by 0xE in L2 block 23811000",
    ),
    "registered_since_sync": (
        facts(3, 100, 80, then=100, dead_ids=(2,), since=L2Since(was_active=False)),
        "registered on L2 since the last sync, before as 2; it has 80 now, and L1 had 100 at that sync",
    ),
    "mismatch": (
        facts(3, 100, 80, then=100, since=L2Since("no state")),
        "L2 has 80 where L1 had 100 at the last sync",
    ),
    "unregister_not_arrived": (facts(3, 100, 100, registered=False), "unregistered on L1, L2 still active"),
    "eject_not_arrived": (facts(3, 100, 100, registered=False, is_ejected=True), "ejected on L1, L2 still active"),
    "register_not_arrived": (facts(3, 100, 0, active=False), "registered on L1, not active on L2: the message"),
    "left_eigenlayer": (facts(3, NotAnOperator(), 9, generation=Generation.V1), "NotActiveOperator()"),
    "below_minimum": (
        facts(3, 100, 100, settings=replace(SETTINGS, min_voting_power=101 * E18)),
        "L1 has 100, and a registration takes 101",
    ),
    "lists_name_old_id": (
        facts(3, 100, 100, dead_ids=(2,), old_listings=(OldListing(7, (2,), (3, 4)),)),
        "came back under a new id; lists name the old one: 2 in task 7",
    ),
    "ghost_power": (facts(3, 0, 9, active=False, dead=True), "not active, yet holds 9"),
    "two_active_ids": (facts(3, 100, 100, other_active_ids=(9,)), "active under 9 too: its power counts twice"),
    "l1_read_fails": (
        facts(3, Unreadable("votingPower: \x1b[2Jbroken"), 9, parts=(StakePart(STETH, 1, None),)),
        f"an L1 read fails: votingPower: \\x1b[2Jbroken; it fails in {STETH}",
    ),
}


@pytest.mark.parametrize("code", CASES)
def test_each_cause_in_words_and_in_data(code):
    known, words = CASES[code]
    document = told(known)
    (operator,) = document["data"]["operators"]
    assert [cause["code"] for cause in operator["causes"]] == [code]
    text = " ".join(shown(known).split())
    assert LABELS[CauseCode(code)] in text
    assert words in text
    assert "\x1b" not in text


def test_a_write_after_a_registration_is_told_beside_it():
    since = L2Since(was_active=False, writes=(Write(SEEN, E18 // 3, "0xE"),))
    text = " ".join(shown(facts(3, 100, 80, then=100, dead_ids=(2,), since=since)).split())
    assert "it has 80 now" in text
    assert "written on L2 after the last sync: ~+0.3333 by 0xE in L2 block 23811000" in text


def test_no_cause_is_without_words():
    assert set(CASES) == {*CauseCode} - {CauseCode.REMOVED_ON_L2} == {*LABELS}


def test_what_is_not_certain_is_said_to_be():
    text = shown(facts(3, 837, 360, then=NoThen("the endpoint has \x1b[2J no state")))
    assert "(not certain)" in text
    assert "pending_sync or mismatch: the endpoint has \\x1b[2J no state" in text


def test_parts_of_a_capped_power_are_told_to_be_capped_each():
    capped = shown(facts(3, 150, 100, settings=CAP, parts=STAKE))
    assert "each staking contract's part is capped for itself" in " ".join(capped.split())
    assert "capped for itself" not in shown(facts(3, 837, 360, parts=STAKE))


def test_v1_compares_with_the_block_where_l1_had_what_l2_has():
    inferred = replace(facts(3, 837, 360), then=Then(99, 360 * E18, True, SETTINGS, is_inferred=True))
    deployment = replace(DEPLOYMENT, generation=Generation.V1, internal_task_handler=None)
    text = shown(inferred, deployment=deployment, sync=None)
    assert "L1 was 360 at L1 block 99, as L2 still is" in text
    assert "V1 tells no last sync" in text
    assert "mended by     the next write of the syncer" in text
    assert told(inferred, deployment=deployment, sync=None)["data"]["compared_with"] is None


def test_nobody_drifted():
    assert shown().endswith("\n\nNo operator drifted\n")
    assert told()["data"]["operators"] == []


def test_one_in_sync_is_said_to_be():
    assert "in sync       nothing differs" in shown(facts(3, 100, 100))


def test_a_failed_read_is_an_error_of_the_answer():
    document = told(CASES["l1_read_fails"][0])
    assert document["exit_code"] == 5
    assert document["data"]["operators"][0]["delta"] is None
    assert [error["code"] for error in document["errors"]] == ["unreadable_on_l1"]
