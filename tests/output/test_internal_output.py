"""The state of internal tasks on a screen and in JSON: the mock of the screen, figures and keys and words."""

import json
from dataclasses import replace

import pytest

from avsctl.core.changes import DefinitionState, L2State
from avsctl.core.deployment import BlockRef, Deployment, Generation
from avsctl.core.internal_status import History, InternalScene, Run, SeenIn, judge_internal_tasks
from avsctl.core.internal_tasks import InternalTaskName, find_interval
from avsctl.core.operators import L1Operator, L2Operator, NotAnOperator, OperatorSets, VotingPowerRead
from avsctl.core.power import LastSync
from avsctl.core.tasks import TaskDefinition
from avsctl.core.units import E18
from avsctl.output.destinations import Format
from avsctl.output.internal import InternalAnswer, present_internal
from avsctl.output.render import Terminal, render

HOUR, NOW = 3600, 1_795_096_947
L1, L2 = BlockRef(1, 23_812_940, "0x" + "1" * 64, NOW - 4), BlockRef(8453, 38_236_420, "0x" + "2" * 64, NOW)
DEPLOYMENT = Deployment(Generation.V2, 1, 8453, "0xA", "0xB", "0xC", "0xD")
POWERS = (120, 240, 360, 400, 520, 640, 760, 800, 920, 1040, 1160, 1200)
ANSWERS = {3: 837, 5: 70, 8: 0}
SYNC = LastSync(23_810_220, 38_220_102, 1_795_064_311)
FOUR = (3, 5, 8, 12)


def address(number):
    return f"0x{number:040x}"


def operators(powers):
    return tuple(L2Operator(at, address(at), power * E18, is_active=True) for at, power in enumerate(powers, 1))


def said_on_l1(operator):
    if operator.operator_id == 12:
        return L1Operator(operator.address, False, NotAnOperator())
    power = ANSWERS.get(operator.operator_id)
    known = VotingPowerRead(operator.voting_power if power is None else power * E18)
    return L1Operator(operator.address, operator.operator_id != 10, known)


def answer_of(
    *, ids=FOUR, own_total=2880, powers=POWERS, reads_l1=True, histories=None, settings=None, deployment=DEPLOYMENT
):
    held = operators(powers)
    total = sum(powers) * E18
    made = (
        DefinitionState(TaskDefinition(10001, 0, ids), None, own_total * E18),
        DefinitionState(TaskDefinition(10002, 0, ()), None, 0),
    )
    sets = OperatorSets(held, tuple(map(said_on_l1, held)), len(held), total) if reads_l1 else None
    intervals = {name: find_interval(settings, name) for name in InternalTaskName}
    state = L2State(deployment.generation, 100, held, total, made)
    scene = InternalScene(state, sets, SYNC, histories or {}, intervals, NOW)
    return InternalAnswer(deployment, L1 if reads_l1 else None, L2, judge_internal_tasks(scene), ())


def screen(answer, terminal=None):
    return render(present_internal(answer, NOW + 8), Format.TABLE, terminal or Terminal(), 0)


def document(answer):
    return json.loads(render(present_internal(answer, NOW + 8), Format.JSON, Terminal(), 0))["data"]


def run_at(hours_ago, **about):
    moment = NOW - hours_ago * HOUR
    return Run(SeenIn.LOGS, moment, block=7, landed_at=moment, transaction="0x" + "a" * 64, **about)


def test_the_figures_of_the_mock():
    powers, totals = document(answer_of())["internal_tasks"]
    assert powers["last"] == {
        "to_block_l1": "23810220",
        "to_block_l2": "38220102",
        "timestamp": 1_795_064_311,
        "block": None,
        "landed_at": None,
        "transaction": None,
        "task_number": None,
        "outcome": "approved",
        "from": "getters",
    }
    assert (powers["name"], powers["interval_ms"], powers["interval_from"]) == (
        "VOTING_POWER_SYNC",
        3_600_000,
        "default",
    )
    assert (powers["next_due"], powers["overdue_s"], powers["missed"]) == (1_795_067_911, 29_036, 9)
    assert powers["attesters"][3] == {
        "operator_id": 12,
        "address": address(12),
        "active": True,
        "voting_power": "1200000000000000000000",
        "eligible": True,
        "reason": None,
        "l1_status": "not_an_operator_on_l1",
        "l1_voting_power": "0",
    }
    assert (powers["quorum"]["required_approve"], powers["quorum"]["pivotal"]) == ("1920000000000000000000", [12])
    assert (powers["verdict"], powers["departed"]) == ("fragile", [8, 12])
    assert powers["attainable_without_departed"] == "880000000000000000000"
    assert (totals["last"], totals["next_due"], totals["overdue_s"], totals["verdict"]) == (None, None, 0, "live")


def test_the_mock_at_a_terminal_of_100_columns():
    shown = screen(answer_of(), Terminal(100, is_tty=True))
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 100
    assert "10001  VOTING_POWER_SYNC                      1 h assumed  04:58Z 9 h 03 m    05:58Z  OVERDUE 9x" in lines
    assert any(line.startswith("10002") and "unknown (no logs)" in line and line.endswith("idle") for line in lines)
    assert "INTERNAL_TASKS is not set here; 3600000 ms is the documented default" in shown
    assert "left EigenLayer" in shown
    assert "no power left" in shown
    assert "10001 can be attested by   verdict FRAGILE" in lines
    assert f"  without 8, 12 {'█' * 7}▎ 880" in lines
    assert f"  attainable    {'█' * 24} 2880" in lines
    assert "10 others may attest and are on L1 too" not in shown


@pytest.mark.parametrize(("utf8", "course"), [(True, "▏··x▏·"), (False, "|..x|.")])
def test_the_last_day_is_a_row_of_ticks_at_a_terminal_and_a_number_elsewhere(utf8, course):
    runs = (run_at(1, to_blocks=(1, 2)), run_at(2, is_approved=False), run_at(5), run_at(30))
    told = answer_of(histories={10001: History(runs, NOW - 7 * HOUR), 10002: History()})
    shown = screen(told, Terminal(100, is_tty=True, utf8=utf8))
    line = next(line for line in shown.splitlines() if "landed in 24 h" in line)
    assert line.endswith(f"{course}  2 landed in 24 h, 1 rejected, seen from 07:02Z on; a column is 1 h")
    assert "10002                            nothing is seen of the last 24 h" in shown
    plain = screen(told)
    assert "10001    2 landed in 24 h, 1 rejected, seen from 07:02Z on\n" in plain
    assert not set("▏·█") & set(plain)
    timeline = document(told)["internal_tasks"][0]["timeline"]
    assert timeline["slots"][-6:] == ["landed", "none", "none", "rejected", "landed", "none"]
    assert (timeline["slot_s"], timeline["seen_from"]) == (HOUR, NOW - 7 * HOUR)


def test_a_pipe_has_whole_moments_and_the_last_run_in_words():
    own = run_at(9, to_blocks=(SYNC.to_block_l1, SYNC.to_block_l2), task_number=31)
    shown = screen(answer_of(histories={10001: History((own,), 0)}))
    assert "2026-11-19 04:58:31Z 9 h 03 m" in shown
    read = "last: read up to L1 block 23810220 and L2 block 38220102"
    assert f"{read}, in L2 block 7 at 2026-11-19 05:02:27Z, task 31, 0xaaa" in shown
    assert "would change 3 operators now" in shown
    assert "has nothing to change now" in shown
    one = tuple({**dict(enumerate(POWERS, 1)), 5: ANSWERS[5], 8: ANSWERS[8]}.values())
    assert "would change 1 operator now" in screen(answer_of(powers=one))


def test_without_l1_its_columns_are_not_there():
    shown = screen(answer_of(reads_l1=False))
    assert "L1 was not read" in shown
    assert "L1 today" not in shown
    assert "9x none" in shown
    (first, _) = document(answer_of(reads_l1=False))["internal_tasks"]
    assert (first["carries"], first["attainable_without_departed"], first["departed"]) == (None, None, [])


def test_words_for_what_is_dead_not_named_or_the_same():
    dead = screen(answer_of(ids=(99,), own_total=0, settings=()))
    assert "DEAD" in dead
    assert "not named" in dead
    assert "exists nowhere" in dead
    same = screen(answer_of(ids=(), own_total=0))
    assert "10002 can be attested by anyone active the same as" not in same
    assert "10002 can be attested by the same as 10001" in same


def test_of_many_attesters_of_an_open_definition_a_terminal_shows_those_with_something_wrong():
    many = answer_of(ids=(), own_total=0, powers=(*POWERS, *[100] * 188))
    shown = screen(many, Terminal(100, is_tty=True))
    assert "197 others may attest and are on L1 too" in shown
    assert len(shown.splitlines()) < 40
    assert screen(many).count("0x00000000") == 200


def test_v3_says_that_its_schedule_on_chain_cannot_be_read():
    told = answer_of(deployment=replace(DEPLOYMENT, generation=Generation.V3))
    assert "what updateInternalTaskConfig set on chain is not readable" in screen(told)
    assert "updateInternalTaskConfig" not in screen(answer_of())
